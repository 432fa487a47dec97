// An app as a team writes it on the vendor's browser SDK. Nothing in it knows of
// Latchkey but its settings.

import { StytchClient } from "/sdk/index.headless.mjs";

const { publicToken, options } = await (await fetch("/settings.json")).json();
const stytch = new StytchClient(publicToken, options);
window.stytch = stytch; // tests call what the page has no button for

const byID = (id) => document.querySelector(`[data-testid="${id}"]`);

function show(id, words) {
  byID(id).textContent = words;
  byID(id).hidden = false;
}

function render() {
  const user = stytch.session.getSync() && stytch.user.getSync();
  byID("start").hidden = !!user;
  byID("in").hidden = !user;
  if (user) show("who", user.emails.map((e) => e.email).join(" "));
}

async function attempt(action) {
  byID("refused").hidden = true;
  try {
    return await action();
  } catch (err) {
    show("refused", err.error_type ?? err.name);
  }
}

byID("start").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    const landing = `${location.origin}/authenticate`;
    await stytch.magicLinks.email.loginOrCreate(byID("email").value, { login_magic_link_url: landing, signup_magic_link_url: landing });
    show("sent", byID("email").value);
  });
});
byID("signout").addEventListener("click", () => attempt(() => stytch.session.revoke()));
stytch.onStateChange(render);
await attempt(() => stytch.authenticateByUrl({ session_duration_minutes: 60 }));
render();
