/** What was refused or went wrong; type tells which. See latchkey.d.ts. */
export class LatchkeyError extends Error {
  /**
   * @param {string} type
   * @param {string} message
   * @param {object} [more] the other members
   */
  constructor(type, message, more) {
    Object.assign(/** @type {any} */ (super(message)), { name: "LatchkeyError", type }, more);
  }
}
