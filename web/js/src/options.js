import { LatchkeyError } from "./error.js";

/**
 * want refuses an option at once: a mistake of the app's should not wait for its first login.
 *
 * @type {<T>(good: T, message: string) => NonNullable<T>}
 */
export const want = (good, message) => {
  if (!good) throw new LatchkeyError("invalid_option", message);
  return good;
};

/** originOf is the origin that an address is, to the letter but for a slash at its end. */
export const originOf = (/** @type {string} */ url) => want(/^(https?:\/\/[^\s/?#]+)\/?$/.exec(url), "url must be an origin")[1];
