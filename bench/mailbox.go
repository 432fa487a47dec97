package main

import (
	"fmt"
	"sync"
	"time"
)

// mailboxes are where those who log in wait for their mail.
type mailboxes struct{ waiting sync.Map } // by the person's number, a chan string

// read gives the mail to whom it is for. It is false where nobody waits for it.
func (m *mailboxes) read(recipient, token []byte) bool {
	person, err := personOf(recipient)
	if err != nil {
		return false
	}
	mailbox, waiting := m.waiting.LoadAndDelete(person)
	if waiting {
		mailbox.(chan string) <- string(token)
	}
	return waiting
}

// mailTime is far more than a mail takes.
const mailTime = time.Minute

// token makes the person wait while start is called, and returns the link's token once
// the mail has come.
func (m *mailboxes) token(person int, start func() error) (string, error) {
	mailbox := make(chan string, 1)
	m.waiting.Store(person, mailbox)
	if err := start(); err != nil {
		return "", err
	}
	late := time.NewTimer(mailTime)
	defer late.Stop()
	select {
	case token := <-mailbox:
		return token, nil
	case <-late.C:
		return "", fmt.Errorf("person %d got no mail within %s", person, mailTime)
	}
}
