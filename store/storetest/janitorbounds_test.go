package storetest

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
)

// Two weeks of logins at an even rate, with the janitor by the day: once it has something
// to delete, there are no more rows than the day before, nor does SQLite's file grow.
func TestTheJanitorKeepsWhatThereIsBounded(t *testing.T) {
	const days, loginsADay = 14, 5
	EachURL(t, func(t *testing.T, url string) {
		clock := newClock()
		st := Open(t, url, clock.Now)
		var bound map[string]int
		for day := range days {
			for i := range loginsADay {
				login(t, st, fmt.Sprintf("stranger-%d-%d@example.com", day, i), clock.Now())
			}
			clock.Advance(24 * time.Hour)
			_, err := st.Purge(context.Background())
			must(t, err)
			switch there := census(t, url); {
			case day == 9: // what lives longest lives an hour and is kept for a week
				bound = there
			case day > 9 && !maps.Equal(there, bound):
				t.Fatalf("after %d days: got %v, want as after 10: %v", day+1, there, bound)
			}
		}
	})
}

// login leaves what a login leaves: a row of every kind that a login can write, by
// somebody who never comes again.
func login(t *testing.T, st *store.Store, identity string, now time.Time) {
	t.Helper()
	must(t, restart(st, identity, now))
	_, email := known(t, st, identity)
	must(t, write(st, func(tx *store.Tx) error {
		mailbox := models.Mailbox{ProjectID: project, Hash: []byte(identity)}
		if _, err := tx.LockStarts(mailbox); err != nil {
			return err
		}
		if err := tx.SaveStarts(mailbox, []models.Instant{models.At(now)}); err != nil {
			return err
		}
		session := models.Session{
			ID: models.NewID(now), ProjectID: project, UserID: email.UserID, FactorID: email.ID, TokenID: models.NewID(now),
			Method: models.MethodLink, StartedAt: models.At(now), ExpiresAt: models.At(now.Add(time.Hour)),
		}
		if err := tx.InsertSession(session); err != nil {
			return err
		}
		return tx.InsertCodeFailure(models.CodeFailure{ID: models.NewID(now), ProjectID: project, Mailbox: email.ID, CreatedAt: models.At(now)})
	}))
	due, err := st.DueMails(context.Background(), 1)
	must(t, err)
	event := eventOf(due[0])
	event.ID, event.CreatedAt = models.NewID(now), models.At(now)
	must(t, settled(st, due[0], models.MailSent, &event))
}

// census counts the rows of each table that grows and, of SQLite, the pages of the file.
func census(t *testing.T, url string) map[string]int {
	t.Helper()
	there := make(map[string]int)
	for _, table := range []string{
		"users", "emails", "magic_links", "queued_mails", "sessions", "events", "mailboxes", "code_failures",
	} {
		there[table] = number(t, url, "SELECT count(*) FROM "+table)
	}
	if strings.HasPrefix(url, "sqlite:") {
		there["pages"] = number(t, url, "PRAGMA page_count")
	}
	return there
}

func number(t *testing.T, url, statement string) int {
	t.Helper()
	db := openSQL(t, url)
	defer db.Close()
	n, err := strconv.Atoi(strings.TrimSpace(query(t, db, statement)))
	must(t, err)
	return n
}
