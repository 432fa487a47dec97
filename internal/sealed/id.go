package sealed

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
)

// Purpose keeps kinds of token apart: one sealed for a session never opens a
// link. The strings are part of every token's MAC and never change.
type Purpose string

const (
	Link    Purpose = "link"
	Invite  Purpose = "invite" // of an invitation's mail: opens a page, redeems nothing
	Session Purpose = "session"
)

// TokenLength is the length of every sealed id in characters.
const TokenLength = 44

const (
	idSize  = 16
	macSize = 16 // 128 bits: a forger would need 2^127 requests
	rawSize = 1 + idSize + macSize
)

// ErrForged is returned for whatever this ring did not seal for this purpose. It
// is the same for every cause: a caller learns nothing by trying.
var ErrForged = errors.New("sealed: not a token of ours")

// 33 bytes fill 44 characters to the last bit, so each token has one spelling.
var encoding = base64.RawURLEncoding

// Seal makes the token of the row id under the key keyID.
func (r *KeyRing) Seal(keyID byte, purpose Purpose, id [idSize]byte) (string, error) {
	key, ok := r.keys[keyID]
	if !ok {
		return "", unknownKey(keyID)
	}
	raw := make([]byte, 0, rawSize)
	raw = append(raw, keyID)
	raw = append(raw, id[:]...)
	raw = append(raw, key.mac(purpose, id)...)
	return encoding.EncodeToString(raw), nil
}

// WellFormed says whether token looks like a sealed id, whoever made it.
func WellFormed(token string) bool {
	_, ok := decode(token)
	return ok
}

// decode takes the token apart. The decoder skips line breaks, so the length is
// checked on both sides of it.
func decode(token string) (raw []byte, ok bool) {
	if len(token) != TokenLength {
		return nil, false
	}
	raw, err := encoding.DecodeString(token)
	return raw, err == nil && len(raw) == rawSize
}

// Open checks the token in constant time and returns the id it seals, or
// ErrForged.
func (r *KeyRing) Open(purpose Purpose, token string) (id [idSize]byte, err error) {
	raw, ok := decode(token)
	if !ok {
		return id, ErrForged
	}
	key, ok := r.keys[raw[0]]
	if !ok {
		return id, ErrForged
	}
	copy(id[:], raw[1:])
	if !hmac.Equal(raw[1+idSize:], key.mac(purpose, id)) {
		return [idSize]byte{}, ErrForged
	}
	return id, nil
}

// mac needs no separator: the uuid's length is fixed, so no two pairs of purpose
// and uuid give the same bytes.
func (k *masterKey) mac(purpose Purpose, id [idSize]byte) []byte {
	h := hmac.New(sha256.New, k.sealing)
	h.Write([]byte(purpose))
	h.Write(id[:])
	return h.Sum(nil)[:macSize]
}
