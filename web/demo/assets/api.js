// The demo's own back end. What it refuses, in its own name or Latchkey's, is
// thrown as a Refusal.

export class Refusal extends Error {
  constructor(body) {
    super(body.error_message);
    this.status = body.status_code;
    this.type = body.error_type;
    this.url = body.error_url;
    this.reason = body.error_details?.reason;
  }
}

export async function ask(name, body, signal) {
  const res = await send(name, body, signal);
  return res.json();
}

// stream calls onLine with each line of a streamed answer as it comes.
export async function stream(name, body, onLine, signal) {
  const res = await send(name, body, signal);
  const reader = res.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) onLine(JSON.parse(line));
  }
}

async function send(name, body, signal) {
  const options = body === undefined ? { signal } : {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal,
  };
  let res;
  try {
    res = await fetch("/demo/api/" + name, options);
  } catch (err) {
    if (err.name === "AbortError") throw err;
    throw new Refusal({ error_type: "demo_offline", error_message: "The demo’s back end does not answer. Is `latchkey dev` still running?" });
  }
  if (res.ok) return res;
  throw new Refusal(await res.json().catch(() => ({
    status_code: res.status, error_type: "demo_unexpected", error_message: "The demo’s back end answered something unexpected.",
  })));
}
