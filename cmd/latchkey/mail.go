package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"latchkey/magiclink"
)

func newMailCommand() *cobra.Command {
	return newGroup("mail", "Look after mail: what is owed, what bounced, does it go out",
		newMailQueueCommand(),
		newMailSuppressionsCommand(),
		newMailSendTestCommand(),
	)
}

// parseAddress reads the argument that names a mailbox.
func parseAddress(written string) (magiclink.Address, error) {
	address, err := magiclink.ParseAddress(written)
	if err != nil {
		return address, misused("%q is no mail address", written)
	}
	return address, nil
}

// moment is an instant as all commands print it.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// span is a length of time in its largest unit.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", max(0, int(d/time.Second)))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d/time.Hour))
	}
	return fmt.Sprintf("%dd", int(d/(24*time.Hour)))
}

// numberOf is "1 mail" and "2 mails".
func numberOf(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// progress prints a line a second about work that takes longer than that.
type progress struct {
	out  io.Writer
	what string
	last time.Time
}

func newProgress(out io.Writer, what string) *progress {
	return &progress{out: out, what: what, last: time.Now()}
}

func (p *progress) report(done int) {
	if time.Since(p.last) < time.Second {
		return
	}
	p.last = time.Now()
	fmt.Fprintf(p.out, "%s so far …\n", numberOf(done, p.what))
}
