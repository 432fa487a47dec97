// RFC 7636 by WebCrypto. The verifier is made here and leaves this browser only
// to redeem a link.

const flowLength = 16; // Latchkey hands this much of the challenge back with an opened link

export function available() {
  // crypto.subtle exists in secure contexts only: https, or loopback.
  return window.isSecureContext && Boolean(window.crypto?.subtle);
}

export async function newPair() {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const sum = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const challenge = base64url(new Uint8Array(sum));
  return { verifier, challenge, flow: challenge.slice(0, flowLength) };
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
