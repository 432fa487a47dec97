package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
)

func newMigrateCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database's schema up to date",
		Long: `Bring the database's schema up to date, and create a SQLite database that is not
there yet.

latchkey serve does this by itself unless the configuration says database.migrate:
false. Migrations only add, so the version before goes on working on the new schema:
migrate first, then replace the replicas one by one.`,
		Example: "  latchkey migrate --config /etc/latchkey/config.yaml",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runMigrate(cmd.Context(), cmd.OutOrStdout(), path)
		},
	}
	addConfigFlag(cmd, &path)
	return cmd
}

func runMigrate(ctx context.Context, out io.Writer, path string) error {
	cfg, err := loadConfig(path)
	if err != nil {
		return err
	}
	cfg.Store.SkipMigrations = false
	st, err := openStore(ctx, cfg.Store, time.Now)
	if err != nil {
		return err
	}
	version, err := st.Read(ctx).SchemaVersion()
	if err == nil {
		_, err = fmt.Fprintf(out, "the database's schema is up to date: version %d\n", version)
	}
	return errors.Join(err, st.Close())
}
