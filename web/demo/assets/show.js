// Pieces of page that every view shows alike.

export const byId = (id) => document.getElementById(id);

// element makes one. Text is always text: mails and refusals pass through here.
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// panel shows one panel of the page. A change the person caused takes the focus
// along, so that a screen reader reads on where things went on.
export function panel(name, { focus = false } = {}) {
  for (const each of document.querySelectorAll("[data-panel]")) each.hidden = each.dataset.panel !== name;
  document.body.dataset.state = name;
  steps(name);
  if (focus) document.querySelector(`[data-panel="${name}"] :is(h1, h2)`)?.focus();
}

function steps(name) {
  const all = ["start", "waiting", "in"];
  all.forEach((step, i) => {
    const node = byId("step-" + step);
    if (!node) return;
    node.dataset.done = String(i < all.indexOf(name) || name === "in");
    if (step === name) node.setAttribute("aria-current", "step");
    else node.removeAttribute("aria-current");
  });
}

// refusal shows what Latchkey answered: its sentence for people, its type for
// programs.
export function refusal(box, refused) {
  box.hidden = !refused;
  box.replaceChildren(...(refused ? refusalParts(refused) : []));
}

export function refusalParts(refused) {
  return [
    element("p", { class: "refusal-message" }, refused.message),
    element("p", { class: "refusal-type" },
      refused.status ? status(refused.status) : null,
      element("code", {}, refused.reason ? `${refused.type} · ${refused.reason}` : refused.type),
      docs(refused.url)),
  ];
}

export function status(code) {
  return element("span", { class: "status", "data-class": String(code)[0] }, String(code));
}

function docs(url) {
  return /^https?:\/\//.test(url ?? "")
    ? element("a", { href: url, target: "_blank", rel: "noopener" }, "what is this?")
    : null;
}

// masked leaves enough to tell two secrets apart.
export function masked(secret) {
  return secret ? secret.slice(0, 5) + "•".repeat(12) : "";
}

export function clock(date) {
  return new Date(date).toLocaleTimeString([], { timeStyle: "medium", hourCycle: "h23" });
}

// into scrolls gently, or at once for who asked for little motion.
export function into(node, block) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  node.scrollIntoView({ block, behavior: still ? "instant" : "smooth" });
}
