import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { LATCHKEY_PROJECT, client, failed, logIn, near, refused, unknown } from "./world.mjs";

const { sessions } = client;
const malformed = "not-a-session-token";

// forged is the JWT with its signature's first character changed.
function forged(jwt) {
  const [header, claims, signature] = jwt.split(".");
  return [header, claims, (signature[0] === "A" ? "B" : "A") + signature.slice(1)].join(".");
}

describe("sessions.authenticate", () => {
  test("takes the token and answers the same one, with a new JWT and the person", async () => {
    const { user_id, session, session_token } = await logIn();
    const answer = await sessions.authenticate({ session_token });
    assert.equal(answer.session_token, session_token);
    assert.deepEqual([answer.session.session_id, answer.user.user_id], [session.session_id, user_id]);
    assert.equal(answer.session.expires_at, session.expires_at);
    await sessions.authenticateJwtLocal({ session_jwt: answer.session_jwt });
  });

  test("takes the JWT for the token", async () => {
    const { session, session_token, session_jwt } = await logIn();
    const answer = await sessions.authenticate({ session_jwt });
    assert.deepEqual([answer.session.session_id, answer.session_token], [session.session_id, session_token]);
  });

  test("sets the end of the session anew where a duration is given", async () => {
    const { session_token } = await logIn();
    near((await sessions.authenticate({ session_token, session_duration_minutes: 5 })).session.expires_at, 5);
    near((await sessions.authenticate({ session_token })).session.expires_at, 5);
  });

  test("adds, changes and takes back custom claims", async () => {
    const { session_token } = await logIn();
    const claims = async (session_custom_claims) => (await sessions.authenticate({ session_token, session_custom_claims })).session.custom_claims;
    assert.deepEqual(await claims({ plan: "pro", seats: 3 }), { plan: "pro", seats: 3 });
    assert.deepEqual(await claims({ plan: null, seats: 4 }), { seats: 4 });
    assert.deepEqual(await claims(undefined), { seats: 4 });
    await refused(claims({ session: 1 }), 400, "reserved_claims_in_custom_claims");
    await refused(claims({ big: "x".repeat(4096) }), 400, "custom_claims_too_large");
  });

  test("refuses", async () => {
    const { session_token, session_jwt } = await logIn();
    await refused(sessions.authenticate({}), 400, "no_session_arguments");
    await refused(sessions.authenticate({ session_token, session_jwt }), 400, "too_many_session_arguments");
    await refused(sessions.authenticate({ session_token, authorization_check: { resource_id: "files", action: "read" } }), 400, "authorization_check_not_supported");
    await refused(sessions.authenticate({ session_token: malformed }), 400, "invalid_session_token");
    await refused(sessions.authenticate({ session_jwt: malformed }), 400, "unable_to_parse_session_jwt");
    await refused(sessions.authenticate({ session_jwt: forged(session_jwt) }), 400, "unable_to_parse_session_jwt");
    await refused(sessions.authenticate({ session_token, session_duration_minutes: 4 }), 400, "invalid_session_duration_minutes");
    await sessions.revoke({ session_token });
    await refused(sessions.authenticate({ session_token }), 404, "session_not_found");
    await refused(sessions.authenticate({ session_jwt }), 404, "session_not_found");
  });
});

describe("sessions.authenticateJwtLocal", () => {
  test("trusts the key set fetched from here, and asks nothing else", async () => {
    const { user_id, session, session_jwt } = await logIn();
    const local = await sessions.authenticateJwtLocal({ session_jwt, max_token_age_seconds: 60 });
    assert.equal(local.session_id, session.session_id);
    assert.equal(local.user_id, user_id);
    assert.equal(Date.parse(local.expires_at), Date.parse(session.expires_at));
    assert.deepEqual(local.attributes, session.attributes);
    assert.deepEqual(local.authentication_factors, session.authentication_factors);
  });

  test("refuses what was forged, has expired or is too old", async () => {
    const { session_jwt } = await logIn();
    await failed(sessions.authenticateJwtLocal({ session_jwt: forged(session_jwt) }), "jwt_invalid");
    const later = new Date(Date.now() + 301_000);
    await failed(sessions.authenticateJwtLocal({ session_jwt, current_date: later }), "jwt_invalid");
    await failed(sessions.authenticateJwtLocal({ session_jwt, max_token_age_seconds: 0 }), "jwt_too_old");
  });
});

