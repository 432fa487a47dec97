package mailer

import (
	"cmp"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"sync/atomic"

	gomail "github.com/wneessen/go-mail"

	"latchkey/internal/sealed"
	"latchkey/models"
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
	var secrets secrets
	if c.carriesLink(owed) {
		var err error
		if secrets, err = c.secretsOf(owed); err != nil {
			return nil, err
		}
	}
	return c.composeWith(owed, secrets)
}

// template finds the words of a mail: those it was queued with, or those of its link's
// kind, in its language or the project's.
func (c *composer) template(owed *store.OwedMail) *templates.Mail {
	return c.templates.Mail(
		cmp.Or(owed.Mail.Template, string(owed.Link.Kind)),
		cmp.Or(owed.Mail.Locale, (*c.projects.Load())[owed.Mail.ProjectID].Locale),
	)
}

// carriesLink says whether the mail takes its link along. One whose words are not known
// here, as after a step back to an older version, is taken to.
func (c *composer) carriesLink(owed *store.OwedMail) bool {
	template := c.template(owed)
	return owed.Link.ID != models.ID{} && (template == nil || template.CarriesLink())
}

// secretsOf derives the link's token and code. An invite's token opens a page and
// redeems nothing. Without a challenge there is nothing that a code could be bound to.
func (c *composer) secretsOf(owed *store.OwedMail) (s secrets, err error) {
	purpose := sealed.Link
	if owed.Link.Kind == models.LinkInvite {
		purpose = sealed.Invite
	}
	if s.token, err = c.keys.Seal(owed.Link.KeyID, purpose, owed.Link.ID); err != nil {
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
	template := c.template(owed)
	if template == nil {
		return nil, fmt.Errorf("there is no mail template %q", cmp.Or(owed.Mail.Template, string(owed.Link.Kind)))
	}
	facts := facts(project, owed)
	if template.CarriesLink() {
		if secrets.token == "" {
			return nil, errors.New("the words want a link, and the mail has none")
		}
		facts.Link, facts.Code = c.publicURL+"/l/"+secrets.token, grouped(secrets.code)
	}
	words, err := template.Render(facts)
	if err != nil {
		return nil, err
	}
	// A reload may change the sender between two attempts, and the name must not.
	owed.Mail.MessageDomain = cmp.Or(owed.Mail.MessageDomain, domainOf(project.FromAddress))
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
	m.ToMailAddress(&mail.Address{Address: owed.To()})
	m.Subject(words.Subject)
	// RFC 5322 §3.6.1: the date is when the message was ready to be sent, and not
	// when it is transported.
	m.SetDateWithValue(owed.Mail.CreatedAt.Time())
	m.SetMessageIDWithValue(owed.Mail.ID.String() + "@" + owed.Mail.MessageDomain)
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

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
