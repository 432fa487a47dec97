// An app in TypeScript. What must not compile is marked, and the compiler complains where
// a mark is not needed.

import { createLatchkey, generatePKCEPair, landing, LatchkeyError, type Finished, type Storage } from "latchkey";

const own: Storage = { get: async () => null, set: (key, value, seconds) => void [key, value, seconds], remove: () => {} };
const latchkey = createLatchkey({ url: "https://login.example.com", publicToken: "public-token-test-one", storage: own });

export async function all(): Promise<string> {
  const { flow } = await latchkey.start("ada@example.com", { returnTo: "/cart", locale: "fr" });
  const done: Finished | null = await latchkey.finish({ code: "12345678", flow });
  const path: string = done?.returnTo ?? "/";
  const state = await latchkey.session({ minutes: 60 });
  const off = latchkey.onChange(({ user }) => console.log(user?.emails[0]?.email));
  off();
  await latchkey.signOut();
  const { verifier, challenge } = await generatePKCEPair();
  return path + verifier + challenge + landing()?.token + state?.jwt;
}

export const wait = (err: unknown): number => err instanceof LatchkeyError && err.type === "too_many_requests" ? err.retryAfter ?? 1 : 0;

// @ts-expect-error there is no project without its public token
createLatchkey({ url: "https://login.example.com" });
// @ts-expect-error no such place
createLatchkey({ url: "https://login.example.com", publicToken: "public-token-test-one", storage: "indexeddb" });
// @ts-expect-error nobody may be in
latchkey.session().then((state) => state.user);
// @ts-expect-error the session's token is not told
latchkey.session().then((state) => state?.session_token);
