package sealed

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"io"
)

// ErrUnwrap is returned for what was not wrapped under this key for this label.
var ErrUnwrap = errors.New("sealed: cannot decrypt: wrong key, wrong label or damaged")

// Wrap encrypts secret (AES-256-GCM, a random 96-bit nonce in front) under the key
// keyID. Unwrap needs the same label: it ties the ciphertext to its row, so that
// one row's secret cannot be copied into another.
func (r *KeyRing) Wrap(random io.Reader, keyID byte, label string, secret []byte) ([]byte, error) {
	aead, err := r.aead(keyID)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, err
	}
	return aead.Seal(nonce, nonce, secret, []byte(label)), nil
}

// Unwrap returns what Wrap was given, or ErrUnwrap.
func (r *KeyRing) Unwrap(keyID byte, label string, wrapped []byte) ([]byte, error) {
	aead, err := r.aead(keyID)
	if err != nil {
		return nil, err
	}
	if len(wrapped) < aead.NonceSize() {
		return nil, ErrUnwrap
	}
	nonce, box := wrapped[:aead.NonceSize()], wrapped[aead.NonceSize():]
	secret, err := aead.Open(nil, nonce, box, []byte(label))
	if err != nil {
		return nil, ErrUnwrap
	}
	return secret, nil
}

func (r *KeyRing) aead(keyID byte) (cipher.AEAD, error) {
	key, ok := r.keys[keyID]
	if !ok {
		return nil, unknownKey(keyID)
	}
	block, err := aes.NewCipher(key.wrapping)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
