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

// A path of this origin and nothing else: browsers take "//evil.example" and "/\evil.example"
// for another host, and drop tabs and line ends before they look.
export const path = /^\/(?![/\\])[^\\\0- \x7f]*$/;

const most = 8; // one of them is some 200 bytes of cookie
const longest = 7 * 24 * 60 * 60; // seconds: no link lives longer

/**
 * @param {ReturnType<typeof import("./storage.js").keeper>} kept
 * @param {<T>(name: string, work: () => Promise<T>) => Promise<T>} alone
 */
export function flows(kept, alone) {
  /** @type {() => Promise<any[]>} pairs of a flow and when it is over, the newest first; what else is planted there is passed over */
  const index = async () => [].concat(await kept.read("flows")).filter(Array.isArray);
  const flows = {
    /**
     * find looks at the path once more: whoever can write to the storage, another host of
     * the domain to its cookies, could have the page led to a javascript: address.
     *
     * @type {(flow: string) => Promise<Partial<Begun>>}
     */
    find: async (flow) => {
      const begun = await kept.read("flow." + flow);
      return path.test(begun?.returnTo) ? begun : {};
    },

    /** @type {(flow: string, begun: Begun) => Promise<void>} */
    update: (flow, begun) => kept.write("flow." + flow, begun, longest),

    /** @type {(flow: string) => Promise<void>} */
    forget: (flow) => kept.remove("flow." + flow),

    /** @type {(flow: string, begun: Begun) => Promise<void>} */
    begin: (flow, begun) => alone("flows", async () => {
      const now = Date.now();
      const all = [[flow, now + longest * 1000]];
      for (const old of await index()) {
        // A forgotten one takes nobody's place.
        if (all.length < most && old[1] > now && await kept.read("flow." + old[0])) all.push(old);
        else await flows.forget(old[0]);
      }
      await kept.write("flows", all, longest);
      await flows.update(flow, begun);
    }),

    /** latest is the one begun last that is not finished. */
    async latest() {
      for (const [flow] of await index()) if ((await flows.find(flow)).verifier) return flow;
    },
  };
  return flows;
}
