// The logins that were begun here and may still be finished, each under its flow: the
// first sixteen characters of its challenge, which the opened link brings back. One
// verifier for the whole browser would be overwritten by the next start, and lost to the
// link that is already in the mail.

/**
 * @typedef {object} Begun
 * @property {string} [verifier] gone once it has done its work
 * @property {string} [email]
 * @property {string} [user] whom the login let in
 * @property {string} returnTo
 */

const most = 8; // one of them is some 200 bytes of cookie
const longest = 7 * 24 * 60 * 60; // seconds: no link lives longer

/**
 * @param {ReturnType<typeof import("./storage.js").keeper>} kept
 * @param {<T>(name: string, work: () => Promise<T>) => Promise<T>} alone
 */
export function flows(kept, alone) {
  /** @type {() => Promise<any[]>} pairs of a flow and when it began, the oldest first */
  const index = async () => await kept.read("flows") ?? [];
  const flows = {
    /** @type {(flow: string) => Promise<Begun | null>} */
    find: (flow) => kept.read("flow." + flow),

    /** @type {(flow: string, begun: Begun) => Promise<void>} */
    update: (flow, begun) => kept.write("flow." + flow, begun, longest),

    /** @type {(flow: string) => Promise<void>} */
    forget: (flow) => kept.remove("flow." + flow),

    /** @type {(flow: string, begun: Begun) => Promise<void>} */
    begin: (flow, begun) => alone("flows", async () => {
      const now = Date.now();
      const all = await index();
      while (all.length >= most || all[0]?.[1] < now - longest * 1000) await flows.forget(all.shift()[0]);
      await kept.write("flows", [...all, [flow, now]], longest);
      await flows.update(flow, begun);
    }),

    /** latest is the one begun last that is not finished. */
    async latest() {
      for (const [flow] of (await index()).reverse()) if ((await flows.find(flow))?.verifier) return flow;
    },
  };
  return flows;
}
