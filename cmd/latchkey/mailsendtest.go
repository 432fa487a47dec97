package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"latchkey/internal/doctor"
	"latchkey/mailer"
)

func newMailSendTestCommand() *cobra.Command {
	var path, project string
	cmd := &cobra.Command{
		Use:   "send-test ADDRESS",
		Short: "Send a test mail through each configured relay, and tell what they say",
		Long: `Send a test mail through each configured relay, and tell what they say.

The mail looks like a real one and goes the same way: same sender, same signature,
same login. It holds no link and no code, and says so. It needs no database and no
running server. The exit status is 1 when a relay did not take it; latchkey doctor
looks further.`,
		Example: "  latchkey mail send-test you@example.com --config /etc/latchkey/config.yaml",
		Args:    oneArgument("one mail address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runSendTest(cmd.Context(), cmd.OutOrStdout(), path, project, args[0])
		},
	}
	addConfigFlag(cmd, &path)
	cmd.Flags().StringVar(&project, "project", "", "whose sender, by the project's `ID`; needed where there are several")
	return cmd
}

func runSendTest(ctx context.Context, out io.Writer, path, id, written string) error {
	address, err := parseAddress(written)
	if err != nil {
		return err
	}
	cfg, err := loadConfig(path)
	if err != nil {
		return err
	}
	project, err := onlyProject(cfg, id)
	if err != nil {
		return err
	}
	words, err := loadTemplates(cfg)
	if err != nil {
		return err
	}
	tester := &mailer.Tester{Config: cfg.Mailer, Templates: words, Now: time.Now}
	mail := doctor.Envelope{From: cfg.Mailer.Projects[project.ID].EnvelopeSender(), To: address.String()}
	failed := 0
	for i, relay := range cfg.Mailer.Relays {
		key := doctor.RelayKey(i)
		fmt.Fprintf(out, "relay %d of %d, %s.url: %s\n", i+1, len(cfg.Mailer.Relays), key, relay)
		tested, err := tester.Send(ctx, relay, project.ID, mail.To)
		if err != nil {
			return err
		}
		if ctx.Err() != nil && !tested.Sent { // what was cut off is no fault
			return errors.New("interrupted: not every relay was tried")
		}
		if tested.Failure != nil {
			printFailure(out, tested.Failure.Stage, doctor.OfTestMail(key, relay, mail, tested.Failure))
		} else {
			printTested(out, relay, tested)
		}
		if !tested.Sent {
			failed++
		}
	}
	if failed > 0 {
		return errors.New(numberOf(failed, "relay") + " did not take the mail")
	}
	_, err = fmt.Fprintf(out, "Now look for it at %s, in the spam folder too: what becomes of it behind the relay is not told here.\n", address)
	return err
}

func printFailure(out io.Writer, at mailer.Stage, verdict doctor.Check) {
	fmt.Fprintf(out, "  failed at: %s\n  result: %s\n  advice: %s\n", at, verdict.Summary, verdict.Advice)
}

func printTested(out io.Writer, relay mailer.Relay, tested *mailer.Tested) {
	if relay.Username != "" {
		fmt.Fprintf(out, "  connected, logged in as %s\n", relay.Username)
	}
	fmt.Fprintf(out, "  result: %s\n", tested.Result)
	if tested.Words != "" {
		fmt.Fprintf(out, "  it says: %s\n", tested.Words)
	}
	if tested.Advice != "" {
		fmt.Fprintf(out, "  advice: %s\n", tested.Advice)
	}
}
