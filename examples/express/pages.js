import { Refusal } from "./latchkey.js";

const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

// html escapes what is filled in.
function html(strings, ...values) {
  return String.raw({ raw: strings }, ...values.map((value) => String(value ?? "").replace(/[&<>"']/g, (c) => escapes[c])));
}

const pages = {
  home: ({ email }) => html`<h1>Sign in</h1>
<form method="post" action="/login">
<label>E-mail address <input type="email" name="email" value="${email}" autocomplete="email" required></label>
<button>Mail me a link</button>
</form>`,

  sent: ({ email, flow }) => html`<h1>Look into your mail</h1>
<p>A link is on its way to <b>${email}</b>. Open it in this browser. Do you read your mail elsewhere? Then type its code here:</p>
<form method="post" action="/code">
<input type="hidden" name="flow" value="${flow}">
<input type="hidden" name="email" value="${email}">
<label>Code from the mail <input name="code" inputmode="numeric" autocomplete="one-time-code" size="10" required></label>
<button>Sign in</button>
</form>
<p><a href="/">Another address</a></p>`,

  account: ({ email }) => html`<h1>Hello</h1>
<p>You are signed in as <b>${email ?? "somebody without an address"}</b>.</p>
<form method="post" action="/logout"><button>Sign out</button></form>`,

  problem: () => html`<p><a href="/">Go to the start</a></p>`,
};

export function page(name, facts = {}) {
  const problem = facts.problem ? html`<p role="alert">${facts.problem}</p>` : "";
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Express example</title>
<style>
:root { color-scheme: light dark }
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 32rem; margin: 10vh auto; padding: 0 1.25rem }
input, button { font: inherit; padding: .6rem .8rem; border-radius: .5rem; border: 1px solid #8886 }
button { background: #0f6e56; color: #fff; border: 0; font-weight: 600; cursor: pointer }
form { display: flex; gap: .5rem; flex-wrap: wrap; align-items: end }
label { display: grid; gap: .25rem }
[role=alert] { border-left: 4px solid #c33; padding-left: .75rem }
</style>
<main>
${problem}
${pages[name](facts)}
</main>
</html>
`;
}

const elsewhere =
  "This link was asked for in another browser. Open it there, or type the code from the mail there. " +
  "Nothing was used up by opening it here.";

const badCode = "A code is the eight digits that the mail shows.";

const somethingElse = "That did not work. Please try again in a moment.";

// What can become of a login, in our words: each says what to do.
const problems = {
  elsewhere,
  pkce_expected_code_verifier: elsewhere,
  unable_to_auth_magic_link: "This link has been used, or is too old. Ask for a new one.",
  magic_link_not_found: "This is not a link of ours. Perhaps a part of it is missing: copy it as a whole.",
  pkce_mismatch: "This link does not belong to the login that began here. Ask for a new one.",
  no_code_arguments: badCode,
  invalid_code: badCode,
  unable_to_auth_otp_code: "That is not the code of the newest mail, or it is too old. Look again, or ask for a new mail.",
  too_many_requests: "Too many tries. Wait a while, or use the link in the mail.",
};

export const wordsOf = (type) => (Object.hasOwn(problems, type) ? problems[type] : somethingElse);

// words is what a person reads of an error.
export function words(error) {
  if (error instanceof Refusal) return problems[error.type] ?? error.message;
  console.error(error);
  return somethingElse;
}
