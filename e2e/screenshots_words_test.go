package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"latchkey/templates"
)

// TestScreenshotsOfWords takes every mail and every page in every language, as they are
// rendered: most of them nobody sees on the way through the demo.
func TestScreenshotsOfWords(t *testing.T) {
	folder := os.Getenv(screenshotsVariable)
	if folder == "" {
		t.Skip("set " + screenshotsVariable + " to a folder for pictures of every page")
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	set, err := templates.Load("")
	if err != nil {
		t.Fatal(err)
	}
	shown := make(map[string][]byte)
	for _, locale := range set.Locales() {
		addMails(t, set, locale, shown)
		addPages(t, set, locale, shown)
	}
	gallery := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, asset := range set.Assets() {
			if r.URL.Path == templates.AssetsPath+asset.Name {
				w.Header().Set("Content-Type", asset.MediaType)
				w.Write(asset.Content)
				return
			}
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(shown[r.URL.Path])
	}))
	t.Cleanup(gallery.Close)
	c, visitor := camera{t, folder}, newPerson(t, startChromium(t)).open("about:blank")
	for path := range shown {
		visitor.do(chromedp.Navigate(gallery.URL + path))
		visitor.sees("h1")
		c.shoot(visitor, path[1:])
	}
}

func addMails(t *testing.T, set *templates.Set, locale string, shown map[string][]byte) {
	asked := time.Date(2026, 3, 5, 14, 5, 0, 0, time.UTC)
	accent, err := templates.ParseAccent("#6d28d9")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"login", "signup", "invite", "reset", "verify", "address_added", "no_account"} {
		facts := templates.MailFacts{
			Project: "Acme", Address: "ada.lovelace@example.com", Reference: "0A1B2C3D4E",
			Link:    "https://login.example.com/l/AQGh-5ylSH2nqr3LNuD5dYjLSsMLEdZ4CKqb2val-kFQ",
			AskedAt: asked, ExpiresAt: asked.Add(15 * time.Minute), Accent: accent,
		}
		switch name {
		case "invite":
			facts.ExpiresAt = asked.Add(7 * 24 * time.Hour)
		case "address_added":
			facts.NewAddress = "n***@other.example"
		default:
			facts.Code = "1234 5678"
			facts.Browser, facts.System, facts.IPAddress = "Firefox", "Linux", "203.0.113.7"
		}
		words, err := set.Mail(name, locale).Render(facts)
		if err != nil {
			t.Fatal(err)
		}
		shown[fmt.Sprintf("/mail-%s-%s", name, locale)] = []byte(words.HTML)
	}
}

func addPages(t *testing.T, set *templates.Set, locale string, shown map[string][]byte) {
	const address = "ada.lovelace@example.com"
	dead := templates.Refusal{
		Type: "unable_to_auth_magic_link", Reference: "0A1B2C3D4E", RequestID: "request-id-0199aa11-2233-7444-8555-666677778888",
	}
	used, withdrawn := dead, dead
	used.Reason, withdrawn.Reason, withdrawn.Invite = "redeemed", "revoked", true
	for name, page := range map[string]templates.Page{
		"open_app":     templates.OpenApp{Location: "com.example.app://callback", Code: true},
		"other_device": templates.OtherDevice{Project: "Acme", Code: true, SignInURL: "https://app.example.com/login"},
		"invite":       templates.Invite{Project: "Acme", Address: address},
		"invite_used":  templates.InviteUsed{Project: "Acme", Address: address, UsedAt: time.Date(2026, 3, 5, 14, 5, 0, 0, time.UTC), SignInURL: "https://app.example.com"},
		"used":         used,
		"withdrawn":    withdrawn,
		"unknown":      templates.Refusal{Type: "magic_link_not_found", RequestID: dead.RequestID},
	} {
		body, err := set.Page(page, locale, templates.Brand{Name: "Acme"})
		if err != nil {
			t.Fatal(err)
		}
		shown[fmt.Sprintf("/page-%s-%s", name, locale)] = body
	}
}
