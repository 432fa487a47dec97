package magiclink

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"latchkey/internal/problem"
	"latchkey/models"
)

// NetworkLimit bounds what one network may do at the public doors, where anybody may
// ask. A network is an IPv4 address or an IPv6 /64, which is what one customer is
// given. Zero bounds nothing.
type NetworkLimit struct {
	StartsPerMinute  int          // this process's share
	RedeemsPerMinute int          // this process's share
	Mailbox          MailboxLimit // of starts for one mailbox
}

// The buckets of a network, as error_details names them.
const (
	networkStartBucket   = "ip"
	networkRedeemBucket  = "ip_redeem"
	networkMailboxBucket = "ip_mailbox"
)

// maxNetworks is how many of each are remembered, the ones that asked last: 31 MB in all
// when they are. Who has more networks than that has more than any of these limits holds.
const maxNetworks = 1 << 15

// Networks counts what networks do. It lies in this process's memory: a limit on
// strangers must not be a row that they make.
type Networks struct {
	limit NetworkLimit

	mu        sync.Mutex
	starts    *simplelru.LRU[netip.Prefix, *Bucket]
	redeems   *simplelru.LRU[netip.Prefix, *Bucket]
	mailboxes *simplelru.LRU[networkMailbox, []models.Instant]
}

// networkMailbox is a network and a mailbox that it asked for, by its hash.
type networkMailbox struct {
	network netip.Prefix
	project string
	mailbox string
}

// NewNetworks has seen nobody yet.
func NewNetworks(limit NetworkLimit) *Networks {
	return &Networks{
		limit:  limit,
		starts: remember[netip.Prefix, *Bucket](), redeems: remember[netip.Prefix, *Bucket](),
		mailboxes: remember[networkMailbox, []models.Instant](),
	}
}

func remember[K comparable, V any]() *simplelru.LRU[K, V] {
	lru, err := simplelru.NewLRU[K, V](maxNetworks, nil)
	if err != nil {
		panic("magiclink: simplelru refuses a size above zero: " + err.Error())
	}
	return lru
}

// networkOf is the zero Prefix for who cannot be placed: they share one.
func networkOf(ip netip.Addr) netip.Prefix {
	bits := ip.BitLen()
	if ip.Is6() {
		bits = 64
	}
	network, err := ip.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return network
}

// admitStart counts an attempt to start. It is not given back, whatever becomes of the
// start: what is refused further on costs a transaction, too.
func (n *Networks) admitStart(ip netip.Addr, now time.Time) error {
	return n.admit(n.starts, n.limit.StartsPerMinute, networkStartBucket, ip, now)
}

// admitRedeem counts an attempt to redeem a link or a code.
func (n *Networks) admitRedeem(ip netip.Addr, now time.Time) error {
	return n.admit(n.redeems, n.limit.RedeemsPerMinute, networkRedeemBucket, ip, now)
}

func (n *Networks) admit(seen *simplelru.LRU[netip.Prefix, *Bucket], perMinute int, bucket string, ip netip.Addr, now time.Time) error {
	if perMinute == 0 {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	network := networkOf(ip)
	counter, known := seen.Get(network)
	if !known {
		counter = PerMinute(perMinute)
		seen.Add(network, counter)
	}
	if wait := counter.take(now); wait > 0 {
		return problem.TooManyRequests.With("bucket", bucket).After(wait)
	}
	return nil
}

// reserveMailbox counts a start for the mailbox until it is released: whoever is
// refused because others asked for the mailbox, too, has not had theirs.
func (n *Networks) reserveMailbox(ip netip.Addr, mailbox models.Mailbox, now models.Instant) (release func(), err error) {
	if n.limit.Mailbox.Off() {
		return func() {}, nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	key := networkMailbox{networkOf(ip), mailbox.ProjectID, string(mailbox.Hash)}
	history, _ := n.mailboxes.Get(key)
	history = recent(history, now)
	if wait := n.limit.Mailbox.wait(history, now); wait > 0 {
		return nil, problem.TooManyRequests.With("bucket", networkMailboxBucket).After(wait)
	}
	n.mailboxes.Add(key, append(history, now))
	return func() { n.release(key, now) }, nil
}

func (n *Networks) release(key networkMailbox, start models.Instant) {
	n.mu.Lock()
	defer n.mu.Unlock()
	history, _ := n.mailboxes.Peek(key)
	if i := slices.Index(history, start); i >= 0 {
		n.mailboxes.Add(key, slices.Delete(history, i, i+1))
	}
}
