package main

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"strconv"
	"sync"
	"unicode/utf8"
)

// accounts are the app's own: addresses, passwords, sessions. A real app has a table.
type accounts struct {
	mu       sync.Mutex
	byID     map[string]*account
	sessions map[string]string // from cookie to account
}

type account struct {
	id, email string
	salt      [16]byte
	hash      []byte
}

func newAccounts() *accounts {
	return &accounts{byID: map[string]*account{}, sessions: map[string]string{}}
}

// iterations is what OWASP's Password Storage Cheat Sheet asks of PBKDF2-HMAC-SHA256.
const iterations = 600_000

func hashOf(password string, salt [16]byte) ([]byte, error) {
	return pbkdf2.Key(sha256.New, password, salt[:], iterations, sha256.Size)
}

// minPassword is in characters: length is the rule that helps (NIST SP 800-63B-4 §3.1.1.2).
const minPassword = 15

var errShort = errors.New("a password has 15 characters or more")

func isShort(password string) bool { return utf8.RuneCountInString(password) < minPassword }

func (a *accounts) add(email, password string) (id string, err error) {
	a.mu.Lock()
	id = "account-" + strconv.Itoa(len(a.byID)+1)
	a.byID[id] = &account{id: id, email: email}
	a.mu.Unlock()
	return id, a.setPassword(id, password)
}

// setPassword ends the account's sessions too: whoever is in may be why it was reset.
func (a *accounts) setPassword(id, password string) error {
	if isShort(password) {
		return errShort
	}
	var salt [16]byte
	rand.Read(salt[:])
	hash, err := hashOf(password, salt)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	found, ok := a.byID[id]
	if !ok {
		return errors.New("there is no account " + id)
	}
	found.salt, found.hash = salt, hash
	for cookie, owner := range a.sessions {
		if owner == id {
			delete(a.sessions, cookie)
		}
	}
	return nil
}

// signIn returns a new session's cookie, or "". An address that nobody has costs a hash as
// well, so that the time tells nothing.
func (a *accounts) signIn(email, password string) (cookie string) {
	found := a.find(email)
	hash, err := hashOf(password, found.salt)
	if err != nil || subtle.ConstantTimeCompare(hash, found.hash) != 1 {
		return ""
	}
	cookie = rand.Text()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sessions[cookie] = found.id
	return cookie
}

func (a *accounts) find(email string) account {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, found := range a.byID {
		if found.email == email {
			return *found
		}
	}
	return account{}
}

func (a *accounts) ofSession(cookie string) (email string, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	found, ok := a.byID[a.sessions[cookie]]
	if !ok {
		return "", false
	}
	return found.email, true
}

func (a *accounts) signOut(cookie string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.sessions, cookie)
}
