// "What just happened": each request and what became of it, kept with the flow
// so that the tab the link opens in can go on telling.

import * as flows from "./flows.js";
import { byId, clock, element, status } from "./show.js";

// tell adds one entry: {title, detail, code, status, kind}. kind colours it:
// kept, sent, good or bad.
export function tell(flow, entry) {
  const told = { at: Date.now(), ...entry };
  flows.update(flow, (record) => { record.story = [...(record.story ?? []), told]; });
  if (byId("story")) append(told);
}

// retell shows a flow's story from the start.
export function retell(record) {
  byId("story").replaceChildren();
  byId("story-empty").hidden = false;
  for (const told of record?.story ?? []) append(told);
}

function append(told) {
  byId("story-empty").hidden = true;
  byId("story").append(element("li", { "data-kind": told.kind ?? "sent" },
    element("div", { class: "story-head" },
      element("strong", {}, told.title),
      told.status ? status(told.status) : null,
      element("time", {}, clock(told.at))),
    told.detail ? element("p", {}, told.detail) : null,
    told.code ? element("code", {}, told.code) : null));
}
