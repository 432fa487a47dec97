// Which methods of the SDK were tried, and how they ended: what coverage.test.mjs
// reads after the other files have run.

import { appendFileSync } from "node:fs";

// watch is the client, with each call noted once it has ended.
export function watch(resource, path = "") {
  return new Proxy(resource, {
    get(target, name) {
      const value = target[name], full = path + String(name);
      if (typeof value === "function") return (...args) => follow(full, value.apply(target, args));
      return value !== null && typeof value === "object" ? watch(value, full + ".") : value;
    },
  });
}

function follow(method, result) {
  if (result instanceof Promise) return settle(method, result);
  const next = result.next.bind(result); // searchAll's iterator asks page by page
  result.next = () => settle(method, next());
  return result;
}

async function settle(method, promise) {
  try {
    const answer = await promise;
    note(method, "answered");
    return answer;
  } catch (err) {
    note(method, "refused");
    throw err;
  }
}

function note(method, end) {
  appendFileSync(process.env.LATCHKEY_CALLS, `${method} ${end}\n`);
}
