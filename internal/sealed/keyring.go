package sealed

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
)

// MasterKeySize is the size of a master key in bytes.
const MasterKeySize = 32

// KeyRing holds the master keys by number. It is read-only once made, and safe
// for concurrent use.
type KeyRing struct {
	keys   map[byte]*masterKey
	active byte
}

// masterKey is one master key, expanded. The key itself is not kept.
type masterKey struct {
	sealing     []byte // MAC of sealed ids
	wrapping    []byte // AES-256 of what lies encrypted in the database
	hashing     []byte // keyed hash of addresses
	fingerprint []byte
}

// NewKeyRing expands the master keys, of MasterKeySize bytes each. New tokens are
// sealed under the key numbered active.
func NewKeyRing(masters map[byte][]byte, active byte) (*KeyRing, error) {
	ring := &KeyRing{keys: make(map[byte]*masterKey, len(masters)), active: active}
	for id, master := range masters {
		key, err := expand(master)
		if err != nil {
			return nil, fmt.Errorf("sealed: master key %d: %w", id, err)
		}
		ring.keys[id] = key
	}
	if _, ok := ring.keys[active]; !ok {
		return nil, unknownKey(active)
	}
	return ring, nil
}

// expand derives one key for each use by HKDF (RFC 5869), so that no use can
// weaken another.
func expand(master []byte) (*masterKey, error) {
	if len(master) != MasterKeySize {
		return nil, fmt.Errorf("%d bytes, want %d", len(master), MasterKeySize)
	}
	key := &masterKey{}
	for info, target := range map[string]*[]byte{
		"latchkey/v1/sealed id":    &key.sealing,
		"latchkey/v1/key wrapping": &key.wrapping,
		"latchkey/v1/address hash": &key.hashing,
		"latchkey/v1/fingerprint":  &key.fingerprint,
	} {
		derived, err := hkdf.Key(sha256.New, master, nil, info, sha256.Size)
		if err != nil {
			return nil, err
		}
		*target = derived
	}
	return key, nil
}

// Active is the number of the key that new tokens are sealed under.
func (r *KeyRing) Active() byte { return r.active }

// Fingerprint tells one master key from another and says nothing about it. It is
// nil for a key that is not in the ring.
func (r *KeyRing) Fingerprint(keyID byte) []byte {
	if key, ok := r.keys[keyID]; ok {
		return key.fingerprint
	}
	return nil
}

// HashAddress is the keyed hash by which events name an address. Without the
// master key nobody can try addresses against it.
func (r *KeyRing) HashAddress(identity string) []byte {
	h := hmac.New(sha256.New, r.keys[r.active].hashing)
	h.Write([]byte(identity))
	return h.Sum(nil)
}

func unknownKey(id byte) error { return fmt.Errorf("sealed: no master key number %d", id) }
