// Who hears of it when somebody signs in or out, in this tab or in another.

import { settled } from "./storage.js";

/** @typedef {import("../latchkey.d.ts").SignedIn} SignedIn */
/** @typedef {(state: SignedIn | import("../latchkey.d.ts").SignedOut) => void} Listener */

/**
 * @param {string} name
 * @param {() => Promise<string>} read reads the session's token
 * @param {() => Promise<SignedIn | null>} session asks the service who is in
 */
export const watch = (name, read, session) => {
  /** @type {Set<Listener>} */
  const listeners = new Set();
  /** @type {string | undefined} the token that the listeners know of */
  let seen;
  /** @type {BroadcastChannel} */
  let opened;
  const channel = () => opened ??= new BroadcastChannel(name);

  /** @type {(token: string, state: SignedIn | "" | null) => void} */
  const emit = (token, state) => {
    seen = token;
    // Apart from what brought the change: a listener that throws must not undo a login.
    for (const listener of listeners) queueMicrotask(() => listener(state || { session: null, user: null }));
  };
  const change = async () => {
    const token = await read();
    seen ??= token;
    if (token == seen) return;
    const state = token && await session();
    // Not if it has changed again, and whoever changed it told of that.
    if (token != seen && token == await read()) emit(token, state);
  };
  let looking = Promise.resolve();
  // The channel may be quicker than what it tells of, and storage events come for
  // localStorage alone: whichever comes first finds the other token, the later finds nothing
  // new, as long as they look one after the other. Who cannot look now does so later.
  const look = () => looking = looking.then(change).catch(() => {});

  return {
    /** @type {typeof emit} */
    tell: (token, state) => {
      emit(token, state);
      channel().postMessage(0); // without the token: who may read it finds it
    },

    /** @type {(listener: Listener) => () => void} */
    onChange: (listener) => {
      // Each is done once, however often it is asked for.
      channel().onmessage = () => {
        look();
        settled().then(look);
      };
      // pageshow is by the back button, from before a sign-out, where the browser kept the
      // page; online and focus are for what could not be asked about at the time.
      for (const event of ["storage", "pageshow", "online", "focus"]) addEventListener(event, look);
      look();
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
};
