package mailer

import (
	"bytes"
	"mime"
	"net/mail"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/sealed"
	"latchkey/magiclink"
	"latchkey/models"
	"latchkey/store"
)

// textOf is the text part of a mail with its real secrets, and its decoded subject.
func textOf(t *testing.T, c *composer, owed *store.OwedMail) (subject, text string) {
	t.Helper()
	m, err := c.compose(owed)
	if err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	if _, err := m.WriteTo(&raw); err != nil {
		t.Fatal(err)
	}
	text, _ = parts(t, raw.Bytes())
	read, err := mail.ReadMessage(&raw)
	if err != nil {
		t.Fatal(err)
	}
	subject, err = new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	return subject, text
}

func TestTheLanguageIsTheMailsOrTheProjects(t *testing.T) {
	for _, c := range []struct{ mail, project, want string }{
		{"", "", "Sign in to Acme (14:05 UTC)"},
		{"", "fr", "Connexion à Acme (14:05 UTC)"},
		{"es", "fr", "Inicio de sesión en Acme (14:05 UTC)"},
		{"pt-br", "", "Entrar em Acme (14:05 UTC)"},
		{"tlh", "fr", "Sign in to Acme (14:05 UTC)"},
	} {
		config, owed := testConfig(), goldenMail("login")
		acme := config.Projects["acme"]
		acme.Locale, owed.Mail.Locale = c.project, c.mail
		config.Projects["acme"] = acme
		if got, _ := textOf(t, testComposer(t, config), owed); got != c.want {
			t.Errorf("mail %q, project %q: got %q, want %q", c.mail, c.project, got, c.want)
		}
	}
}

func TestTheWordsAreTheMailsOrTheLinks(t *testing.T) {
	owed := goldenMail("")
	owed.Link.Kind = models.LinkSignup
	if got, _ := textOf(t, testComposer(t, testConfig()), owed); got != "Finish signing up to Acme (14:05 UTC)" {
		t.Errorf("got %q, want the words of the link's kind", got)
	}
	owed.Mail.Template = "reset"
	if got, _ := textOf(t, testComposer(t, testConfig()), owed); got != "Choose a new password for Acme (14:05 UTC)" {
		t.Errorf("got %q, want the words it was queued with", got)
	}
}

// A scanner or a thief that takes an invite's token to a door must get nothing for it:
// only the page's button hands on one that can be redeemed.
func TestAnInvitesTokenCannotBeRedeemed(t *testing.T) {
	invite := goldenMails()[4]
	invite.Link.Challenge = ""
	_, text := textOf(t, testComposer(t, testConfig()), invite)
	_, rest, _ := strings.Cut(text, "https://login.example.com/l/")
	token := rest[:sealed.TokenLength]
	if id, err := testKeys(t).Open(sealed.Invite, token); err != nil || models.ID(id) != invite.Link.ID {
		t.Errorf("as an invite: got %s, %v", models.ID(id), err)
	}
	if _, err := testKeys(t).Open(sealed.Link, token); err == nil {
		t.Error("the token of an invite's mail opens as a link")
	}
	for _, bad := range []string{"Browser:", "IP address:", "where you asked"} {
		if strings.Contains(text, bad) {
			t.Errorf("an invite says %q to who asked for nothing:\n%s", bad, text)
		}
	}
}

func TestANoticeShowsTheNewAddressMasked(t *testing.T) {
	_, text := textOf(t, testComposer(t, testConfig()), addressAdded())
	if !strings.Contains(text, "n…@other.example") || strings.Contains(text, "new@other.example") || !strings.Contains(text, "Ada.Lovelace@example.com") {
		t.Errorf("got\n%s", text)
	}
}

func TestAMailAboutNoLinkIsNamedByItself(t *testing.T) {
	owed := noAccount()
	if _, text := textOf(t, testComposer(t, testConfig()), owed); !strings.Contains(text, "reference: "+owed.Mail.ID.Reference()) {
		t.Errorf("got\n%s", text)
	}
	owed = addressAdded()
	if _, text := textOf(t, testComposer(t, testConfig()), owed); !strings.Contains(text, "reference: "+owed.Link.ID.Reference()) {
		t.Errorf("got\n%s", text)
	}
}

// A mail whose link is missing must not go out with the words "open this link".
func TestWordsThatWantALinkGetOne(t *testing.T) {
	owed := noAccount()
	owed.Mail.Template = "login"
	if m, err := testComposer(t, testConfig()).compose(owed); err == nil {
		t.Errorf("got %v, want an error", m)
	}
}

// Events name people by the key of their address, which package magiclink makes of what
// they wrote; of a stored address the mailer makes the same.
func TestEventsKnowTheRecipient(t *testing.T) {
	for _, written := range []string{"Ada.Lovelace@example.com", "ADA+x@Bücher.example", "ada@xn--bcher-kva.example"} {
		address, err := magiclink.ParseAddress(written)
		if err != nil {
			t.Fatal(err)
		}
		want := testKeys(t).HashAddress(address.Identity())
		asked := &store.OwedMail{Email: models.Email{Address: address.String(), Identity: address.Identity()}}
		told := &store.OwedMail{Mail: models.QueuedMail{Address: address.String()}, Email: models.Email{Address: "new@other.example"}}
		for _, owed := range []*store.OwedMail{asked, told} {
			if got := recipientHash(testKeys(t), owed); !slices.Equal(got, want) {
				t.Errorf("%s: got %x, want %x", written, got, want)
			}
		}
	}
	if got := recipientHash(testKeys(t), &store.OwedMail{}); got == nil || len(got) != 0 {
		t.Errorf("nobody: got %x, want an empty hash", got)
	}
}
