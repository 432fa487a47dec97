package magiclink

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"

	"latchkey/internal/problem"
)

// MethodS256 is the only code_challenge_method (RFC 7636 §4.2). With plain the
// challenge is the verifier, and whoever sees the request can redeem.
const MethodS256 = "S256"

const (
	challengeLength   = 43 // 32 bytes in unpadded base64url
	minVerifierLength = 43 // RFC 7636 §4.1
	maxVerifierLength = 128
	flowLength        = 16
)

// canonical is strict about the last character's unused bits: one digest, one
// spelling.
var canonical = base64.RawURLEncoding.Strict()

// ChallengeOf is the S256 code_challenge of a code_verifier: BASE64URL(SHA256(verifier)).
func ChallengeOf(verifier string) string {
	digest := sha256.Sum256([]byte(verifier))
	return canonical.EncodeToString(digest[:])
}

// NewVerifier makes a code_verifier from 32 random bytes, as RFC 7636 §4.1
// recommends.
func NewVerifier() string {
	random := make([]byte, sha256.Size)
	rand.Read(random)
	return canonical.EncodeToString(random)
}

// FlowOf is how a client that has several flows under way finds the verifier of the
// one a link belongs to: the challenge's first 16 characters. It is public.
func FlowOf(challenge string) string {
	if len(challenge) < flowLength {
		return ""
	}
	return challenge[:flowLength]
}

// checkMethod refuses whatever is present and not S256.
func checkMethod(method *string) error {
	if method != nil && *method != MethodS256 {
		return problem.InvalidCodeChallengeMethod
	}
	return nil
}

// checkChallenge takes 32 bytes in canonical unpadded base64url.
func checkChallenge(challenge string) error {
	// The decoder skips line breaks, hence the length of both.
	digest, err := canonical.DecodeString(challenge)
	if err != nil || len(challenge) != challengeLength || len(digest) != sha256.Size {
		return problem.InvalidCodeChallenge
	}
	return nil
}

// checkVerifier takes 43 to 128 of RFC 7636's unreserved characters.
func checkVerifier(verifier string) error {
	if len(verifier) < minVerifierLength || len(verifier) > maxVerifierLength {
		return problem.InvalidCodeVerifier
	}
	for i := range len(verifier) {
		if !unreserved(verifier[i]) {
			return problem.InvalidCodeVerifier
		}
	}
	return nil
}

func unreserved(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

// matchVerifier decides whether verifier may redeem a link of this challenge. Both
// may be absent, but only together: a verifier for a link without a challenge is a
// client that believes itself protected and is not.
func matchVerifier(challenge, verifier string) error {
	switch {
	case challenge == "" && verifier == "":
		return nil
	case challenge == "":
		return problem.DidNotExpectCodeVerifier
	case verifier == "":
		return problem.ExpectedCodeVerifier
	case subtle.ConstantTimeCompare([]byte(ChallengeOf(verifier)), []byte(challenge)) != 1:
		return problem.PKCEMismatch
	}
	return nil
}
