package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"latchkey/internal/config"
	"latchkey/magiclink"
	"latchkey/mailer"
	"latchkey/store"
)

func newMailSuppressionsCommand() *cobra.Command {
	return newGroup("suppressions", "Look at the addresses that no mail goes to, and lift that",
		newMailSuppressionsListCommand(), newMailSuppressionsLiftCommand())
}

func newMailSuppressionsListCommand() *cobra.Command {
	var path, project string
	var limit count
	var asJSON, addresses bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the suppressed addresses, the latest first",
		Long: `List the suppressed addresses, the latest first: three mails in a row came back from
them because nobody is there. Addresses are masked unless --addresses is given.`,
		Example: "  latchkey mail suppressions list --project project-live-1",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runOnQueue(cmd.Context(), path, func(cfg *config.Config, operator *mailer.Operator) error {
				if err := checkProject(cfg, project); err != nil {
					return err
				}
				found, total, err := operator.Store.Read(cmd.Context()).SuppressedAddresses(project, int(limit))
				if err != nil {
					return err
				}
				return newSuppressions(found, total, addresses).print(cmd.OutOrStdout(), asJSON)
			})
		},
	}
	addConfigFlag(cmd, &path)
	cmd.Flags().StringVar(&project, "project", "", "only this project's, by its `ID`")
	addLimitFlag(cmd, &limit)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&addresses, "addresses", false, "show addresses in full")
	return cmd
}

// suppressions is what list found. Its JSON is for programs.
type suppressions struct {
	Suppressed []suppression `json:"suppressed"`
	More       int           `json:"more"` // that are not listed
}

type suppression struct {
	Address      string    `json:"address"`
	ProjectID    string    `json:"project_id"`
	Since        time.Time `json:"since"`
	Bounces      int       `json:"bounces_in_a_row"`
	LastReply    string    `json:"last_reply"`
	LastBounceAt time.Time `json:"last_bounce_at"`
}

func newSuppressions(found []store.SuppressedAddress, total int64, addresses bool) *suppressions {
	s := &suppressions{Suppressed: make([]suppression, len(found)), More: max(0, int(total)-len(found))}
	for i, address := range found {
		s.Suppressed[i] = suppression{
			Address: shownAddress(address.Address, addresses), ProjectID: address.ProjectID,
			Since: address.SuppressedAt.Time(), Bounces: address.Bounces,
			LastReply: address.LastReply, LastBounceAt: address.LastBounceAt.Time(),
		}
	}
	return s
}

func (s *suppressions) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(out, s)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if len(s.Suppressed) > 0 {
		fmt.Fprintln(table, "ADDRESS\tPROJECT\tSINCE\tBOUNCES\tLAST REPLY")
	}
	for _, a := range s.Suppressed {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n", a.Address, a.ProjectID, moment(a.Since), a.Bounces, a.LastReply)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if s.More > 0 {
		fmt.Fprintf(out, "… and %d more: see them with --limit\n", s.More)
	}
	_, err := fmt.Fprintf(out, "%d suppressed\n", len(s.Suppressed)+s.More)
	return err
}

func newMailSuppressionsLiftCommand() *cobra.Command {
	var path, project string
	cmd := &cobra.Command{
		Use:   "lift ADDRESS",
		Short: "Let mail go to an address again",
		Long: `Let mail go to an address again. Its count begins anew: after three more bounces in a
row it is suppressed again. A running server knows at once.`,
		Example: "  latchkey mail suppressions lift ada@example.com --project project-live-1",
		Args:    oneArgument("one mail address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			address, err := parseAddress(args[0])
			if err != nil {
				return err
			}
			return runOnQueue(cmd.Context(), path, func(cfg *config.Config, operator *mailer.Operator) error {
				only, err := onlyProject(cfg, project)
				if err != nil {
					return err
				}
				if err := lift(cmd.Context(), operator, only.ID, address); err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "mail goes to %s again\n", args[0])
				return err
			})
		},
	}
	addConfigFlag(cmd, &path)
	cmd.Flags().StringVar(&project, "project", "", "the project's `ID`; needed where there are several")
	return cmd
}

func lift(ctx context.Context, operator *mailer.Operator, project string, address magiclink.Address) error {
	suppressed, err := operator.Store.Read(ctx).Suppressed(project, address.Identity())
	if err == nil {
		err = operator.Lift(ctx, suppressed)
	}
	// A conflict says that somebody else has just lifted it.
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConflict) {
		return fmt.Errorf("%s is not suppressed in project %s", address, project)
	}
	return err
}
