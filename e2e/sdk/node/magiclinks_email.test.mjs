import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { begin, client, failure, landing, logIn, mailed, mailsTo, newAddress, newClient, newPair, open, refused, unknown } from "./world.mjs";
import { accept } from "./invitation.mjs";

const { email } = client.magicLinks;

describe("magicLinks.email.loginOrCreate", () => {
  test("makes a person for a new address, and finds them again", async () => {
    const address = newAddress();
    const { answer: first } = await begin(address);
    assert.equal(first.status_code, 200);
    assert.equal(first.user_created, true);
    assert.match(first.user_id, /^user-test-[0-9a-f-]{36}$/);
    assert.match(first.email_id, /^email-test-[0-9a-f-]{36}$/);
    const { answer: second } = await begin(address.toUpperCase());
    assert.deepEqual([second.user_id, second.email_id, second.user_created], [first.user_id, first.email_id, false]);
  });

  test("mails a link that lands as the SDKs expect it", async () => {
    const there = `${landing}?plan=pro%2Bteam`;
    const { link, token } = await begin(newAddress(), { login_magic_link_url: there, signup_magic_link_url: there });
    const url = await open(link);
    assert.ok(url.href.startsWith(there), url.href);
    assert.equal(url.searchParams.get("stytch_token_type"), "magic_links");
    assert.equal(url.searchParams.get("token"), token);
  });

  test("leads new and pending people to the sign-up URL, all others to the login URL", async () => {
    const urls = { login_magic_link_url: `${landing}/in`, signup_magic_link_url: `${landing}/up`, create_user_as_pending: true };
    const address = newAddress();
    assert.equal((await open((await begin(address, urls)).link)).pathname, "/authenticate/up");
    const { link, token, code_verifier } = await begin(address, urls);
    assert.equal((await open(link)).pathname, "/authenticate/up");
    const { user } = await client.magicLinks.authenticate({ token, code_verifier });
    assert.equal(user.status, "active");
    assert.equal((await open((await begin(address, urls)).link)).pathname, "/authenticate/in");
  });

  test("takes a language and templates, and passes over what it does not know", async () => {
    await begin(newAddress(), {
      locale: "pt-br", login_template_id: "login", signup_template_id: "signup", attributes: { ip_address: "192.0.2.1", user_agent: "Test" },
      telemetry_id: "x",
    });
  });

  test("refuses before any mail", async () => {
    const address = newAddress(), { code_challenge } = newPair();
    const start = (member) => email.loginOrCreate({ email: address, code_challenge, ...member });
    await refused(start({ email: "Ada <ada@example.com>" }), 400, "invalid_email");
    await refused(start({ code_challenge: undefined }), 400, "pkce_expected_code_challenge");
    await refused(start({ code_challenge: "too-short" }), 400, "invalid_pkce_code_challenge");
    await refused(start({ locale: "tlh" }), 400, "invalid_locale");
    for (const kind of ["login", "signup"]) {
      await refused(start({ [`${kind}_magic_link_url`]: "https://evil.example/" }), 400, "no_match_for_provided_magic_link_url");
      await refused(start({ [`${kind}_magic_link_url`]: "not a URL" }), 400, "invalid_magic_link_url");
      await refused(start({ [`${kind}_expiration_minutes`]: 4 }), 400, "invalid_expiration");
      await refused(start({ [`${kind}_expiration_minutes`]: 10081 }), 400, "invalid_expiration");
      await refused(start({ [`${kind}_template_id`]: "of-another-project" }), 400, "email_template_not_found");
    }
    await mailed(address, () => start({}));
    assert.equal(await mailsTo(address), 1);
  });

  test("refuses whoever does not know the project's secret", async () => {
    const stranger = newClient({ secret: "secret-test-of-somebody-else" });
    await refused(stranger.magicLinks.email.loginOrCreate({ email: newAddress() }), 401, "unauthorized_credentials");
  });
});

