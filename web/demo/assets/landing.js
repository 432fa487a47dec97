// What an opened link brought along. Taken out of the address, and so out of
// the history, before anything else runs: callback.js imports this first.

const query = new URLSearchParams(location.search);
export const landing = { token: query.get("token"), flow: query.get("flow") };
export const landingAddress = location.href;
history.replaceState(null, "", location.pathname);
