// Where this browser keeps what it must not lose: the verifiers, each under its flow, and
// the session's token.

import { LatchkeyError } from "./error.js";

/** @typedef {import("../latchkey.d.ts").Storage} Storage */

/**
 * @param {"localStorage" | "sessionStorage"} name
 * @returns {Storage}
 */
const web = (name) => ({
  // Reaching for it throws where the browser keeps no data, so not before it is needed.
  get: (key) => globalThis[name].getItem(key),
  set: (key, value) => globalThis[name].setItem(key, value),
  remove: (key) => globalThis[name].removeItem(key),
});

/** @type {Storage} */
const cookies = {
  get: (key) => document.cookie.split("; ").find((pair) => pair.startsWith(key + "="))?.slice(key.length + 1),
  set: (key, value, seconds) => {
    // Lax, since the person comes here from a link in a mail.
    document.cookie = `${key}=${value}; Path=/; SameSite=Lax; Max-Age=${seconds | 0}${location.protocol == "https:" ? "; Secure" : ""}`;
  },
  remove: (key) => cookies.set(key, "", 0),
};

/**
 * keeper keeps values of JSON under names of one project.
 *
 * @param {NonNullable<import("../latchkey.d.ts").Options["storage"]>} storage
 * @param {string} prefix
 */
export function keeper(storage, prefix) {
  const local = web("localStorage");
  const own = typeof storage == "object" ? storage : { local, session: web("sessionStorage"), cookie: cookies }[storage];
  /** @type {(name: string, work: (storage: Storage, key: string) => any) => Promise<any>} */
  const attempt = async (name, work) => {
    try {
      // The link opens in another tab, which shares no sessionStorage with the one that
      // asked: there only the session is kept.
      return await work(storage == "session" && name != "session" ? local : own, prefix + name);
    } catch (cause) {
      throw new LatchkeyError("storage", "This browser keeps no data for this page. Allow it to, or use another browser.", { cause });
    }
  };
  return {
    /** @param {string} name */
    read: async (name) => {
      const text = await attempt(name, (storage, key) => storage.get(key));
      try {
        return JSON.parse(decodeURIComponent(text));
      } catch {
        return null; // not there, or as good as that
      }
    },
    /**
     * write looks whether the value is there: a browser takes cookies away in silence.
     *
     * @param {string} name
     * @param {any} value
     * @param {number} seconds until nobody needs it any more
     */
    write: (name, value, seconds) => attempt(name, async (storage, key) => {
      const text = encodeURIComponent(JSON.stringify(value));
      await storage.set(key, text, seconds);
      if (await storage.get(key) != text) throw Error("not kept");
    }),
    /** @param {string} name */
    remove: (name) => attempt(name, (storage, key) => storage.remove(key)),
  };
}
