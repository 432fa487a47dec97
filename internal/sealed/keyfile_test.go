package sealed

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// secret is a key in text that no error may quote.
var secret = base64.RawURLEncoding.EncodeToString(master(7))

func TestACreatedKeyFileIsReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "master.key")
	created, err := CreateKeyFile(path, rand.Reader)
	fatal(t, err)
	read, err := ReadKeyFile(path)
	fatal(t, err)
	if !maps.EqualFunc(read, created, bytes.Equal) || len(created[FirstKey]) != MasterKeySize {
		t.Errorf("got %d keys, want the one created", len(read))
	}
	wantMode(t, path, 0o600)
	wantMode(t, filepath.Dir(path), 0o700)
}

func wantMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	fatal(t, err)
	if got := info.Mode().Perm(); got != want {
		t.Errorf("%s: got mode %04o, want %04o", filepath.Base(path), got, want)
	}
}

func TestAKeyFileIsNeverWrittenOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	_, err := CreateKeyFile(path, rand.Reader)
	fatal(t, err)
	before, err := os.ReadFile(path)
	fatal(t, err)
	if _, err := CreateKeyFile(path, rand.Reader); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v, want %v", err, fs.ErrExist)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
		t.Errorf("the file has changed (%v)", err)
	}
}

func TestWithoutChanceThereIsNoKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	if _, err := CreateKeyFile(path, strings.NewReader("short")); err == nil {
		t.Error("made a key of five bytes")
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want no file", err)
	}
}

func TestAKeyFileThatOthersMayReadIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	_, err := CreateKeyFile(path, rand.Reader)
	fatal(t, err)
	for mode, taken := range map[fs.FileMode]bool{
		0o600: true, 0o400: true, 0o640: false, 0o604: false, 0o620: false, 0o602: false, 0o610: false, 0o601: false, 0o644: false,
	} {
		fatal(t, os.Chmod(path, mode))
		if _, err := ReadKeyFile(path); (err == nil) != taken {
			t.Errorf("mode %04o: got %v, want taken %v", mode, err, taken)
		}
	}
}

func TestNoKeyFile(t *testing.T) {
	if _, err := ReadKeyFile(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want %v", err, fs.ErrNotExist)
	}
}

func TestKeysAreRead(t *testing.T) {
	other := base64.RawURLEncoding.EncodeToString(master(8))
	got, err := ParseKeys("# a comment\r\n\n  1:" + secret + "  \r\n\t# another\n255:" + other)
	fatal(t, err)
	if want := map[byte][]byte{1: master(7), 255: master(8)}; !maps.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("got %d keys, want 1 and 255", len(got))
	}
}

// TestBadKeysAreNamedAndNotQuoted: an error goes to the log, and a slip of the pen in
// a key leaves nearly all of it.
func TestBadKeysAreNamedAndNotQuoted(t *testing.T) {
	for text, says := range map[string]string{
		"":                                  "no master key",
		"\n# only a comment\n":              "no master key",
		secret:                              "line 1",
		":" + secret:                        "line 1",
		"0:" + secret:                       "line 1",
		"256:" + secret:                     "line 1",
		"-1:" + secret:                      "line 1",
		"+1:" + secret:                      "line 1",
		"one:" + secret:                     "line 1",
		"1 :" + secret:                      "line 1",
		"1;" + secret:                       "line 1",
		"\n\n1:" + secret + "=":             "line 3",
		"1: " + secret:                      "line 1",
		"1:" + secret[:42]:                  "line 1",
		"1:" + secret + "A":                 "line 1",
		"1:" + secret + secret:              "line 1",
		"1:" + secret[:42] + "d":            "line 1", // unused bits that are set
		"1:+" + secret[1:]:                  "line 1",
		"1:" + strings.Repeat("07", 32):     "line 1",
		"1:" + secret + " # mine":           "line 1",
		"1:" + secret + "\n1:" + secret:     "line 2: key number 1 stands there twice",
		"1:" + secret + "\n01:" + secret:    "line 2: key number 1 stands there twice",
		"1:" + secret + "\n2:" + secret[1:]: "line 2",
		"1:" + secret + "\n" + "2:" + strings.Repeat(secret, 2000): "too long",
	} {
		keys, err := ParseKeys(text)
		if err == nil || keys != nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.80q: got %d keys, %v, want an error with %q", text, len(keys), err, says)
			continue
		}
		if strings.Contains(err.Error(), secret[:8]) || strings.Contains(err.Error(), secret[30:38]) {
			t.Errorf("%.80q: the error quotes the key: %v", text, err)
		}
	}
}

func TestABadKeyFileIsNamedAndNotQuoted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	fatal(t, os.WriteFile(path, []byte("1:"+secret+"="), 0o600))
	_, err := ReadKeyFile(path)
	if err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), secret) {
		t.Errorf("got %v, want the path and not the key", err)
	}
}
