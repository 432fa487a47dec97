import { LatchkeyError } from "./error.js";
import { flows, path } from "./flows.js";
import { landing, leave } from "./landing.js";
import { originOf, want } from "./options.js";
import { generatePKCEPair } from "./pkce.js";
import { service } from "./service.js";
import { keeper, settled } from "./storage.js";
import { watch } from "./watch.js";

/** @type {typeof import("../latchkey.d.ts").createLatchkey} */
export const createLatchkey = ({ url, publicToken, redirectUrl, storage = "local", sessionMinutes = 60 }) => {
  const origin = originOf(url);
  want(/^public-token-/.test(publicToken), "publicToken must be public");
  const prefix = `latchkey.${publicToken}.`;
  const kept = keeper(storage, prefix);
  const ask = service(origin, publicToken);
  /** @type {(name: string, work: () => Promise<any>) => Promise<any>} one tab at a time */
  const alone = (name, work) => navigator.locks?.request(prefix + name, work).catch((err) => {
    // SECURITY_ERR: where the browser keeps no data it locks nothing, and the storage says so.
    if (err.code == 18) return work();
    throw err;
  }) ?? work();
  const begun = flows(kept, alone);
  // The session's token, "" for none, and of what was planted in its place what can be sent.
  const held = async () => `${await kept.read("session") ?? ""}`.replace(/[^\w-]/g, "");

  /** @type {Record<string, Promise<any>>} what finish is about, by what it was given */
  const finishing = {};
  /** @type {string | undefined} what this page began last */
  let own;

  /** @type {(answer?: any) => Promise<any>} keeps the session of an answer; without one, there is none any more */
  const enter = async ({ session, user, session_token: token = "", session_jwt: jwt } = {}) => {
    const state = token ? { session, user, jwt } : null;
    const before = await held();
    if (token) await kept.write("session", token, (Date.parse(session.expires_at) - Date.now()) / 1000);
    else await kept.remove("session");
    if (!token || token != before) watched.tell(token, state);
    return state;
  };

  /** @type {import("../latchkey.d.ts").Latchkey["session"]} */
  const session = async ({ minutes } = {}) => {
    const token = await held();
    if (!token) return null;
    // Who signed in or out meanwhile, here or in another tab, has the last word: the service
    // refuses the token that a login has just replaced, which may be yet to be seen here.
    const answer = await ask("/sessions/authenticate", { session_duration_minutes: minutes }, token).catch(async (err) => {
      if (err.status) await settled();
      if (await held() == token) unlessOver(err);
    });
    return await held() == token ? enter(answer) : session({ minutes });
  };

  const watched = watch(prefix, held, session);

  /** @type {(flow: any, token?: string, code?: string, refused?: unknown) => Promise<any>} */
  const redeem = async (flow, token, code, refused) => {
    /** @type {any} */
    const { verifier, email, user, returnTo } = await begun.recall(flow);
    // Finished here before, perhaps by another tab a moment ago: that counts for this one,
    // too, as long as the same person is in.
    let state = user && await session();
    if (!state || state.user.user_id != user) {
      if (refused) throw refused;
      // Nobody's browser has asked for a link without a flow: it is an invite's, say, and
      // the service's refusal tells what to do with it.
      if (code ? !verifier : flow && !returnTo) {
        throw new LatchkeyError("other_device", "Go on where you asked for the link, or ask again here.", { errorUrl: `${origin}/other-device/${publicToken}` });
      }
      try {
        state = await enter(await ask(code ? "/otps/authenticate" : "/magic_links/authenticate", {
          token, code, email: code && email, code_verifier: verifier, session_duration_minutes: sessionMinutes,
        }, await held())); // before the login counts as done: it is what must not be lost
      } catch (/** @type {any} */ err) {
        if (user || err.status != 401) throw err;
        // Another tab may have spent it, whose login is yet to be seen here: one more look.
        await settled();
        return redeem(flow, token, code, err);
      }
      await begun.update(flow, { returnTo, user: state.user.user_id });
    }
    return { ...state, returnTo };
  };

  return {
    async start(email, { returnTo, ...more } = {}) {
      returnTo ??= "/"; // null, too, which a query without one gives
      if (!path.test(returnTo)) throw new LatchkeyError("invalid_return_to", "returnTo must be a path");
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

    /** @param {{ code: string, flow?: string }} [typed] */
    finish(typed) {
      /** @type {any} */
      const said = typed ?? landing();
      /** @type {any} */
      const code = typed && `${typed.code}`.replace(/\D/g, "");
      const what = JSON.stringify(said);
      return finishing[what] ??= (async () => {
        if (!said) return null;
        if (typed && code.length != 8) throw new LatchkeyError("invalid_code", "A code is eight digits.");
        const flow = said.flow ?? (code && (own ?? await begun.latest()));
        return alone(flow, () => redeem(flow, said.token, code));
      })().finally(() => delete finishing[what]); // who asks later is told what is true then
    },

    session,

    async signOut() {
      const token = await held();
      leave();
      await enter();
      if (token) {
        await ask("/sessions/revoke", undefined, token).catch((err) => {
          err.message = "Signed out here only: " + err.message;
          unlessOver(err);
        });
      }
    },

    onChange: watched.onChange,
  };
};

/** unlessOver passes over what refuses a session that has ended. */
const unlessOver = (/** @type {import("../latchkey.d.ts").LatchkeyError} */ err) => {
  if (err.type != "session_not_found") throw err;
};
