// What mails and moments look like in words. Text becomes nodes here, never
// markup: a mail is a stranger's document.

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export function fullTime(date) {
  return full.format(date);
}

export function timeAgo(date, now = new Date()) {
  const seconds = Math.round((now - date) / 1000);
  if (seconds < 45) return "now";
  if (seconds < 45 * 60) return relative.format(-Math.max(1, Math.round(seconds / 60)), "minute");
  if (seconds < 22 * 3600) return relative.format(-Math.max(1, Math.round(seconds / 3600)), "hour");
  return day.format(date);
}

export function fileSize(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

export function inGroups(code) {
  return `${code.slice(0, 4)} ${code.slice(4)}`;
}

export function hueOf(text) {
  let hue = 0;
  for (const char of text) hue = (hue * 31 + char.codePointAt(0)) % 360;
  return hue;
}

// linked is text with its URLs clickable. Punctuation that ends a sentence
// stays outside of the link before it.
export function linked(text) {
  const fragment = document.createDocumentFragment();
  let end = 0;
  for (const { 0: url, index } of text.matchAll(/https?:\/\/[^\s<>"'`]*[^\s<>"'`.,;:!?)\]}*]/g)) {
    const link = document.createElement("a");
    Object.assign(link, { href: url, textContent: url, target: "_blank", rel: "noopener noreferrer" });
    fragment.append(text.slice(end, index), link);
    end = index + url.length;
  }
  fragment.append(text.slice(end));
  return fragment;
}

// annotated is a mail's source with its header names set off.
export function annotated(source) {
  const fragment = document.createDocumentFragment();
  const body = source.search(/\r?\n\r?\n/);
  const head = body < 0 ? "" : source.slice(0, body);
  for (const line of head.split(/(?<=\n)/)) {
    const name = line.match(/^[\x21-\x39\x3b-\x7e]+:/);
    if (!name) {
      fragment.append(line);
      continue;
    }
    const set = document.createElement("b");
    set.textContent = name[0];
    fragment.append(set, line.slice(name[0].length));
  }
  fragment.append(source.slice(head.length));
  return fragment;
}

export async function copy(text, button) {
  const before = button.textContent;
  button.textContent = (await copied(text)) ? "Copied" : "Press Ctrl+C";
  setTimeout(() => (button.textContent = before), 1600);
}

// The clipboard's own API exists on loopback and https only; the old way is for
// an inbox that is looked at over a plain network.
async function copied(text) {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(() => true, () => false);
  }
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}
