package templates

import (
	"bytes"
	"fmt"
	"html/template"
	"path"
	"time"
)

const (
	stylesheet = "pages/pages.css"
	icon       = "pages/icon.svg"
	pageLayout = "pages/layout.html"
)

// Page is what one page shows: one of the structs below. Each is filled into the file of
// its name under pages/, where its fields are below .Facts.
type Page interface {
	// name is that of the file, and of the page's messages.
	name() string
	// spoken is the page as a language says it, for times above all.
	spoken(l *lexicon) (any, error)
}

// OpenApp is open_app.html: a link leads to an app's own scheme, which needs a click.
type OpenApp struct {
	Code bool // the mail shows a code, too
	// Location has the app's own scheme, which html/template would blank out: it is
	// trusted, so it must come from the project's list.
	Location template.URL
}

// OtherDevice is other_device.html, where apps lead whoever opens a link in another browser
// than the one that asked. It knows nothing of the link.
type OtherDevice struct {
	Project   string // its name
	Code      bool   // its mails show a code, too
	SignInURL string // where to ask for another link; "" where that is no page
}

// Invite is invite.html, where an invite's link leads. It has one button, a form that is
// posted to the page's own URL without any field, and works without JavaScript. The
// answer sends the browser on to the app, so the page's Content-Security-Policy must let
// form-action reach the app's origin as well: Chromium applies it to the redirect, too.
type Invite struct {
	Project string // its name
	Address string // who is invited: the page says that the button is for nobody else
}

// InviteUsed is invite_used.html: the invite was redeemed before.
type InviteUsed struct {
	Project   string
	Address   string
	UsedAt    time.Time
	SignInURL string // of the app: where to sign in now
}

// Refusal is refusal.html: a link that leads nowhere, for a person to read.
type Refusal struct {
	Type      string // of the problem
	Reason    string // why a link that was once good is not: redeemed, revoked, expired or purged
	Invite    bool   // the link is an invite's: its reader asked for nothing and cannot ask again
	Reference string // of the link, as in its mail; "" where it is not known
	RequestID string

	Project   string // its name; "" where it is not known
	SignInURL string // where to ask for another link; "" where that is not known
}

// Errors is errors.html: the catalogue of problems, for who writes an app.
type Errors struct{ Problems []Problem }

// Problem is one entry of the catalogue.
type Problem struct {
	Type    string
	Status  int
	Message string
	Next    string // the step that helps; "" for none
}

func (OpenApp) name() string     { return "open_app" }
func (OtherDevice) name() string { return "other_device" }
func (Invite) name() string      { return "invite" }
func (InviteUsed) name() string  { return "invite_used" }
func (Refusal) name() string     { return "refusal" }
func (Errors) name() string      { return "errors" }

func (p OpenApp) spoken(*lexicon) (any, error)     { return p, nil }
func (p OtherDevice) spoken(*lexicon) (any, error) { return p, nil }
func (p Invite) spoken(*lexicon) (any, error)      { return p, nil }
func (p Refusal) spoken(*lexicon) (any, error)     { return p, nil }
func (p Errors) spoken(*lexicon) (any, error)      { return p, nil }

func (p InviteUsed) spoken(l *lexicon) (any, error) {
	usedAt, err := l.date(p.UsedAt)
	return struct{ Project, Address, SignInURL, UsedAt string }{p.Project, p.Address, p.SignInURL, usedAt}, err
}

// Case names the messages for a refusal.
func (p Refusal) Case() string {
	switch p.Type {
	case "magic_link_not_found":
		return "unknown"
	case "service_unavailable":
		return "unavailable"
	case "route_not_found", "project_not_found":
		return "nothing"
	case "unable_to_auth_magic_link":
		return p.deadCase()
	}
	return "failed"
}

func (p Refusal) deadCase() string {
	switch {
	case p.Reason == "redeemed":
		return "used"
	case p.Invite && p.Reason == "revoked":
		return "withdrawn"
	case p.Invite:
		return "old_invite"
	case p.Reason == "revoked":
		return "replaced"
	}
	return "old"
}

// CanAskAgain says whether another link would help, and the reader may ask for one.
func (p Refusal) CanAskAgain() bool {
	switch p.Case() {
	case "used", "replaced", "old":
		return p.SignInURL != ""
	}
	return false
}

// pageView is what a page's file sees.
type pageView struct {
	Facts   any
	Lang    string
	Brand   brandView
	page    string
	lexicon *lexicon
}

// Say is the page's message of that name.
func (v pageView) Say(name string) (string, error) {
	return v.lexicon.say("page."+v.page+"."+name, v.Facts)
}

// Page renders a page of that brand in that language, or else in English.
func (s *Set) Page(page Page, locale string, brand Brand) ([]byte, error) {
	l, known := s.lexicons[locale]
	if !known {
		l = s.lexicons[defaultLocale]
	}
	facts, err := page.spoken(l)
	if err != nil {
		return nil, fmt.Errorf("templates: page %s: %w", page.name(), err)
	}
	var body bytes.Buffer
	view := pageView{Facts: facts, Lang: l.tag.String(), Brand: brand.view(), page: page.name(), lexicon: l}
	if err := s.pages[page.name()].Execute(&body, view); err != nil {
		return nil, fmt.Errorf("templates: page %s: %w", page.name(), err)
	}
	return body.Bytes(), nil
}

// parsePages puts each page's file into the shared layout.
func parsePages(layouts map[string]string) (map[string]*template.Template, error) {
	pages := make(map[string]*template.Template)
	for _, page := range trialPages() {
		file := path.Join(pagesFolder, page.name()+".html")
		parsed, err := template.New(pageLayout).Funcs(template.FuncMap{"strong": strong}).Parse(layouts[pageLayout])
		if err != nil {
			return nil, err
		}
		if _, err := parsed.New(file).Parse(layouts[file]); err != nil {
			return nil, err
		}
		pages[page.name()] = parsed
	}
	return pages, nil
}

// tryPages renders every page in every language once, so that what is wrong with a
// replacement is found at the start.
func (s *Set) tryPages() error {
	for _, locale := range s.locales {
		for _, page := range trialPages() {
			for _, brand := range []Brand{{}, trialBrand()} {
				if _, err := s.Page(page, locale, brand); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// trialBrand has all that a brand can have.
func trialBrand() Brand {
	return Brand{Name: "Project", Logo: new(Logo), LogoDark: new(Logo), Accent: ownAccent}
}

// trialPages has every page, refusals in every case.
func trialPages() []Page {
	pages := []Page{
		OpenApp{Location: "app:/trial", Code: true},
		OtherDevice{Project: "Project", Code: true, SignInURL: "https://app.example.com"},
		Invite{Project: "Project", Address: "person@example.com"},
		InviteUsed{Project: "Project", Address: "person@example.com", SignInURL: "https://app.example.com"},
		Errors{Problems: []Problem{{Type: "trial", Status: 400, Message: "Trial."}}},
	}
	for _, kind := range []string{"magic_link_not_found", "service_unavailable", "route_not_found", "internal_server_error"} {
		pages = append(pages, Refusal{Type: kind, RequestID: "trial"})
	}
	for _, reason := range []string{"redeemed", "revoked", "expired"} {
		for _, invite := range []bool{false, true} {
			pages = append(pages, Refusal{Type: "unable_to_auth_magic_link", Reason: reason, Invite: invite, Project: "Project", SignInURL: "https://app.example.com"})
		}
	}
	return pages
}
