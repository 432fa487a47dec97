package templates

import (
	"fmt"
	html "html/template"
	"path"
	"strings"
	text "text/template"
)

// testMail is the one that leads nowhere: an operator's, to see whether mail goes out.
const testMail = "test"

// MailFacts is what a mail can say. All of it is text for people; what is unknown
// is empty, and a template leaves it out.
type MailFacts struct {
	Project   string // who asks
	Address   string // for which address
	Link      string // alone on its line in the text part; "" in a mail that leads nowhere
	Code      string // "1234 5678"
	AskedTime string // "14:05 UTC": in the subject, so that threads do not hide a new mail
	AskedAt   string // "5 March 2026, 14:05 UTC"
	Browser   string // "Firefox on Linux"
	IPAddress string
	Lifetime  string // "15 minutes"
	Until     string // "14:20 UTC"
	Reference string // safe to quote when asking for help
}

// MailWords is a mail's content.
type MailWords struct {
	Subject string // one line
	Text    string
	HTML    string
}

// Mail is one kind of mail, in text and HTML.
type Mail struct {
	text *text.Template
	html *html.Template
}

// The names that mail/layout.* define and run, and the one that mail/NAME.txt adds.
const (
	bodyTemplate    = "mail"
	subjectTemplate = "subject"
)

// Render puts the facts into words. html/template escapes what goes into the HTML
// part; what goes into the text part is stripped of control characters instead, so
// that no fact can begin a line of its own.
func (m *Mail) Render(facts MailFacts) (MailWords, error) {
	facts = facts.printable()
	var subject, plain, page strings.Builder
	if err := m.text.ExecuteTemplate(&subject, subjectTemplate, facts); err != nil {
		return MailWords{}, err
	}
	if err := m.text.ExecuteTemplate(&plain, bodyTemplate, facts); err != nil {
		return MailWords{}, err
	}
	if err := m.html.ExecuteTemplate(&page, bodyTemplate, facts); err != nil {
		return MailWords{}, err
	}
	return MailWords{
		Subject: printable(strings.TrimSpace(subject.String())),
		Text:    wrap(plain.String()),
		HTML:    page.String(),
	}, nil
}

func (f MailFacts) printable() MailFacts {
	for _, fact := range []*string{
		&f.Project, &f.Address, &f.Link, &f.Code, &f.AskedTime, &f.AskedAt, &f.Browser,
		&f.IPAddress, &f.Lifetime, &f.Until, &f.Reference,
	} {
		*fact = printable(*fact)
	}
	return f
}

func parseMails(files map[string]string) (map[string]*Mail, error) {
	mails := make(map[string]*Mail)
	for _, name := range namesOf(files, mailFolder, ".txt") {
		mail, err := parseMail(files, path.Join(mailFolder, name))
		if err != nil {
			return nil, err
		}
		if err := mail.try(name != testMail); err != nil {
			return nil, fmt.Errorf("%s/%s: %w", mailFolder, name, err)
		}
		mails[name] = mail
	}
	return mails, nil
}

func parseMail(files map[string]string, stem string) (*Mail, error) {
	shared := path.Join(mailFolder, layout)
	plain := text.New(shared + ".txt")
	page := html.New(shared + ".html").Funcs(html.FuncMap{"onlyOutlook": onlyOutlook})
	if _, err := plain.Parse(files[shared+".txt"]); err != nil {
		return nil, err
	}
	if _, err := plain.New(stem + ".txt").Parse(files[stem+".txt"]); err != nil {
		return nil, err
	}
	if _, err := page.Parse(files[shared+".html"]); err != nil {
		return nil, err
	}
	if _, err := page.New(stem + ".html").Parse(files[stem+".html"]); err != nil {
		return nil, err
	}
	return &Mail{text: plain, html: page}, nil
}

// onlyOutlook is a conditional comment, which Outlook on Windows alone reads:
// html/template drops comments, and Outlook knows no max-width. It takes literal
// markup and never a fact, which it would not escape.
func onlyOutlook(markup string) html.HTML {
	return html.HTML("<!--[if mso]>" + markup + "<![endif]-->")
}

// try renders the mail once, with every fact and with only those there always are.
func (m *Mail) try(withLink bool) error {
	facts := MailFacts{
		Project: "Project", Address: "person@example.com",
		AskedTime: "14:05 UTC", AskedAt: "5 March 2026, 14:05 UTC",
		Lifetime: "15 minutes", Until: "14:20 UTC", Reference: "0123456789",
	}
	if withLink {
		facts.Link = "https://login.example.com/l/trial"
	}
	if err := m.tryWith(facts); err != nil {
		return err
	}
	facts.Browser, facts.IPAddress = "Firefox on Linux", "192.0.2.1"
	return m.tryWith(facts)
}

// tryWith refuses a replacement that lost the link: nobody could sign in any more.
func (m *Mail) tryWith(facts MailFacts) error {
	words, err := m.Render(facts)
	switch {
	case err != nil:
		return err
	case words.Subject == "":
		return fmt.Errorf("the subject is empty")
	case facts.Link == "":
		return nil
	case !strings.Contains(words.Text, "\n"+facts.Link+"\n"):
		return fmt.Errorf("the text does not have {{.Link}} alone on a line")
	case !strings.Contains(words.HTML, `href="`+facts.Link+`"`):
		return fmt.Errorf("the HTML has no link to {{.Link}}")
	}
	return nil
}
