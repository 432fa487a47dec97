import { LatchkeyError } from "./error.js";
import { flows } from "./flows.js";
import { landing, leave } from "./landing.js";
import { generatePKCEPair } from "./pkce.js";
import { service } from "./service.js";
import { keeper } from "./storage.js";
import { watch } from "./watch.js";

// A path of this origin and nothing else: browsers take "//evil.example" and "/\evil.example"
// for another host, and drop tabs and line ends before they look.
const path = /^\/(?![/\\])[^\\\0- \x7f]*$/;

/** @type {typeof import("../latchkey.d.ts").createLatchkey} */
export function createLatchkey({ url, publicToken, redirectUrl, storage = "local", sessionMinutes = 60 }) {
  const prefix = `latchkey.${publicToken}.`;
  const kept = keeper(storage, prefix);
  const ask = service(url, publicToken);
  /** @type {(name: string, work: () => Promise<any>) => Promise<any>} one tab at a time */
  const alone = (name, work) => navigator.locks?.request(prefix + name, work) ?? work();
  const begun = flows(kept, alone);
  const watched = watch(prefix, () => kept.read("session"), () => session());

  /** @type {Record<string, Promise<any>>} what finish is about or has done, by token or code */
  let finishing = {};
  /** @type {string | undefined} what this page began last */
  let own;

  /** @type {(answer: any) => Promise<import("../latchkey.d.ts").SignedIn>} */
  const enter = async ({ session, user, session_token, session_jwt }) => {
    const state = { session, user, jwt: session_jwt };
    const before = await kept.read("session");
    await kept.write("session", session_token, (Date.parse(session.expires_at) - Date.now()) / 1000);
    if (session_token != before) watched.tell(session_token, state);
    return state;
  };

  const exit = async () => {
    await kept.remove("session");
    watched.tell(null, null);
    return null;
  };

  /** @type {import("../latchkey.d.ts").Latchkey["session"]} */
  const session = async ({ minutes } = {}) => {
    const token = await kept.read("session");
    if (!token) return null;
    const answer = await ask("/sessions/authenticate", { session_duration_minutes: minutes }, token).catch(unlessOver);
    // Who signed in or out meanwhile, here or in another tab, has the last word.
    if (await kept.read("session") != token) return session({ minutes });
    return answer ? enter(answer) : exit();
  };

  /** @type {(flow: string | null | undefined, said: { token?: string, code?: string }) => Promise<any>} */
  const redeem = async (flow, { token, code }) => {
    const login = flow && await begun.find(flow);
    if (!login) {
      // Nobody's browser has asked for a link without a flow: it is an invite's, say, and
      // the service's refusal tells what to do with it.
      if (token && !flow) await ask("/magic_links/authenticate", { token });
      throw new LatchkeyError("other_device", "This login was begun in another browser or on another device: open the link there, or type the code of the mail there. Nothing was spent. Or ask for a new link here.");
    }
    try {
      const answer = await ask(code ? "/otps/authenticate" : "/magic_links/authenticate", {
        token, code, email: code && login.email, code_verifier: login.verifier, session_duration_minutes: sessionMinutes,
      }, await kept.read("session"));
      await begun.update(flow, { returnTo: login.returnTo, user: answer.user.user_id });
      return { ...await enter(answer), returnTo: login.returnTo };
    } catch (refused) {
      // Finished here before, perhaps by another tab a moment ago: that counts for this
      // one, too, as long as the same person is in.
      const { verifier, user, returnTo } = await begun.find(flow) ?? login;
      const state = !verifier && await session();
      if (!state || state.user.user_id != user) throw refused;
      return { ...state, returnTo };
    }
  };

  return {
    async start(email, { returnTo = "/", ...more } = {}) {
      if (!path.test(returnTo)) throw new LatchkeyError("invalid_return_to", "returnTo must be a path of this origin, as in /cart.");
      const { verifier, challenge } = await generatePKCEPair();
      const flow = challenge.slice(0, 16);
      // Before the request: the mail may be quicker than its answer.
      await begun.begin(flow, { verifier, email, returnTo });
      try {
        await ask("/magic_links/email/login_or_create", { ...more, email, code_challenge: challenge, redirect_url: redirectUrl });
      } catch (/** @type {any} */ refused) {
        // Without an answer the mail may be on its way all the same.
        if (refused.status < 500) await begun.forget(flow);
        throw refused;
      }
      own = flow;
      return { flow };
    },

    finish({ code, flow } = {}) {
      /** @type {{ token?: string, code?: string, flow?: string | null } | null} */
      const said = code ? { code: code.replace(/\D/g, ""), flow } : landing();
      if (!said) return Promise.resolve(null);
      const what = `${said.token ?? said.code}`;
      return finishing[what] ??= (async () => {
        const flow = said.flow ?? (code && (own ?? await begun.latest()));
        return alone("flow." + flow, () => redeem(flow, said));
      })().catch((err) => {
        delete finishing[what]; // so that it can be tried again
        throw err;
      });
    },

    session,

    async signOut() {
      const token = await kept.read("session");
      finishing = {};
      leave();
      await exit();
      if (token) {
        await ask("/sessions/revoke", undefined, token).catch(unlessOver).catch((err) => {
          throw new LatchkeyError(err.type, "Signed out in this browser only: " + err.message, err);
        });
      }
    },

    onChange: watched.onChange,
  };
}

/** unlessOver passes over what refuses a session that has ended. */
const unlessOver = (/** @type {LatchkeyError} */ err) => {
  if (err.type != "session_not_found") throw err;
};
