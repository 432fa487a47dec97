package mailer

import (
	"fmt"
	"net/mail"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	gomail "github.com/wneessen/go-mail"

	"latchkey/internal/sealed"
	"latchkey/store"
	"latchkey/templates"
)

// composer turns a mail that is owed into a message.
type composer struct {
	keys      *sealed.KeyRing
	templates *templates.Set
	publicURL string
	projects  atomic.Pointer[map[string]Project] // replaced as a whole on a reload
}

// secrets are what a mail carries beyond its facts. No row holds them.
type secrets struct {
	token string
	code  string // "" where there is none to show
}

// compose builds the message. Everything in it comes from the rows, the boundary
// and the date too, so that every attempt sends the same bytes and a receiver that
// got two can see that they are one.
func (c *composer) compose(owed *store.OwedMail) (*gomail.Msg, error) {
	secrets, err := c.secretsOf(owed)
	if err != nil {
		return nil, err
	}
	return c.composeWith(owed, secrets)
}

// secretsOf derives the link's token and code. Without a challenge there is nothing
// that a code could be bound to.
func (c *composer) secretsOf(owed *store.OwedMail) (s secrets, err error) {
	if s.token, err = c.keys.Seal(owed.Link.KeyID, sealed.Link, owed.Link.ID); err != nil {
		return s, err
	}
	if (*c.projects.Load())[owed.Mail.ProjectID].Code && owed.Link.Challenge != "" {
		s.code, err = c.keys.Code(owed.Link.KeyID, owed.Link.ID)
	}
	return s, err
}

func (c *composer) composeWith(owed *store.OwedMail, secrets secrets) (*gomail.Msg, error) {
	project, ok := (*c.projects.Load())[owed.Mail.ProjectID]
	if !ok {
		return nil, fmt.Errorf("project %s is not configured", owed.Mail.ProjectID)
	}
	template := c.templates.Mail(string(owed.Link.Kind))
	if template == nil {
		return nil, fmt.Errorf("there is no mail template %q", owed.Link.Kind)
	}
	facts := facts(project, owed)
	facts.Link, facts.Code = c.publicURL+"/l/"+secrets.token, grouped(secrets.code)
	words, err := template.Render(facts)
	if err != nil {
		return nil, err
	}
	return message(project, owed, words), nil
}

// grouped sets a code in two halves, which people read and type without losing
// their place.
func grouped(code string) string {
	if code == "" {
		return ""
	}
	return code[:len(code)/2] + " " + code[len(code)/2:]
}

// message is quoted-printable throughout: it passes every relay unchanged, which a
// signature over the body needs (RFC 6376 §5.3), and leaves a line of up to 76
// characters whole, the link's too on a host of ordinary length.
func message(project Project, owed *store.OwedMail, words templates.MailWords) *gomail.Msg {
	m := gomail.NewMsg(
		gomail.WithEncoding(gomail.EncodingQP),
		gomail.WithBoundary("part-"+owed.Mail.ID.String()),
		gomail.WithNoDefaultUserAgent(),
	)
	name := project.FromName
	if name == "" {
		name = project.Name
	}
	m.FromMailAddress(&mail.Address{Name: name, Address: project.FromAddress})
	if project.EnvelopeAddress != "" {
		m.EnvelopeFromMailAddress(&mail.Address{Address: project.EnvelopeAddress})
	}
	if project.ReplyTo != "" {
		m.ReplyToMailAddress(&mail.Address{Address: project.ReplyTo})
	}
	m.ToMailAddress(&mail.Address{Address: owed.Email.Address})
	m.Subject(words.Subject)
	// RFC 5322 §3.6.1: the date is when the message was ready to be sent, and not
	// when it is transported.
	m.SetDateWithValue(owed.Mail.CreatedAt.Time())
	m.SetMessageIDWithValue(owed.Mail.ID.String() + "@" + domainOf(project.FromAddress))
	// RFC 3834 §5: nobody's absence note should answer this. The second is
	// Microsoft's word for the same.
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All")
	m.SetBodyString(gomail.TypeTextPlain, words.Text)
	m.AddAlternativeString(gomail.TypeTextHTML, words.HTML)
	if project.DKIM != nil {
		m.SetDKIM(project.DKIM.signer(owed.Mail.CreatedAt.Time()))
	}
	return m
}

func facts(project Project, owed *store.OwedMail) templates.MailFacts {
	asked, until := owed.Link.CreatedAt.Time(), owed.Link.ExpiresAt.Time()
	return templates.MailFacts{
		Project:   project.Name,
		Address:   owed.Email.Address,
		AskedTime: clockTime(asked),
		AskedAt:   asked.Format("2 January 2006, ") + clockTime(asked),
		Browser:   browserName(owed.Link.UserAgent),
		IPAddress: address(owed.Link.IPAddress),
		Lifetime:  inWords(until.Sub(asked)),
		Until:     untilWhen(asked, until),
		Reference: owed.Link.ID.Reference(),
	}
}

// clockTime is in UTC, and says so: nobody knows the reader's zone.
func clockTime(t time.Time) string { return t.UTC().Format("15:04 UTC") }

func untilWhen(asked, until time.Time) string {
	if asked.Format(time.DateOnly) == until.Format(time.DateOnly) {
		return clockTime(until)
	}
	return clockTime(until) + until.UTC().Format(" on 2 January")
}

// inWords says a link's life in the largest unit that comes out even.
func inWords(d time.Duration) string {
	for _, unit := range []struct {
		name   string
		length time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}} {
		if d >= unit.length && d%unit.length == 0 {
			return count(int(d/unit.length), unit.name)
		}
	}
	return count(int(d/time.Minute), "minute")
}

func count(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

// address drops what is not an IP address: the caller says it, and it is shown.
func address(s string) string {
	ip, err := netip.ParseAddr(s)
	if err != nil {
		return ""
	}
	return ip.WithZone("").String()
}

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
