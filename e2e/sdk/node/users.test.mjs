import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { begin, client, logIn, mailed, newAddress, newPair, refused, unknown } from "./world.mjs";

const { users } = client;

function newExternalID() {
  return `crm|${newAddress().split("@")[0]}`;
}

describe("users.create", () => {
  test("makes an active person whose address is not proven", async () => {
    const email = newAddress(), external_id = newExternalID();
    const answer = await users.create({
      email, external_id, name: { first_name: "Ada", middle_name: "King", last_name: "Lovelace" },
      trusted_metadata: { seat: 7 }, untrusted_metadata: { theme: "dark" },
    });
    assert.equal(answer.status_code, 200);
    assert.deepEqual([answer.status, answer.phone_id], ["active", ""]);
    const { user } = answer;
    assert.equal(user.user_id, answer.user_id);
    assert.deepEqual(user.emails, [{ email_id: answer.email_id, email, verified: false }]);
    assert.deepEqual(user.name, { first_name: "Ada", middle_name: "King", last_name: "Lovelace" });
    assert.deepEqual([user.trusted_metadata, user.untrusted_metadata], [{ seat: 7 }, { theme: "dark" }]);
    assert.equal(user.external_id, external_id);
    const { answer: { user_id, user_created } } = await begin(email);
    assert.deepEqual([user_id, user_created], [answer.user_id, false]);
  });

  test("takes along the id that somebody had before", async () => {
    const email = newAddress(), external_id = unknown("user");
    const { user_id } = await users.create({ email, external_id });
    assert.notEqual(user_id, external_id);
    assert.equal((await users.get({ user_id: external_id })).user_id, user_id);
    const query = { operator: "AND", operands: [{ filter_name: "user_id", filter_value: [external_id] }] };
    assert.deepEqual((await users.search({ query })).results.map((user) => user.user_id), [user_id]);
    const { code_challenge } = newPair();
    assert.equal((await client.magicLinks.email.send({ email, user_id: external_id, code_challenge })).user_id, user_id);
    assert.deepEqual((await client.sessions.get({ user_id: external_id })).sessions, []);
  });

  test("makes a pending one if asked to", async () => {
    assert.equal((await users.create({ email: newAddress(), create_user_as_pending: true })).status, "pending");
  });

  test("refuses", async () => {
    const email = newAddress(), external_id = newExternalID();
    const { user_id } = await users.create({ email, external_id });
    await refused(users.create({}), 400, "invalid_create_user_request");
    await refused(users.create({ email: "nobody" }), 400, "invalid_email");
    await refused(users.create({ email: newAddress(), phone_number: "+15005550006" }), 400, "invalid_phone_number");
    await refused(users.create({ email: newAddress(), roles: ["admin"] }), 400, "invalid_rbac_role_id");
    await refused(users.create({ email: newAddress(), external_id: "no spaces" }), 400, "invalid_user_external_id");
    await refused(users.create({ email: newAddress(), external_id: user_id }), 400, "invalid_user_external_id");
    await refused(users.create({ email: email.toUpperCase() }), 400, "duplicate_email");
    await refused(users.create({ email: newAddress(), external_id }), 400, "duplicate_user_external_id");
  });
});

describe("users.get", () => {
  test("has the person at the top, with every list there", async () => {
    const { user_id, user } = await logIn();
    const { request_id, status_code, ...got } = await users.get({ user_id });
    assert.ok(request_id);
    assert.equal(status_code, 200);
    assert.deepEqual(got, user);
    for (const list of ["phone_numbers", "webauthn_registrations", "providers", "totps", "crypto_wallets", "biometric_registrations", "roles"]) {
      assert.deepEqual(got[list], [], list);
    }
    assert.deepEqual([got.is_locked, got.password, got.external_id, got.lock_created_at, got.lock_expires_at], [false, null, null, null, null]);
  });

  test("takes an external_id for the id", async () => {
    const external_id = newExternalID();
    const { user_id } = await users.create({ email: newAddress(), external_id });
    assert.equal((await users.get({ user_id: external_id })).user_id, user_id);
  });

  test("refuses who is not there", async () => {
    await refused(users.get({ user_id: unknown("user") }), 404, "user_not_found");
    await refused(users.get({ user_id: newExternalID() }), 404, "user_not_found");
  });
});

