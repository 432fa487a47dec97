package mailer

import (
	"bytes"
	"context"
	"errors"
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
	// Failure is why the relay takes nobody's mail from us; nil where it judged this
	// one, and the rest says how.
	Failure *Failure
	Sent    bool
	Result  string // in our words, with the server's codes
	Words   string // the server's own, on one line; "" where it said nothing
	Advice  string // what to look at; "" where it was sent
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
	if relay.Program != "" {
		return sendByProgram(ctx, relay, message), nil
	}
	return sendByServer(ctx, t.Config.connectionTo(relay), message), nil
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

func sendByServer(ctx context.Context, c *connection, m *gomail.Msg) *Tested {
	defer c.quit()
	if err := c.dial(ctx); err != nil {
		return &Tested{Failure: newFailure(c.relay.dialStage(err), err)}
	}
	o := c.send(ctx, m)
	var failed *gomail.SendError
	switch {
	case !errors.As(m.SendError(), &failed):
		return o.tested(m.ServerResponse())
	case o.verdict == down || o.verdict == refused:
		return &Tested{Failure: o.failure(stageOf(failed.Reason), spoken(o.code, failed))}
	}
	return o.tested(spoken(o.code, failed))
}

func sendByProgram(ctx context.Context, relay Relay, m *gomail.Msg) *Tested {
	var complaints bytes.Buffer
	p := &program{path: relay.Program, timeout: programTimeout, complaints: &beginning{&complaints}}
	o := p.send(ctx, m)
	if o.verdict == down || o.verdict == refused {
		return &Tested{Failure: o.failure(StageProgram, firstLines(complaints.String()))}
	}
	return o.tested(firstLines(complaints.String()))
}

// stageOf the session is where a send came to its end.
func stageOf(reason gomail.SendErrReason) Stage {
	switch reason {
	case gomail.ErrConnCheck, gomail.ErrSMTPMailFrom:
		return StageMail
	case gomail.ErrSMTPRcptTo:
		return StageRcpt
	}
	return StageMessage
}

var errNoAnswer = errors.New("no answer")

func (o outcome) failure(at Stage, words string) *Failure {
	return &Failure{
		Stage: at, Code: o.code, Enhanced: o.enhanced,
		Text: strings.TrimSpace(strings.TrimPrefix(words, o.enhanced)), Cause: errNoAnswer,
	}
}

// tested is the outcome of a mail that the relay judged.
func (o outcome) tested(words string) *Tested {
	result, advice := o.inWords()
	return &Tested{Sent: o.verdict == sent, Result: result, Words: printable(words), Advice: advice}
}

// inWords says the outcome to an operator, and what to look at first.
func (o outcome) inWords() (result, advice string) {
	switch {
	case o.verdict == sent:
		return "it has taken the mail (" + o.reply() + ")", ""
	case o.verdict == bounced:
		return "it refuses this recipient or this mail for good (" + o.reply() + ")",
			"the relay itself works: try another address; if no address will do, its words say what it has against the mail"
	case o.inDoubt:
		return "it was handed the mail and gave no answer, so it may have taken it", adviceToWait
	}
	return "it does not take the mail now (" + o.reply() + ")", adviceToWait
}

const adviceToWait = "such answers pass (greylisting, a limit, a restart): try again in some minutes, as latchkey serve would by itself"

// maxComplaints is how much of what a program says is kept, in bytes.
const maxComplaints = 1 << 10

// beginning keeps what is written first, and lets the rest go.
type beginning struct{ kept *bytes.Buffer }

func (b *beginning) Write(p []byte) (int, error) {
	b.kept.Write(p[:min(len(p), maxComplaints-b.kept.Len())])
	return len(p), nil
}

// firstLines are those that say what is wrong; usage and traces follow.
func firstLines(text string) string {
	lines := strings.SplitN(strings.TrimSpace(text), "\n", 3)
	return printable(strings.Join(lines[:min(len(lines), 2)], " "))
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
