package e2e

import (
	"testing"

	"latchkey/store/storetest"
)

func TestReloadAddsAProject(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		relay := startRelay(t)
		server := serve(t, newSettings(t, url, relay.address))
		before := server.readiness(t).Config
		server.projects = append(server.projects, project{id: "project-test-two", secret: "secret-test-of-project-two"})
		ask := body{"email": "early@example.com", "code_challenge": newPair().challenge}
		server.backEnd(1).expect(t, startPath, ask, "unauthorized_credentials")

		server.reload(t, server.yaml())
		server.logged(t, "reloaded the configuration")
		if after := server.readiness(t).Config; after == before {
			t.Error("/readyz shows the same hash for another configuration")
		}
		logIn(t, server, relay, 0)
		logIn(t, server, relay, 1)
	})
}

func TestBadReloadChangesNothing(t *testing.T) {
	t.Parallel()
	relay := startRelay(t)
	server := serve(t, newSettings(t, sqliteURL(t), relay.address))
	before := server.readiness(t)
	server.reload(t, server.yaml()+"pkcs: required\n")
	server.said(t, server.stderr, `was not reloaded.*pkcs`)

	elsewhere := server.settings
	elsewhere.listen = freeAddress(t)
	server.reload(t, elsewhere.yaml())
	server.said(t, server.stderr, `was not reloaded.*need a restart: server\.listen`)
	if after := server.readiness(t); after != before {
		t.Errorf("/readyz after two bad reloads: got %+v, want %+v as before", after, before)
	}
	logIn(t, server, relay, 0)
}
