import { LatchkeyError } from "./error.js";

/**
 * want refuses an option at once: a mistake of the app's should not wait for its first login.
 *
 * @param {unknown} good
 * @param {string} message
 */
export function want(good, message) {
  if (!good) throw new LatchkeyError("invalid_option", message);
}

/** originOf is the origin that an address is, to the letter but for a slash at its end. */
export function originOf(/** @type {string} */ url) {
  const [, origin] = /^(https?:\/\/[^\s/?#]+)\/?$/.exec(url) ?? [];
  want(origin, "url must be as https://login.example.com");
  return origin;
}
