package catcher

import (
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// mailbox holds the newest messages, oldest first, and tells who wants to know
// when that changes. A *Message in it is never changed again, so readers need
// no lock once they have one.
type mailbox struct {
	now         func() time.Time
	maxMessages int
	maxBytes    int64

	mu        sync.Mutex
	messages  []*Message
	bytes     int64
	changed   chan struct{} // closed, and replaced, at every arrival
	followers map[chan event]struct{}
}

// event is one change, as followers see it.
type event struct {
	arrived *Message
	deleted []string
}

// A follower this far behind has stopped reading: it is let go, and a browser
// reconnects and reads the list anew.
const followerBacklog = 256

func newMailbox(config Config) *mailbox {
	return &mailbox{
		now:         config.Now,
		maxMessages: config.MaxMessages,
		maxBytes:    config.MaxBytes,
		changed:     make(chan struct{}),
		followers:   make(map[chan event]struct{}),
	}
}

// keep adds m, and drops the oldest ones that no longer fit. The id is given
// under the lock: version 7 grows, so ids sort as mails arrived, which
// Wanted.After relies on even where its mail is gone.
func (b *mailbox) keep(m *Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	m.ID, m.ReceivedAt = id.String(), b.now().UTC()
	b.messages = append(b.messages, m)
	b.bytes += int64(len(m.Source))
	b.tell(event{arrived: m})
	b.drop(b.surplus())
	close(b.changed)
	b.changed = make(chan struct{})
	return nil
}

// surplus counts the oldest messages over the bounds. The newest always stays.
func (b *mailbox) surplus() int {
	n, bytes := 0, b.bytes
	for n < len(b.messages)-1 && (len(b.messages)-n > b.maxMessages || bytes > b.maxBytes) {
		bytes -= int64(len(b.messages[n].Source))
		n++
	}
	return n
}

// drop removes the oldest n.
func (b *mailbox) drop(n int) {
	if n == 0 {
		return
	}
	ids := make([]string, n)
	for i, m := range b.messages[:n] {
		ids[i] = m.ID
		b.bytes -= int64(len(m.Source))
	}
	b.messages = slices.Delete(b.messages, 0, n)
	b.tell(event{deleted: ids})
}

func (b *mailbox) deleteAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drop(len(b.messages))
}

// delete removes one, and says whether it was there.
func (b *mailbox) delete(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.messages, func(m *Message) bool { return m.ID == id })
	if i < 0 {
		return false
	}
	b.bytes -= int64(len(b.messages[i].Source))
	b.messages = slices.Delete(b.messages, i, i+1)
	b.tell(event{deleted: []string{id}})
	return true
}

// list returns all, newest first.
func (b *mailbox) list() []*Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := slices.Clone(b.messages)
	slices.Reverse(all)
	return all
}

// get returns one, or nil.
func (b *mailbox) get(id string) *Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.messages, func(m *Message) bool { return m.ID == id })
	if i < 0 {
		return nil
	}
	return b.messages[i]
}

// newest returns the newest wanted message, or nil and a channel that is
// closed when it is worth asking again.
func (b *mailbox) newest(wanted Wanted) (*Message, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range slices.Backward(b.messages) {
		if m.ID <= wanted.After || m.ReceivedAt.Before(wanted.Since) {
			continue
		}
		if wanted.Address == "" || m.isTo(wanted.Address) {
			return m, nil
		}
	}
	return nil, b.changed
}

// follow returns a channel of every change from now on. It is closed if the
// follower falls too far behind; leave must be called in any case.
func (b *mailbox) follow() (events <-chan event, leave func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ch := make(chan event, followerBacklog)
	b.followers[ch] = struct{}{}
	return ch, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.followers, ch)
	}
}

func (b *mailbox) tell(e event) {
	for ch := range b.followers {
		select {
		case ch <- e:
		default:
			delete(b.followers, ch)
			close(ch)
		}
	}
}
