// Where there is no browser, as on a server that renders pages, the module loads and does
// nothing by itself.

import * as latchkey from "latchkey";

const client = latchkey.createLatchkey({ url: "https://login.example.com", publicToken: "public-token-test-one" });
const { verifier, challenge } = await latchkey.generatePKCEPair();
console.log(Object.keys(latchkey).sort().join(), latchkey.landing(), await client.finish(), verifier.length, challenge.length);
