import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { begin, client, landing, mailed, mailsTo, newAddress, newClient, newPair, open, refused } from "./world.mjs";

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

  test("passes over what it does not know", async () => {
    await begin(newAddress(), {
      locale: "en", login_template_id: "t", signup_template_id: "t", attributes: { ip_address: "192.0.2.1", user_agent: "Test" },
    });
  });

  test("refuses before any mail", async () => {
    const address = newAddress(), { code_challenge } = newPair();
    const start = (member) => email.loginOrCreate({ email: address, code_challenge, ...member });
    await refused(start({ email: "Ada <ada@example.com>" }), 400, "invalid_email");
    await refused(start({ code_challenge: undefined }), 400, "pkce_expected_code_challenge");
    await refused(start({ code_challenge: "too-short" }), 400, "invalid_pkce_code_challenge");
    for (const kind of ["login", "signup"]) {
      await refused(start({ [`${kind}_magic_link_url`]: "https://evil.example/" }), 400, "no_match_for_provided_magic_link_url");
      await refused(start({ [`${kind}_magic_link_url`]: "not a URL" }), 400, "invalid_magic_link_url");
      await refused(start({ [`${kind}_expiration_minutes`]: 4 }), 400, "invalid_expiration");
      await refused(start({ [`${kind}_expiration_minutes`]: 10081 }), 400, "invalid_expiration");
    }
    await mailed(address, () => start({}));
    assert.equal(await mailsTo(address), 1);
  });

  test("refuses whoever does not know the project's secret", async () => {
    const stranger = newClient({ secret: "secret-test-of-somebody-else" });
    await refused(stranger.magicLinks.email.loginOrCreate({ email: newAddress() }), 401, "unauthorized_credentials");
  });
});
