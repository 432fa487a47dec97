package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// state is what the app remembers. On a phone it belongs into the Keychain or Keystore;
// here it is a file that nobody else may read.
type state struct {
	path string

	Logins       []login // that were begun here, the latest last
	SessionToken string
}

// login was begun here and waits for its link. There may be several: each link names its
// own by flow.
type login struct{ Flow, Email, Verifier string }

// maxLogins bounds the file: older ones are links that nobody opened.
const maxLogins = 10

func (s *state) begin(l login) {
	s.Logins = append(s.Logins, l)
	s.Logins = s.Logins[max(0, len(s.Logins)-maxLogins):]
}

func (s *state) login(flow string) (login, bool) {
	i := slices.IndexFunc(s.Logins, func(l login) bool { return l.Flow == flow })
	if i < 0 {
		return login{}, false
	}
	return s.Logins[i], true
}

func (s *state) latest() (login, bool) {
	if len(s.Logins) == 0 {
		return login{}, false
	}
	return s.Logins[len(s.Logins)-1], true
}

func (s *state) finish(flow, sessionToken string) {
	s.forget(flow)
	s.SessionToken = sessionToken
}

func (s *state) forget(flow string) {
	s.Logins = slices.DeleteFunc(s.Logins, func(l login) bool { return l.Flow == flow })
}

func (s *state) load() error {
	content, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(content, s)
}

func (s *state) save() error {
	content, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(s.path, content, 0o600)
}
