package models

// SigningKey is a project's JWT key pair. Private is encrypted under the master
// key KeyID; ID is the JWK's kid. It signs from SignsFrom on, until the next
// generation does.
type SigningKey struct {
	ID         ID
	ProjectID  string
	Generation int // 1 is the first; unique per project, so that replicas agree on one
	Algorithm  string
	KeyID      byte
	Private    []byte
	SignsFrom  Instant
	CreatedAt  Instant
}

// TakesOver is when the key begins to sign. Those of programs that knew no SignsFrom
// signed at once.
func (k *SigningKey) TakesOver() Instant { return max(k.SignsFrom, k.CreatedAt) }
