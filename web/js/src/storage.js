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
  // Not over the same, or what looks so from here: another tab's login, which is yet to be
  // seen in this one, would be undone by an answer about the session before.
  set: (key, value) => {
    if (/** @type {any} */ (self)[name][key] != value) /** @type {any} */ (self)[name][key] = value;
  },
  remove: (key) => delete /** @type {any} */ (self)[name][key],
});

const overTLS = () => location.protocol == "https:";

/** With __Host- no other host of the domain can set it for this one (RFC 6265bis §4.1.3.2). */
const called = (/** @type {string} */ key) => (overTLS() ? "__Host-" : "") + key + "=";

/** @type {Storage} */
const cookies = {
  get: (key) => ("; " + document.cookie).split("; " + called(key))[1]?.split(";")[0],
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
export const keeper = (storage, prefix) => {
  const local = web("localStorage");
  /** @type {Storage} */
  const own = { local, session: web("sessionStorage"), cookie: cookies }[/** @type {"local"} */ (storage)] ?? storage;
  want(own?.get, "storage must be known");
  /** @type {(work: (place: Storage, key: string, ...more: any[]) => unknown) => (name: string, ...more: any[]) => Promise<any>} */
  const guarded = (work) => async (name, ...more) => {
    try {
      // The link opens in another tab, which shares no sessionStorage with the one that asked:
      // there only the session is kept.
      return await work(storage == "session" && name != "session" ? local : own, prefix + name, ...more);
    } catch (cause) {
      throw new LatchkeyError("storage", "Allow this page to keep data.", { cause });
    }
  };
  return {
    read: guarded(async (place, key) => {
      const text = /** @type {string} */ (await place.get(key));
      try {
        return JSON.parse(decodeURIComponent(text));
      } catch {
        return null; // not there, or as good as that
      }
    }),

    // After so many seconds nobody needs it any more. A browser takes cookies away in silence,
    // so this looks whether it is there.
    write: guarded(async (place, key, value, seconds) => {
      const text = encodeURIComponent(JSON.stringify(value));
      await place.set(key, text, seconds);
      if (await place.get(key) != text) throw null;
    }),

    remove: guarded((place, key) => place.remove(key)),
  };
};

/**
 * settled resolves when what another tab has kept can be read in this one, too. localStorage
 * gets to the browser's other processes by a way of its own: on a busy machine later than the
 * lock under which it was written, and than the service's answer about it. Nothing tells when
 * it is there, so this is most of the second that a person waits without a thought.
 *
 * @returns {Promise<void>}
 */
export const settled = () => new Promise((done) => setTimeout(done, 800));
