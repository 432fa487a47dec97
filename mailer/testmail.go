package mailer

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"

	"latchkey/models"
	"latchkey/store"
	"latchkey/templates"
)

// testTemplate is the mail that SendTest sends. It is no link's kind.
const testTemplate = "test"

// Tester sends mails that belong to nobody, past the queue and the database, the way
// and in the look that real ones have. Its fields are set once, before use.
type Tester struct {
	Config    Config
	Templates *templates.Set
	Now       func() time.Time
}

// Tested is what one relay made of a test mail.
type Tested struct {
	FailedAt Stage // of the connection; "" when it stood and the mail was offered
	Sent     bool
	Result   string // in our words, with the server's codes
	Words    string // the server's own, on one line; "" where it said nothing that may be shown
	Advice   string // what to look at; "" where it was sent
}

// Send hands one mail to the relay over a connection of its own. The error is about the
// mail; what the relay did is the result. It takes half a minute at most.
func (t *Tester) Send(ctx context.Context, relay Relay, project, address string) (*Tested, error) {
	message, err := t.compose(project, address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, mailBudget)
	defer cancel()
	o, failedAt, words := t.carry(ctx, relay, message)
	return &Tested{
		FailedAt: failedAt, Sent: o.verdict == sent,
		Result: o.inWords(), Words: printable(words), Advice: o.advice(),
	}, nil
}

// compose makes the message as composer does, but for a link that there is none of.
func (t *Tester) compose(project, address string) (*gomail.Msg, error) {
	sender, ok := t.Config.Projects[project]
	if !ok {
		return nil, fmt.Errorf("project %s is not configured", project)
	}
	now := t.Now()
	owed := &store.OwedMail{
		Mail: models.QueuedMail{ID: models.NewID(now), Address: address, CreatedAt: models.At(now)},
	}
	words, err := t.Templates.Mail(testTemplate, sender.Locale).Render(facts(sender, owed))
	if err != nil {
		return nil, err
	}
	return message(sender, owed, words), nil
}

// carry is a sender's way to the relay, with what the relay said beside its codes. What
// it said to a login may repeat the password and is left out.
func (t *Tester) carry(ctx context.Context, relay Relay, m *gomail.Msg) (o outcome, failedAt Stage, words string) {
	carrier := t.Config.carrierTo(relay)
	defer carrier.quit()
	if c, ok := carrier.(*connection); ok {
		if err := c.dial(ctx); err != nil {
			if failedAt = relay.dialStage(err); failedAt != StageLogin {
				words = err.Error()
			}
			return classifyDial(err), failedAt, words
		}
	}
	o = carrier.send(ctx, m)
	if m.HasSendError() {
		return o, "", m.SendError().Error()
	}
	return o, "", m.ServerResponse()
}

// inWords says the outcome to an operator.
func (o outcome) inWords() string {
	switch o.verdict {
	case sent:
		return "it has taken the mail (" + o.reply() + ")"
	case bounced:
		return "it refuses this recipient or this mail for good (" + o.reply() + ")"
	case refused, down:
		return "it " + string(o.trouble) + " (" + o.reply() + ")"
	}
	if o.inDoubt {
		return "it was handed the mail and gave no answer, so it may have taken it"
	}
	return "it does not take the mail now (" + o.reply() + ")"
}

// advice is what an operator looks at first.
func (o outcome) advice() string {
	switch o.verdict {
	case sent:
		return ""
	case bounced:
		return "The relay itself works: try another address. If no address will do, its words above say what it has against the mail."
	case refused, down:
		return troubleAdvice(o.trouble)
	}
	return "Such answers pass: greylisting, a limit, a restart. latchkey serve would try again by itself; do the same in some minutes."
}

func troubleAdvice(t trouble) string {
	return map[trouble]string{
		unreachable:   "Check the host and the port in smtp.url (587, 465 or 25), and whether this machine is let out to it: many providers block port 25.",
		badTLS:        "The certificate must be in force, name the host of smtp.url and come from a known authority; a private one belongs into smtp.ca_file. smtps:// is for ports that speak TLS from the first byte, mostly 465.",
		badLogin:      "Check the user name and the password in smtp.url: special characters must be percent-encoded, and some providers want a password made for this purpose.",
		notOffered:    "Try the submission port 587, or smtps:// with 465; smtp.auth may ask for a mechanism that the server does not have.",
		refusesSender: "Let this login send from sender.address at your provider (most want the address or its domain confirmed), or change sender.address.",
		refusesUs:     "Its words above say why: most often it wants a login, or this machine's IP address is on a blocklist or not on its list.",
		putsUsOff:     "Try again in some minutes; if it stays so, its words above say why: a full disk, a limit of this login, a sender's domain that it cannot look up.",
		breaksOff:     "Look into its log: it may be out of disk space, or wait for something of its own.",
		noProgram:     "Check the path in smtp.url, and that the user who runs latchkey may execute it.",
		programFails:  "Run it by hand as the user who runs latchkey, and look into the mail system's log.",
	}[t]
}

// printable keeps a server's words on one line, and away from the terminal's controls.
func printable(words string) string {
	words = strings.Join(strings.Fields(words), " ")
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, words)
}
