package e2e

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	// What `make drill R13` sets: how many mails wait, and how often each replica is
	// restarted.
	replicasMailsVariable  = "LATCHKEY_R13_MAILS"
	replicasRoundsVariable = "LATCHKEY_R13_ROUNDS"

	replicasClients = 16
)

// TestReplicasClaimEachMailOnce is drill R13 or, by itself, a short form of it: mails that
// wait for their relay, and two or three replicas that all go for them when it comes.
// Where nobody is killed each mail is sent once. Of one that was killed, no more is sent
// again than it had in hand.
func TestReplicasClaimEachMailOnce(t *testing.T) {
	t.Parallel()
	mails := size(t, replicasMailsVariable, 300)
	for _, replicas := range []int{2, 3} {
		for _, killed := range []int{0, 1} {
			t.Run(fmt.Sprintf("%d replicas, %d killed", replicas, killed), func(t *testing.T) {
				t.Parallel()
				testClaims(t, replicas, killed, mails)
			})
		}
	}
}

func testClaims(t *testing.T, replicas, killed, mails int) {
	ledger, port, seed := newLedger(), reserveRelayPort(t), drillSeed(t)
	settings := newReplicas(t, replicas, port.address)
	var servers []*server
	for _, s := range settings {
		servers = append(servers, serve(t, s))
	}
	load := &load{ledger: ledger, clients: replicasClients, apps: connected(replicasClients, servers...)}
	load.startMany(mails)

	serveSink(t, port.listen(t), ledger.arrive)
	for i := range killed {
		ledger.await(t, 1+int(seed)%(mails/2))
		servers[(int(seed)+i)%replicas].kill(t)
	}
	rows := lookInto(t, settings[0].database)
	defer rows.close()
	rows.awaitDrained(t, 2*claimsWithin+patience)

	sum := ledger.tally()
	r := &report{title: fmt.Sprintf("R13, %d replicas on one PostgreSQL, %d killed: %d mails (%s=%d)", replicas, killed, mails, seedVariable, seed)}
	r.require(t, "starts acknowledged", sum.acknowledged, fmt.Sprint(mails), sum.acknowledged == mails)
	r.none(t, "acknowledged starts without a mail", sum.lost)
	r.require(t, "mails sent again", sum.again, fmt.Sprintf("≤ %d", killed*mailsInHand), sum.again <= killed*mailsInHand)
	r.none(t, "of these under another Message-ID", sum.renamed)
	r.count("mails that each replica sent", sum.senders) // of a few hundred, whoever finds the relay first may send all
	r.log(t)
	for _, s := range servers {
		s.kill(t)
	}
}

// TestReplicasShareTheLimits: what one mailbox may get is exact over all replicas, however
// many are asked at once. What is per minute is each one's share, which together are no
// more than the whole.
func TestReplicasShareTheLimits(t *testing.T) {
	t.Parallel()
	const replicas, perMinute, burst = 3, 30, 5
	settings := newReplicas(t, replicas, startSink(t, func(delivery) {}).address)
	var servers []*server
	for _, s := range settings {
		s.replicas = replicas
		s.keys += fmt.Sprintf("\nmails_per_minute: %d", perMinute)
		servers = append(servers, serve(t, s))
	}
	apps := connected(replicasClients, servers...)
	began := time.Now()
	toOne := granted(t, apps, 10*burst, func(int) string { return "ada@example.com" })
	// Of the share, what the mailbox's limit refused is not used up.
	toMany := granted(t, apps, 2*perMinute, func(i int) string { return fmt.Sprintf("person-%d@example.com", i) })
	refilled := 1 + replicas + int(time.Since(began).Seconds()*perMinute/60)

	r := &report{title: fmt.Sprintf("R13, limits shared by %d replicas: %d a minute, %d at once to one mailbox", replicas, perMinute, burst)}
	r.require(t, "granted to one mailbox", fmt.Sprintf("%d of %d", toOne, 10*burst), fmt.Sprint(burst), toOne == burst)
	all := toOne + toMany
	r.require(t, "granted in all", fmt.Sprintf("%d of %d", all, 10*burst+2*perMinute), fmt.Sprintf("%d to %d", perMinute-replicas, perMinute+refilled),
		all >= perMinute-replicas && all <= perMinute+refilled)
	r.log(t)
}

// granted asks for so many links at once, at each replica in turn, and counts the grants.
// Everything else must be a refusal for a limit's sake.
func granted(t *testing.T, apps []backEnd, starts int, to func(i int) string) int {
	t.Helper()
	var asking sync.WaitGroup
	var grants atomic.Int64
	for i := range starts {
		asking.Go(func() {
			a, err := apps[i%len(apps)].post(startPath, body{"email": to(i), "code_challenge": newPair().challenge})
			switch {
			case err == nil && a.Status == http.StatusOK:
				grants.Add(1)
			case err != nil || a.ErrorType != "too_many_requests":
				t.Errorf("start %d: got %d %s (%v), want a grant or a limit", i, a.Status, a.ErrorType, err)
			}
		})
	}
	asking.Wait()
	return int(grants.Load())
}
