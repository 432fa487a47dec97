// How the browser door is asked.

import { LatchkeyError } from "./error.js";

const patience = 30_000; // milliseconds; the service gives up on a request after ten seconds

/**
 * service is the browser door of the Latchkey at url.
 *
 * @param {string} url
 * @param {string} publicToken
 */
export const service = (url, publicToken) =>
  /**
   * Each call is a POST, and its answer's data comes back. Without a session token it is
   * made as somebody who is signed out.
   *
   * @param {string} path
   * @param {object} [body]
   * @param {string | null} [sessionToken]
   */
  async (path, body, sessionToken) => {
    const address = new URL("/sdk/v1" + path, url);
    let answer, said;
    try {
      answer = await fetch(address, {
        method: "POST",
        headers: {
          "Authorization": "Basic " + btoa(publicToken + ":" + (sessionToken ?? publicToken)),
          "Content-Type": "application/json",
        },
        body: body && JSON.stringify(body),
        keepalive: !body, // a sign-out outlives its page
        signal: AbortSignal.timeout?.(patience),
      });
      said = await answer.json();
    } catch (cause) {
      throw new LatchkeyError("network", `No answer from ${address.origin}. Try again. If it never answers: does allowed_origins list this page's origin?`, { status: answer?.status, cause });
    }
    if (answer.ok) return said.data;
    throw new LatchkeyError(said.error_type, said.error_message, {
      status: answer.status,
      requestId: said.request_id,
      errorUrl: said.error_url,
      details: said.error_details,
      retryAfter: +(answer.headers.get("Retry-After") ?? 0) || undefined,
    });
  };
