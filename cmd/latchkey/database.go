package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"latchkey/internal/config"
	"latchkey/internal/sealed"
	"latchkey/mailer"
	"latchkey/models"
	"latchkey/store"
)

// runOnQueue runs fn on the database of the configuration at path, beside whatever
// servers use it. It makes nothing that is not there: no file, no schema, no key.
func runOnQueue(ctx context.Context, path string, fn func(cfg *config.Config, operator *mailer.Operator) error) error {
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
	keys, err := existingKeys(ctx, st, cfg.Keys)
	if err == nil {
		err = fn(cfg, &mailer.Operator{Store: st, Keys: keys, Now: time.Now})
	}
	return errors.Join(err, st.Close())
}

func existingKeys(ctx context.Context, st *store.Store, cfg config.Keys) (*sealed.KeyRing, error) {
	known, err := st.Read(ctx).MasterKeys()
	if err != nil {
		return nil, err
	}
	if len(known) == 0 {
		return nil, errors.New("the database is empty: latchkey serve has not run on it yet")
	}
	masters, err := cfg.Read()
	if err != nil {
		return nil, err
	}
	return config.FitKeys(masters, known)
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
