import { LatchkeyError } from "./error.js";

/** generatePKCEPair makes a code_verifier and its S256 code_challenge (RFC 7636 §4). */
export const generatePKCEPair = async () => {
  if (!crypto.subtle) {
    // No falling back to the method plain: the challenge would be the verifier, which
    // the service refuses.
    throw new LatchkeyError("insecure_context", "This page must be on https.");
  }
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return { verifier, challenge: base64url(new Uint8Array(digest)) };
};

/** @param {Uint8Array} bytes 32 of them, of whose padding there is one character */
const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").slice(0, -1);
