// A server-rendered app: the browser holds the verifier of each login and the session's
// token in HttpOnly cookies, where no script reads them.
//
//   examples/run express
import cookieParser from "cookie-parser";
import express from "express";
import { Refusal, newPair, post } from "./latchkey.js";
import { page, words, wordsOf } from "./pages.js";

const port = Number(process.env.PORT ?? 3003);
const origin = process.env.ORIGIN ?? `http://127.0.0.1:${port}`;
const secure = origin.startsWith("https:");
const prefix = secure ? "__Host-" : ""; // keeps other hosts of the same domain from setting a cookie, and needs https
const sessionCookie = `${prefix}express_session`; // named for this app: on one host, ports do not keep cookies apart
const loginCookie = (flow) => `${prefix}login_${flow}`;
const day = 24 * 60 * 60 * 1000;

const landing = "/authenticate"; // where opened links lead

const app = express();
app.disable("x-powered-by");
app.use(guard, cookieParser(), express.urlencoded({ extended: false }));

// guard: the landing's address has a token for a moment, which neither a cache nor the next
// page is to learn; and forms of other sites cannot post here. Only the landing has no-referrer:
// browsers that send no Sec-Fetch-Site would send "Origin: null" with our own forms.
function guard(req, res, next) {
  res.set({
    "Referrer-Policy": req.path === landing ? "no-referrer" : "same-origin",
    "Cache-Control": "no-store",
    "Content-Security-Policy":
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
  });
  // Browsers before 2023, and on plain http, say only the Origin.
  const site = req.get("Sec-Fetch-Site");
  const own = site ? site === "same-origin" : (req.get("Origin") ?? origin) === origin;
  if (req.method === "POST" && !own) return res.sendStatus(403);
  next();
}

// Lax, because the person comes from a mail: Strict would stay behind.
function keep(res, name, value, maxAge) {
  res.cookie(name, value, { maxAge, httpOnly: true, secure, sameSite: "lax" });
}

const drop = (res, name) => res.clearCookie(name, { httpOnly: true, secure, sameSite: "lax" });

// start mails a link, and leaves the verifier with the browser that asked: a cookie for each
// flow, so that two tabs with two addresses keep out of each other's way.
app.post("/login", async (req, res) => {
  const { verifier, challenge, flow } = newPair();
  const { email } = req.body ?? {};
  try {
    await post("magic_links/email/login_or_create", {
      email,
      code_challenge: challenge,
      redirect_url: origin + landing,
    });
  } catch (error) {
    return res.send(page("home", { email, problem: words(error) }));
  }
  keep(res, loginCookie(flow), verifier, 7 * day); // as long as a sign-up's link lives
  res.send(page("sent", { email, flow }));
});

// land is where an opened link leads, and from where the browser goes on to an address
// without the token. Whoever comes without the cookie, a mail scanner or another device,
// spends nothing.
app.head(landing, (req, res) => res.sendStatus(405)); // a get would redeem, and nobody would see the answer
app.get(landing, async (req, res) => {
  const { token, flow } = req.query;
  try {
    await finish(req, res, flow, "magic_links/authenticate", { token });
    res.redirect(303, "/");
  } catch (error) {
    if (!(error instanceof Refusal)) console.error(error);
    res.redirect(303, `/problem/${error.type ?? "unreachable"}`);
  }
});

// The eight digits of the mail, for who reads it on another device.
app.post("/code", async (req, res) => {
  const { email, code, flow } = req.body ?? {};
  try {
    await finish(req, res, flow, "otps/authenticate", { email, code });
    res.redirect(303, "/");
  } catch (error) {
    if (error.type === "unable_to_auth_otp_code" && req.cookies[sessionCookie]) return res.redirect(303, "/"); // the second of two clicks
    res.send(page("sent", { email, flow, problem: words(error) }));
  }
});

// spent stands in a login's cookie when it is over, for who opens the link twice, or types
// the code after it.
const spent = "spent";

// finish redeems with the flow's verifier, and gives the browser the session's cookie.
async function finish(req, res, flow, path, body) {
  const verifier = req.cookies[loginCookie(flow)];
  if (!verifier) throw new Refusal({ error_type: "elsewhere" });
  if (verifier === spent) {
    if (req.cookies[sessionCookie]) return;
    throw new Refusal({ error_type: "unable_to_auth_magic_link" });
  }
  const { session_token } = await post(path, { ...body, code_verifier: verifier, session_duration_minutes: 24 * 60 });
  keep(res, sessionCookie, session_token, day);
  keep(res, loginCookie(flow), spent, day);
}

// home asks Latchkey each time, so that a session which was ended elsewhere ends here.
app.get("/", async (req, res) => {
  const session = req.cookies[sessionCookie];
  if (!session) return res.send(page("home"));
  try {
    const { user } = await post("sessions/authenticate", { session_token: session });
    res.send(page("account", { email: user.emails[0]?.email }));
  } catch (error) {
    if (!isOver(error)) throw error;
    drop(res, sessionCookie).send(page("home"));
  }
});

// isOver says whether the session was ended, here or elsewhere. A token that cannot be read
// opens none either.
const isOver = ({ type }) => type === "session_not_found" || type === "invalid_session_token";

// Latchkey first: forgotten only here, the session would go on.
app.post("/logout", async (req, res) => {
  const session = req.cookies[sessionCookie];
  try {
    if (session) await post("sessions/revoke", { session_token: session });
  } catch (error) {
    if (!isOver(error)) throw error;
  }
  drop(res, sessionCookie).redirect(303, "/");
});

app.get("/problem/:type", (req, res) => res.send(page("problem", { problem: wordsOf(req.params.type) })));

app.use((error, req, res, next) => {
  if (res.headersSent) return next(error);
  res.status(error.status ?? 500).send(page("problem", { problem: words(error) }));
});

app.listen(port, "127.0.0.1", () => console.log(`open ${origin}`));