describe("users.search and searchAll", () => {
  // tribe is people nobody else finds: they have an address domain of their own.
  async function tribe(count) {
    const domain = `${newAddress().split("@")[0]}.example`;
    const members = [];
    for (let i = 0; i < count; i++) members.push(await users.create({ email: `m${i}@${domain}` }));
    const query = { operator: "AND", operands: [{ filter_name: "email_address_fuzzy", filter_value: domain }] };
    return { members, ids: members.map((m) => m.user_id).sort(), query };
  }

  const found = (answer) => answer.results.map((u) => u.user_id).sort();

  test("find page by page, nobody twice and nobody left out", async () => {
    const { ids, query } = await tribe(5);
    const first = await users.search({ limit: 2, query });
    assert.equal(first.results.length, 2);
    assert.ok(first.results_metadata.next_cursor);
    assert.equal(first.results_metadata.total, 5);
    const seen = [];
    for await (const page of users.searchAll({ limit: 2, query })) seen.push(...page.map((u) => u.user_id));
    assert.deepEqual(seen.sort(), ids);
  });

  test("find by each filter", async () => {
    const { members: [one, two], query } = await tribe(3);
    const operands = (operator, ...pairs) => ({
      query: { operator, operands: pairs.map(([filter_name, filter_value]) => ({ filter_name, filter_value })) },
    });
    const [address] = one.user.emails;
    for (const [name, value] of [
      ["user_id", [one.user_id]], ["email_address", [address.email.toUpperCase()]], ["email_id", [address.email_id]],
    ]) {
      assert.deepEqual(found(await users.search(operands("AND", [name, value]))), [one.user_id], name);
    }
    const [tribal] = query.operands.map((o) => [o.filter_name, o.filter_value]);
    const among = async (...pair) => (await users.search(operands("AND", tribal, pair))).results.length;
    assert.equal(await among("status", "active"), 3);
    assert.equal(await among("status", "pending"), 0);
    assert.equal(await among("email_verified", false), 3);
    assert.equal(await among("email_verified", true), 0);
    const before = new Date(Date.now() - 3600_000).toISOString(), after = new Date(Date.now() + 3600_000).toISOString();
    assert.equal(await among("created_at_greater_than", before), 3);
    assert.equal(await among("created_at_less_than", before), 0);
    assert.equal(await among("created_at_between", { greater_than: before, less_than: after }), 3);
    const either = await users.search(operands("OR", ["user_id", [one.user_id]], ["user_id", [two.user_id]]));
    assert.deepEqual(found(either), [one.user_id, two.user_id].sort());
    await users.update({ user_id: one.user_id, name: { first_name: "Adelheid", last_name: tribal[1] } });
    assert.deepEqual(found(await users.search(operands("AND", ["full_name_fuzzy", tribal[1]]))), [one.user_id]);
  });

  test("find everybody without a query", async () => {
    const { ids } = await tribe(1);
    const seen = new Set();
    for await (const page of users.searchAll({})) for (const user of page) seen.add(user.user_id);
    assert.ok(seen.has(ids[0]));
  });

  test("refuse", async () => {
    const search = (filter_name, filter_value) => users.search({ query: { operator: "AND", operands: [{ filter_name, filter_value }] } });
    await refused(search("favourite_colour", "green"), 400, "user_search_filter_name_not_recognized");
    await refused(search("email_verified", "yes"), 400, "user_search_expected_bool");
    await refused(search("user_id", "one"), 400, "user_search_expected_array_of_string");
    await refused(search("email_address_fuzzy", 7), 400, "user_search_expected_string");
    await refused(search("created_at_between", "today"), 400, "user_search_expected_object");
    await refused(search("created_at_less_than", "today"), 400, "user_search_expected_timestamp");
    await refused(users.searchAll({ query: { operator: "AND", operands: [{ filter_name: "x", filter_value: 1 }] } }).next(),
      400, "user_search_filter_name_not_recognized");
  });
});

