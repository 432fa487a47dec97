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
export function landing() {
  const [, page, query, fragment] = /** @type {string[]} */ (/^([^?#]*)\??([^#]*)([^]*)/.exec(`${globalThis.location}`));
  const said = new URLSearchParams(query);
  const token = said.get("token");
  if (token && /(^|&)(stytch_)?token_type=magic_links(&|$)/.test(query)) {
    taken = { token, flow: said.get("flow") };
    const rest = query.split("&").filter((part) => !ours.test(`${new URLSearchParams(part)}`)).join("&");
    history.replaceState(history.state, "", page + (rest && "?") + rest + fragment);
  }
  return taken;
}

/** leave forgets it: who signs out on a landing page has not landed any more. */
export function leave() {
  taken = null;
}

landing();
