package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"latchkey/internal/config"
	"latchkey/mailer"
	"latchkey/models"
	"latchkey/store"
)

// withDatabase runs fn on the database of the configuration at path, beside whatever
// servers use it. It makes nothing that is not there: no file and no schema.
func withDatabase(ctx context.Context, path string, fn func(*config.Config, *store.Store) error) error {
	cfg, err := loadConfig(path)
	if err != nil {
		return err
	}
	st, err := openExisting(ctx, cfg.Store)
	if err != nil {
		return err
	}
	return errors.Join(fn(cfg, st), st.Close())
}

// openExisting opens a database that latchkey serve or migrate has made.
func openExisting(ctx context.Context, cfg store.Config) (st *store.Store, err error) {
	file := cfg.SQLiteFile()
	if file != "" {
		_, err = os.Stat(file)
	}
	if err == nil {
		cfg.SkipMigrations = true
		st, err = openStore(ctx, cfg, time.Now)
	}
	return st, explained(file, err)
}

// explained tells a file that is missing from one that this user may not look at.
func explained(file string, err error) error {
	switch {
	case file == "": // a PostgreSQL server's socket may be missing, too
		return err
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no database at %s: start latchkey serve once, run latchkey migrate, or correct database.url", file)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("cannot look at %s: permission denied: run this as the user that latchkey serve runs as", file)
	}
	return err
}

// openStore names the file behind what SQLite says of it.
func openStore(ctx context.Context, cfg store.Config, now func() time.Time) (*store.Store, error) {
	st, err := store.Open(ctx, cfg, now)
	file := cfg.SQLiteFile()
	if err == nil || file == "" || strings.Contains(err.Error(), file) {
		return st, err
	}
	return nil, fmt.Errorf("%w: %s", err, file)
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
