package templates

import (
	html "html/template"
	"strings"
	text "text/template"
	"time"
)

// MailFacts is what a mail can say. What is unknown is zero, and left out.
type MailFacts struct {
	Project    string // who asks
	Address    string // for which address
	NewAddress string // which was added to the account beside it
	Link       string // alone on its line in the text part
	Code       string // "1234 5678"
	AskedAt    time.Time
	ExpiresAt  time.Time // the link
	Browser    string    // "Firefox"
	System     string    // "Linux"
	IPAddress  string
	Reference  string // safe to quote when asking for help
	Accent     Accent // of the button and the link
}

// MailWords is a mail's content.
type MailWords struct {
	Subject string // one line
	Text    string
	HTML    string
}

// usualHTML is room for the HTML part of an ordinary mail, in bytes.
const usualHTML = 5 << 10

// Mail is one kind of mail in one language.
type Mail struct {
	name    string
	lexicon *lexicon
	text    *text.Template
	html    *html.Template
	carries bool
}

// CarriesLink says whether the mail has a link in it, and a button. One without names
// no way in: it tells of something, or that there is no account.
func (m *Mail) CarriesLink() bool { return m.carries }

// Render puts the facts into words. html/template escapes what goes into the HTML
// part; what goes into the text part is stripped of control characters instead, so
// that no fact can begin a line of its own.
func (m *Mail) Render(facts MailFacts) (MailWords, error) {
	if !m.carries {
		facts.Link, facts.Code = "", ""
	}
	view, err := m.speak(facts.printable())
	if err != nil {
		return MailWords{}, err
	}
	subject, err := view.Say("subject")
	if err != nil {
		return MailWords{}, err
	}
	var plain, page strings.Builder
	page.Grow(usualHTML)
	if err := m.text.Execute(&plain, view); err != nil {
		return MailWords{}, err
	}
	if err := m.html.Execute(&page, view); err != nil {
		return MailWords{}, err
	}
	return MailWords{Subject: printable(strings.TrimSpace(subject)), Text: wrap(plain.String()), HTML: page.String()}, nil
}

func (f MailFacts) printable() MailFacts {
	for _, fact := range []*string{
		&f.Project, &f.Address, &f.NewAddress, &f.Link, &f.Code, &f.Browser, &f.System, &f.IPAddress, &f.Reference,
	} {
		*fact = printable(*fact)
	}
	return f
}

// mailView is a mail's facts as a language says them: what its messages and the layouts are
// filled in from. Nothing is embedded in it, since templates find promoted fields slowly.
type mailView struct {
	Project, Address, NewAddress, Link, Code string

	AskedTime string // "14:05 UTC": in the subject, so that threads do not hide a new mail
	AskedAt   string // "5 March 2026, 14:05 UTC"
	Lifetime  string // "15 minutes"
	Until     string // "until 14:20 UTC"
	Browser   string // "Firefox on Linux"
	IPAddress string
	Reference string

	Lang   string
	Accent Accent
	mail   *Mail
}

func (m *Mail) speak(f MailFacts) (s mailView, err error) {
	l := m.lexicon
	s = mailView{
		Project: f.Project, Address: f.Address, NewAddress: f.NewAddress, Link: f.Link, Code: f.Code,
		Browser: f.Browser, IPAddress: f.IPAddress, Reference: f.Reference,
		Lang: l.tag.String(), Accent: f.Accent.orOwn(), mail: m,
	}
	if s.AskedTime, err = l.clock(f.AskedAt); err != nil {
		return s, err
	}
	if s.AskedAt, err = l.date(f.AskedAt); err != nil {
		return s, err
	}
	if f.Browser != "" && f.System != "" {
		if s.Browser, err = l.say("browser_on", f); err != nil {
			return s, err
		}
	}
	if f.Link == "" {
		return s, nil
	}
	if s.Lifetime, err = l.lifetime(f.ExpiresAt.Sub(f.AskedAt)); err != nil {
		return s, err
	}
	s.Until, err = l.until(f.AskedAt, f.ExpiresAt)
	return s, err
}

// Say is the mail's message of that name, for a layout that does something with it. Where
// it stands by itself, its words are part of the layout already.
func (v mailView) Say(name string) (string, error) {
	return v.mail.lexicon.say(v.mail.message(name), v)
}
