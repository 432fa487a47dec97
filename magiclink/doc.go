// Package magiclink is the product: it starts, opens and redeems magic links.
//
// It owns every rule about a link: which addresses and redirect URLs are taken, PKCE
// (RFC 7636, S256 only), how long a link lives, and that nothing but the right
// code_verifier spends it. All doors call it, so that no door can forget a rule: no
// verifier, no session, on every route.
//
// It knows no HTTP and no SMTP: what it refuses is a problem.Problem, and a mail it
// owes is a row that package mailer finds.
package magiclink
