package session

import (
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/store"
)

func TestSessionsAreListedByEitherNameOfTheirPerson(t *testing.T) {
	eachWorld(t, func(w *world) {
		name := "their|name"
		user := models.User{ID: models.NewID(epoch), ProjectID: project, Status: models.UserActive, ExternalID: &name}
		email := models.Email{ID: models.NewID(epoch), ProjectID: project, UserID: user.ID, Address: "ada@example.com", Identity: "ada@example.com"}
		s := w.prepare(Grant{User: user, Emails: []models.Email{email}, Factor: email.ID, Method: models.MethodLink, Life: time.Hour})
		fatal(w, w.Store.Write(ctx, func(tx *store.Tx) error {
			if _, _, err := tx.EnsurePerson(user, email); err != nil {
				return err
			}
			return w.Keep(tx, s)
		}))
		for _, called := range []string{name, models.PublicID("user", project, user.ID)} {
			sessions, emails, err := w.List(ctx, project, called)
			fatal(w, err)
			if len(sessions) != 1 || sessions[0].ID != s.Session.ID || len(emails) != 1 || emails[0].ID != email.ID {
				t.Errorf("%s: got %+v and %+v, want the session and the address", called, sessions, emails)
			}
			_, _, err = w.List(ctx, another, called)
			w.wantErr(err, problem.UserNotFound)
		}
	})
}

// A test account that logs in by the minute must not make an answer without end.
func TestTheListOfSessionsIsBounded(t *testing.T) {
	eachWorld(t, func(w *world) {
		s := w.begin(project, time.Hour)
		fatal(w, w.Store.Write(ctx, func(tx *store.Tx) error {
			for range listLimit {
				session := s.Session
				session.ID, session.TokenID = models.NewID(epoch), models.NewID(epoch)
				if err := tx.InsertSession(session); err != nil {
					return err
				}
			}
			return nil
		}))
		sessions, _, err := w.List(ctx, project, models.PublicID("user", project, s.Session.UserID))
		fatal(w, err)
		if len(sessions) != listLimit {
			t.Errorf("got %d sessions, want %d", len(sessions), listLimit)
		}
	})
}
