// The inbox page: what is open, what is read, what the keys do. The server's
// list is the truth; every event is only a reason to fetch it again.

import * as list from "./list.js";
import * as reader from "./reader.js";
import { copy } from "./text.js";

const $ = (id) => document.getElementById(id);
const wide = matchMedia("(min-width: 761px)");
const read = new Set(JSON.parse(sessionStorage.getItem("read") ?? "[]"));

let mails = []; // as the list shows them, newest first
let open = ""; // id of the open mail
let loads = 0; // counts, so that a slow answer does not undo a later one

async function load() {
  const mine = ++loads;
  const answer = await fetch(`/messages?query=${encodeURIComponent($("search").value)}`).catch(() => null);
  if (!answer?.ok || mine !== loads) return;
  const { smtp, total, messages } = await answer.json();
  if (mine !== loads) return;
  mails = messages;
  welcome(smtp, total);
  $("no-hits").hidden = total === 0 || mails.length > 0;
  // Beside the list there is room for a mail: show the newest.
  if (wide.matches && !open && mails.length > 0) return go(mails[0].id, { quietly: true });
  render();
}

function welcome(smtp, total) {
  $("welcome").hidden = total > 0;
  $("delete-all").hidden = total === 0;
  $("confirm-title").textContent = total === 1 ? "Delete this mail?" : `Delete all ${total} mails?`;
  document.body.classList.toggle("empty", total === 0);
  const address = smtp || "the SMTP address";
  document.querySelector(".smtp").textContent = address;
  $("command").textContent =
    `printf 'Subject: Hello\\n\\nIt works.\\n' | curl -s --crlf -T - \\\n` +
    `  --mail-from me@example.com --mail-rcpt you@example.com smtp://${address}`;
}

function render() {
  const unread = mails.filter((mail) => !read.has(mail.id)).length;
  document.title = `${unread ? `(${unread}) ` : ""}Inbox · Latchkey`;
  document.body.classList.toggle("reading", open !== "");
  list.render(mails, { open, isRead: (id) => read.has(id) });
}

// go opens a mail by way of the address bar, so that the back button works.
function go(id, { quietly = false } = {}) {
  if (!quietly) return void (location.hash = id);
  history.replaceState(null, "", id ? `#${id}` : location.pathname);
  return follow();
}

async function follow() {
  const id = location.hash.slice(1);
  if (id === open && id) return render();
  open = id;
  render();
  if (!id) return reader.clear("Choose a mail to read it.");
  const answer = await fetch(`/messages/${encodeURIComponent(id)}`).catch(() => null);
  if (open !== id) return;
  if (!answer?.ok) return reader.clear("This mail is gone.");
  reader.show(await answer.json(), { remove: () => remove(id) });
  read.add(id);
  sessionStorage.setItem("read", JSON.stringify([...read]));
  render();
  if (!wide.matches) document.querySelector("#reader .subject").focus();
}

async function remove(id) {
  const place = mails.findIndex((mail) => mail.id === id);
  const next = wide.matches ? (mails[place + 1] ?? mails[place - 1]) : undefined;
  await fetch(`/messages/${encodeURIComponent(id)}`, { method: "DELETE" });
  const hadFocus = document.activeElement !== $("search");
  await go(next?.id ?? "", { quietly: true });
  await load();
  if (next && hadFocus) list.focus(next.id);
}

async function removeAll() {
  $("confirm").close();
  await fetch("/messages", { method: "DELETE" });
  go("", { quietly: true });
}

// Live updates. The browser reconnects by itself while it takes the server for
// slow; once it gives up, we try again.
function connect() {
  const source = new EventSource("/events");
  const say = (state, words) => {
    $("live").className = `live ${state}`;
    $("live").textContent = words;
  };
  source.addEventListener("ready", () => {
    say("on", "Live");
    load();
  });
  source.addEventListener("arrived", (event) => {
    const mail = JSON.parse(event.data);
    $("announcer").textContent = `New mail to ${mail.to.join(", ")}: ${mail.subject}`;
    soon();
  });
  source.addEventListener("deleted", (event) => {
    if (JSON.parse(event.data).ids.includes(open)) go("", { quietly: true });
    soon();
  });
  source.addEventListener("error", () => {
    say("off", "Reconnecting");
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  });
}

// soon loads once for a burst of events, or of keys in the search box.
let pending = 0;
function soon() {
  clearTimeout(pending);
  pending = setTimeout(load, 80);
}

function step(by) {
  if (mails.length === 0) return;
  const place = mails.findIndex((mail) => mail.id === open);
  const next = mails[Math.min(Math.max(place + by, 0), mails.length - 1)];
  go(next.id, { quietly: wide.matches })?.then(() => list.focus(next.id));
}

const click = (selector) => document.querySelector(`#reader ${selector}`)?.click();
const visible = (selector) => document.querySelector(`#reader ${selector}`)?.offsetParent;

const keys = {
  j: () => step(1),
  k: () => step(-1),
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  o: () => visible(".open") && click(".open"),
  c: () => visible(".copy-code") && click(".copy-code"),
  "#": () => open && click(".delete"),
  Delete: () => open && click(".delete"),
  "/": () => $("search").focus(),
  Escape: () => !wide.matches && open && go(""),
};

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || $("confirm").open || !keys[key]) return;
  if (target === $("search")) {
    if (key === "Escape") target.blur();
    if (key !== "ArrowDown") return;
  }
  // Where arrows scroll what somebody reads, they go on doing that.
  if (key.startsWith("Arrow") && target.closest(".reader")) return;
  event.preventDefault();
  keys[key]();
});

$("search").addEventListener("input", soon);
$("delete-all").onclick = () => $("confirm").showModal();
$("confirm-no").onclick = () => $("confirm").close();
$("confirm-yes").onclick = removeAll;
$("copy-command").onclick = (event) => copy($("command").textContent, event.target);
$("skip").onclick = (event) => {
  event.preventDefault(); // the address bar names mails, not places
  $("reader").focus();
};

addEventListener("hashchange", follow);
setInterval(list.tick, 20_000);
follow();
connect();
