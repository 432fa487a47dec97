import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";

import { begin, client, near, newAddress, newPair, refused } from "./world.mjs";

const { magicLinks } = client;

describe("magicLinks.authenticate", () => {
  test("proves the address, and starts no session unless a duration is asked for", async () => {
    const { answer, token, code_verifier } = await begin(newAddress());
    const redeemed = await magicLinks.authenticate({ token, code_verifier });
    assert.equal(redeemed.status_code, 200);
    assert.deepEqual([redeemed.user_id, redeemed.method_id], [answer.user_id, answer.email_id]);
    assert.deepEqual([redeemed.session_token, redeemed.session_jwt, redeemed.session], ["", "", null]);
    assert.equal(redeemed.reset_sessions, false);
    assert.equal(redeemed.user.emails[0].verified, true);
    assert.deepEqual(await magicLinks.authenticate({ token, code_verifier }).catch((err) => err.error_type), "unable_to_auth_magic_link");
  });

  test("starts a session with the link as its factor", async () => {
    const address = newAddress();
    const { token, code_verifier, answer: { email_id } } = await begin(address);
    const { user, session, session_token, session_jwt } = await magicLinks.authenticate({
      token, code_verifier, session_duration_minutes: 90, attributes: { ip_address: "192.0.2.7", user_agent: "Test/1" },
    });
    assert.match(session_token, /^[\w-]{44}$/);
    assert.equal(session_jwt.split(".").length, 3);
    assert.equal(session.user_id, user.user_id);
    assert.deepEqual(session.attributes, { ip_address: "192.0.2.7", user_agent: "Test/1" });
    near(session.started_at, 0);
    near(session.expires_at, 90);
    const [factor] = session.authentication_factors;
    assert.deepEqual([factor.type, factor.delivery_method], ["magic_link", "email"]);
    assert.deepEqual(factor.email_factor, { email_id, email_address: address });
  });

  test("refuses without costing the link", async () => {
    const { token, code_verifier } = await begin(newAddress());
    const attempt = (member) => magicLinks.authenticate({ token, code_verifier, ...member });
    await refused(attempt({ code_verifier: undefined }), 400, "pkce_expected_code_verifier");
    await refused(attempt({ code_verifier: null }), 400, "pkce_expected_code_verifier");
    await refused(attempt({ code_verifier: "" }), 400, "pkce_expected_code_verifier");
    await refused(attempt({ code_verifier: "too short" }), 400, "invalid_pkce_code_verifier");
    await refused(attempt({ code_verifier: newPair().code_verifier }), 401, "pkce_mismatch");
    await refused(attempt({ session_duration_minutes: 4 }), 400, "invalid_session_duration_minutes");
    await refused(attempt({ session_duration_minutes: 527041 }), 400, "invalid_session_duration_minutes");
    await attempt({});
  });

  test("tells a link that was used from one that never was", async () => {
    const { token, code_verifier } = await begin(newAddress());
    await magicLinks.authenticate({ token, code_verifier });
    const err = await refused(magicLinks.authenticate({ token, code_verifier }), 401, "unable_to_auth_magic_link");
    assert.equal(err.error_details.reason, "redeemed");
    const forged = randomBytes(33).toString("base64url");
    await refused(magicLinks.authenticate({ token: forged, code_verifier }), 404, "magic_link_not_found");
  });
});
