package session

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"

	"github.com/go-jose/go-jose/v4"

	"latchkey/internal/sealed"
	"latchkey/models"
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

// newKey makes a key pair for the row, encrypted under the ring's active master key.
func newKey(keys *sealed.KeyRing, random io.Reader, row models.SigningKey) (models.SigningKey, error) {
	private, err := generate(row.Algorithm, random)
	if err != nil {
		return row, err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return row, err
	}
	row.KeyID = keys.Active()
	row.Private, err = keys.Wrap(random, row.KeyID, label(row), encoded)
	return row, err
}

// label ties the encrypted key to its row.
func label(row models.SigningKey) string {
	return "signing key " + row.ProjectID + " " + row.ID.String()
}

// KeyName is the kid by which JWTs and key sets call the key.
func KeyName(row models.SigningKey) string { return models.PublicID("jwk", row.ProjectID, row.ID) }

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

func openKey(keys *sealed.KeyRing, row models.SigningKey) (signingKey, error) {
	encoded, err := keys.Unwrap(row.KeyID, label(row), row.Private)
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
	kid := KeyName(row)
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
