package session

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-jose/go-jose/v4"

	"latchkey/internal/sealed"
	"latchkey/models"
	"latchkey/store"
)

// algorithms are those a project may choose. None is symmetric: verifying must not
// be enough to sign.
var algorithms = []jose.SignatureAlgorithm{jose.ES256, jose.RS256, jose.EdDSA}

// DefaultAlgorithm is small and understood everywhere.
const DefaultAlgorithm = string(jose.ES256)

// rsaBits: RFC 7518 §3.3 asks for 2048 or more.
const rsaBits = 2048

// signingKey is a key pair ready for use.
type signingKey struct {
	signer jose.Signer
	public jose.JSONWebKey
}

// Loader brings the signing keys from the database, where they lie encrypted so
// that replicas share them, and makes a project's first one.
type Loader struct {
	Store  *store.Store
	Keys   *sealed.KeyRing
	Now    func() time.Time
	Rand   io.Reader
	Issuer string // server.public_url
}

// Load returns a signer for the given projects.
func (l *Loader) Load(ctx context.Context, projects map[string]ProjectConfig) (*Signer, error) {
	signer := &Signer{issuer: l.Issuer, projects: make(map[string]*projectSigner, len(projects))}
	for id, config := range projects {
		keys, err := l.project(ctx, id, config)
		if err != nil {
			return nil, fmt.Errorf("session: signing keys of project %s: %w", id, err)
		}
		signer.projects[id] = &projectSigner{keys: keys, vendorClaim: config.VendorClaim}
	}
	return signer, nil
}

func (l *Loader) project(ctx context.Context, id string, config ProjectConfig) ([]signingKey, error) {
	rows, err := l.Store.Read(ctx).SigningKeys(id)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || rows[0].Algorithm != config.Algorithm {
		if rows, err = l.create(ctx, id, config.Algorithm, nextGeneration(rows)); err != nil {
			return nil, err
		}
	}
	keys := make([]signingKey, len(rows))
	for i, row := range rows {
		if keys[i], err = l.open(row); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// nextGeneration does not count the rows: retired keys may be gone.
func nextGeneration(newestFirst []models.SigningKey) int {
	if len(newestFirst) == 0 {
		return 1
	}
	return newestFirst[0].Generation + 1
}

// create writes a key of the next generation and reads all of them back: of two
// replicas that do so at once, both go on with the one that came first.
func (l *Loader) create(ctx context.Context, project, algorithm string, generation int) ([]models.SigningKey, error) {
	now := l.Now()
	row := models.SigningKey{
		ID: models.NewID(now), ProjectID: project, Generation: generation,
		Algorithm: algorithm, KeyID: l.Keys.Active(), CreatedAt: models.At(now),
	}
	private, err := generate(algorithm, l.Rand)
	if err != nil {
		return nil, err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, err
	}
	if row.Private, err = l.Keys.Wrap(l.Rand, row.KeyID, label(row), encoded); err != nil {
		return nil, err
	}
	if err := l.Store.Write(ctx, func(tx *store.Tx) error { return tx.InsertSigningKey(row) }); err != nil {
		return nil, err
	}
	return l.Store.Read(ctx).SigningKeys(project)
}

// label ties the encrypted key to its row.
func label(row models.SigningKey) string {
	return "signing key " + row.ProjectID + " " + row.ID.String()
}

func generate(algorithm string, random io.Reader) (crypto.Signer, error) {
	switch jose.SignatureAlgorithm(algorithm) {
	case jose.ES256:
		return ecdsa.GenerateKey(elliptic.P256(), random)
	case jose.RS256:
		return rsa.GenerateKey(random, rsaBits)
	case jose.EdDSA:
		_, private, err := ed25519.GenerateKey(random)
		return private, err
	}
	return nil, fmt.Errorf("no such JWT algorithm: %q", algorithm)
}

func (l *Loader) open(row models.SigningKey) (signingKey, error) {
	encoded, err := l.Keys.Unwrap(row.KeyID, label(row), row.Private)
	if err != nil {
		return signingKey{}, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(encoded)
	if err != nil {
		return signingKey{}, err
	}
	private, ok := parsed.(crypto.Signer)
	if !ok {
		return signingKey{}, errors.New("not a signing key")
	}
	kid := models.PublicID("jwk", row.ProjectID, row.ID)
	signer, err := jose.NewSigner(jose.SigningKey{
		Algorithm: jose.SignatureAlgorithm(row.Algorithm),
		Key:       jose.JSONWebKey{Key: private, KeyID: kid},
	}, (&jose.SignerOptions{}).WithType("JWT")) // the Node SDK refuses a JWT without typ
	if err != nil {
		return signingKey{}, err
	}
	return signingKey{signer: signer, public: jose.JSONWebKey{
		Key: private.Public(), KeyID: kid, Algorithm: row.Algorithm, Use: "sig",
	}}, nil
}
