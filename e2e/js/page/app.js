// An app as a team writes it on latchkey.js.

const byID = (id) => document.querySelector(`[data-testid="${id}"]`);

function show(id, words) {
  byID(id).textContent = words;
  byID(id).hidden = false;
}

// A place of one's own, and a slow one.
const own = {
  get: async (key) => localStorage.getItem("own/" + key),
  set: async (key, value) => localStorage.setItem("own/" + key, value),
  remove: async (key) => localStorage.removeItem("own/" + key),
};

export async function run({ createLatchkey, landing, LatchkeyError }, options) {
  const client = createLatchkey({
    ...options, redirectUrl: location.origin + location.pathname + options.query, storage: options.storage == "own" ? own : options.storage,
  });
  window.client = client; // tests call what the page has no button for
  window.brought = landing;

  let flow;
  const render = (state) => {
    byID("in").hidden = !state?.user;
    byID("nobody").hidden = !!state?.user;
    if (state?.user) show("who", state.user.emails.map((e) => e.email).join(" "));
  };
  async function attempt(action) {
    byID("refused").hidden = byID("again").hidden = true;
    try {
      return await action();
    } catch (err) {
      window.refused = err;
      show("refused", err instanceof LatchkeyError ? `${err.type}: ${err.message}` : `no LatchkeyError: ${err.stack}`);
      byID("again").hidden = false;
    }
  }
  function finished(done) {
    if (!done) return;
    render(done);
    show("returned", done.returnTo);
  }
  // Twice, as a framework's development mode runs an effect, and with the session asked at once.
  const arrive = async () => {
    const [first, second, session] = await Promise.all([client.finish(), client.finish(), client.session()]);
    if (first !== second) throw Error("two promises for one token");
    render(session);
    finished(first);
  };

  byID("start").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      ({ flow } = await client.start(byID("email").value, { returnTo: options.returnTo }));
      byID("typing").hidden = false;
      show("sent", byID("email").value);
    });
  });
  byID("typing").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => finished(await client.finish({ code: byID("code").value })));
  });
  byID("signout").addEventListener("click", () => attempt(() => client.signOut()));
  byID("again").addEventListener("click", () => attempt(arrive));
  client.onChange(render);
  await attempt(arrive);
  window.arrived = true;
}
