package session

import (
	"crypto/rand"
	"testing"

	"latchkey/models"
)

func BenchmarkSign(b *testing.B) {
	keys := ring(b, 7)
	row, err := newKey(keys, rand.Reader, models.SigningKey{ID: models.NewID(epoch), ProjectID: project, Algorithm: DefaultAlgorithm})
	fatal(b, err)
	key, err := openKey(keys, row)
	fatal(b, err)
	signer := &Signer{loader: loader(nil, keys)}
	signer.projects.Store(&map[string]*projectSigner{project: {rows: []models.SigningKey{row}, keys: []signingKey{key}}})
	session, emails := sample(project)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := signer.Sign(session, emails, epoch); err != nil {
			b.Fatal(err)
		}
	}
}
