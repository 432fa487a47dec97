package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"latchkey/internal/config"
	"latchkey/mailer"
	"latchkey/models"
)

func newMailQueueRetryCommand() *cobra.Command {
	change := &queueChange{
		one: (*mailer.Operator).Retry, each: (*mailer.Operator).RetryAll,
		done: "made due",
		then: func(int) string { return "a running server tries within two seconds, or once a relay takes mail again" },
	}
	cmd := change.command("retry")
	cmd.Short = "Try a mail now instead of after its pause"
	cmd.Long = `Try a mail now instead of after its pause.

The mail is made due, and a running latchkey serve finds it within two seconds. While
the relay takes nothing at all (/readyz says degraded) it waits for the relay like all
others. A mail that a sender holds at this moment is refused, and so is one that has
ended: its person asks for a new link.`
	cmd.Example = `  latchkey mail queue retry 0A1B2C3D4E
  latchkey mail queue retry --all --project project-live-1`
	return cmd
}

func newMailQueueCancelCommand() *cobra.Command {
	change := &queueChange{
		one: (*mailer.Operator).Cancel, each: (*mailer.Operator).CancelAll,
		done: "cancelled", then: revoked, needsProject: true,
	}
	cmd := change.command("cancel")
	cmd.Short = "End a queued mail unsent, and revoke its link"
	cmd.Long = `End a queued mail unsent, and revoke its link, so that nobody redeems what was never
mailed. The mail counts as expired, with the detail "cancelled". A mail that a sender
holds at this moment is refused; with --all such mails are left alone, and counted.`
	cmd.Example = `  latchkey mail queue cancel 0A1B2C3D4E
  latchkey mail queue cancel --all --project project-live-1`
	return cmd
}

func revoked(mails int) string {
	if mails == 1 {
		return "its link is revoked"
	}
	return "their links are revoked"
}

// queueChange is what retry and cancel have in common: they do something to one mail,
// or to all that wait.
type queueChange struct {
	path, project string
	all           bool

	one          func(o *mailer.Operator, ctx context.Context, id models.ID) error
	each         func(o *mailer.Operator, ctx context.Context, project string, progress func(done int)) (done, held int, err error)
	done         string                 // what was done, in the passive
	then         func(mails int) string // what comes of it
	needsProject bool                   // with --all
}

func (c *queueChange) command(name string) *cobra.Command {
	cmd := &cobra.Command{
		Use:  name + " ID|REFERENCE | --all",
		Args: c.check,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runOnQueue(cmd.Context(), c.path, func(cfg *config.Config, operator *mailer.Operator) error {
				if c.all {
					return c.runAll(cmd, cfg, operator)
				}
				return c.runOne(cmd, operator, args[0])
			})
		},
	}
	addConfigFlag(cmd, &c.path)
	cmd.Flags().BoolVar(&c.all, "all", false, "all mails that wait, instead of one")
	cmd.Flags().StringVar(&c.project, "project", "", "with --all: only this project's, by its `ID`")
	return cmd
}

func (c *queueChange) check(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) > 1 || c.all == (len(args) == 1):
		return errors.New("name one mail, or say --all")
	case !c.all && c.project != "":
		return errors.New("--project goes with --all")
	case c.project == "" && cmd.Flags().Changed("project"):
		return errors.New("--project wants a project's ID")
	case c.all && c.needsProject && c.project == "":
		return errors.New("--all wants --project here: what is done cannot be undone")
	}
	return nil
}

func (c *queueChange) runOne(cmd *cobra.Command, operator *mailer.Operator, name string) error {
	owed, err := findMail(cmd.Context(), operator, name)
	if err != nil {
		return err
	}
	if err := c.one(operator, cmd.Context(), owed.Mail.ID); err != nil {
		return fmt.Errorf("mail %s: %w", name, err)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "mail %s %s: %s\n", owed.About().Reference(), c.done, c.then(1))
	return err
}

func (c *queueChange) runAll(cmd *cobra.Command, cfg *config.Config, operator *mailer.Operator) error {
	if err := checkProject(cfg, c.project); err != nil {
		return err
	}
	done, held, err := c.each(operator, cmd.Context(), c.project, newProgress(cmd.ErrOrStderr(), "mail").report)
	if err != nil {
		return fmt.Errorf("after %s: %w", numberOf(done, "mail"), err)
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), c.told(done, held))
	return err
}

// told is what became of all mails.
func (c *queueChange) told(done, held int) string {
	told := numberOf(done, "mail") + " " + c.done
	if done > 0 {
		told += ": " + c.then(done)
	}
	switch {
	case held == 1:
		told += "; 1 is in a sender's hands: look again in half a minute"
	case held > 1:
		told += fmt.Sprintf("; %d are in a sender's hands: look again in half a minute", held)
	}
	return told
}
