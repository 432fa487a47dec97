package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"latchkey/internal/config"
	"latchkey/mailer"
	"latchkey/models"
	"latchkey/store"
)

func newMailQueueCommand() *cobra.Command {
	return newGroup("queue", "Look at the queue of mails, and change it",
		newMailQueueListCommand(), newMailQueueShowCommand(), newMailQueueRetryCommand(), newMailQueueCancelCommand())
}

// allStatuses is the value of --status that leaves none out.
const allStatuses = "all"

// queueStatuses lists what --status takes, in the order a mail may go through them.
func queueStatuses() []models.MailStatus {
	return []models.MailStatus{models.MailQueued, models.MailSent, models.MailBounced, models.MailExpired}
}

type queueListOptions struct {
	config, status, project string
	limit                   count
	json, addresses         bool
}

func newMailQueueListCommand() *cobra.Command {
	var o queueListOptions
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List mails, the newest first, and count them by status",
		Long: `List mails, the newest first, and count them by status.

Without --status these are the mails that are still owed. Ended ones (sent, bounced,
expired) are kept for a week after their link died. It runs beside latchkey serve on
the same database. Addresses are masked unless --addresses is given, since what a
terminal shows ends up in recordings and tickets.`,
		Example: `  latchkey mail queue list --config /etc/latchkey/config.yaml
  latchkey mail queue list --status bounced --limit 20 --json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return runOnQueue(cmd.Context(), o.config, func(cfg *config.Config, operator *mailer.Operator) error {
				if err := checkProject(cfg, o.project); err != nil {
					return err
				}
				listing, err := o.read(operator.Store.Read(cmd.Context()))
				if err != nil {
					return err
				}
				return listing.print(cmd.OutOrStdout(), o.json)
			})
		},
	}
	addConfigFlag(cmd, &o.config)
	flags := cmd.Flags()
	flags.StringVar(&o.status, "status", string(models.MailQueued), "queued, sent, bounced, expired or all")
	flags.StringVar(&o.project, "project", "", "only this project's, by its `ID`")
	addLimitFlag(cmd, &o.limit)
	flags.BoolVar(&o.json, "json", false, "print JSON")
	flags.BoolVar(&o.addresses, "addresses", false, "show addresses in full")
	return cmd
}

func (o queueListOptions) check() error {
	if o.status != allStatuses && !slices.Contains(queueStatuses(), models.MailStatus(o.status)) {
		return misused("--status is queued, sent, bounced, expired or all, not %q", o.status)
	}
	return nil
}

// queueListing is what list found out. Its JSON is for programs.
type queueListing struct {
	Mails  []queueMail               `json:"mails"`
	More   int                       `json:"more"` // that match and are not listed
	Counts map[models.MailStatus]int `json:"counts"`
}

func (o queueListOptions) read(read store.Reader) (*queueListing, error) {
	filter := store.MailFilter{ProjectID: o.project, Status: models.MailStatus(o.status)}
	if o.status == allStatuses {
		filter.Status = ""
	}
	mails, err := read.Mails(filter, int(o.limit))
	if err != nil {
		return nil, err
	}
	counts, err := read.CountMails(o.project)
	if err != nil {
		return nil, err
	}
	listing := &queueListing{Mails: make([]queueMail, len(mails)), Counts: make(map[models.MailStatus]int), More: -len(mails)}
	for i, mail := range mails {
		listing.Mails[i] = newQueueMail(mail.QueuedMail, shownAddress(mail.Address, o.addresses))
	}
	for _, status := range queueStatuses() {
		listing.Counts[status] = counts[status]
		if filter.Status == "" || filter.Status == status {
			listing.More += counts[status]
		}
	}
	listing.More = max(0, listing.More) // mails may end between the two questions
	return listing, nil
}

func (l *queueListing) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(out, l)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if len(l.Mails) > 0 {
		fmt.Fprintln(table, "REFERENCE\tID\tPROJECT\tTO\tAGE\tSTATUS\tATTEMPTS\tNEXT\tLAST REPLY")
	}
	now := time.Now()
	for _, m := range l.Mails {
		fmt.Fprintln(table, strings.Join([]string{
			m.Reference, m.ID, m.ProjectID, cmp.Or(m.Address, "(deleted)"), span(now.Sub(m.CreatedAt)), string(m.Status),
			fmt.Sprint(m.Attempts), m.next(now), cmp.Or(m.LastReply, "-"),
		}, "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if l.More > 0 {
		fmt.Fprintf(out, "… and %d more: see them with --limit\n", l.More)
	}
	var counts []string
	for _, status := range queueStatuses() {
		counts = append(counts, fmt.Sprintf("%d %s", l.Counts[status], status))
	}
	_, err := fmt.Fprintln(out, strings.Join(counts, ", "))
	return err
}

// queueMail is a mail as list and show tell of it.
type queueMail struct {
	ID            string            `json:"id"`
	Reference     string            `json:"reference"`
	ProjectID     string            `json:"project_id"`
	Address       string            `json:"address"`
	Status        models.MailStatus `json:"status"`
	Attempts      int               `json:"attempts"`
	LastReply     string            `json:"last_reply"`
	CreatedAt     time.Time         `json:"created_at"`
	ExpiresAt     time.Time         `json:"expires_at"`
	NextAttemptAt *time.Time        `json:"next_attempt_at"` // null once it has ended
	UnderWay      bool              `json:"under_way"`       // a sender holds it
	FinishedAt    *time.Time        `json:"finished_at"`
}

func newQueueMail(mail models.QueuedMail, address string) queueMail {
	m := queueMail{
		ID: mail.ID.String(), Reference: cmp.Or(mail.LinkID, mail.ID).Reference(), ProjectID: mail.ProjectID, Address: address,
		Status: mail.Status, Attempts: mail.Attempts, LastReply: mail.LastReply,
		CreatedAt: mail.CreatedAt.Time(), ExpiresAt: mail.ExpiresAt.Time(),
	}
	if mail.FinishedAt != nil {
		finished := mail.FinishedAt.Time()
		m.FinishedAt = &finished
	}
	if mail.Status == models.MailQueued {
		next := mail.NextAttemptAt.Time()
		m.NextAttemptAt, m.UnderWay = &next, mail.ClaimedUntil > models.At(time.Now())
	}
	return m
}

// next says when the mail is tried next.
func (m queueMail) next(now time.Time) string {
	switch {
	case m.NextAttemptAt == nil:
		return "-"
	case m.UnderWay:
		return "under way"
	case !m.NextAttemptAt.After(now):
		return "due"
	}
	return "in " + span(m.NextAttemptAt.Sub(now))
}

func printJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
