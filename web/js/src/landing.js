// Where an opened link leads, the address holds a token. It leaves the address bar and
// the history entry when this script is loaded: whatever the page runs or loads after it,
// reports, analytics and the next page's Referer, does not see it.

/** @type {import("../latchkey.d.ts").Landing | null} */
let taken = null;

const ours = /^(token|(stytch_)?token_type|flow)=/;

/**
 * landing takes what an opened link brought out of the address, and remembers it. What
 * else the address holds stays byte for byte, which URLSearchParams would not leave it.
 */
export const landing = () => {
  // There is none on a server that renders pages.
  const query = globalThis.location?.search;
  const said = new URLSearchParams(query);
  const token = said.get("token");
  if (token && said.get("token_type") == "magic_links") {
    taken = { token, flow: said.get("flow") };
    const rest = query.slice(1).split("&").filter((part) => !ours.test(`${new URLSearchParams(part)}`)).join("&");
    history.replaceState(history.state, "", location.href.replace(query, () => rest && "?" + rest));
  }
  return taken;
};

/** leave forgets it: who signs out on a landing page has not landed any more. */
export const leave = () => {
  taken = null;
};

landing();
