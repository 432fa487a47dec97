package sealed

import (
	"bytes"
	"testing"
)

func TestKeyRingsThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		masters map[byte][]byte
		active  byte
	}{
		"no key":           {nil, 1},
		"no active key":    {map[byte][]byte{1: master(7)}, 2},
		"a key too short":  {map[byte][]byte{1: master(7)[1:]}, 1},
		"a key too long":   {map[byte][]byte{1: append(master(7), 0)}, 1},
		"an empty one":     {map[byte][]byte{1: {}}, 1},
		"one of two wrong": {map[byte][]byte{1: master(7), 2: {1}}, 1},
	} {
		if r, err := NewKeyRing(c.masters, c.active); err == nil {
			t.Errorf("%s: got %v", name, r)
		}
	}
}

func TestTheKeysInTheRing(t *testing.T) {
	r := ring(t)
	if r.Fingerprint(1) == nil || r.Fingerprint(2) == nil || r.Fingerprint(3) != nil || r.Active() != 1 {
		t.Errorf("got %d active, want keys 1 and 2 with 1 active", r.Active())
	}
}

func TestFingerprintsDifferAndStay(t *testing.T) {
	r := ring(t)
	if bytes.Equal(r.Fingerprint(1), r.Fingerprint(2)) {
		t.Errorf("both are %x", r.Fingerprint(1))
	}
	renumbered, err := NewKeyRing(map[byte][]byte{5: master(7)}, 5)
	fatal(t, err)
	if got, want := renumbered.Fingerprint(5), r.Fingerprint(1); !bytes.Equal(got, want) {
		t.Errorf("under another number: got %x, want %x", got, want)
	}
	if got := r.Fingerprint(9); got != nil {
		t.Errorf("of a key that is not there: got %x, want nil", got)
	}
}

// A fingerprint lies in the database in the clear: it may be none of the keys.
func TestEveryUseHasAKeyOfItsOwn(t *testing.T) {
	key, err := expand(master(7))
	fatal(t, err)
	keys := [][]byte{master(7), key.sealing, key.wrapping, key.hashing, key.fingerprint}
	for i, one := range keys {
		if len(one) != 32 {
			t.Errorf("key %d has %d bytes, want 32", i, len(one))
		}
		for j, other := range keys[:i] {
			if bytes.Equal(one, other) {
				t.Errorf("keys %d and %d are the same", i, j)
			}
		}
	}
}

func TestAddressHashesAreKeyed(t *testing.T) {
	r := ring(t)
	other, err := NewKeyRing(map[byte][]byte{1: master(8)}, 1)
	fatal(t, err)
	ada := r.HashAddress("ada@example.com")
	if !bytes.Equal(ada, r.HashAddress("ada@example.com")) {
		t.Error("the same address has two hashes")
	}
	if bytes.Equal(ada, r.HashAddress("eve@example.com")) || bytes.Equal(ada, other.HashAddress("ada@example.com")) {
		t.Error("another address or another key has the same hash")
	}
}
