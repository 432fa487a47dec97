// What the test files share: the SDK's client, made as an app makes it, the inbox, and
// how a refusal looks to the app.

import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import stytch from "stytch";

import { watch } from "./watch.mjs";

export const { LATCHKEY_URL, LATCHKEY_PROJECT, LATCHKEY_SECRET, LATCHKEY_INBOX } = process.env;

export const landing = "http://localhost:3000/authenticate";

export const client = newClient({});

// newClient is one that differs from the project's own by these settings. The SDK
// takes an http base only by its older setting env.
export function newClient(settings) {
  const base = LATCHKEY_URL.startsWith("https:") ? { custom_base_url: LATCHKEY_URL } : { env: LATCHKEY_URL };
  return watch(new stytch.Client({ project_id: LATCHKEY_PROJECT, secret: LATCHKEY_SECRET, ...base, ...settings }));
}

export function newAddress() {
  return `${randomBytes(6).toString("hex")}@example.com`;
}

// unknown is the id of nothing.
export function unknown(kind) {
  return `${kind}-test-${randomUUID()}`;
}

// newPair is RFC 7636's.
export function newPair() {
  const code_verifier = randomBytes(32).toString("base64url");
  return { code_verifier, code_challenge: createHash("sha256").update(code_verifier).digest("base64url") };
}

// mailed asks for a mail and waits for it.
export async function mailed(email, ask) {
  const since = new Date().toISOString();
  const answer = await ask();
  const query = new URLSearchParams({ wait: "15s", since });
  const res = await fetch(`${LATCHKEY_INBOX}/inbox/${encodeURIComponent(email)}/latest?${query}`);
  assert.equal(res.status, 200, `no mail for ${email}`);
  return { answer, ...await res.json() };
}

// mailsTo is how many mails the address has got.
export async function mailsTo(email) {
  const query = new URLSearchParams({ kind: "to", query: email });
  const res = await fetch(`${LATCHKEY_INBOX}/api/v2/search?${query}`);
  return (await res.json()).total;
}

// begin starts a login and waits for its mail.
export async function begin(email, options = {}) {
  const { code_verifier, code_challenge } = newPair();
  const mail = await mailed(email, () => client.magicLinks.email.loginOrCreate({ email, code_challenge, ...options }));
  return { ...mail, code_verifier };
}

// logIn is a whole login with a session of an hour.
export async function logIn(email = newAddress()) {
  const { token, code_verifier } = await begin(email);
  return client.magicLinks.authenticate({ token, code_verifier, session_duration_minutes: 60 });
}

// open follows a mailed link as a browser does, and returns where it leads.
export async function open(link) {
  const res = await fetch(link, { redirect: "manual" });
  assert.equal(res.status, 302, `opening ${link}`);
  return new URL(res.headers.get("location"));
}

// refused wants the API to refuse, and the SDK to say so with all that an app reads.
export async function refused(promise, status, type) {
  const err = await failure(promise);
  assert.equal(`${err.status_code} ${err.error_type}`, `${status} ${type}`, err.message);
  assert.match(err.request_id, /^request-id-test-[0-9a-f-]{36}$/);
  assert.equal(err.error_url, `${LATCHKEY_URL}/errors#${type}`);
  assert.ok(err.error_message, "no error_message");
  return err;
}

// failed wants the SDK itself to refuse, before it asks anybody.
export async function failed(promise, code) {
  const err = await failure(promise);
  assert.equal(err.code, code, err.message);
}

// failure is how a call fails, which it must.
export async function failure(promise) {
  return promise.then(() => assert.fail("got an answer, want a refusal"), (err) => err);
}

// near wants an instant so many minutes from now.
export function near(instant, minutes) {
  const off = Math.abs(Date.parse(instant) - Date.now() - minutes * 60_000);
  assert.ok(off < 30_000, `got ${instant}, want it ${minutes} minutes from now`);
}