describe("magicLinks.email.send", () => {
  const send = (address, member = {}) => email.send({ email: address, code_challenge: newPair().code_challenge, ...member });

  test("mails a known person a login link", async () => {
    const { user_id, user } = await logIn();
    const { email_id, email: address } = user.emails[0];
    const { code_verifier, code_challenge } = newPair();
    const { answer, token } = await mailed(address, () => send(address, { code_challenge }));
    assert.deepEqual([answer.user_id, answer.email_id, answer.status_code], [user_id, email_id, 200]);
    assert.ok(!("user_created" in answer));
    assert.equal((await client.magicLinks.authenticate({ token, code_verifier })).user_id, user_id);
  });

  for (const [how, select] of [
    ["their id", async ({ user_id }) => ({ user_id })],
    ["their external_id", async ({ user_id }) => {
      const external_id = `crm|${user_id}`;
      await client.users.update({ user_id, external_id });
      return { user_id: external_id };
    }],
    ["a session_token of theirs", async ({ session_token }) => ({ session_token })],
    ["a session_jwt of theirs", async ({ session_jwt }) => ({ session_jwt })],
  ]) {
    test(`attaches a new address to the person named by ${how}, unproven until its link is redeemed`, async () => {
      const person = await logIn(), address = newAddress();
      const { code_verifier, code_challenge } = newPair();
      const selector = await select(person);
      const { answer, token } = await mailed(address, () => send(address, { code_challenge, ...selector }));
      assert.equal(answer.user_id, person.user_id);
      const verified = async () => (await client.users.get({ user_id: person.user_id })).emails.find((e) => e.email === address)?.verified;
      assert.equal(await verified(), false);
      const { session_token } = person;
      const proven = await client.magicLinks.authenticate({ token, code_verifier, session_token, session_duration_minutes: 60 });
      assert.equal(proven.user_id, person.user_id);
      assert.equal(await verified(), true);
    });
  }

  test("refuses before any mail", async () => {
    const address = newAddress();
    const { user_id, session_token } = await logIn();
    await refused(send(address), 404, "email_not_found");
    await refused(send("nobody"), 400, "invalid_email");
    await refused(send(address, { user_id: unknown("user") }), 404, "user_not_found");
    await client.sessions.revoke({ session_token });
    await refused(send(address, { session_token }), 404, "session_not_found");
    await refused(send(address, { user_id, code_challenge: undefined }), 400, "pkce_expected_code_challenge");
    await refused(send(address, { user_id, login_magic_link_url: "https://evil.example/" }), 400, "no_match_for_provided_magic_link_url");
    await mailed(address, () => send(address, { user_id }));
    assert.equal(await mailsTo(address), 1);
  });

  test("takes one way to name the person, not two", async () => {
    const { user_id, session_token } = await logIn();
    const err = await failure(send(newAddress(), { user_id, session_token }));
    assert.equal(err.status_code, 400, err.message);
  });
});

describe("magicLinks.email.invite and revokeInvite", () => {
  const invite = (address, member = {}) => email.invite({ email: address, invite_magic_link_url: `${landing}/invited`, ...member });

  test("make a pending person who is active once they accept, without a verifier", async () => {
    const address = newAddress();
    const about = { name: { first_name: "Ada", last_name: "Lovelace" }, trusted_metadata: { seat: 7 }, untrusted_metadata: { theme: "dark" } };
    const { answer: { user_id, email_id, status_code }, link } = await mailed(address, () => invite(address, about));
    assert.equal(status_code, 200);
    const invited = await client.users.get({ user_id });
    assert.equal(invited.status, "pending");
    assert.equal(invited.name.last_name, "Lovelace");
    assert.deepEqual([invited.trusted_metadata, invited.untrusted_metadata], [about.trusted_metadata, about.untrusted_metadata]);
    const url = await accept(link);
    assert.equal(url.pathname, "/authenticate/invited");
    const { user, method_id, session } = await client.magicLinks.authenticate({ token: url.searchParams.get("token"), session_duration_minutes: 60 });
    assert.deepEqual([user.user_id, user.status, user.emails[0].verified, method_id], [user_id, "active", true, email_id]);
    assert.equal(session.user_id, user_id);
  });

  test("do not take the mailed token itself: whoever follows links gets nothing to redeem", async () => {
    const address = newAddress();
    const { token } = await mailed(address, () => invite(address));
    await refused(client.magicLinks.authenticate({ token }), 404, "magic_link_not_found");
  });

  test("end an invite that was taken back", async () => {
    const address = newAddress();
    const { link } = await mailed(address, () => invite(address));
    const token = (await accept(link)).searchParams.get("token");
    assert.equal((await email.revokeInvite({ email: address })).status_code, 200);
    await refused(client.magicLinks.authenticate({ token }), 401, "unable_to_auth_magic_link");
    assert.equal((await fetch(link, { redirect: "manual" })).status, 401);
  });

  test("refuse", async () => {
    const address = newAddress();
    await refused(invite("nobody"), 400, "invalid_email");
    await refused(invite(address, { invite_magic_link_url: "https://evil.example/" }), 400, "no_match_for_provided_magic_link_url");
    await refused(invite(address, { invite_expiration_minutes: 4 }), 400, "invalid_expiration");
    await refused(email.revokeInvite({ email: "nobody" }), 400, "invalid_email");
    await refused(email.revokeInvite({ email: address }), 404, "email_not_found");
    await mailed(address, () => invite(address));
    assert.equal(await mailsTo(address), 1);
  });
});
