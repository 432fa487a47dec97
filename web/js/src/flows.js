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
 * @property {number} [until] when nobody needs it any more
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
export const flows = (kept, alone) => {
  /** @type {() => Promise<string[]>} the newest first; of what else is planted there, none is a login */
  const index = async () => [].concat(await kept.read("flows") ?? []);

  /**
   * recall looks at the path once more: whoever can write to the storage, another host of
   * the domain to its cookies, could have the page led to a javascript: address.
   *
   * @type {(flow: string) => Promise<Partial<Begun>>}
   */
  const recall = async (flow) => {
    const begun = await kept.read("flow." + flow);
    return path.test(begun?.returnTo) ? begun : {};
  };

  /** @type {(flow: string, begun: Begun) => Promise<void>} */
  const update = (flow, begun) => kept.write("flow." + flow, { ...begun, until: Date.now() + longest * 1000 }, longest);

  /** @type {(flow: string) => Promise<void>} */
  const forget = (flow) => kept.remove("flow." + flow);

  return {
    recall,
    update,
    forget,

    /** @type {(flow: string, begun: Begun) => Promise<void>} */
    begin: (flow, begun) => alone("flows", async () => {
      const all = [flow];
      for (const old of await index()) {
        // A forgotten one takes nobody's place.
        if (all.length < most && /** @type {any} */ (await recall(old)).until > Date.now()) all.push(old);
        else await forget(old);
      }
      await kept.write("flows", all, longest);
      await update(flow, begun);
    }),

    /** @type {() => Promise<string | undefined>} the one begun last that is not finished */
    latest: async () => {
      for (const flow of await index()) if ((await recall(flow)).verifier) return flow;
    },
  };
};
