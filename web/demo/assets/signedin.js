// The view of somebody who is in: who, since when, until when, and the JWT.

import { ask } from "./api.js";
import { byId, clock, element, refusal } from "./show.js";

// In the order they are shown; what else a JWT holds comes after.
const meanings = {
  iss: "who signed it",
  aud: "the project it is for",
  sub: "the person",
  session: "the session behind it",
  iat: "signed at",
  nbf: "valid from",
  exp: "valid until: minutes only, since a JWT can’t be called back",
};
const times = new Set(["iat", "nbf", "exp"]);

export function prepareSignOut(done) {
  byId("signout").addEventListener("click", async () => {
    byId("signout").disabled = true;
    refusal(byId("signout-error"), null);
    try {
      await ask("signout", {});
      done();
    } catch (refused) {
      refusal(byId("signout-error"), refused);
    } finally {
      byId("signout").disabled = false;
    }
  });
}

export function showSession(session, record) {
  byId("who-email").textContent = session.email ?? session.user_id;
  byId("avatar").textContent = (session.email ?? "?").slice(0, 1).toUpperCase();
  byId("since").textContent = clock(session.started_at);
  byId("until").textContent = `${clock(session.expires_at)} (${minutesUntil(session.expires_at)})`;
  byId("user-id").textContent = session.user_id;
  byId("session-id").textContent = session.session_id;
  showSurvived(record);
  showJWT(session.jwt);
}

function minutesUntil(time) {
  const minutes = Math.max(0, Math.round((new Date(time) - Date.now()) / 60000));
  return new Intl.RelativeTimeFormat("en", { numeric: "always" }).format(minutes, "minute");
}

function showSurvived(record) {
  const verdict = record?.verdict;
  byId("survived").hidden = !verdict || verdict.in > 0;
  if (verdict) byId("survived").textContent = `${verdict.attempts} others tried this link before you. It opened for you.`;
}

function showJWT(jwt) {
  byId("jwt").hidden = !jwt;
  if (!jwt) return;
  byId("claims").replaceChildren(...Object.entries(jwt.claims).filter(fitsARow).sort(byMeaning).map(claimRow));
  byId("jwt-json").textContent = `${JSON.stringify(jwt.header, null, 2)}\n${JSON.stringify(jwt.claims, null, 2)}`;
}

// Other objects, as a vendor's twin of a claim, are for the JSON below.
function fitsARow([name, value]) {
  return meanings[name] || typeof value !== "object";
}

function byMeaning([a], [b]) {
  const place = (name) => (Object.keys(meanings).indexOf(name) + 1) || Infinity;
  return place(a) === place(b) ? a.localeCompare(b) : place(a) - place(b);
}

function claimRow([name, value]) {
  return element("tr", {},
    element("th", { scope: "row" }, element("code", {}, name)),
    element("td", {},
      element("code", {}, claimValue(name, value)),
      meanings[name] ? element("span", { class: "dim" }, meanings[name]) : null));
}

function claimValue(name, value) {
  if (times.has(name)) return clock(value * 1000);
  if (name === "session") return value.id;
  if (name === "aud") return [value].flat().join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
