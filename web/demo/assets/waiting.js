// Waiting for the mail. The back end watches the inbox and says that it came,
// not what is in it.

import { ask } from "./api.js";
import * as flows from "./flows.js";
import { byId, clock } from "./show.js";
import { tell } from "./story.js";

const inbox = document.body.dataset.inbox; // "" where nobody can tell us
const pauseAfterTrouble = 3000;
let waiting = null;

export function stopWaiting() {
  waiting?.abort();
  waiting = null;
}

export function waitForMail(record) {
  stopWaiting();
  if (!inbox) return;
  showMail(record.mail);
  if (record.mail) return;
  waiting = new AbortController();
  watch(record, waiting.signal);
}

async function watch(record, signal) {
  while (!signal.aborted) {
    try {
      const mail = await ask("mail", { email: record.email, since: record.since }, signal);
      if (signal.aborted) return;
      if (mail.arrived) return arrived(record, mail);
    } catch (trouble) {
      if (signal.aborted) return;
      byId("mail-detail").textContent = trouble.message;
      await new Promise((resolve) => setTimeout(resolve, pauseAfterTrouble));
    }
  }
}

function arrived(record, mail) {
  const shown = { id: mail.id, subject: mail.subject, at: mail.received_at, hasCode: mail.has_code };
  flows.update(record.flow, (kept) => { kept.mail = shown; });
  tell(record.flow, { kind: "good", title: "Mail has arrived", detail: mail.subject });
  showMail(shown);
  document.dispatchEvent(new Event("flow-changed"));
}

function showMail(mail) {
  byId("envelope").dataset.arrived = String(Boolean(mail));
  byId("waiting-title").textContent = mail ? "You have mail" : "The mail is on its way";
  byId("mail-headline").textContent = mail ? "Mail has arrived" : "Waiting for the mail …";
  byId("mail-detail").textContent = mail ? `“${mail.subject}”, ${clock(mail.at)}` : "This takes a moment.";
  byId("open-inbox").hidden = !mail;
  byId("attack").hidden = !mail;
  byId("code-door").hidden = !mail?.hasCode;
  // The inbox opens a mail by the fragment, and without one the newest, which after an
  // attack is the attacker's.
  for (const id of ["open-inbox", "verdict-inbox", "inbox-top"]) byId(id).href = mail ? `${inbox}/#${mail.id}` : inbox;
}
