// After the other files: no method of the three clients was forgotten.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import stytch from "stytch";

import { client, refused } from "./world.mjs";

const resources = ["magicLinks", "magicLinks.email", "sessions", "users"];

// at is what the client has under a dotted path.
function at(root, path) {
  return path.split(".").reduce((value, name) => value[name], root);
}

function methodsOf(root, path) {
  return Object.getOwnPropertyNames(Object.getPrototypeOf(at(root, path)))
    .filter((name) => name !== "constructor").map((name) => `${path}.${name}`);
}

const offered = resources.flatMap((path) => methodsOf(new stytch.Client({ project_id: "p", secret: "s", env: "http://x" }), path));

// leftOut are the methods that docs/stytch.md lists as such.
const docs = readFileSync(process.env.LATCHKEY_DOCS, "utf8");
const section = docs.split(/^## /m).find((s) => s.startsWith("Left out"));
const leftOut = offered.filter((method) => section.includes(`\`${method}\``));

describe("the SDK's methods for magic links, sessions and users", () => {
  const ends = new Set(readFileSync(process.env.LATCHKEY_CALLS, "utf8").split("\n"));

  for (const method of offered.filter((m) => !leftOut.includes(m))) {
    test(`${method} was seen to answer and to refuse, and docs/stytch.md speaks of it`, () => {
      assert.ok(docs.includes(`\`${method}\``), "docs/stytch.md does not name it");
      for (const end of ["answered", "refused"]) {
        assert.ok(ends.has(`${method} ${end}`), `no test had it ${end}, and docs/stytch.md does not list it as left out`);
      }
    });
  }

  for (const method of leftOut) {
    test(`${method} is left out, and says so`, async () => {
      const [, path, name] = /^(.*)\.(.*)$/.exec(method);
      const nothing = new Proxy({}, { get: (_, member) => (member === "toJSON" ? undefined : "x") }); // any id it may put into its path
      await refused(at(client, path)[name](nothing), 404, "route_not_found");
    });
  }

  test("are what these tests think they are", () => {
    assert.ok(offered.length >= 30, `the SDK offers only ${offered}`);
  });
});
