package sealed

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// FirstKey is the number of the key that CreateKeyFile makes.
const FirstKey byte = 1

// ParseKeys reads master keys, one a line: its number (1 to 255), a colon, and 32
// bytes in unpadded base64url. Empty lines and lines that begin with # are passed
// over. An error names the line and never quotes it.
func ParseKeys(text string) (map[byte][]byte, error) {
	keys := make(map[byte][]byte)
	lines := bufio.NewScanner(strings.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, key, err := parseKey(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if _, twice := keys[id]; twice {
			return nil, fmt.Errorf("line %d: key number %d stands there twice", n, id)
		}
		keys[id] = key
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, errors.New("no master key in it")
	}
	return keys, nil
}

func parseKey(line string) (byte, []byte, error) {
	number, text, found := strings.Cut(line, ":")
	id, err := strconv.ParseUint(number, 10, 8)
	if !found || err != nil || id == 0 {
		return 0, nil, errors.New(`want "NUMBER:KEY" with a number from 1 to 255`)
	}
	key, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(key) != MasterKeySize {
		return 0, nil, fmt.Errorf("the key is not %d bytes in unpadded base64url", MasterKeySize)
	}
	return byte(id), key, nil
}

// ReadKeyFile reads the master keys from path. A file that others may read is
// refused, as ssh does with a private key.
func ReadKeyFile(path string) (map[byte][]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("key file %s has mode %04o and can be read by others: chmod 600 %s", path, mode, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	keys, err := ParseKeys(string(text))
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return keys, nil
}

// CreateKeyFile makes a fresh master key, numbered FirstKey, in a new file at path
// and returns it. It never writes over a file, and never leaves half of one.
func CreateKeyFile(path string, random io.Reader) (map[byte][]byte, error) {
	key := make([]byte, MasterKeySize)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, err
	}
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(folder, ".key-*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name())
	_, err = fmt.Fprintf(file, "# Latchkey master keys. Whoever reads this file can make every link and session.\n%d:%s\n",
		FirstKey, base64.RawURLEncoding.EncodeToString(key))
	// A key that a power cut loses takes every link and session with it.
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(file.Name(), path); err != nil { // unlike Rename, fails where a file is
		return nil, err
	}
	return map[byte][]byte{FirstKey: key}, syncFolder(folder)
}

// syncFolder makes the file's name as durable as its content.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
