package magiclink

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/internal/problem"
	"latchkey/models"
)

var usualNetworkLimit = NetworkLimit{
	StartsPerMinute: 20, RedeemsPerMinute: 60,
	Mailbox: MailboxLimit{Burst: 3, PerHour: 4, PerDay: 10},
}

// public is the world with the limits of a public door on.
func public(w *world) *world {
	w.MailboxLimit, w.Networks = usualLimit, NewNetworks(usualNetworkLimit)
	return w
}

// addressOf is the address of the i-th of many strangers.
func addressOf(i int) string { return fmt.Sprintf("198.51.%d.%d", i/250, 1+i%250) }

// from asks as a public door does for whoever is there.
func from(ip string) func(*StartRequest) {
	return func(r *StartRequest) {
		r.Caller, r.Attributes.IPAddress = &Caller{IP: netip.MustParseAddr(ip)}, ip
	}
}

func redeemedFrom(ip string) func(*RedeemRequest) {
	return func(r *RedeemRequest) {
		r.Caller, r.Attributes.IPAddress = &Caller{IP: netip.MustParseAddr(ip)}, ip
	}
}

func (w *world) askFrom(ip, email string) error {
	r := StartRequest{ProjectID: required, Email: email, Challenge: exampleChallenge, LoginURL: appURL, SignupURL: appURL}
	from(ip)(&r)
	_, err := w.Start(ctx, r)
	return err
}

// signInFrom goes through a whole login there.
func (w *world) signInFrom(ip, email string) {
	w.Helper()
	w.redeem(w.start(from(ip), to(email)), redeemedFrom(ip), forMinutes(60))
}

// wantBucket checks that a start was refused for this limit's sake.
func (w *world) wantBucket(err error, bucket string) *problem.Problem {
	w.Helper()
	var refusal *problem.Problem
	if !errors.As(err, &refusal) || !refusal.Is(problem.TooManyRequests) || refusal.Details["bucket"] != bucket || refusal.RetryAfter <= 0 {
		w.Fatalf("got %v, want %v of the bucket %s with a wait", err, problem.TooManyRequests, bucket)
	}
	return refusal
}

func TestOneStrangerCannotUseUpAMailbox(t *testing.T) {
	eachWorld(t, func(w *world) {
		public(w)
		for range 23 * 60 {
			_ = w.askFrom("198.51.100.1", ada) // as often as it is let
			w.clock.Advance(time.Minute)
		}
		if mails := w.rows()["queued_mails"]; mails != usualNetworkLimit.Mailbox.PerDay {
			t.Errorf("one network had %d mails sent in a day, want %d", mails, usualNetworkLimit.Mailbox.PerDay)
		}
		w.wantBucket(w.askFrom("198.51.100.1", ada), "ip_mailbox")
		fatal(t, w.askFrom("198.51.100.1", "bob@example.com"))
		fatal(t, w.askFrom("203.0.113.5", ada)) // its owner, who was never here before
	})
}

// TestAHundredStrangersLeaveTheOwnerTheirs: together they can use up two thirds of what
// a mailbox is sent in a day. From where its owner has signed in the last third is left.
func TestAHundredStrangersLeaveTheOwnerTheirs(t *testing.T) {
	eachWorld(t, func(w *world) {
		public(w)
		const home, abroad = "203.0.113.5", "203.0.113.6"
		w.signInFrom(home, ada)
		w.clock.Advance(25 * time.Hour)
		before := w.rows()["queued_mails"]
		for hour := range 6 {
			for i := range 100 {
				_ = w.askFrom(addressOf(100*hour+i), ada)
				w.clock.Advance(20 * time.Second)
			}
			w.clock.Advance(30 * time.Minute)
		}
		if mails := w.rows()["queued_mails"] - before; mails != 20 {
			t.Fatalf("strangers had %d mails sent, want 20 of 30", mails)
		}
		w.wantBucket(w.askFrom(addressOf(999), ada), "mailbox")
		w.wantBucket(w.askFrom(abroad, ada), "mailbox")
		for range 12 { // and then both at once: never more than the day's
			fatal(t, w.askFrom(home, ada))
			_ = w.askFrom(addressOf(1000), ada)
			w.clock.Advance(40 * time.Minute)
			if w.rows()["queued_mails"]-before == usualLimit.PerDay {
				break
			}
		}
		if err := w.askFrom(home, ada); !errors.Is(err, problem.TooManyRequests) {
			t.Errorf("got %v, want %v", err, problem.TooManyRequests)
		}
		if mails := w.rows()["queued_mails"] - before; mails != usualLimit.PerDay {
			t.Errorf("%d mails were sent in a day, want %d", mails, usualLimit.PerDay)
		}
	})
}

