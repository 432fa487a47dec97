// Who holds what: the picture above the card.

import { byId, masked } from "./show.js";

export function showHolders(record) {
  fill("verifier", record?.verifier ? masked(record.verifier) : record?.usedAt ? "handed over, forgotten" : "");
  fill("challenge", record?.challenge);
  fill("link", record?.usedAt ? "spent" : record?.link ?? (record?.mail ? "one token, unspent" : ""));
}

function fill(what, value) {
  const node = byId("value-" + what);
  node.textContent = value || "nothing yet";
  node.closest(".holder").dataset.holds = String(Boolean(value));
}
