// The list of mails. Rows are kept from one rendering to the next, so that an
// arriving mail moves neither focus nor scroll position.

import { fullTime, hueOf, inGroups, timeAgo } from "./text.js";

const list = document.getElementById("list");
const template = document.getElementById("row");
const rows = new Map();

export function render(mails, { open, isRead }) {
  const known = new Set(mails.map((mail) => mail.id));
  for (const [id, row] of rows) {
    if (known.has(id)) continue;
    row.remove();
    rows.delete(id);
  }
  mails.forEach((mail, place) => {
    const row = rows.get(mail.id) ?? add(mail);
    if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
    const link = row.firstElementChild;
    const current = mail.id === open;
    link.setAttribute("aria-current", current);
    link.classList.toggle("unread", !isRead(mail.id));
    // One stop for the tab key; the arrows move within.
    link.tabIndex = current || (!known.has(open) && place === 0) ? 0 : -1;
  });
  tick();
}

function add(mail) {
  const row = template.content.cloneNode(true).firstElementChild;
  const link = row.firstElementChild;
  const part = (name) => row.querySelector(`.${name}`);
  const to = mail.to.join(", ");
  link.href = `#${mail.id}`;
  // Not every row that is added is news: some come back after a search.
  link.classList.toggle("new", Date.now() - new Date(mail.received_at) < 5000);
  part("face").textContent = [...to][0] ?? "?";
  part("face").style.setProperty("--hue", hueOf(to));
  part("to").textContent = to;
  part("subject").textContent = mail.subject || "(no subject)";
  part("preview").textContent = mail.preview;
  part("mark.link").hidden = !mail.link;
  part("mark.code").hidden = !mail.code;
  part("mark.code").textContent = inGroups(mail.code);
  const time = row.querySelector("time");
  time.dateTime = mail.received_at;
  time.title = fullTime(new Date(mail.received_at));
  rows.set(mail.id, row);
  return row;
}

// tick brings the relative times up to date.
export function tick() {
  for (const time of list.querySelectorAll("time")) {
    const words = timeAgo(new Date(time.dateTime));
    if (time.textContent !== words) time.textContent = words;
  }
}

export function focus(id) {
  const link = rows.get(id)?.firstElementChild;
  link?.focus();
  link?.scrollIntoView({ block: "nearest" });
}
