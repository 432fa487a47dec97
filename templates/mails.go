package templates

import (
	"fmt"
	html "html/template"
	"strings"
	"time"
)

const (
	mailLayoutText = "mail/layout.txt"
	mailLayoutHTML = "mail/layout.html"

	// everyMail is in the place of a mail's name in what they all say.
	everyMail = "every"
)

// parseMails makes every mail in every language. There is a mail of each name that has
// a subject in English; those with a button carry a link.
func parseMails(layouts map[string]string, lexicons map[string]*lexicon) (map[string]map[string]*Mail, error) {
	mails := make(map[string]map[string]*Mail)
	for locale, l := range lexicons {
		mails[locale] = make(map[string]*Mail)
		for _, name := range lexicons[defaultLocale].mailNames() {
			mail := &Mail{name: name, lexicon: l, carries: l.messages["mail."+name+".button"] != ""}
			err := mail.parse(layouts[mailLayoutText], layouts[mailLayoutHTML])
			if err == nil {
				err = mail.try()
			}
			if err != nil {
				return nil, fmt.Errorf("the mail %s in %s: %w", name, locale, err)
			}
			mails[locale][name] = mail
		}
	}
	return mails, nil
}

func (l *lexicon) mailNames() (names []string) {
	for id := range l.messages {
		name, found := strings.CutSuffix(id, ".subject")
		if name, isMail := strings.CutPrefix(name, "mail."); found && isMail {
			names = append(names, name)
		}
	}
	return names
}

// onlyOutlook is a conditional comment, which Outlook on Windows alone reads:
// html/template drops comments, and Outlook knows no max-width. It takes literal
// markup and never a fact, which it would not escape.
func onlyOutlook(markup string) html.HTML {
	return html.HTML("<!--[if mso]>" + markup + "<![endif]-->")
}

// strong escapes a sentence and sets the fact in it apart.
func strong(sentence, fact string) html.HTML {
	sentence, fact = html.HTMLEscapeString(sentence), html.HTMLEscapeString(fact)
	return html.HTML(strings.Replace(sentence, fact, "<strong>"+fact+"</strong>", 1))
}

// try renders the mail once, with every fact and with only those there always are.
func (m *Mail) try() error {
	asked := time.Date(2026, 3, 5, 14, 5, 0, 0, time.UTC)
	facts := MailFacts{
		Project: "Project", Address: "person@example.com", Link: "https://login.example.com/l/trial",
		AskedAt: asked, ExpiresAt: asked.Add(15 * time.Minute), Reference: "0123456789",
	}
	if err := m.tryWith(facts); err != nil {
		return err
	}
	facts.NewAddress, facts.Code = "n***@example.com", "1234 5678"
	facts.Browser, facts.System, facts.IPAddress = "Firefox", "Linux", "192.0.2.1"
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
	case !m.carries:
		return nil
	case !strings.Contains(words.Text, "\n"+facts.Link+"\n"):
		return fmt.Errorf("the text does not have {{.Link}} alone on a line")
	case !strings.Contains(words.HTML, `href="`+facts.Link+`"`):
		return fmt.Errorf("the HTML has no link to {{.Link}}")
	}
	return nil
}
