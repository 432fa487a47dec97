// latchkey.js: the browser's side of a login. What is exported here is what an app sees,
// and latchkey.d.ts says it in types.

export { landing } from "./landing.js"; // first: it takes the token out of the address
export { createLatchkey } from "./client.js";
export { LatchkeyError } from "./error.js";
export { generatePKCEPair } from "./pkce.js";