describe("users.update", () => {
  test("changes what is given and leaves the rest", async () => {
    const { user_id } = await users.create({
      email: newAddress(), name: { first_name: "Ada" }, trusted_metadata: { seat: 7, plan: "pro" }, untrusted_metadata: { theme: "dark" },
    });
    const external_id = newExternalID();
    const answer = await users.update({ user_id, external_id, name: { last_name: "Lovelace" }, trusted_metadata: { plan: null, seats: 2 } });
    assert.deepEqual([answer.user_id, answer.emails, answer.phone_numbers, answer.crypto_wallets], [user_id, answer.user.emails, [], []]);
    assert.deepEqual(answer.user.trusted_metadata, { seat: 7, seats: 2 });
    assert.deepEqual(answer.user.untrusted_metadata, { theme: "dark" });
    assert.deepEqual([answer.user.name.first_name, answer.user.name.last_name], ["Ada", "Lovelace"]);
    assert.equal(answer.user.external_id, external_id);
    assert.equal((await users.update({ user_id: external_id, untrusted_metadata: { theme: null } })).user_id, user_id);
    assert.deepEqual((await users.get({ user_id })).untrusted_metadata, {});
  });

  test("refuses", async () => {
    const external_id = newExternalID();
    await users.create({ email: newAddress(), external_id });
    const { user_id } = await users.create({ email: newAddress() });
    await refused(users.update({ user_id, external_id }), 400, "duplicate_user_external_id");
    await refused(users.update({ user_id: unknown("user"), name: {} }), 404, "user_not_found");
  });
});

describe("users.exchangePrimaryFactor", () => {
  test("puts a new address in the place of the old", async () => {
    const { user_id, user } = await logIn();
    const email_address = newAddress();
    const answer = await users.exchangePrimaryFactor({ user_id, email_address });
    assert.deepEqual([answer.user_id, answer.user.emails.map((e) => e.email)], [user_id, [email_address]]);
    assert.equal((await begin(user.emails[0].email)).answer.user_created, true);
    assert.equal((await begin(email_address)).answer.user_id, user_id);
  });

  test("refuses", async () => {
    const { user_id } = await logIn();
    const { user: { emails: [{ email }] } } = await logIn();
    await refused(users.exchangePrimaryFactor({ user_id, email_address: email }), 400, "duplicate_email");
    await refused(users.exchangePrimaryFactor({ user_id, email_address: "nobody" }), 400, "invalid_email");
    await refused(users.exchangePrimaryFactor({ user_id, phone_number: "+15005550006" }), 400, "invalid_phone_number");
    await refused(users.exchangePrimaryFactor({ user_id: unknown("user"), email_address: newAddress() }), 404, "user_not_found");
  });
});

describe("users.delete", () => {
  test("takes sessions and links along", async () => {
    const { user_id, user, session_token } = await logIn();
    const { token, code_verifier } = await begin(user.emails[0].email);
    assert.equal((await users.delete({ user_id })).user_id, user_id);
    await refused(users.get({ user_id }), 404, "user_not_found");
    await refused(client.sessions.authenticate({ session_token }), 404, "session_not_found");
    await refused(client.magicLinks.authenticate({ token, code_verifier }), 401, "unable_to_auth_magic_link");
  });

  test("refuses who is not there", async () => {
    await refused(users.delete({ user_id: unknown("user") }), 404, "user_not_found");
  });
});

describe("users.deleteEmail", () => {
  test("takes one address from the person", async () => {
    const { user_id, user: { emails: [first] } } = await logIn();
    const second = newAddress(), { code_challenge, code_verifier } = newPair();
    const { token } = await mailed(second, () => client.magicLinks.email.send({ email: second, user_id, code_challenge }));
    await client.magicLinks.authenticate({ token, code_verifier });
    const answer = await users.deleteEmail({ email_id: first.email_id });
    assert.deepEqual([answer.user_id, answer.user.emails.map((e) => e.email)], [user_id, [second]]);
  });

  test("refuses an address that is not there", async () => {
    await refused(users.deleteEmail({ email_id: unknown("email") }), 404, "email_not_found");
  });
});

describe("users.deleteExternalId", () => {
  test("takes it from the person", async () => {
    const external_id = newExternalID();
    const { user_id } = await users.create({ email: newAddress(), external_id });
    const answer = await users.deleteExternalId({ user_id });
    assert.deepEqual([answer.user_id, answer.user.external_id], [user_id, null]);
    await refused(users.get({ user_id: external_id }), 404, "user_not_found");
  });

  test("refuses who is not there", async () => {
    await refused(users.deleteExternalId({ user_id: unknown("user") }), 404, "user_not_found");
  });
});
