// The demo's page: start, wait for the mail, attack it, be signed in.

import { ask } from "./api.js";
import { prepareAttack, resetAttack } from "./attack.js";
import { prepareCode } from "./code.js";
import * as flows from "./flows.js";
import { showHolders } from "./holders.js";
import * as pkce from "./pkce.js";
import { byId, masked, panel, refusal } from "./show.js";
import { prepareSignOut, showSession } from "./signedin.js";
import { retell, tell } from "./story.js";
import { stopWaiting, waitForMail } from "./waiting.js";

// Tabs of this browser share the cookie, so they tell each other when it changed.
const tabs = new BroadcastChannel("latchkey-demo");

async function open() {
  const trouble = unsupported();
  if (trouble) {
    byId("unsupported-reason").textContent = trouble;
    return panel("unsupported");
  }
  flows.sweep();
  await showWhereWeAre();
}

function unsupported() {
  if (!pkce.available()) {
    return `Browsers offer WebCrypto only on https and on this machine itself, and this page came over plain http from ${location.host}. Open the demo at http://127.0.0.1 instead.`;
  }
  if (!flows.storageWorks()) {
    return "It keeps no data for this page, so the verifier would be gone when the link opens. Allow storage for this address, or use another browser.";
  }
  return "";
}

async function showWhereWeAre({ focus = false } = {}) {
  let session;
  try {
    session = await ask("session");
  } catch (refused) {
    // Not showStart, which would forget what this tab waits for.
    panel("start");
    return refusal(byId("start-error"), refused);
  }
  if (session.signed_in) return showIn(session, focus);
  const record = flows.current();
  if (record && !record.usedAt) return showWaiting(record);
  showStart({ focus });
}

function showStart({ focus = false } = {}) {
  stopWaiting();
  flows.setCurrent(null);
  retell(null);
  showHolders(null);
  refusal(byId("start-error"), null);
  panel("start", { focus });
}

function showIn(session, focus) {
  stopWaiting();
  const record = flows.latestUsed();
  retell(record);
  showHolders(record);
  showSession(session, record);
  panel("in", { focus });
}

function showWaiting(record, { focus = false } = {}) {
  byId("waiting-email").textContent = record.email;
  retell(record);
  showHolders(record);
  resetAttack(record);
  panel("waiting", { focus });
  waitForMail(record);
}

byId("start").addEventListener("submit", async (event) => {
  event.preventDefault();
  const submit = byId("start-submit");
  const email = byId("email").value.trim();
  submit.disabled = true;
  refusal(byId("start-error"), null);
  byId("email").removeAttribute("aria-invalid");
  try {
    showWaiting(await start(email), { focus: true });
  } catch (refused) {
    refusal(byId("start-error"), refused);
    byId("email").setAttribute("aria-invalid", "true");
    byId("email").focus();
  } finally {
    submit.disabled = false;
  }
});

async function start(email) {
  const { verifier, challenge, flow } = await pkce.newPair();
  const answer = await ask("start", { email, code_challenge: challenge });
  const record = { flow, verifier, challenge, email, madeAt: Date.now(), since: answer.started_at };
  flows.save(record);
  flows.setCurrent(record);
  tell(flow, { kind: "kept", title: "Made a verifier", detail: "32 random bytes by WebCrypto. It stays in this browser.", code: masked(verifier) });
  tell(flow, { kind: "sent", title: "Asked for a link", status: 200, detail: "With the verifier’s SHA-256, the challenge. Latchkey may know it, and so may you.", code: "POST /v1/magic_links/email/login_or_create" });
  return flows.load(flow);
}

byId("start-over").addEventListener("click", () => {
  showStart();
  byId("email").focus();
});

document.addEventListener("flow-changed", () => showHolders(flows.current()));
tabs.addEventListener("message", () => showWhereWeAre());

prepareAttack();
prepareCode((session) => {
  tabs.postMessage("changed");
  showIn(session, true);
});
prepareSignOut(() => {
  tabs.postMessage("changed");
  showStart({ focus: true });
});
await open();
