// Who hears of it when somebody signs in or out, in this tab or in another.

/** @typedef {import("../latchkey.d.ts").SignedIn} SignedIn */
/** @typedef {(state: SignedIn | import("../latchkey.d.ts").SignedOut) => void} Listener */

/**
 * @param {string} name
 * @param {() => Promise<string | null>} read reads the session's token
 * @param {() => Promise<SignedIn | null>} session asks the service who is in
 */
export function watch(name, read, session) {
  /** @type {Set<Listener>} */
  const listeners = new Set();
  /** @type {string | null | undefined} the token that the listeners know of */
  let seen;
  /** @type {BroadcastChannel} */
  let opened;
  const channel = () => opened ??= new BroadcastChannel(name);

  /** @type {(token: string | null, state: SignedIn | null) => void} */
  const emit = (token, state) => {
    seen = token;
    // Apart from what brought the change: a listener that throws must not undo a login.
    for (const listener of listeners) queueMicrotask(() => listener(state ?? { session: null, user: null }));
  };
  // The channel may be quicker than what it tells of, and storage events come for
  // localStorage alone: whichever comes first finds the other token, the later finds nothing new.
  const look = async () => {
    const token = await read();
    if (token == seen) return;
    const state = token && await session();
    if (state || !token) emit(token, state || null); // a session that is over has told by itself
  };

  return {
    /** @type {typeof emit} */
    tell: (token, state) => {
      emit(token, state);
      channel().postMessage(0); // without the token: who may read it finds it
    },

    /** @type {(listener: Listener) => () => void} */
    onChange: (listener) => {
      if (!opened?.onmessage) {
        channel().onmessage = look;
        addEventListener("storage", look);
        addEventListener("pageshow", look); // by the back button, from before a sign-out, where the browser kept the page
        read().then((token) => seen ??= token);
      }
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
