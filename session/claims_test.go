package session

import (
	"encoding/json"
	"testing"
	"time"

	"latchkey/models"
)

func TestDetailsAreWhatClientsParse(t *testing.T) {
	session, emails := sample(project)
	session.IPAddress, session.UserAgent = "192.0.2.1", "Firefox"
	got, err := json.Marshal(DetailsOf(session, emails))
	fatal(t, err)
	want := `{"id":"` + models.PublicID("session", project, session.ID) + `",` +
		`"started_at":"2026-03-01T12:00:00Z","last_accessed_at":"2026-03-01T12:00:00Z","expires_at":"2026-03-01T13:00:00Z",` +
		`"attributes":{"ip_address":"192.0.2.1","user_agent":"Firefox"},` +
		`"authentication_factors":[{"type":"magic_link","delivery_method":"email",` +
		`"created_at":"2026-03-01T12:00:00Z","updated_at":"2026-03-01T12:00:00Z","last_authenticated_at":"2026-03-01T12:00:00Z",` +
		`"email_factor":{"email_id":"` + models.PublicID("email", project, emails[0].ID) + `","email_address":"ada@example.com"}}],` +
		`"roles":[]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEveryFactorIsNamedAsClientsKnowIt(t *testing.T) {
	session, emails := sample(project)
	link := models.NewID(epoch)
	session.Show(models.MethodCode, emails[0].ID, models.At(epoch.Add(time.Minute)))
	session.Show(models.MethodEmbedded, link, models.At(epoch.Add(time.Hour)))
	got, err := json.Marshal(DetailsOf(session, emails).AuthenticationFactors[1:])
	fatal(t, err)
	want := `[{"type":"otp","delivery_method":"email",` +
		`"created_at":"2026-03-01T12:01:00Z","updated_at":"2026-03-01T12:01:00Z","last_authenticated_at":"2026-03-01T12:01:00Z",` +
		`"email_factor":{"email_id":"` + models.PublicID("email", project, emails[0].ID) + `","email_address":"ada@example.com"}},` +
		`{"type":"magic_link","delivery_method":"embedded",` +
		`"created_at":"2026-03-01T13:00:00Z","updated_at":"2026-03-01T13:00:00Z","last_authenticated_at":"2026-03-01T13:00:00Z",` +
		`"embeddable_magic_link_factor":{"embedded_id":"` + models.PublicID("embedded", project, link) + `"}}]`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
