package sealed

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"testing"
)

const row = "signing key 1"

func wrap(t *testing.T, r *KeyRing) []byte {
	t.Helper()
	wrapped, err := r.Wrap(rand.Reader, 1, row, []byte("secret"))
	fatal(t, err)
	return wrapped
}

func TestWhatIsWrappedIsUnwrapped(t *testing.T) {
	r := ring(t)
	wrapped := wrap(t, r)
	if got, err := r.Unwrap(1, row, wrapped); err != nil || string(got) != "secret" {
		t.Errorf("got %q, %v, want secret", got, err)
	}
	if bytes.Contains(wrapped, []byte("secret")) {
		t.Error("the secret stands in it")
	}
	if bytes.Equal(wrapped, wrap(t, r)) {
		t.Error("wrapped the same twice: the nonce is no nonce")
	}
}

func TestUnwrapWantsTheKeyTheLabelAndEveryBit(t *testing.T) {
	r := ring(t)
	wrapped := wrap(t, r)
	other, err := NewKeyRing(map[byte][]byte{1: master(8)}, 1)
	fatal(t, err)
	refuses := func(r *KeyRing, keyID byte, label string, wrapped []byte, why string) {
		t.Helper()
		if got, err := r.Unwrap(keyID, label, wrapped); !errors.Is(err, ErrUnwrap) || got != nil {
			t.Errorf("%s: got %q, %v, want %v", why, got, err, ErrUnwrap)
		}
	}
	refuses(other, 1, row, wrapped, "another master key of the same number")
	refuses(r, 2, row, wrapped, "another key of the ring")
	refuses(r, 1, "signing key 2", wrapped, "another label")
	refuses(r, 1, "", wrapped, "no label")
	for n := range len(wrapped) {
		refuses(r, 1, row, wrapped[:n], "cut short")
	}
	for bit := range len(wrapped) * 8 {
		flipped := bytes.Clone(wrapped)
		flipped[bit/8] ^= 1 << (bit % 8)
		refuses(r, 1, row, flipped, "a flipped bit")
	}
}

func TestWrapNeedsItsKeyAndItsChance(t *testing.T) {
	r := ring(t)
	if _, err := r.Wrap(rand.Reader, 9, row, nil); err == nil {
		t.Error("wrapped under a key that is not there")
	}
	if _, err := r.Unwrap(9, row, wrap(t, r)); err == nil {
		t.Error("unwrapped with a key that is not there")
	}
	if _, err := r.Wrap(strings.NewReader("short"), 1, row, nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("too little chance: got %v, want %v", err, io.ErrUnexpectedEOF)
	}
}
