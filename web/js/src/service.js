// How the browser door is asked.

import { LatchkeyError } from "./error.js";

/**
 * service is the browser door of the Latchkey at an origin.
 *
 * @param {string} origin
 * @param {string} publicToken
 */
export const service = (origin, publicToken) =>
  /**
   * Each call is a POST, and its answer's data comes back. Without a session token it is
   * made as somebody who is signed out.
   *
   * @param {string} path
   * @param {object} [body]
   * @param {string} [sessionToken]
   */
  async (path, body, sessionToken) => {
    let answer, said;
    try {
      answer = await fetch(origin + "/sdk/v1" + path, {
        method: "POST",
        headers: {
          "Authorization": "Basic " + btoa(publicToken + ":" + (sessionToken || publicToken)),
          "Content-Type": "application/json",
        },
        body: body && JSON.stringify(body),
        keepalive: !body, // a sign-out outlives its page
        signal: AbortSignal.timeout?.(30_000), // the service gives up on a request after ten seconds
      });
      said = await answer.json();
      if (!(said.data || said.error_type)) throw said; // JSON, but of a proxy's
    } catch (cause) {
      throw new LatchkeyError("network", `No answer from ${origin}. Is this page in allowed_origins?`, { cause });
    }
    if (answer.ok) return said.data;
    throw new LatchkeyError(said.error_type, said.error_message, {
      status: answer.status,
      requestId: said.request_id,
      errorUrl: said.error_url,
      details: said.error_details,
      retryAfter: +/** @type {any} */ (answer.headers.get("Retry-After")) || undefined,
    });
  };
