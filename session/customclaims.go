package session

import (
	"encoding/json"
	"strings"

	"latchkey/internal/problem"
	"latchkey/models"
)

// maxClaims bounds the custom claims of a session, in bytes of JSON: they are in every
// one of its JWTs, and servers stop reading headers at 8 KiB or little more.
const maxClaims = 4 << 10

// The claims of ours, under which no app may put its own.
const (
	sessionClaim       = "session"
	vendorSessionClaim = "https://stytch.com/session"
)

// registered are the claims of RFC 7519 §4.1. SDKs pass on all claims of a token that
// they are given, so the wire format passes over these in silence.
var registered = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti"}

// checkClaims refuses changes to our own claims.
func checkClaims(changes models.Object) error {
	for name := range changes {
		if isAny(name, sessionClaim, vendorSessionClaim) {
			return problem.ReservedClaims
		}
	}
	return nil
}

// CheckClaims refuses what no session could be given, also where none is asked for.
func CheckClaims(changes models.Object) error {
	if err := checkClaims(changes); err != nil {
		return err
	}
	_, err := mergeClaims(nil, changes)
	return err
}

// mergeClaims makes the changes to a session's custom claims.
func mergeClaims(claims, changes models.Object) (models.Object, error) {
	if len(changes) == 0 {
		return claims, nil
	}
	merged := claims.Merged(changes)
	for name := range merged {
		if isAny(name, registered...) {
			delete(merged, name)
		}
	}
	text, err := json.Marshal(merged)
	if err != nil {
		return nil, err
	}
	if len(text) > maxClaims {
		return nil, problem.CustomClaimsTooLarge
	}
	return merged, nil
}

// isAny compares as lax JSON decoders do, Go's among them: an app in Go would read EXP
// as the end of the token.
func isAny(name string, names ...string) bool {
	for _, other := range names {
		if strings.EqualFold(name, other) {
			return true
		}
	}
	return false
}
