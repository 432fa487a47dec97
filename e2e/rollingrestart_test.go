package e2e

import (
	"context"
	"fmt"
	"testing"

	"latchkey/store/storetest"
)

// TestARollingRestartFailsNoRequest restarts one replica after the other while clients
// start and redeem through a balancer: each is told to stop, ends, and begins anew before
// it is the next one's turn.
func TestARollingRestartFailsNoRequest(t *testing.T) {
	t.Parallel()
	const replicas, clients = 2, 8
	rounds := size(t, replicasRoundsVariable, 1)
	ledger := newLedger()
	settings := newReplicas(t, replicas, startSink(t, ledger.arrive).address)
	var servers []*server
	for _, s := range settings {
		servers = append(servers, serve(t, s))
	}
	balancer := startBalancer(t, settings...)
	app := settings[0].backEnd(0)
	app.url = balancer.URL
	load := &load{ledger: ledger, clients: clients, apps: []backEnd{app}}
	ctx, enough := context.WithCancel(t.Context())
	worked := make(chan struct{})
	go func() {
		defer close(worked)
		load.run(ctx, drillSeed(t))
	}()
	progress := progress{name: "R13, rolling restarts", total: rounds}
	for round := range rounds {
		for i, s := range servers {
			ledger.await(t, ledger.tally().mails+100) // some load on both
			if status := s.terminate(t); status != 0 {
				t.Errorf("exit status: got %d, want 0", status)
			}
			servers[i] = serve(t, settings[i])
			balancer.await(t, i)
		}
		progress.done(round + 1)
	}
	enough()
	<-worked

	rows := lookInto(t, settings[0].database)
	defer rows.close()
	rows.awaitDrained(t, claimsWithin+patience)
	sum := ledger.tally()
	r := &report{title: fmt.Sprintf("R13, rolling restarts: %d times each of %d replicas, %d clients through a balancer", rounds, replicas, clients)}
	r.count("starts / tokens redeemed", fmt.Sprintf("%d / %d", sum.starts, sum.redeemed))
	r.none(t, "starts that failed", sum.starts-sum.acknowledged)
	r.none(t, "redeems that failed", sum.unanswered+len(sum.faults)+sum.baseless)
	r.none(t, "acknowledged starts without a mail", sum.lost)
	r.none(t, "mails sent again", sum.again)
	r.log(t)
	for _, s := range servers {
		s.terminate(t)
	}
}

// newReplicas are several on one PostgreSQL, with a key that an operator made, behind a
// balancer.
func newReplicas(t *testing.T, n int, smtp string) (replicas []settings) {
	t.Helper()
	s := newSettings(t, storetest.PostgresSchema(t), smtp)
	s.logLevel = "info" // a line for each mail is too many
	s.shutdownSeconds = shutdownSeconds
	writeKey(t, s.keyFile)
	for i := range n {
		s.listen = freeAddress(t)
		s.smtpOptions = fmt.Sprintf("helo_name: replica-%d.example", i+1)
		replicas = append(replicas, s)
	}
	return replicas
}
