package e2e

import (
	"slices"
	"testing"

	"latchkey/store/storetest"
)

// Two replicas that begin together agree on everything that is made once: tables,
// master key, signing keys.
func TestTwoReplicas(t *testing.T) {
	t.Parallel()
	t.Run("where there are no tables", func(t *testing.T) {
		t.Parallel()
		relay := startRelay(t)
		checkReplicas(t, newReplica(t, relay), relay)
	})
	t.Run("where there are no signing keys", func(t *testing.T) {
		t.Parallel()
		relay := startRelay(t)
		settings := newReplica(t, relay)
		// Making an RSA key takes so long that both are at it at once.
		settings.algorithm = "RS256"
		if status := start(t, latchkey("migrate", "--config", settings.write(t))).status(t); status != 0 {
			t.Fatalf("latchkey migrate: exit status %d, want 0", status)
		}
		checkReplicas(t, settings, relay)
	})
}

// newReplica is one on a PostgreSQL that is empty, with a key that an operator made.
func newReplica(t *testing.T, relay *relay) settings {
	t.Helper()
	settings := newSettings(t, storetest.PostgresSchema(t), relay.address)
	writeKey(t, settings.keyFile)
	return settings
}

func checkReplicas(t *testing.T, first settings, relay *relay) {
	t.Helper()
	second := first
	second.listen = freeAddress(t)
	one, two := begin(t, first), begin(t, second)
	one.ready(t)
	two.ready(t)

	app, other := one.backEnd(0), two.backEnd(0)
	if here, there := keyIDs(t, app.jwks(t)), keyIDs(t, other.jwks(t)); !slices.Equal(here, there) {
		t.Errorf("the replicas' key sets differ: %v and %v", here, there)
	}
	pair := newPair()
	app.start(t, "ada@example.com", pair)
	token := relay.mail(t, "ada@example.com").Token
	in := other.redeem(t, token, pair.verifier)
	app.expect(t, "/v1/sessions/authenticate", body{"session_token": in.SessionToken}, "")
	app.expect(t, "/v1/sessions/revoke", body{"session_jwt": in.SessionJWT}, "")
	other.expect(t, "/v1/sessions/authenticate", body{"session_token": in.SessionToken}, "session_not_found")
	one.terminate(t)
	two.terminate(t)
	relay.checkOnce(t, first.database, []string{"ada@example.com"})
}
