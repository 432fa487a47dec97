/** What was refused or went wrong; type tells which. See latchkey.d.ts. */
export class LatchkeyError extends Error {
  /**
   * @param {string} type
   * @param {string} message
   * @param {object} [more] the other members
   */
  constructor(type, message, more) {
    super(message);
    this.name = "LatchkeyError";
    this.type = type;
    Object.assign(this, more);
  }
}