// TestTheAppsBackEndHasABucketOfItsOwn, and what it asks for is not the public's either.
func TestTheAppsBackEndHasABucketOfItsOwn(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.MailboxLimit = MailboxLimit{PerDay: 2}
		for i := range 2 {
			fatal(t, w.askFrom(addressOf(i), ada))
		}
		w.wantBucket(w.askFrom(addressOf(2), ada), "mailbox")
		for range 2 {
			fatal(t, w.ask(ada))
		}
		w.wantBucket(w.ask(ada), "mailbox")
		for range 2 {
			fatal(t, w.ask("bob@example.com"))
		}
		fatal(t, w.askFrom(addressOf(0), "bob@example.com"))
	})
}

// TestTheAppsBackEndIsNoNetwork: all that it asks for comes from one address.
func TestTheAppsBackEndIsNoNetwork(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.Networks = NewNetworks(NetworkLimit{StartsPerMinute: 1, RedeemsPerMinute: 1, Mailbox: MailboxLimit{PerDay: 1}})
		for range 2 {
			w.redeem(w.start())
		}
	})
}

// TestWhoSignedInElsewhereIsAStranger: who has signed in to another mailbox is as much a
// stranger to this one.
func TestWhoSignedInElsewhereIsAStranger(t *testing.T) {
	eachWorld(t, func(w *world) {
		public(w)
		const eve = "203.0.113.66"
		w.signInFrom("203.0.113.5", ada)
		w.signInFrom(eve, "eve@example.com")
		for i := 0; i < 10; i++ {
			_ = w.askFrom(addressOf(i), ada)
		}
		w.wantBucket(w.askFrom(eve, ada), "mailbox")
		fatal(t, w.askFrom("203.0.113.5", ada))
	})
}

func TestANetworkIsWhatOneCustomerIsGiven(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		same bool
	}{
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"2001:db8::1", "2001:db8::ffff:1", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"fe80::1%eth0", "fe80::1%eth1", true},
	} {
		if same := networkOf(netip.MustParseAddr(tc.a)) == networkOf(netip.MustParseAddr(tc.b)); same != tc.same {
			t.Errorf("%s and %s: got the same %t, want %t", tc.a, tc.b, same, tc.same)
		}
	}
	if networkOf(netip.Addr{}).IsValid() {
		t.Error("who cannot be placed has a network")
	}
}

func TestANetworkAsksForManyMailboxesOnlySoFast(t *testing.T) {
	eachWorld(t, func(w *world) {
		public(w)
		for i := range usualNetworkLimit.StartsPerMinute {
			fatal(t, w.askFrom("2001:db8::1", fmt.Sprintf("person%d@example.com", i)))
		}
		before := w.rows()
		refusal := w.wantBucket(w.askFrom("2001:db8::ffff", "next@example.com"), "ip")
		if after := w.rows(); !sameRows(before, after) {
			t.Errorf("a refused start wrote: %v, then %v", before, after)
		}
		fatal(t, w.askFrom("2001:db8:0:1::1", "next@example.com"))
		w.clock.Advance(refusal.RetryAfter)
		fatal(t, w.askFrom("2001:db8::ffff", "next@example.com"))
		w.wantBucket(w.askFrom("2001:db8::ffff", "another@example.com"), "ip")
	})
}

