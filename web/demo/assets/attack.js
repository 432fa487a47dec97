// "Attack this link": shows each attempt as the back end makes it.

import { Refusal, stream } from "./api.js";
import * as flows from "./flows.js";
import { byId, element, into, refusal, refusalParts, status } from "./show.js";
import { tell } from "./story.js";

const groups = [
  { name: "head", of: 50, title: "A scanner knocks", how: "HEAD", told: "50 × HEAD", meaning: "No way on, nothing spent." },
  { name: "get", of: 50, title: "A scanner opens it", how: "GET", told: "50 × GET", meaning: "Sent on with a token, nothing spent." },
  { name: "missing", of: 1, title: "A thief redeems the token", how: "no verifier", told: "Redeem: no verifier" },
  { name: "malformed", of: 1, title: "… with something made up", how: "“let me in, please”", told: "Redeem: made up" },
  { name: "wrong", of: 1, title: "… with a wrong verifier", how: "32 random bytes", told: "Redeem: wrong verifier" },
  { name: "stranger", of: 1, title: "… from a second client", how: "its own valid verifier", told: "Redeem: second client" },
];

export function prepareAttack() {
  byId("attack-start").addEventListener("click", () => attack(flows.current()));
}

// resetAttack shows the attack as it stands for a flow: its verdict, if it had one.
export function resetAttack(record) {
  refusal(byId("attack-error"), null);
  byId("attack-groups").hidden = true;
  byId("attack-groups").replaceChildren();
  byId("verdict").hidden = true;
  byId("attack-start").textContent = "Attack this link";
  byId("attack").dataset.phase = "idle";
  if (record?.verdict) showVerdict(record.verdict);
}

async function attack(record) {
  if (!record) return location.reload(); // another tab cleared what we kept
  resetAttack(null);
  byId("attack-start").disabled = true;
  byId("attack").dataset.phase = "running";
  const run = { flow: record.flow, counts: {}, over: false };
  try {
    await stream("attack", {
      email: record.email, since: record.since, flow: record.flow, link: byId("attack-link")?.value ?? "",
    }, (line) => take(run, line));
    if (!run.over) throw new Refusal({ error_type: "demo_interrupted", error_message: "The attack broke off. Your link is as good as before." });
  } catch (refused) {
    refusal(byId("attack-error"), refused);
    byId("attack").dataset.phase = "idle";
  } finally {
    byId("attack-start").disabled = false;
  }
}

function take(run, line) {
  if (line.kind === "begin") begin(run, line);
  if (line.kind === "attempt") attempt(run, line);
  if (line.kind === "problem") throw new Refusal(line.refusal);
  if (line.kind === "verdict") verdict(run, line);
}

function begin(run, line) {
  flows.update(run.flow, (record) => { record.link = line.link; });
  document.dispatchEvent(new Event("flow-changed"));
  byId("attack-groups").replaceChildren(...groups.map(groupRow));
  byId("attack-groups").hidden = false;
  into(byId("attack"), "start");
}

function groupRow(group) {
  const dots = element("div", { class: "dots", "aria-hidden": "true" });
  for (let i = 0; i < group.of; i++) dots.append(element("i"));
  return element("li", { id: "group-" + group.name, "data-testid": "attack-" + group.name, "data-state": "ahead" },
    element("div", { class: "group-head" },
      element("strong", {}, group.title),
      element("span", { class: "group-how" }, group.how),
      element("span", { class: "count" }, group.of > 1 ? `0 / ${group.of}` : "")),
    group.of > 1 ? dots : null,
    element("div", { class: "group-answer" }));
}

function attempt(run, line) {
  const group = groups.find((each) => each.name === line.group);
  const row = byId("group-" + line.group);
  const count = run.counts[line.group] = (run.counts[line.group] ?? 0) + 1;
  if (group.of > 1) {
    row.querySelectorAll(".dots i")[count - 1].dataset.in = String(line.in);
    row.querySelector(".count").textContent = `${count} / ${group.of}`;
  }
  row.dataset.state = count < group.of ? "running" : line.in ? "in" : "out";
  if (count === group.of) answered(run, group, row, line);
}

function answered(run, group, row, line) {
  const answer = row.querySelector(".group-answer");
  const refused = line.refusal && new Refusal(line.refusal);
  if (refused) answer.replaceChildren(...refusalParts(refused));
  else answer.replaceChildren(element("p", { class: "refusal-type" }, status(line.status), element("span", {}, group.meaning ?? "It got in.")));
  tell(run.flow, {
    kind: line.in ? "good" : "bad",
    title: group.told,
    status: line.status,
    detail: group.meaning,
    code: refused?.type,
  });
}

function verdict(run, line) {
  run.over = true;
  const score = { attempts: line.attempts, in: line.got_in };
  flows.update(run.flow, (record) => { record.verdict = score; });
  showVerdict(score);
  byId("verdict").focus({ preventScroll: true });
  into(byId("verdict"), "nearest");
}

function showVerdict({ attempts, in: gotIn }) {
  byId("attack").dataset.phase = "over";
  byId("verdict").hidden = false;
  byId("verdict").dataset.held = String(gotIn === 0);
  byId("verdict-attempts").textContent = attempts;
  byId("verdict-in").textContent = gotIn;
  byId("verdict-text").textContent = gotIn === 0
    ? "And the link is as good as new. Now click it in your mail: only this browser holds the key."
    : "This must not happen. Please report it.";
  byId("attack-start").textContent = "Attack it again";
}
