// Package session is what a redeemed link leads to: sessions, their tokens and JWTs,
// the keys that sign them, and the key set by which anybody can verify them.
//
// A session is written only by the transaction that redeems a link (package
// magiclink); everything else about it is here. The package knows no HTTP: what it
// refuses is a problem.Problem.
package session
