// The types of latchkey.js. What it does is told in docs/latchkey-js.md.

export as namespace latchkey; // the classic script's global

export function createLatchkey(options: Options): Latchkey;

export interface Options {
  /** Latchkey's origin, as in https://login.example.com. */
  url: string;
  /** The project's public_token. */
  publicToken: string;
  /** Where the mailed link leads: one of the project's redirect_urls, to the letter. Left out, the project's default. */
  redirectUrl?: string;
  /** Where this browser keeps the session's token and the verifiers. "local" if left out. */
  storage?: "local" | "session" | "cookie" | Storage;
  /** How long a session lasts after a login, in minutes, 5 to 527040. 60 if left out. */
  sessionMinutes?: number;
}

/** A place of your own for strings. Each method may return a promise. */
export interface Storage {
  /** The string last set, or null or undefined where there is none. */
  get(key: string): unknown;
  /** seconds: until nobody needs it any more. */
  set(key: string, value: string, seconds: number): unknown;
  remove(key: string): unknown;
}

export interface Latchkey {
  /** Asks for a mail with a link. Resolves when the service has promised to send it. */
  start(email: string, options?: StartOptions): Promise<{ flow: string }>;
  /**
   * On the page that a link leads to: finishes that login; null where the address has
   * brought no link. With a code: finishes the login that was begun here.
   */
  finish(typed?: {
    /** The eight digits of the mail, however they are grouped. */
    code?: string;
    /** Which login; left out, the one that this page began last, or this browser. */
    flow?: string;
  }): Promise<Finished | null>;
  /** Who is signed in, as the service says right now; null for nobody. */
  session(options?: {
    /** Lets the session end so many minutes from now. Left out, its end stays. */
    minutes?: number;
  }): Promise<SignedIn | null>;
  /** Ends the session. Where the service cannot be told, this browser forgets it all the same, and the promise is rejected. */
  signOut(): Promise<void>;
  /** Calls the listener when somebody signs in or out, in this tab or another. Returns what ends that. */
  onChange(listener: (state: SignedIn | SignedOut) => void): () => void;
}

export interface StartOptions {
  /** A path of this origin, which finish() returns in this browser. "/" if left out. */
  returnTo?: string;
  /** The mail's language. */
  locale?: string;
  login_expiration_minutes?: number;
  signup_expiration_minutes?: number;
  login_template_id?: string;
  signup_template_id?: string;
}

export interface SignedIn {
  session: Session;
  user: User;
  /** A JWT of the session, good for five minutes, to show to a back end of yours. */
  jwt: string;
}

export interface SignedOut {
  session: null;
  user: null;
}

export interface Finished extends SignedIn {
  /** What start() was given. */
  returnTo: string;
}

export interface Session {
  session_id: string;
  user_id: string;
  started_at: string;
  last_accessed_at: string;
  expires_at: string;
  custom_claims: Record<string, unknown>;
  [more: string]: unknown;
}

export interface User {
  user_id: string;
  emails: { email_id: string; email: string; verified: boolean }[];
  status: "active" | "pending";
  name: { first_name: string; middle_name: string; last_name: string };
  trusted_metadata: Record<string, unknown>;
  untrusted_metadata: Record<string, unknown>;
  created_at: string;
  [more: string]: unknown;
}

/** What an opened link brought, already taken out of the address; null where there was none. */
export function landing(): Landing | null;

export interface Landing {
  token: string;
  /** Null for a link that no browser asked for: an invite's or an embeddable one's. */
  flow: string | null;
}

/** A code_verifier and its S256 code_challenge, for who talks to the service directly. */
export function generatePKCEPair(): Promise<{ verifier: string; challenge: string }>;

/** What everything here is rejected with. */
export class LatchkeyError extends Error {
  constructor(type: string, message: string, more?: object);
  name: "LatchkeyError";
  /** The service's error_type, or other_device, network, storage, insecure_context, invalid_return_to. */
  type: string;
  /** Of the service's answer; undefined where there was none. */
  status?: number;
  requestId?: string;
  /** Where the service explains the type. */
  errorUrl?: string;
  details?: Record<string, string>;
  /** In seconds, where the service says when to try again. */
  retryAfter?: number;
  cause?: unknown;
}
