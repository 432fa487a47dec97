package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"latchkey/internal/config"
	"latchkey/models"
	"latchkey/session"
	"latchkey/store"
)

func newKeyCommand() *cobra.Command {
	return newGroup("key", "Look after the keys that sign session JWTs", newKeyListCommand(), newKeyRotateCommand())
}

func newKeyListCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the projects' signing keys",
		Long: `List the signing keys of the configuration's projects, newest first, and what each
is for:

  waiting   published, so that verifiers know it before it signs
  signing   published, and signs
  retiring  published still, for what it signed before the next one took over
  retired   no longer published; opens expired JWTs of sessions that live, here only`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDatabase(cmd.Context(), path, func(cfg *config.Config, st *store.Store) error {
				return runKeyList(cmd.Context(), cmd.OutOrStdout(), cfg, st)
			})
		},
	}
	addConfigFlag(cmd, &path)
	return cmd
}

func newKeyRotateCommand() *cobra.Command {
	var path, project string
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Add a project's next signing key",
		Long: `Add a project's next signing key. It is published at once and signs a day later, when
every verifier has asked for the key set again; the key before it verifies as long as
a session can live. Running servers learn of it within minutes, or at SIGHUP.

At most one key waits at a time.`,
		Example: "  latchkey key rotate --project project-live-1",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDatabase(cmd.Context(), path, func(cfg *config.Config, st *store.Store) error {
				return runKeyRotate(cmd.Context(), cmd.OutOrStdout(), cfg, st, project)
			})
		},
	}
	addConfigFlag(cmd, &path)
	cmd.Flags().StringVar(&project, "project", "", "the project's `ID`; needed where there are several")
	return cmd
}

func runKeyList(ctx context.Context, out io.Writer, cfg *config.Config, st *store.Store) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PROJECT\tGENERATION\tKEY\tALGORITHM\tSIGNS FROM\tSTATE")
	for _, project := range cfg.Projects {
		keys, err := st.Read(ctx).SigningKeys(project.ID)
		if err != nil {
			return err
		}
		for i, state := range session.KeyStates(keys, models.At(time.Now())) {
			fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\t%s\n", project.ID, keys[i].Generation, session.KeyName(keys[i]),
				keys[i].Algorithm, moment(keys[i].TakesOver().Time()), state)
		}
	}
	return table.Flush()
}

func runKeyRotate(ctx context.Context, out io.Writer, cfg *config.Config, st *store.Store, id string) error {
	project, err := onlyProject(cfg, id)
	if err != nil {
		return err
	}
	masters, err := knownKeys(ctx, st, cfg.Keys)
	if err != nil {
		return err
	}
	loader := &session.Loader{Store: st, Keys: masters, Now: time.Now, Rand: rand.Reader, Issuer: cfg.PublicURL}
	key, err := loader.Rotate(ctx, project.ID, cfg.SessionProjects()[project.ID].Algorithm)
	if errors.Is(err, session.ErrKeyWaiting) {
		return fmt.Errorf("%s has a key that waits already: %s signs from %s on", project.ID, session.KeyName(*key), moment(key.TakesOver().Time()))
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s: %s (%s) is published, and signs from %s on\n",
		project.ID, session.KeyName(*key), key.Algorithm, moment(key.TakesOver().Time()))
	return err
}
