const $ = (id) => document.getElementById(id);

/** show leaves one of the forms to be seen. */
function show(id) {
  for (const form of document.forms) form.hidden = form.id !== id;
}

/** enter is for who is signed in, or, with null, for who is not. */
function enter(user) {
  $("problem").hidden = true;
  $("email").textContent = user?.emails[0]?.email;
  show(user ? "account" : "ask");
}

/** complain says what went wrong and leaves the page as it was: never silent. */
function complain(error) {
  $("problem").textContent = error.message;
  $("problem").hidden = false;
}

/** on lets a form do its work, and complain when it cannot. */
function on(form, work) {
  $(form).addEventListener("submit", async (event) => {
    event.preventDefault();
    $("problem").hidden = true;
    try {
      await work(new FormData(event.target));
    } catch (error) {
      complain(error);
    }
  });
}

const url = document.documentElement.dataset.latchkey;
if (!globalThis.latchkey) {
  const lost = new Error(`Latchkey cannot be reached at ${url}. Try again in a moment.`);
  complain(lost);
  throw lost;
}

const client = latchkey.createLatchkey({
  url,
  publicToken: "public-token-test-development-only",
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
