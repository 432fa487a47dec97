package templates

import (
	"strings"
	"testing"
)

func page(t *testing.T, set *Set, page Page, locale string) string {
	t.Helper()
	body, err := set.Page(page, locale, Brand{})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestEveryPageIsInTheReadersLanguage(t *testing.T) {
	set := mustLoad(t, "")
	for _, p := range trialPages() {
		if p.name() == "errors" {
			continue // for who writes an app, as the messages are
		}
		seen := make(map[string]string)
		for _, locale := range set.Locales() {
			got := page(t, set, p, locale)
			for _, want := range []string{
				`<html lang="` + set.lexicons[locale].tag.String() + `">`, `content="width=device-width`, "<main>\n<h1>", "</main>",
			} {
				if !strings.Contains(got, want) {
					t.Errorf("%+v in %s lacks %q:\n%s", p, locale, want, got)
				}
			}
			for _, bad := range []string{"<script", "style=", "http-equiv", "src", "<iframe", "<object", "ZgotmplZ", "{{"} {
				if strings.Contains(got, bad) {
					t.Errorf("%+v in %s contains %q", p, locale, bad)
				}
			}
			own := `<link rel="icon" href="/assets/icon.svg">` + "\n" + `<link rel="stylesheet" href="/assets/pages.css">` + "\n</head>"
			if strings.Count(got, "<link ") != 2 || !strings.Contains(got, own) {
				t.Errorf("%+v in %s loads more than our stylesheet and icon, beside a token:\n%s", p, locale, got)
			}
			if twin, twice := seen[visible(got)]; twice {
				t.Errorf("%+v says the same in %s and %s", p, locale, twin)
			}
			seen[visible(got)] = locale
		}
	}
	if got, want := page(t, set, OpenApp{}, "tlh"), page(t, set, OpenApp{}, "en"); got != want {
		t.Errorf("an unknown language: got\n%s\nwant English", got)
	}
}

// The page must be good for who has no JavaScript and for who never sees it: one form,
// one button, and the account's name before it.
func TestTheInvitePageHasOneButton(t *testing.T) {
	set := mustLoad(t, "")
	for _, locale := range set.Locales() {
		got := page(t, set, Invite{Project: "Acme <b>", Address: "ada@example.com"}, locale)
		for what, want := range map[string]int{
			"<form": 1, `<form method="post">`: 1, "<button": 1, "<input": 0, "<a ": 0, "<b>": 0,
			"<strong>ada@example.com</strong>": 1, `aria-describedby="others"`: 1, `id="others"`: 1,
		} {
			if n := strings.Count(got, what); n != want {
				t.Errorf("%s: got %d of %q, want %d:\n%s", locale, n, what, want, got)
			}
		}
		if strings.Index(got, "ada@example.com") > strings.Index(got, "<button") {
			t.Errorf("%s: the button comes before the account it is for", locale)
		}
	}
}

func TestAUsedInviteSaysWhenAndWhereToGo(t *testing.T) {
	used := InviteUsed{Project: "Acme", Address: "ada@example.com", UsedAt: asked, SignInURL: "https://app.example.com"}
	for locale, want := range map[string]string{
		"en": "5 March 2026, 14:05 UTC", "es": "5 de marzo de 2026, 14:05 UTC",
		"fr": "5 mars 2026 à 14:05 UTC", "pt-br": "5 de março de 2026, 14:05 UTC",
	} {
		got := page(t, mustLoad(t, ""), used, locale)
		for _, want := range []string{want, `href="https://app.example.com"`, "<strong>ada@example.com</strong>", "Acme"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: the page lacks %q:\n%s", locale, want, got)
			}
		}
		if strings.Contains(got, "<form") {
			t.Errorf("%s: a used invite has a form", locale)
		}
	}
}

