// All that a back end in JavaScript needs to log people in with Latchkey.
import { createHash, randomBytes } from "node:crypto";

const url = process.env.LATCHKEY_URL ?? "http://127.0.0.1:8080";
const project = process.env.LATCHKEY_PROJECT ?? "project-test-00000000-0000-4000-8000-000000000000";
const secret = process.env.LATCHKEY_SECRET ?? "secret-test-development-only";

// newPair makes what one login is bound to (RFC 7636): the verifier stays where the login
// began, only the challenge is sent. flow names the pair in the opened link's query.
export function newPair() {
  const verifier = randomBytes(32).toString("base64url");
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  return { verifier, challenge, flow: challenge.slice(0, 16) };
}

// Refusal is an answer that is not 200. Its message is for people, its type for programs.
export class Refusal extends Error {
  constructor({ error_type, error_message }, status) {
    super(error_message);
    this.type = error_type;
    this.status = status;
  }
}

// post calls a path below /v1 with the project's secret.
export async function post(path, body) {
  const response = await fetch(`${url}/v1/${path}`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Authorization: `Basic ${Buffer.from(`${project}:${secret}`).toString("base64")}`,
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  });
  const answer = await response.json();
  if (!response.ok) throw new Refusal(answer, response.status);
  return answer;
}
