const $ = (id) => document.getElementById(id);

/** show leaves one of the forms to be seen. */
function show(id) {
  for (const form of document.forms) form.hidden = form.id !== id;
}

/** enter is for who is signed in, or, with null, for who is not. */
function enter(user) {
  calm();
  $("email").textContent = user?.emails[0]?.email;
  show(user ? "account" : "ask");
}

/** words are what a person reads of an error: its own message is for developers. */
const words = {
  network: "We cannot be reached just now. Try again in a minute.",
  storage: "This browser keeps nothing for this page. Allow that, or take another browser.",
  invalid_email: "This is not an e-mail address.",
  unable_to_auth_magic_link: "This link has been used, or is too old. Ask for a new one.",
  invalid_code: "A code is the eight digits that the mail shows.",
  unable_to_auth_otp_code: "That is not the code of the newest mail, or it is too old. Look again, or ask for a new mail.",
  too_many_requests: "Too many tries. Wait a while, or use the link in the mail.",
};

/** complain says what went wrong and leaves the page as it was: never silent. */
function complain(error) {
  console.info(error);
  if (error.type === "other_device") {
    $("more").href = error.errorUrl;
    $("elsewhere").hidden = false;
    return;
  }
  $("problem").textContent = words[error.type] ?? "That did not work. Try again in a moment.";
  $("problem").hidden = false;
}

function calm() {
  $("problem").hidden = $("elsewhere").hidden = true;
}

/** on lets a form do its work, and complain when it cannot. */
function on(form, work) {
  $(form).addEventListener("submit", async (event) => {
    event.preventDefault();
    calm();
    try {
      await work(new FormData(event.target));
    } catch (error) {
      complain(error);
    }
  });
}

const { latchkey: url, publicToken } = document.documentElement.dataset;
if (!globalThis.latchkey) {
  complain({ type: "network" });
  throw new Error(`Latchkey cannot be reached at ${url}.`);
}

const client = latchkey.createLatchkey({
  url,
  publicToken,
  redirectUrl: location.origin + "/authenticate",
});

let flow;

on("ask", async (fields) => {
  ({ flow } = await client.start(fields.get("email"), { returnTo: "/" }));
  show("sent");
});

on("sent", async (fields) => enter((await client.finish({ code: fields.get("code"), flow })).user));

on("account", async () => {
  await client.signOut();
  enter(null);
});

$("again").addEventListener("click", () => show("ask"));

// Other tabs sign in and out, too.
client.onChange(({ user }) => enter(user));

try {
  const finished = await client.finish(); // null where no link has led here
  if (finished) history.replaceState(null, "", finished.returnTo);
  enter((finished ?? (await client.session()))?.user);
} catch (error) {
  const current = await client.session().catch(() => null); // somebody else's link ends no session
  enter(current?.user);
  complain(error);
}
