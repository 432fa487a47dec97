// Where an opened link leads: find the verifier of its flow, and redeem.

import { landing, landingAddress } from "./landing.js";
import { ask } from "./api.js";
import * as flows from "./flows.js";
import { byId, clock, panel, refusal } from "./show.js";
import { tell } from "./story.js";

const deadLinks = {
  redeemed: ["This link has done its work", "It was used already. A link opens once."],
  revoked: ["This link was withdrawn", "Another link of the same request was used instead."],
  expired: ["This link is too old", "Links live for a while only, so that an old mail opens nothing."],
  purged: ["This link is long gone", "It was used or expired some time ago."],
};

async function open() {
  const record = flows.storageWorks() ? flows.load(landing.flow) : null;
  if (!landing.token) return panel("bare");
  if (record?.usedAt) return showUsed(record);
  if (!record?.verifier) return panel("elsewhere");
  await redeem(record);
}

async function redeem(record) {
  panel("loading");
  try {
    await ask("finish", { token: landing.token, code_verifier: record.verifier });
  } catch (refused) {
    tell(record.flow, { kind: "bad", title: "Redeem refused", status: refused.status, detail: refused.message, code: refused.type });
    return showRefused(refused);
  }
  tell(record.flow, { kind: "good", title: "You clicked: link and verifier", status: 200, detail: "They belong together. The link is spent, and here is your session.", code: "POST /v1/magic_links/authenticate" });
  flows.spend(record.flow);
  new BroadcastChannel("latchkey-demo").postMessage("changed");
  location.replace("./");
}

function showUsed(record) {
  byId("used-when").textContent = `at ${clock(record.usedAt)}`;
  panel("used");
}

function showRefused(refused) {
  const [title, text] = deadLinks[refused.reason] ?? ["This link does not open", ""];
  byId("refused-title").textContent = title;
  byId("refused-text").textContent = text;
  refusal(byId("refused"), refused);
  // Not Latchkey's refusal but nobody answering: the link is as it was.
  byId("again").hidden = (refused.status ?? 500) < 500;
  panel("refused");
}

byId("again").addEventListener("click", open);

byId("copy").addEventListener("click", async () => {
  const out = byId("address-out");
  out.value = landingAddress;
  try {
    await navigator.clipboard.writeText(landingAddress);
    byId("copied").textContent = " Copied.";
  } catch {
    // Not every browser lets a page copy; then the person does it.
    out.hidden = false;
    out.select();
    byId("copied").textContent = " Copy it from here:";
  }
});

byId("try").addEventListener("click", async () => {
  byId("try").disabled = true;
  try {
    await ask("finish", { token: landing.token, code_verifier: "" });
    location.replace("./");
  } catch (refused) {
    refusal(byId("try-refusal"), refused);
    byId("try-after").hidden = refused.type !== "pkce_expected_code_verifier";
  } finally {
    byId("try").disabled = false;
  }
});

await open();