func TestARefusalSaysWhatHappened(t *testing.T) {
	dead := func(reason string, invite bool) Refusal {
		return Refusal{Type: "unable_to_auth_magic_link", Reason: reason, Invite: invite, Reference: "0A1B2C3D4E", RequestID: "request-1"}
	}
	for _, c := range []struct {
		page Refusal
		want string
	}{
		{dead("redeemed", false), "This link has been used"},
		{dead("revoked", false), "This link was replaced"},
		{dead("expired", false), "This link is too old"},
		{dead("purged", false), "This link is too old"},
		{dead("revoked", true), "This invitation was withdrawn"},
		{dead("expired", true), "This invitation is too old"},
		{Refusal{Type: "magic_link_not_found"}, "This link does not work"},
		{Refusal{Type: "service_unavailable"}, "One moment, please"},
		{Refusal{Type: "route_not_found"}, "There is nothing here"},
		{Refusal{Type: "internal_server_error"}, "That did not work"},
	} {
		got := page(t, mustLoad(t, ""), c.page, "en")
		if !strings.Contains(got, "<title>"+c.want+"</title>") || !strings.Contains(got, "<h1>"+c.want+"</h1>") {
			t.Errorf("%+v: got\n%s\nwant %q", c.page, got, c.want)
		}
	}
	got := page(t, mustLoad(t, ""), dead("expired", false), "en")
	for _, want := range []string{"<code>0A1B2C3D4E</code>", "<code>request-1</code>"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q:\n%s", want, got)
		}
	}
	if got := page(t, mustLoad(t, ""), Refusal{Type: "route_not_found"}, "en"); strings.Count(got, "<code>") != 1 {
		t.Errorf("a reference that is not known is named:\n%s", got)
	}
}

func TestAnAppIsOpenedByItsOwnScheme(t *testing.T) {
	got := page(t, mustLoad(t, ""), OpenApp{Location: "com.example.app://callback?token=x"}, "en")
	if !strings.Contains(got, `href="com.example.app://callback?token=x"`) {
		t.Errorf("got\n%s", got)
	}
}

func TestTheOtherDevicesPageNamesEveryWayIn(t *testing.T) {
	set := mustLoad(t, "")
	whole := OtherDevice{Project: "Acme", Code: true, SignInURL: "https://app.example.com/login"}
	for _, locale := range set.Locales() {
		got := page(t, set, whole, locale)
		for what, want := range map[string]int{
			"<li>": 3, `<a class="button" href="https://app.example.com/login">`: 1, "<form": 0, "<h2>": 1,
		} {
			if n := strings.Count(got, what); n != want {
				t.Errorf("%s: got %d of %q, want %d:\n%s", locale, n, what, want, got)
			}
		}
		bare := page(t, set, OtherDevice{Project: "Acme"}, locale)
		if strings.Count(bare, "<li>") != 2 || strings.Contains(bare, "<a ") {
			t.Errorf("%s: without codes and a page to sign in at, got\n%s", locale, bare)
		}
	}
}

func TestADeadLinksPageLeadsToAnother(t *testing.T) {
	const button = `<a class="button" href="https://app.example.com/login">Go to Acme</a>`
	refused := Refusal{Type: "unable_to_auth_magic_link", Project: "Acme", SignInURL: "https://app.example.com/login"}
	for _, reason := range []string{"redeemed", "revoked", "expired"} {
		refused.Reason = reason
		if got := page(t, mustLoad(t, ""), refused, "en"); !strings.Contains(got, button) {
			t.Errorf("%s: got\n%s\nwant %s", reason, got, button)
		}
	}
	// Who was invited cannot ask for another invitation.
	for _, p := range []Refusal{
		{Type: refused.Type, Reason: "expired", Invite: true, Project: "Acme", SignInURL: refused.SignInURL},
		{Type: refused.Type, Reason: "expired"}, {Type: "route_not_found", SignInURL: refused.SignInURL},
	} {
		if got := page(t, mustLoad(t, ""), p, "en"); strings.Contains(got, "<a ") {
			t.Errorf("%+v: got a button:\n%s", p, got)
		}
	}
}
