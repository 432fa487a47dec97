package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"latchkey/internal/doctor"
	"latchkey/magiclink"
)

type doctorOptions struct {
	config string
	json   bool
	to     string
}

func newDoctorCommand() *cobra.Command {
	var o doctorOptions
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what would keep logins or mails from working",
		Long: `Look for what would keep logins or mails from working: in the configuration, the
database and its key, the clock, each relay as far as RCPT TO, and what the DNS says
of the senders. Of each fault it tells what to change.

It changes nothing, sends no mail and shows no secret; it may run before latchkey
serve or beside it, as the same user and with the same environment. The exit status
is 1 when there is a fault; warnings do not count.`,
		Example: "  latchkey doctor --config /etc/latchkey/config.yaml\n  latchkey doctor --json --to postmaster@example.com",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runDoctor(cmd.Context(), cmd.OutOrStdout(), o)
		},
	}
	addConfigFlag(cmd, &o.config)
	cmd.Flags().BoolVar(&o.json, "json", false, "print one JSON document when all has been looked at")
	cmd.Flags().StringVar(&o.to, "to", "", "ask the relays to take mail for this `ADDRESS` instead of the sender's own; none is sent")
	return cmd
}

func runDoctor(ctx context.Context, out io.Writer, o doctorOptions) error {
	d := &doctor.Doctor{ConfigFile: o.config, Resolver: net.DefaultResolver, Now: time.Now}
	if o.to != "" {
		recipient, err := magiclink.ParseAddress(o.to)
		if err != nil {
			return misused("--to wants one mail address, as in postmaster@example.com")
		}
		d.Recipient = recipient.String()
	}
	if !o.json {
		d.Progress = func(check doctor.Check) {
			if ctx.Err() == nil { // what was cut off is no fault
				printCheck(out, check)
			}
		}
	}
	report := d.Examine(ctx)
	if err := ctx.Err(); err != nil {
		return errors.New("interrupted: not everything was looked at")
	}
	if err := printReport(out, report, o.json); err != nil {
		return err
	}
	if faults := report.Count(doctor.Fault); faults > 0 {
		return fmt.Errorf("%s found", numberOf(faults, "fault"))
	}
	return nil
}

// printCheck puts the advice under the line, a record to paste on a line of its own.
func printCheck(out io.Writer, check doctor.Check) {
	fmt.Fprintf(out, "%-8s%s: %s\n", check.Status, check.ID, check.Summary)
	if check.Advice != "" {
		fmt.Fprintln(out, "        "+strings.ReplaceAll(check.Advice, "\n", "\n        "))
	}
}

func printReport(out io.Writer, report doctor.Report, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(report)
	}
	_, err := fmt.Fprintf(out, "\n%s, %s, %d ok\n", numberOf(report.Count(doctor.Fault), "fault"),
		numberOf(report.Count(doctor.Warning), "warning"), report.Count(doctor.OK))
	return err
}
