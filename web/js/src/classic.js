// The same for pages without modules: one global, with the same names.

import { createLatchkey, generatePKCEPair, landing, LatchkeyError } from "./index.js";

Object.assign(globalThis, { latchkey: { createLatchkey, generatePKCEPair, landing, LatchkeyError } });
