package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"latchkey/internal/config"
	"latchkey/mailer"
	"latchkey/models"
	"latchkey/store"
)

func newMailQueueShowCommand() *cobra.Command {
	var path string
	var asJSON, addresses bool
	cmd := &cobra.Command{
		Use:   "show ID|REFERENCE",
		Short: "Show what is known of one mail, and what happened to it",
		Long: `Show what is known of one mail, and what happened to it.

A mail is named by its id, which is also the left half of its Message-ID in the
relay's log, or by its reference, which stands in its footer, on error pages and in
the log of latchkey serve. The link itself is in no database and is never shown.`,
		Example: "  latchkey mail queue show 0A1B2C3D4E",
		Args:    oneArgument("one mail, by its id or reference"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runOnQueue(cmd.Context(), path, func(_ *config.Config, operator *mailer.Operator) error {
				shown, err := readMail(cmd.Context(), operator, args[0], addresses)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(cmd.OutOrStdout(), shown)
				}
				return shown.print(cmd.OutOrStdout())
			})
		},
	}
	addConfigFlag(cmd, &path)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&addresses, "addresses", false, "show the address in full")
	return cmd
}

// shownMail is all there is to say of a mail.
type shownMail struct {
	queueMail
	Kind       models.LinkKind  `json:"kind"`
	LinkState  models.LinkState `json:"link_state"`
	Bounces    int              `json:"bounces_in_a_row"` // of the address
	Suppressed bool             `json:"suppressed"`       // the address
	Events     []shownEvent     `json:"events"`
}

type shownEvent struct {
	At     time.Time        `json:"at"`
	Kind   models.EventKind `json:"kind"`
	Detail string           `json:"detail"`
}

// findMail is operator.Find with an error for people.
func findMail(ctx context.Context, operator *mailer.Operator, name string) (*store.OwedMail, error) {
	owed, err := operator.Find(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("there is no mail %s, or none any more: mails are deleted a week after their link died", name)
	}
	if errors.Is(err, mailer.ErrName) {
		return nil, misused("mail %s: %w", name, err)
	}
	if err != nil {
		return nil, fmt.Errorf("mail %s: %w", name, err)
	}
	return owed, nil
}

func readMail(ctx context.Context, operator *mailer.Operator, name string, addresses bool) (*shownMail, error) {
	owed, err := findMail(ctx, operator, name)
	if err != nil {
		return nil, err
	}
	events, err := operator.Store.Read(ctx).EventsOf(owed.Mail.ProjectID, owed.About())
	if err != nil {
		return nil, err
	}
	shown := &shownMail{
		queueMail: newQueueMail(owed.Mail, shownAddress(owed.To(), addresses)),
		Kind:      owed.Link.Kind, LinkState: owed.Link.State(models.At(time.Now())),
		Bounces: owed.Bounces.Bounces, Suppressed: owed.Bounces.SuppressedAt != nil,
		Events: make([]shownEvent, len(events)),
	}
	for i, event := range events {
		shown.Events[i] = shownEvent{At: event.CreatedAt.Time(), Kind: event.Kind, Detail: event.Detail}
	}
	return shown, nil
}

func (m *shownMail) print(out io.Writer) error {
	now := time.Now()
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	line := func(name, value string) { fmt.Fprintf(table, "%s\t%s\n", name, value) }
	line("id", m.ID)
	line("reference", m.Reference)
	line("project", m.ProjectID)
	line("to", m.Address)
	line("kind", string(m.Kind))
	line("asked for", moment(m.CreatedAt)+", "+span(now.Sub(m.CreatedAt))+" ago")
	line("status", string(m.Status))
	if m.FinishedAt != nil {
		line("ended", moment(*m.FinishedAt))
	}
	line("attempts", fmt.Sprint(m.Attempts))
	line("next attempt", m.next(now))
	line("last reply", cmp.Or(m.LastReply, "-"))
	line("link", string(m.LinkState)+", its life ends "+moment(m.ExpiresAt))
	line("address", m.standing())
	for _, event := range m.Events {
		line("event", moment(event.At)+"  "+string(event.Kind)+"  "+event.Detail)
	}
	return table.Flush()
}

// standing is how the address is held.
func (m *shownMail) standing() string {
	switch {
	case m.Suppressed:
		return fmt.Sprintf("suppressed after %s in a row: no mail goes to it", numberOf(m.Bounces, "bounce"))
	case m.Bounces > 0:
		return numberOf(m.Bounces, "bounce") + " in a row"
	}
	return "nothing against it"
}
