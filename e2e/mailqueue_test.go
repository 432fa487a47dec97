package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
	"latchkey/store/storetest"
)

// operate runs `latchkey mail …` on the server's configuration, beside it. A mail that a
// sender happens to have in hand is asked for again, as the command says.
func (s *server) operate(t *testing.T, status int, args ...string) (stdout, stderr string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		p := start(t, latchkey(append(append([]string{"mail"}, args...), "--config", s.file)...))
		got := p.status(t)
		if strings.Contains(p.stderr.String(), "in hand") && time.Now().Before(deadline) {
			continue
		}
		if got != status {
			t.Errorf("mail %v: got status %d, want %d\n%s", args, got, status, p.stderr)
		}
		return p.stdout.String(), p.stderr.String()
	}
}

// listed is what `mail queue list --json` says, as far as these tests look.
type listed struct {
	Mails []struct {
		ID, Reference, Address, Status string
	}
	More   int
	Counts map[string]int
}

func (s *server) list(t *testing.T, args ...string) (l listed) {
	t.Helper()
	out, _ := s.operate(t, 0, append([]string{"queue", "list", "--json"}, args...)...)
	if err := json.Unmarshal([]byte(out), &l); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return l
}

// While the relay is away an operator looks into the queue of a running server and
// cancels a mail: it is never sent and its link is dead. The other goes out.
func TestAnOperatorLooksAfterTheQueue(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		port := reserveRelayPort(t)
		server := serve(t, newSettings(t, url, port.address))
		app, pair := server.backEnd(0), newPair()
		app.start(t, "ada@example.com", pair)
		app.start(t, "bob@example.com", newPair())

		l := server.list(t, "--addresses")
		if len(l.Mails) != 2 || l.Counts["queued"] != 2 || l.More != 0 {
			t.Fatalf("got %+v, want two queued mails", l)
		}
		if masked := server.list(t, "--limit", "1"); len(masked.Mails) != 1 || masked.More != 1 || masked.Mails[0].Address != "b…@example.com" {
			t.Errorf("got %+v, want bob's, masked, and one more", masked)
		}
		bob, ada := l.Mails[0], l.Mails[1]
		if bob.Address != "bob@example.com" || ada.Address != "ada@example.com" {
			t.Fatalf("got %+v, want the newest first", l.Mails)
		}
		server.operate(t, 0, "queue", "retry", ada.Reference)
		if out, _ := server.operate(t, 0, "queue", "cancel", bob.ID); !strings.Contains(out, bob.Reference) {
			t.Errorf("got %q, want it to name %s", out, bob.Reference)
		}
		if _, stderr := server.operate(t, 1, "queue", "cancel", bob.ID); !strings.Contains(stderr, "has ended already: expired") {
			t.Errorf("got %q, want to hear that it has ended", stderr)
		}

		relay := port.open(t)
		link := relay.mail(t, "ada@example.com")
		app.redeem(t, link.Token, pair.verifier)
		server.terminate(t)
		relay.checkOnce(t, url, []string{"ada@example.com"})
		shown, _ := server.operate(t, 0, "queue", "show", bob.Reference)
		for _, want := range []string{"b…@example.com", "expired", "revoked", "mail.expired  cancelled"} {
			if !strings.Contains(shown, want) {
				t.Errorf("got\n%s\nwant in it %q", shown, want)
			}
		}
		shown, _ = server.operate(t, 0, "queue", "show", ada.ID, "--json")
		secrets{"token": link.Token, "verifier": pair.verifier}.checkAbsent(t, "mail queue show", shown)
	})
}

func TestWhatAnOperatorIsToldOfMistakes(t *testing.T) {
	t.Parallel()
	server := serve(t, newSettings(t, sqliteURL(t), startRelay(t).address))
	for line, want := range map[string]struct {
		status int
		says   string
	}{
		"queue show 0123456789":              {1, "there is no mail 0123456789"},
		"queue retry ada@example.com":        {2, "want a mail's id or its reference"},
		"queue cancel":                       {2, "name one mail, or say --all"},
		"queue cancel --all":                 {2, "--all wants --project"},
		"queue cancel --all --project other": {1, `no project "other"`},
		"queue retry 0123456789 --all":       {2, "name one mail, or say --all"},
		"queue list --project other":         {1, `no project "other"`},
		"queue list --status lost":           {2, "--status is"},
		"queue list --limit 0":               {2, "--limit"},
		"suppressions lift ada":              {2, `"ada" is no mail address`},
		"suppressions lift ada@example.com":  {1, "ada@example.com is not suppressed"},
	} {
		if stdout, stderr := server.operate(t, want.status, strings.Fields(line)...); !strings.Contains(stderr, want.says) || stdout != "" {
			t.Errorf("mail %s: got %q and %q, want %q", line, stdout, stderr, want.says)
		}
	}
}

// An operator may look at a queue as long as an outage leaves behind.
func TestALongQueueListsAtOnce(t *testing.T) {
	t.Parallel()
	const mails = 20_000
	storetest.EachURL(t, func(t *testing.T, url string) {
		port := reserveRelayPort(t)
		server := serve(t, newSettings(t, url, port.address))
		app := server.backEnd(0)
		app.start(t, "ada@example.com", newPair())
		fillQueue(t, url, app.project, mails-1)
		began := time.Now()
		l := server.list(t)
		took := time.Since(began)
		t.Logf("%d mails: listed in %s", mails, took.Round(time.Millisecond))
		if l.More != mails-50 || l.Counts["queued"] != mails {
			t.Errorf("got %d more and %v, want %d of %d", l.More, l.Counts, mails-50, mails)
		}
		if took > 10*time.Second {
			t.Errorf("it took %s, want less than ten seconds", took)
		}
		server.operate(t, 0, "queue", "show", l.Mails[0].Reference)
	})
}

// fillQueue writes mails that are due in a while.
func fillQueue(t *testing.T, url, project string, mails int) {
	t.Helper()
	st := storetest.Open(t, url, time.Now)
	now := time.Now()
	at := models.At(now)
	known, err := st.Read(t.Context()).EmailByIdentity(project, "ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	for written := 0; written < mails; {
		batch := min(5000, mails-written)
		err := st.Write(t.Context(), func(tx *store.Tx) error {
			for i := range batch {
				link := models.MagicLink{
					ID: models.NewID(now), ProjectID: project, UserID: known.UserID, EmailID: known.ID, KeyID: 1, Kind: models.LinkLogin,
					Challenge: fmt.Sprint(written + i), CreatedAt: at, ExpiresAt: at.Add(time.Hour),
				}
				mail := models.QueuedMail{
					ID: models.NewID(now), ProjectID: project, LinkID: link.ID, Status: models.MailQueued,
					NextAttemptAt: at.Add(30 * time.Minute), CreatedAt: at, ExpiresAt: link.ExpiresAt,
				}
				if err := tx.InsertLink(link, mail); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		written += batch
	}
}
