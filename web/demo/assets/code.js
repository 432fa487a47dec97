// The other way in: the eight digits of the same mail, typed where the login
// started, since they too need the verifier.

import { ask } from "./api.js";
import * as flows from "./flows.js";
import { byId, refusal } from "./show.js";
import { tell } from "./story.js";

export function prepareCode(done) {
  byId("code-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const record = flows.current();
    if (!record) return location.reload(); // another tab cleared what we kept
    byId("code-submit").disabled = true;
    refusal(byId("code-error"), null);
    try {
      done(await redeem(record));
    } catch (refused) {
      refusal(byId("code-error"), refused);
      tell(record.flow, { kind: "bad", title: "Code refused", status: refused.status, detail: refused.message, code: refused.type });
    } finally {
      byId("code-submit").disabled = false;
    }
  });
}

async function redeem(record) {
  const code = byId("code").value.replaceAll(/\D/g, "");
  const session = await ask("code", { email: record.email, code, code_verifier: record.verifier });
  byId("code").value = "";
  tell(record.flow, { kind: "good", title: "Code redeemed", status: 200, detail: "Code and verifier belong together: here is your session.", code: "POST /v1/otps/authenticate" });
  flows.spend(record.flow);
  return session;
}
