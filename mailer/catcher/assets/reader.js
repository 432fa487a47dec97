// The open mail: what it says of itself, its link and code, and three views.

import { annotated, copy, fileSize, fullTime, inGroups, linked } from "./text.js";

const reader = document.getElementById("reader");
const template = document.getElementById("mail");

// A source this long is shown in part: the browser would take seconds for it.
const sourceShown = 300_000;

let preferred = "html"; // the view somebody chose last

export function clear(words) {
  const line = document.createElement("p");
  line.className = "nothing";
  line.textContent = words;
  reader.replaceChildren(line);
}

export function show(mail, { remove }) {
  const page = template.content.cloneNode(true);
  const part = (name) => page.querySelector(`.${name}`);
  part("subject").textContent = mail.subject || "(no subject)";
  part("delete").onclick = remove;
  part("download").href = `/api/v1/messages/${mail.id}/download`;
  facts(mail, part);
  actions(mail, part);
  part("text").append(linked(mail.text));
  tabs(mail, page);
  reader.replaceChildren(page);
}

function facts(mail, part) {
  const recipients = mail.to.join(", ");
  const date = new Date(mail.received_at);
  const time = part("facts").querySelector("time");
  part("from").textContent = mail.from || "(nobody)";
  part("facts").querySelector(".to").textContent = mail.header_to || recipients;
  Object.assign(time, { dateTime: mail.received_at, textContent: fullTime(date) });
  const same = !mail.header_to || mail.to.every((to) => mail.header_to.includes(to));
  part("envelope-fact").hidden = same;
  part("envelope").textContent = `${mail.envelope_from || "<>"} → ${recipients}`;
  const attachments = mail.attachments ?? [];
  part("attachments-fact").hidden = attachments.length === 0;
  part("attachments").textContent = attachments
    .map(({ name, type, size }) => `${name || type} (${fileSize(size)})`)
    .join(", ");
  part("problem").hidden = !mail.problem;
  part("problem").textContent = `This mail is not quite in order: ${mail.problem}`;
}

function actions(mail, part) {
  part("actions").hidden = !mail.link && !mail.code;
  part("link-actions").hidden = !mail.link;
  part("code-actions").hidden = !mail.code;
  if (mail.link) part("open").href = mail.link;
  part("actions").querySelector(".code").textContent = inGroups(mail.code);
  part("copy-link").onclick = (event) => copy(mail.link, event.target);
  part("copy-code").onclick = (event) => copy(mail.code, event.target);
}

function tabs(mail, page) {
  const all = [...page.querySelectorAll("[role=tab]")];
  const panelOf = (tab) => page.getElementById(tab.getAttribute("aria-controls"));
  const views = new Map(all.map((tab) => [tab, { name: tab.id.slice("tab-".length), panel: panelOf(tab) }]));
  const choose = (chosen) => {
    for (const [tab, { name, panel }] of views) {
      tab.setAttribute("aria-selected", tab === chosen);
      tab.tabIndex = tab === chosen ? 0 : -1;
      panel.hidden = tab !== chosen;
      if (tab === chosen) fill[name](mail, panel);
    }
  };
  all[0].disabled = !mail.has_html;
  all[1].disabled = !mail.text;
  const usable = all.filter((tab) => !tab.disabled);
  for (const tab of usable) {
    tab.onclick = () => {
      preferred = views.get(tab).name;
      choose(tab);
    };
    tab.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = usable[(usable.indexOf(tab) + step + usable.length) % usable.length];
      next.focus();
      next.click();
    };
  }
  choose(usable.find((tab) => views.get(tab).name === preferred) ?? usable[0]);
}

// Each view is filled when it is first shown.
const fill = {
  html(mail, panel) {
    if (panel.firstChild) return;
    const frame = document.createElement("iframe");
    // Neither scripts nor our origin. The answer's own policy says the same.
    frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
    frame.title = "The mail as HTML";
    frame.src = `/messages/${mail.id}/html`;
    panel.append(frame);
  },
  text() {},
  async source(mail, panel) {
    const place = panel.querySelector(".source");
    if (place.firstChild) return;
    place.textContent = "Loading…";
    const answer = await fetch(`/messages/${mail.id}/source`);
    const source = answer.ok ? await answer.text() : "This mail is gone.";
    place.replaceChildren(annotated(source.slice(0, sourceShown)));
    if (source.length <= sourceShown) return;
    const cut = document.createElement("span");
    cut.className = "cut";
    cut.textContent = `\n… ${fileSize(source.length - sourceShown)} more in the download`;
    place.append(cut);
  },
};
