// What this browser keeps of the logins it started, by flow: the verifier, the
// address, and the story so far. In localStorage, because the link opens in
// another tab than the one that waits.

const prefix = "latchkey-demo:flow:";
const currentKey = "latchkey-demo:current"; // of this tab: which flow it waits for
const keepFor = 2 * 60 * 60 * 1000; // longer than a link lives

export function storageWorks() {
  try {
    localStorage.setItem(prefix, "");
    localStorage.removeItem(prefix);
    return true;
  } catch {
    return false;
  }
}

export function save(record) {
  localStorage.setItem(prefix + record.flow, JSON.stringify(record));
}

export function load(flow) {
  if (!flow) return null;
  try {
    return JSON.parse(localStorage.getItem(prefix + flow));
  } catch {
    return null;
  }
}

export function current() {
  return load(sessionStorage.getItem(currentKey));
}

export function setCurrent(record) {
  if (record) sessionStorage.setItem(currentKey, record.flow);
  else sessionStorage.removeItem(currentKey);
}

// update changes a record as it is now: another tab may have changed it since
// this one last looked.
export function update(flow, change) {
  const record = load(flow);
  if (!record) return null;
  change(record);
  save(record);
  return record;
}

// spend forgets the verifier, which has done its work, and remembers that it
// did: the same link opened again is not another browser's.
export function spend(flow) {
  update(flow, (record) => {
    delete record.verifier;
    record.usedAt = Date.now();
  });
}

// latestUsed is the login this browser is in by.
export function latestUsed() {
  return all().filter((record) => record.usedAt).sort((a, b) => b.usedAt - a.usedAt)[0] ?? null;
}

export function sweep() {
  for (const key of keys()) {
    const record = load(key.slice(prefix.length));
    if (!record || Date.now() - record.madeAt > keepFor) localStorage.removeItem(key);
  }
}

function all() {
  return keys().map((key) => load(key.slice(prefix.length))).filter(Boolean);
}

function keys() {
  return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
}
