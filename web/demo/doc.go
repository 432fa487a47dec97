// Package demo is the page that `latchkey dev` shows under /demo/: a small app,
// written as a user of Latchkey would write one, that explains the product by
// letting a person try it and attack it.
//
// It owns its pages, the few endpoints under /demo/api/ they talk to, and the
// cookie that holds a session's token. It knows Latchkey only as any app does:
// a base URL, a project and its secret, over HTTP. It imports nothing of module
// latchkey, keeps nothing in memory between requests, and logs nothing, since
// what passes through it are tokens and verifiers.
//
// The verifier is made in the page and stays in that browser until it is sent
// along to redeem a link. The back end sees it once, and the page never sees a
// session's token or the signature of its JWT.
package demo
