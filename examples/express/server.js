// A server-rendered app: the browser holds the verifier of each login and the session's
// token in HttpOnly cookies, where no script reads them.
//
//   examples/run express
import cookieParser from "cookie-parser";
import express from "express";
import { Refusal, newPair, post } from "./latchkey.js";
import { page, words } from "./pages.js";

const port = Number(process.env.PORT ?? 3003);
const origin = process.env.ORIGIN ?? `http://127.0.0.1:${port}`;
const day = 24 * 60 * 60 * 1000;

const app = express();
app.disable("x-powered-by");
app.use(cookieParser(), express.urlencoded({ extended: false }), guard);

// guard: the landing's address has a token for a moment, which neither a cache nor the next
// page is to learn; and forms of other sites cannot post here.
function guard(req, res, next) {
  res.set({
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy":
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
  });
  const site = req.get("Sec-Fetch-Site") ?? "same-origin";
  if (req.method === "POST" && site !== "same-origin") return res.sendStatus(403);
  next();
}

// Lax, because the person comes from a mail: Strict would stay behind.
function keep(res, name, value, maxAge) {
  res.cookie(name, value, { maxAge, httpOnly: true, secure: origin.startsWith("https:"), sameSite: "lax" });
}

// start mails a link, and leaves the verifier with the browser that asked: a cookie for each
// flow, so that two tabs with two addresses keep out of each other's way.
app.post("/login", async (req, res) => {
  const { verifier, challenge, flow } = newPair();
  const { email } = req.body;
  await post("magic_links/email/login_or_create", {
    email,
    code_challenge: challenge,
    redirect_url: `${origin}/authenticate`,
  });
  keep(res, `login_${flow}`, verifier, 7 * day); // as long as a sign-up's link lives
  res.send(page("sent", { email, flow }));
});

// land is where an opened link leads, and from where the browser goes on to an address
// without the token. Whoever comes without the cookie, a mail scanner or another device,
// spends nothing.
app.get("/authenticate", async (req, res) => {
  const { token, flow } = req.query;
  const verifier = req.cookies[`login_${flow}`];
  if (!verifier) return res.redirect(303, req.cookies.session ? "/" : "/problem/elsewhere");
  try {
    await finish(res, flow, "magic_links/authenticate", { token, code_verifier: verifier });
    res.redirect(303, "/");
  } catch (error) {
    if (!(error instanceof Refusal)) console.error(error);
    res.redirect(303, `/problem/${error.type ?? "unreachable"}`);
  }
});

// The eight digits of the mail, for who reads it on another device.
app.post("/code", async (req, res) => {
  const { email, code, flow } = req.body;
  const verifier = req.cookies[`login_${flow}`];
  try {
    await finish(res, flow, "otps/authenticate", { email, code, code_verifier: verifier });
    res.redirect(303, "/");
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    res.send(page("sent", { email, flow, problem: words(error.type) }));
  }
});

// finish redeems, and trades the verifier's cookie for the session's.
async function finish(res, flow, path, body) {
  const { session_token } = await post(path, { ...body, session_duration_minutes: 24 * 60 });
  keep(res, "session", session_token, day);
  res.clearCookie(`login_${flow}`);
}

// home asks Latchkey each time, so that a session which was ended elsewhere ends here.
app.get("/", async (req, res) => {
  const { session } = req.cookies;
  if (!session) return res.send(page("home"));
  try {
    const { user } = await post("sessions/authenticate", { session_token: session });
    res.send(page("account", { email: user.emails[0].email }));
  } catch (error) {
    if (error.type !== "session_not_found") throw error;
    res.clearCookie("session").send(page("home"));
  }
});

// Latchkey first: forgotten only here, the session would go on.
app.post("/logout", async (req, res) => {
  try {
    await post("sessions/revoke", { session_token: req.cookies.session });
  } catch (error) {
    if (error.type !== "session_not_found") throw error;
  }
  res.clearCookie("session").redirect(303, "/");
});

app.get("/problem/:type", (req, res) => res.send(page("problem", { problem: words(req.params.type) })));

app.use((error, req, res, next) => {
  if (res.headersSent) return next(error);
  if (!(error instanceof Refusal)) console.error(error);
  res.status(error.status ?? 500).send(page("problem", { problem: words(error.type, error.message) }));
});

app.listen(port, "127.0.0.1", () => console.log(`open ${origin}`));
