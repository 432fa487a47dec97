import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";

import { begin, client, logIn, near, newAddress, newPair, refused, unknown } from "./world.mjs";

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

  test("compares the attributes of start and redeem where asked to", async () => {
    const attributes = { ip_address: "192.0.2.1", user_agent: "Test/1" };
    const { token, code_verifier } = await begin(newAddress(), { attributes });
    const attempt = (other) => magicLinks.authenticate({
      token, code_verifier, attributes: { ...attributes, ...other }, options: { ip_match_required: true, user_agent_match_required: true },
    });
    await refused(attempt({ ip_address: "192.0.2.2" }), 401, "attribute_mismatch");
    await refused(attempt({ user_agent: "Test/2" }), 401, "attribute_mismatch");
    await attempt({});
  });

  for (const [how, credential] of [["session_token", (s) => ({ session_token: s.session_token })], ["session_jwt", (s) => ({ session_jwt: s.session_jwt })]]) {
    test(`goes on with the person's own session, given by ${how}`, async () => {
      const address = newAddress(), first = await logIn(address);
      const { token, code_verifier } = await begin(address);
      const again = await magicLinks.authenticate({ token, code_verifier, session_duration_minutes: 120, ...credential(first) });
      assert.equal(again.session.session_id, first.session.session_id);
      near(again.session.expires_at, 120);
      assert.equal(again.session.authentication_factors.length, 1, "the same factor twice");
      await refused(client.sessions.authenticate({ session_token: first.session_token }), 404, "session_not_found");
      await client.sessions.authenticate({ session_token: again.session_token });
    });
  }

  test("does not go on with a session that has ended", async () => {
    const address = newAddress(), { session_token } = await logIn(address);
    const { token, code_verifier } = await begin(address);
    await client.sessions.revoke({ session_token });
    await refused(magicLinks.authenticate({ token, code_verifier, session_duration_minutes: 60, session_token }), 404, "session_not_found");
    await magicLinks.authenticate({ token, code_verifier });
  });

  test("puts custom claims into session and JWT", async () => {
    const { token, code_verifier } = await begin(newAddress());
    const attempt = (session_custom_claims) => magicLinks.authenticate({ token, code_verifier, session_duration_minutes: 60, session_custom_claims });
    await refused(attempt({ big: "x".repeat(4096) }), 400, "custom_claims_too_large");
    await refused(attempt({ session: {} }), 400, "reserved_claims_in_custom_claims");
    const { session, session_jwt } = await attempt({ plan: "pro", gone: null, iss: "https://evil.example" });
    assert.deepEqual(session.custom_claims, { plan: "pro" });
    const { plan, iss } = JSON.parse(Buffer.from(session_jwt.split(".")[1], "base64url"));
    assert.equal(plan, "pro");
    assert.notEqual(iss, "https://evil.example");
  });
});

describe("magicLinks.create", () => {
  test("hands out a token that needs no verifier and proves no address", async () => {
    const email = newAddress();
    const { user_id } = await client.users.create({ email });
    const { token, status_code, ...answer } = await magicLinks.create({ user_id, expiration_minutes: 5 });
    assert.deepEqual([answer.user_id, status_code], [user_id, 200]);
    const { user, session } = await magicLinks.authenticate({ token, session_duration_minutes: 60 });
    assert.deepEqual([user.user_id, user.emails[0].verified], [user_id, false]);
    const [factor] = session.authentication_factors;
    assert.deepEqual([factor.type, factor.delivery_method], ["magic_link", "embedded"]);
    assert.ok(factor.embeddable_magic_link_factor.embedded_id);
    await refused(magicLinks.authenticate({ token }), 401, "unable_to_auth_magic_link");
  });

  test("takes an external_id for the person's id", async () => {
    const external_id = `crm|${newAddress().split("@")[0]}`;
    const { user_id } = await client.users.create({ email: newAddress(), external_id });
    assert.equal((await magicLinks.create({ user_id: external_id })).user_id, user_id);
  });

  test("refuses", async () => {
    const { user_id } = await client.users.create({ email: newAddress() });
    await refused(magicLinks.create({ user_id: unknown("user") }), 404, "user_not_found");
    await refused(magicLinks.create({ user_id, expiration_minutes: 4 }), 400, "invalid_expiration");
    const { token } = await magicLinks.create({ user_id });
    const { code_verifier } = newPair();
    await refused(magicLinks.authenticate({ token, code_verifier }), 400, "pkce_did_not_expect_code_verifier");
    await magicLinks.authenticate({ token });
  });
});
