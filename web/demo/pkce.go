package demo

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// pair is RFC 7636's code_verifier and its S256 challenge. The back end makes
// them only to attack with; the person's is made in the page (assets/pkce.js).
type pair struct{ verifier, challenge string }

func newPair() pair {
	secret := make([]byte, 32)
	rand.Read(secret) // never fails: it ends the process instead
	verifier := base64.RawURLEncoding.EncodeToString(secret)
	sum := sha256.Sum256([]byte(verifier))
	return pair{verifier, base64.RawURLEncoding.EncodeToString(sum[:])}
}
