package sealed

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

var rowID = [16]byte{1, 2, 3, 4, 5, 6, 0x77, 8, 0x89, 10, 11, 12, 13, 14, 15, 16}

// ring has the keys 1 and 2, of which 1 is active.
func ring(t testing.TB) *KeyRing {
	t.Helper()
	r, err := NewKeyRing(map[byte][]byte{1: master(7), 2: master(8)}, 1)
	fatal(t, err)
	return r
}

func master(fill byte) []byte { return bytes.Repeat([]byte{fill}, MasterKeySize) }

func seal(t testing.TB, r *KeyRing, keyID byte, purpose Purpose) string {
	t.Helper()
	token, err := r.Seal(keyID, purpose, rowID)
	fatal(t, err)
	return token
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantForged(t *testing.T, r *KeyRing, purpose Purpose, token, why string) {
	t.Helper()
	if id, err := r.Open(purpose, token); !errors.Is(err, ErrForged) || id != [16]byte{} {
		t.Errorf("%s: got %x, %v, want no id and %v", why, id, err, ErrForged)
	}
}

func TestASealedIDOpens(t *testing.T) {
	r := ring(t)
	for _, keyID := range []byte{1, 2} {
		for _, purpose := range []Purpose{Link, Session} {
			token := seal(t, r, keyID, purpose)
			if id, err := r.Open(purpose, token); err != nil || id != rowID {
				t.Errorf("key %d, %s: got %x, %v, want %x", keyID, purpose, id, err, rowID)
			}
			if len(token) != TokenLength || !WellFormed(token) {
				t.Errorf("got %d characters, want %d, well formed", len(token), TokenLength)
			}
		}
	}
}

// The format is API: tokens that are out must open after every upgrade. The two were
// made by Python's hmac and hashlib.
func TestTheFormatStays(t *testing.T) {
	for purpose, want := range map[Purpose]string{
		Link:    "AQECAwQFBncIiQoLDA0ODxAcbI6vRO8D0OlxaSrxbMQp",
		Session: "AQECAwQFBncIiQoLDA0ODxDUgGFCnMzgCHibXkTG5tKm",
	} {
		if got := seal(t, ring(t), 1, purpose); got != want {
			t.Errorf("%s: got %s, want %s", purpose, got, want)
		}
	}
}

func TestEveryBitCounts(t *testing.T) {
	r := ring(t)
	raw, err := base64.RawURLEncoding.DecodeString(seal(t, r, 1, Link))
	fatal(t, err)
	for bit := range len(raw) * 8 {
		flipped := bytes.Clone(raw)
		flipped[bit/8] ^= 1 << (bit % 8)
		wantForged(t, r, Link, base64.RawURLEncoding.EncodeToString(flipped), "a flipped bit")
	}
}

func TestPurposesAreKeptApart(t *testing.T) {
	r := ring(t)
	link, session := seal(t, r, 1, Link), seal(t, r, 1, Session)
	wantForged(t, r, Session, link, "a link as a session")
	wantForged(t, r, Link, session, "a session as a link")
	wantForged(t, r, "", link, "a link as nothing")
	wantForged(t, r, "lin", link, "a link as the beginning of its purpose")
}

func TestKeysAreKeptApart(t *testing.T) {
	r := ring(t)
	token := seal(t, r, 1, Link)
	other, err := NewKeyRing(map[byte][]byte{1: master(8)}, 1)
	fatal(t, err)
	wantForged(t, other, Link, token, "another master key of the same number")
	without, err := NewKeyRing(map[byte][]byte{2: master(8)}, 2)
	fatal(t, err)
	wantForged(t, without, Link, token, "a key that was removed")
	raw, err := base64.RawURLEncoding.DecodeString(token)
	fatal(t, err)
	raw[0] = 2
	wantForged(t, r, Link, base64.RawURLEncoding.EncodeToString(raw), "the number of another key")
	if token, err := without.Seal(1, Link, rowID); err == nil {
		t.Errorf("sealed under a key that is not there: %s", token)
	}
}

func TestATokenHasOneSpelling(t *testing.T) {
	r := ring(t)
	token := seal(t, r, 1, Link)
	standard := strings.NewReplacer("-", "+", "_", "/").Replace(token)
	spellings := map[string]string{
		"nothing": "", "padding": token + "=", "padding inside": token[:43] + "=", "a line break behind": token + "\n",
		"a line break in front": "\n" + token, "a line break inside": token[:20] + "\n" + token[20:], "CRLF": token + "\r\n",
		"a line break in place of a character": token[:43] + "\n", "four of them": token[:40] + "\n\n\n\n",
		"a space": token + " ", "one character short": token[:43], "one character long": token + "A", "twice": token + token,
		"escaped": "%41" + token[1:], "not ASCII": "\u00c1" + token[2:], "NUL": token[:43] + "\x00",
	}
	if standard != token {
		spellings["the other base64 alphabet"] = standard
	}
	for why, spelling := range spellings {
		wantForged(t, r, Link, spelling, why)
		if WellFormed(spelling) {
			t.Errorf("%s: %q is well formed", why, spelling)
		}
	}
}

// FuzzSealedID: what opens is what was sealed, to the letter.
func FuzzSealedID(f *testing.F) {
	r := ring(f)
	f.Add(seal(f, r, 1, Link), string(Link))
	f.Add(seal(f, r, 2, Session), string(Session))
	f.Fuzz(func(t *testing.T, token, purpose string) {
		id, err := r.Open(Purpose(purpose), token)
		if err != nil {
			if id != [16]byte{} {
				t.Errorf("%q: refused with an id, %x", token, id)
			}
			return
		}
		raw, err := base64.RawURLEncoding.DecodeString(token)
		fatal(t, err)
		if again, err := r.Seal(raw[0], Purpose(purpose), id); err != nil || again != token {
			t.Errorf("%q opens as %x, which seals as %q, %v", token, id, again, err)
		}
	})
}
