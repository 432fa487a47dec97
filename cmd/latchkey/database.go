package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"latchkey/internal/config"
	"latchkey/mailer"
	"latchkey/models"
	"latchkey/store"
)

// withDatabase runs fn on the database of the configuration at path, beside whatever
// servers use it. It makes nothing that is not there: no file and no schema.
func withDatabase(ctx context.Context, path string, fn func(*config.Config, *store.Store) error) error {
	cfg, err := config.Load(path)
	if err != nil {
		return err
	}
	if file := cfg.Store.SQLiteFile(); file != "" {
		if _, err := os.Stat(file); err != nil {
			return fmt.Errorf("there is no database: %w", err)
		}
	}
	cfg.Store.SkipMigrations = true
	st, err := store.Open(ctx, cfg.Store, time.Now)
	if err != nil {
		return err
	}
	return errors.Join(fn(cfg, st), st.Close())
}

// runOnQueue is withDatabase for who looks after mail.
func runOnQueue(ctx context.Context, path string, fn func(*config.Config, *mailer.Operator) error) error {
	return withDatabase(ctx, path, func(cfg *config.Config, st *store.Store) error {
		keys, err := knownKeys(ctx, st, cfg.Keys)
		if err != nil {
			return err
		}
		return fn(cfg, &mailer.Operator{Store: st, Keys: keys, Now: time.Now})
	})
}

// checkProject refuses a project that the configuration does not have: a misspelt name
// would otherwise find nothing and look like good news. Empty means all.
func checkProject(cfg *config.Config, id string) error {
	if _, found := cfg.LinkProjects()[id]; id != "" && !found {
		return fmt.Errorf("the configuration has no project %q", id)
	}
	return nil
}

// shownAddress is whole only where it was asked for: terminals are recorded, and what
// they show is pasted into tickets.
func shownAddress(address string, whole bool) string {
	if whole || address == "" {
		return address
	}
	return models.MaskedAddress(address)
}
