package magiclink

import (
	"net/netip"
	"slices"
	"time"

	"latchkey/internal/problem"
	"latchkey/models"
	"latchkey/store"
)

// The buckets, as error_details names them.
const (
	mailboxBucket = "mailbox"
	projectBucket = "project"
	totalBucket   = "total"
)

// admit counts the start against its mailbox, in the start's own transaction: exact,
// shared by all replicas, and forgotten with it if it fails.
func (s *Service) admit(tx *store.Tx, p *plan) error {
	if s.MailboxLimit.Off() {
		return nil
	}
	now, mailbox := s.now(), s.mailbox(p)
	history, err := tx.LockStarts(mailbox)
	if err != nil {
		return err
	}
	history = recent(history, now)
	wait, err := s.mailboxWait(tx, p, history, now)
	if err != nil {
		return err
	}
	if wait > 0 {
		return problem.TooManyRequests.With("bucket", mailboxBucket).After(wait)
	}
	return tx.SaveStarts(mailbox, append(history, now))
}

// mailbox is where a start counts. The public doors have a bucket of their own, so that
// strangers cannot use up what the app's back end has. No address has a space.
func (s *Service) mailbox(p *plan) models.Mailbox {
	key := p.address.Mailbox()
	if p.caller != nil {
		key = "public " + key
	}
	return models.Mailbox{ProjectID: p.project.ID, Hash: s.Keys.HashAddress(key)}
}

// mailboxWait asks who is calling only where a stranger would have to wait.
func (s *Service) mailboxWait(tx *store.Tx, p *plan, history []models.Instant, now models.Instant) (time.Duration, error) {
	if p.caller == nil {
		return s.MailboxLimit.wait(history, now), nil
	}
	wait := s.MailboxLimit.forStrangers().wait(history, now)
	if wait == 0 {
		return 0, nil
	}
	known, err := s.isKnownNetwork(tx, p)
	if known {
		wait = s.MailboxLimit.wait(history, now)
	}
	return wait, err
}

// sessionsLookedAt bounds the work of a start; nobody signs in from more places.
const sessionsLookedAt = 100

// isKnownNetwork says whether somebody signed in to this mailbox from where the caller
// is, which took the link or the code of a mail to it.
func (s *Service) isKnownNetwork(tx *store.Tx, p *plan) (bool, error) {
	network := networkOf(p.caller.IP)
	addresses, err := tx.SessionAddresses(p.project.ID, p.address.Identity(), sessionsLookedAt)
	return slices.ContainsFunc(addresses, func(address string) bool {
		ip, err := netip.ParseAddr(address)
		return err == nil && network.Contains(ip)
	}), err
}

// reserve counts the start everywhere but in the database, until it is released: one
// that is refused further on must not use up what is others'.
func (s *Service) reserve(p *plan) (release func(), err error) {
	forMailbox, err := s.reserveNetwork(p)
	if err != nil {
		return nil, err
	}
	forAll, err := s.reserveShares(p.project)
	if err != nil {
		forMailbox()
		return nil, err
	}
	return func() { forMailbox(); forAll() }, nil
}

// reserveNetwork counts a start at a public door against where it comes from.
func (s *Service) reserveNetwork(p *plan) (release func(), err error) {
	if p.caller == nil || s.Networks == nil {
		return func() {}, nil
	}
	if err := s.Networks.admitStart(p.caller.IP, s.Now()); err != nil {
		return nil, err
	}
	return s.Networks.reserveMailbox(p.caller.IP, s.mailbox(p), s.now())
}

// admitRedeem counts an attempt at a public door against where it comes from.
func (s *Service) admitRedeem(caller *Caller) error {
	if caller == nil || s.Networks == nil {
		return nil
	}
	return s.Networks.admitRedeem(caller.IP, s.Now())
}

// reserveShares counts the start against the project and against all of them.
func (s *Service) reserveShares(p *Project) (release func(), err error) {
	var taken []*Bucket
	release = func() {
		for _, bucket := range taken {
			bucket.giveBack()
		}
	}
	for _, limit := range []struct {
		name   string
		bucket *Bucket
	}{{projectBucket, p.Limiter}, {totalBucket, s.Limiter}} {
		if limit.bucket == nil {
			continue
		}
		if wait := limit.bucket.take(s.Now()); wait > 0 {
			release()
			return nil, problem.TooManyRequests.With("bucket", limit.name).After(wait)
		}
		taken = append(taken, limit.bucket)
	}
	return release, nil
}
