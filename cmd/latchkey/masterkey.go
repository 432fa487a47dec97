package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"latchkey/internal/config"
	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/store"
)

// openKeys brings the master keys and fits them to the database. A key is made only
// where the database knows none: beside a database that does, a fresh one would turn
// every link and session into a forgery without a word.
func openKeys(ctx context.Context, st *store.Store, cfg config.Keys, log *slog.Logger) (*sealed.KeyRing, error) {
	known, err := st.Read(ctx).MasterKeys()
	if err != nil {
		return nil, err
	}
	masters, err := cfg.Read()
	if errors.Is(err, fs.ErrNotExist) {
		masters, err = createMaster(cfg.File, len(known) == 0, log)
	}
	if err != nil {
		return nil, err
	}
	if len(known) == 0 {
		if known, err = introduce(ctx, st, masters); err != nil {
			return nil, err
		}
	}
	return config.FitKeys(masters, known)
}

// knownKeys brings the master keys for a command that works on a database in use, and
// makes none.
func knownKeys(ctx context.Context, st *store.Store, cfg config.Keys) (*sealed.KeyRing, error) {
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

func createMaster(path string, mayCreate bool, log *slog.Logger) (map[byte][]byte, error) {
	if !mayCreate {
		return nil, fmt.Errorf("the database is sealed with a master key, and there is none at %s: put the key file back", path)
	}
	masters, err := sealed.CreateKeyFile(path, rand.Reader)
	if err == nil {
		log.Warn("made a new master key: back it up, since without it every link and session is lost", "file", path)
	}
	return masters, err
}

// introduce notes the first key's fingerprint in a new database and reads back what
// stands there then: another replica may have been faster.
func introduce(ctx context.Context, st *store.Store, masters map[byte][]byte) ([]models.MasterKey, error) {
	ring, err := sealed.NewKeyRing(masters, sealed.FirstKey)
	if err != nil {
		return nil, fmt.Errorf("a new database begins with master key %d: %w", sealed.FirstKey, err)
	}
	row := models.MasterKey{
		KeyID: sealed.FirstKey, Fingerprint: ring.Fingerprint(sealed.FirstKey),
		Active: true, CreatedAt: models.At(time.Now()),
	}
	if err := st.Write(ctx, func(tx *store.Tx) error { return tx.InsertMasterKey(row) }); err != nil {
		return nil, err
	}
	return st.Read(ctx).MasterKeys()
}