describe("sessions.authenticateJwt", () => {
  test("stays local while the JWT is good", async () => {
    const { session, session_jwt } = await logIn();
    const answer = await sessions.authenticateJwt({ session_jwt });
    assert.equal(answer.session.session_id, session.session_id);
    assert.ok(!("user" in answer), "it asked");
  });

  test("asks where the JWT is too old, and gets a new one", async () => {
    const { user_id, session_jwt } = await logIn();
    const answer = await sessions.authenticateJwt({ session_jwt, max_token_age_seconds: 0 });
    assert.equal(answer.user.user_id, user_id);
    assert.ok(answer.session_jwt);
  });

  test("passes the refusal on", async () => {
    const { session_token, session_jwt } = await logIn();
    await refused(sessions.authenticateJwt({ session_jwt: forged(session_jwt) }), 400, "unable_to_parse_session_jwt");
    await sessions.revoke({ session_token });
    await refused(sessions.authenticateJwt({ session_jwt, max_token_age_seconds: 0 }), 404, "session_not_found");
  });
});

describe("sessions.get", () => {
  test("lists the person's sessions that have not ended", async () => {
    const { user_id, user, session: first } = await logIn();
    const { session: second, session_token } = await logIn(user.emails[0].email);
    const ids = async () => (await sessions.get({ user_id })).sessions.map((s) => s.session_id).sort();
    assert.deepEqual(await ids(), [first.session_id, second.session_id].sort());
    await sessions.revoke({ session_token });
    assert.deepEqual(await ids(), [first.session_id]);
    const [listed] = (await sessions.get({ user_id })).sessions;
    assert.deepEqual(listed.authentication_factors, first.authentication_factors);
  });

  test("refuses a person that is not there", async () => {
    await refused(sessions.get({ user_id: unknown("user") }), 404, "user_not_found");
  });
});

describe("sessions.revoke", () => {
  for (const by of ["session_id", "session_token", "session_jwt"]) {
    test(`ends the session at once, by its ${by}`, async () => {
      const { session: { session_id }, session_token, session_jwt } = await logIn();
      const { status_code } = await sessions.revoke({ [by]: { session_id, session_token, session_jwt }[by] });
      assert.equal(status_code, 200);
      await refused(sessions.authenticate({ session_token }), 404, "session_not_found");
    });
  }

  test("refuses", async () => {
    const { session_token, session_jwt } = await logIn();
    await refused(sessions.revoke({}), 400, "no_session_revoke_arguments");
    await refused(sessions.revoke({ session_token, session_jwt }), 400, "too_many_session_revoke_arguments");
    await refused(sessions.revoke({ session_token: malformed }), 400, "invalid_session_token");
    await refused(sessions.revoke({ session_id: unknown("session") }), 404, "session_not_found");
  });
});

describe("sessions.getJWKS", () => {
  test("gets the public keys", async () => {
    const { keys, status_code } = await sessions.getJWKS({ project_id: LATCHKEY_PROJECT });
    assert.equal(status_code, 200);
    assert.ok(keys.length > 0);
    for (const key of keys) {
      assert.equal(key.use, "sig");
      assert.ok(key.kid && key.alg && key.kty);
      assert.ok(!("d" in key), "a private key");
    }
  });

  test("refuses a project that is not there", async () => {
    await refused(sessions.getJWKS({ project_id: "project-test-nobody" }), 404, "project_not_found");
  });
});
