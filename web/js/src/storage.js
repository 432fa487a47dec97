// Where this browser keeps what it must not lose: the verifiers, each under its flow, and
// the session's token.

import { LatchkeyError } from "./error.js";
import { want } from "./options.js";

/** @typedef {import("../latchkey.d.ts").Storage} Storage */

/**
 * @param {"localStorage" | "sessionStorage"} name
 * @returns {Storage}
 */
const web = (name) => ({
  // Reaching for it throws where the browser keeps no data, so not before it is needed.
  get: (key) => /** @type {any} */ (self)[name][key],
  set: (key, value) => /** @type {any} */ (self)[name][key] = value,
  remove: (key) => delete /** @type {any} */ (self)[name][key],
});

const overTLS = () => location.protocol == "https:";

/** With __Host- no other host of the domain can set it for this one (RFC 6265bis §4.1.3.2). */
const called = (/** @type {string} */ key) => (overTLS() ? "__Host-" : "") + key + "=";

/** @type {Storage} */
const cookies = {
  get: (key) => document.cookie.split("; ").find((pair) => pair.startsWith(called(key)))?.split("=")[1],
  set: (key, value, seconds) => {
    // Lax, since the person comes here from a link in a mail.
    document.cookie = `${called(key)}${value}; Path=/; SameSite=Lax; Max-Age=${seconds | 0}${overTLS() ? "; Secure" : ""}`;
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
  /** @type {Storage} */
  const own = { local, session: web("sessionStorage"), cookie: cookies }[/** @type {"local"} */ (storage)] ?? storage;
  want(own?.get, "storage must be known");
  /** @type {(cause?: unknown) => never} */
  const refuse = (cause) => {
    throw new LatchkeyError("storage", "This browser keeps no data: allow it.", { cause });
  };
  // The link opens in another tab, which shares no sessionStorage with the one that asked:
  // there only the session is kept.
  /** @type {(method: keyof Storage, name: string, ...more: any[]) => Promise<any>} */
  const call = (method, name, ...more) =>
    (async () => /** @type {any} */ (storage == "session" && name != "session" ? local : own)[method](prefix + name, ...more))().catch(refuse);
  return {
    /** @param {string} name */
    read: async (name) => {
      const text = await call("get", name);
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
    write: async (name, value, seconds) => {
      const text = encodeURIComponent(JSON.stringify(value));
      await call("set", name, text, seconds);
      if (await call("get", name) != text) refuse();
    },
    /** @param {string} name */
    remove: (name) => call("remove", name),
  };
}
