package session

import (
	"slices"
	"time"

	"latchkey/models"
)

// overlap is how long a key is published before it signs, and after. Verifiers keep a
// key set for up to an hour, a server may be a few minutes late to learn of a key, and
// the clocks of replicas may differ by more than anybody thinks.
const overlap = 24 * time.Hour

// KeyState is what a signing key is for.
type KeyState string

// A key goes through these in order.
const (
	KeyWaiting  KeyState = "waiting"  // published, so that verifiers know it when it signs
	KeySigning  KeyState = "signing"  // published, and signs
	KeyRetiring KeyState = "retiring" // published, until its last JWT has died everywhere
	KeyRetired  KeyState = "retired"  // opens the expired JWTs of living sessions, here and nowhere else
)

// KeyStates tells what each of a project's keys, newest first, is for at the instant.
// The newest whose time has come signs. Where none has, since this machine's clock is
// behind that of the one which made them, it is the oldest.
func KeyStates(newestFirst []models.SigningKey, now models.Instant) []KeyState {
	states := make([]KeyState, len(newestFirst))
	signing := slices.IndexFunc(newestFirst, func(key models.SigningKey) bool { return key.TakesOver() <= now })
	if signing < 0 {
		signing = len(newestFirst) - 1
	}
	for i := range newestFirst {
		switch {
		case i < signing:
			states[i] = KeyWaiting
		case i == signing:
			states[i] = KeySigning
		case now < newestFirst[i-1].TakesOver().Add(overlap):
			states[i] = KeyRetiring
		default:
			states[i] = KeyRetired
		}
	}
	return states
}

// waits tells whether a project has a key whose time has not come.
func waits(newestFirst []models.SigningKey, now models.Instant) bool {
	return len(newestFirst) > 0 && KeyStates(newestFirst, now)[0] == KeyWaiting
}