// TestStartsThatCannotBePlacedShareALimit rather than have none.
func TestStartsThatCannotBePlacedShareALimit(t *testing.T) {
	networks := NewNetworks(NetworkLimit{StartsPerMinute: 1})
	fatal(t, networks.admitStart(netip.Addr{}, epoch))
	if err := networks.admitStart(netip.Addr{}, epoch); !errors.Is(err, problem.TooManyRequests) {
		t.Errorf("got %v, want %v", err, problem.TooManyRequests)
	}
}

// TestWhatOthersUsedUpIsGivenBack: who is refused for the mailbox's sake has not had
// their own share of it.
func TestWhatOthersUsedUpIsGivenBack(t *testing.T) {
	eachWorld(t, func(w *world) {
		public(w)
		for i := range 4 {
			fatal(t, w.askFrom(addressOf(i), ada))
		}
		for range 10 {
			w.wantBucket(w.askFrom("203.0.113.5", ada), "mailbox")
		}
		w.clock.Advance(5 * time.Minute)
		for range 3 {
			fatal(t, w.askFrom("203.0.113.5", ada))
		}
		w.wantBucket(w.askFrom("203.0.113.5", ada), "ip_mailbox")
	})
}

func TestAttemptsToRedeemAreCountedByNetwork(t *testing.T) {
	eachWorld(t, func(w *world) {
		public(w)
		w.Projects[required].Code = true
		f := w.start(from("203.0.113.5"))
		guess := func() error {
			_, err := w.RedeemCode(ctx, CodeRequest{
				ProjectID: required, Caller: &Caller{IP: netip.MustParseAddr("198.51.100.1")}, Email: "nobody@example.com",
				Code: "12345678", Verifier: exampleVerifier,
			})
			return err
		}
		for i := range usualNetworkLimit.RedeemsPerMinute {
			if i%2 == 0 {
				w.refuses(problem.PKCEMismatch, f, redeemedFrom("198.51.100.1"), by(NewVerifier()))
			} else if err := guess(); !errors.Is(err, problem.UnableToAuthCode) {
				t.Fatalf("got %v, want %v", err, problem.UnableToAuthCode)
			}
		}
		_, err := w.Redeem(ctx, f.request(redeemedFrom("198.51.100.1")))
		w.wantBucket(err, "ip_redeem")
		w.wantBucket(guess(), "ip_redeem")
		w.refuses(problem.PKCEMismatch, f, by(NewVerifier())) // the app's back end
		w.redeem(f, redeemedFrom("203.0.113.5"))
	})
}

// TestTheMemoryOfNetworksIsBounded: a stranger with many addresses must not fill it.
func TestTheMemoryOfNetworksIsBounded(t *testing.T) {
	networks := NewNetworks(usualNetworkLimit)
	var ip [16]byte
	for i := range maxNetworks + 1000 {
		ip[0], ip[5], ip[6], ip[7] = 0x20, byte(i>>16), byte(i>>8), byte(i)
		fatal(t, networks.admitStart(netip.AddrFrom16(ip), epoch))
		fatal(t, networks.admitRedeem(netip.AddrFrom16(ip), epoch))
		_, err := networks.reserveMailbox(netip.AddrFrom16(ip), models.Mailbox{ProjectID: required}, models.At(epoch))
		fatal(t, err)
	}
	for name, got := range map[string]int{"starts": networks.starts.Len(), "redeems": networks.redeems.Len(), "mailboxes": networks.mailboxes.Len()} {
		if got != maxNetworks {
			t.Errorf("%s: %d networks are remembered, want %d", name, got, maxNetworks)
		}
	}
}

func TestFiftyStartsAtOnceOfOneNetwork(t *testing.T) {
	eachWorld(t, func(w *world) {
		public(w)
		w.MailboxLimit = MailboxLimit{}
		w.MailQueued = func(models.ID) {}
		var granted atomic.Int32
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if w.askFrom("198.51.100.1", ada) == nil {
					granted.Add(1)
				}
			})
		}
		all.Wait()
		if got := granted.Load(); got != 3 {
			t.Errorf("got %d starts, want 3", got)
		}
	})
}
