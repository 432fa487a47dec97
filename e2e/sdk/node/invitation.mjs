// The page that an invite's mailed link opens.

import assert from "node:assert/strict";

// accept presses the page's one button, and returns where that leads.
export async function accept(link) {
  const page = await fetch(link);
  assert.equal(page.status, 200, "the invite's page");
  const form = /<form[^>]*>/.exec(await page.text())?.[0] ?? assert.fail("the invite's page has no form");
  const action = new URL(/action="([^"]*)"/.exec(form)?.[1] ?? "", link);
  const pressed = await fetch(action, { method: "POST", redirect: "manual", headers: { "Sec-Fetch-Site": "same-origin" } });
  assert.ok([302, 303].includes(pressed.status), `pressing the button: got ${pressed.status}, want 302 or 303`);
  return new URL(pressed.headers.get("location"));
}
