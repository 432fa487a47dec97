package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/store"
)

// Loader brings the signing keys from the database, where they lie encrypted so
// that replicas share them, and makes those that are missing.
type Loader struct {
	Store  *store.Store
	Keys   *sealed.KeyRing
	Now    func() time.Time
	Rand   io.Reader
	Issuer string // server.public_url
}

// Load returns a signer for the given projects.
func (l *Loader) Load(ctx context.Context, projects map[string]ProjectConfig) (*Signer, error) {
	signer := &Signer{loader: l, configs: projects}
	if err := signer.Refresh(ctx); err != nil {
		return nil, err
	}
	return signer, nil
}

// ErrKeyWaiting: a project has at most one key that waits for its time.
var ErrKeyWaiting = errors.New("session: the next signing key is waiting already")

// Rotate adds the next key of a project and returns it. It signs once overlap has
// passed, or at once where it is the project's first. With ErrKeyWaiting comes the key
// that waits.
func (l *Loader) Rotate(ctx context.Context, projectID, algorithm string) (*models.SigningKey, error) {
	known, err := l.Store.Read(ctx).SigningKeys(projectID)
	if err != nil {
		return nil, err
	}
	if waits(known, models.At(l.Now())) {
		return &known[0], ErrKeyWaiting
	}
	added, all, err := l.add(ctx, projectID, algorithm, known)
	switch {
	case err != nil:
		return nil, err
	case all[0].ID != added: // somebody was faster
		return &all[0], ErrKeyWaiting
	}
	return &all[0], nil
}

// ensure lists a project's keys, newest first. A project without any gets its first,
// and one whose algorithm was changed gets its next, unless one waits already: its time
// must come before there is another.
func (l *Loader) ensure(ctx context.Context, projectID, algorithm string) ([]models.SigningKey, error) {
	known, err := l.Store.Read(ctx).SigningKeys(projectID)
	if err != nil {
		return nil, err
	}
	if len(known) > 0 && (known[0].Algorithm == algorithm || waits(known, models.At(l.Now()))) {
		return known, nil
	}
	_, all, err := l.add(ctx, projectID, algorithm, known)
	return all, err
}

// add writes a key of the next generation and reads all of them back: of two replicas
// that do so at once, both go on with the one that came first.
func (l *Loader) add(ctx context.Context, projectID, algorithm string, known []models.SigningKey) (added models.ID, all []models.SigningKey, err error) {
	now := models.At(l.Now())
	row := models.SigningKey{
		ID: models.NewID(now.Time()), ProjectID: projectID, Generation: nextGeneration(known),
		Algorithm: algorithm, CreatedAt: now, SignsFrom: now,
	}
	if len(known) > 0 {
		row.SignsFrom = now.Add(overlap)
	}
	if row, err = newKey(l.Keys, l.Rand, row); err != nil {
		return row.ID, nil, err
	}
	if err := l.Store.Write(ctx, func(tx *store.Tx) error { return tx.InsertSigningKey(row) }); err != nil {
		return row.ID, nil, err
	}
	all, err = l.Store.Read(ctx).SigningKeys(projectID)
	return row.ID, all, err
}

// nextGeneration does not count the rows: retired keys may be gone.
func nextGeneration(newestFirst []models.SigningKey) int {
	if len(newestFirst) == 0 {
		return 1
	}
	return newestFirst[0].Generation + 1
}

// project brings one project's keys. Those that known has open are not opened anew.
func (l *Loader) project(ctx context.Context, id string, config ProjectConfig, known *projectSigner) (*projectSigner, error) {
	rows, err := l.ensure(ctx, id, config.Algorithm)
	if err != nil {
		return nil, fmt.Errorf("session: signing keys of project %s: %w", id, err)
	}
	project := &projectSigner{rows: rows, keys: make([]signingKey, len(rows)), vendorClaim: config.VendorClaim}
	for i, row := range rows {
		if project.keys[i], err = known.key(l.Keys, row); err != nil {
			return nil, fmt.Errorf("session: signing keys of project %s: %w", id, err)
		}
	}
	return project, nil
}
