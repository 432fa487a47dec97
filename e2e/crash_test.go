package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"latchkey/store/storetest"
)

const (
	// crashVariable says how often drill R1 kills on SQLite: `make drill R1` sets it. On
	// PostgreSQL it is half as often, and with two replicas a quarter.
	crashVariable = "LATCHKEY_R1_ROUNDS"

	crashClients = 16
	// crashOwed is how many mails may be on their way: twice what the killed of half a minute
	// hold. Starts that mails do not keep up with would make every claim wait its turn.
	crashOwed = 2000

	// How long a process is under load before it is killed.
	shortestLife = 100 * time.Millisecond
	longestLife  = 2 * time.Second

	readyWithin  = 2 * time.Second
	claimsWithin = 30 * time.Second

	// duplicatesShare is of all mails, where a process lives for about a second: a kill
	// repeats what was sent and not yet recorded, however much was sent before.
	duplicatesShare = 0.01
	// mailsInHand is the most that one process has sent and not yet recorded.
	mailsInHand = 16
)

// TestKilledAtRandomMoments is drill R1 or, by itself, a short form of it: kill -9 in the
// midst of starts, mails and redeems, again and again on one database. Nothing that was
// acknowledged is lost, and nothing is redeemed twice.
func TestKilledAtRandomMoments(t *testing.T) {
	t.Parallel()
	rounds := size(t, crashVariable, 4)
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		newCrashDrill(t, "R1, SQLite", sqliteURL(t), 1).run(rounds)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		newCrashDrill(t, "R1, PostgreSQL", storetest.PostgresSchema(t), 1).run(max(1, rounds/2))
	})
	t.Run("two replicas", func(t *testing.T) {
		t.Parallel()
		newCrashDrill(t, "R1, two replicas on one PostgreSQL, one killed", storetest.PostgresSchema(t), 2).run(max(1, rounds/4))
	})
}

type crashDrill struct {
	*testing.T
	name     string
	seed     uint64
	settings []settings // a replica each
	servers  []*server
	ledger   *ledger
	load     *load

	readyAfter []time.Duration
	stranded   map[string][]time.Time // when a mail's holder was killed, by the mail's id
	claims     map[string]int         // as they were after the last kill
}

func newCrashDrill(t *testing.T, name, database string, replicas int) *crashDrill {
	ledger := newLedger()
	first := newSettings(t, database, startSink(t, ledger.arrive).address)
	first.logLevel = "info" // a line for each mail is too many
	writeKey(t, first.keyFile)
	d := &crashDrill{T: t, name: name, seed: drillSeed(t), ledger: ledger, stranded: make(map[string][]time.Time)}
	for range replicas {
		replica := first
		replica.listen = freeAddress(t)
		d.settings = append(d.settings, replica)
		d.servers = append(d.servers, serve(t, replica))
	}
	d.load = &load{ledger: ledger, clients: crashClients, apps: connected(crashClients, d.servers...), owed: crashOwed}
	return d
}

func (d *crashDrill) run(rounds int) {
	progress := progress{name: d.name, total: rounds}
	for round := range rounds {
		d.round(rand.New(rand.NewPCG(d.seed, uint64(round))))
		progress.done(round + 1)
	}
	rows := lookInto(d.T, d.settings[0].database)
	defer rows.close()
	rows.awaitDrained(d.T, 2*claimsWithin+patience)
	d.load.redeemAll(d.seed)
	d.report(rounds, rows)
	for _, s := range d.servers {
		s.terminate(d.T)
	}
}

// round is some load, a kill in its midst, and a new beginning.
func (d *crashDrill) round(chance *rand.Rand) {
	d.Helper()
	ctx, enough := context.WithCancel(d.Context())
	working, choices := make(chan struct{}), chance.Uint64()
	go func() {
		defer close(working)
		d.load.run(ctx, choices)
	}()
	victim := chance.IntN(len(d.servers))
	pauseFor(ctx, shortestLife+time.Duration(chance.Int64N(int64(longestLife-shortestLife))))
	d.servers[victim].kill(d.T)
	killed := time.Now()
	if len(d.servers) > 1 {
		pauseFor(ctx, 200*time.Millisecond) // the others go on
	}
	enough()
	<-working
	d.note(killed)
	d.restart(victim)
}

// note remembers which mails somebody held whom the kill may have met.
func (d *crashDrill) note(killed time.Time) {
	d.Helper()
	rows := lookInto(d.T, d.settings[0].database)
	defer rows.close()
	claims := rows.claimed(d.T)
	for id, until := range claims {
		if d.claims[id] != until {
			d.stranded[id] = append(d.stranded[id], killed)
		}
	}
	d.claims = claims
}

func (d *crashDrill) restart(victim int) {
	d.Helper()
	began := time.Now()
	s := serve(d.T, d.settings[victim])
	if status, _ := get(d.T, s.url()+"/readyz"); status != http.StatusOK {
		d.Errorf("/readyz: got %d, want 200", status)
	}
	d.readyAfter = append(d.readyAfter, time.Since(began))
	d.servers[victim] = s
}

// strandedFor is how long each mail lay that a killed process held: until it was sent,
// or ended unsent, or was held by the next who was killed.
func (d *crashDrill) strandedFor(rows *rows) (waits []time.Duration) {
	d.Helper()
	for id, kills := range d.stranded {
		for i, killed := range kills {
			var ends []time.Time
			if at, arrived := d.ledger.firstAfter(id, killed); arrived {
				ends = append(ends, at)
			}
			if at, ended := rows.finished(d.T, id); ended {
				ends = append(ends, at)
			}
			ends = append(ends, kills[i+1:]...)
			waits = append(waits, slices.MinFunc(ends, time.Time.Compare).Sub(killed))
		}
	}
	return waits
}

func (d *crashDrill) report(rounds int, rows *rows) {
	d.Helper()
	sum := d.ledger.tally()
	ended := rows.counted(d.T, "SELECT status, count(*) FROM queued_mails GROUP BY status")
	r := &report{title: fmt.Sprintf("%s: %d rounds (%s=%d)", d.name, rounds, seedVariable, d.seed)}
	r.count("starts acknowledged / not answered", fmt.Sprintf("%d / %d", sum.acknowledged, sum.starts-sum.acknowledged))
	r.count("mails ended as sent / bounced / expired", fmt.Sprintf("%d / %d / %d", ended["sent"], ended["bounced"], ended["expired"]))
	r.none(d.T, "acknowledged starts without a mail", sum.lost)
	r.none(d.T, "mails still queued", ended["queued"])
	r.none(d.T, "transactions of which a part is there", rows.torn(d.T))
	r.count("tokens redeemed with a 200 / asked for in vain once", fmt.Sprintf("%d / %d", sum.redeemed, sum.unanswered))
	r.none(d.T, "tokens redeemed twice", sum.twice)
	r.none(d.T, "tokens refused that nobody had redeemed", sum.baseless)
	r.none(d.T, "tokens not tried until they were refused", sum.untried)
	d.requireFewAgain(r, rounds, sum)
	r.none(d.T, "of these under another Message-ID", sum.renamed)
	r.none(d.T, "mails that nobody had asked for", sum.strays)
	r.none(d.T, "other answers than 200 and a refusal as redeemed", len(sum.faults))
	if rows.isSQLite {
		verdict := rows.integrity(d.T)
		r.require(d.T, "integrity check", verdict, "ok", verdict == "ok")
	}
	r.within(d.T, "from start to ready, median / longest", d.readyAfter, readyWithin)
	waits := d.strandedFor(rows)
	r.within(d.T, fmt.Sprintf("%d claims of the killed taken up, median / longest", len(waits)), waits, claimsWithin)
	r.log(d.T)
}

// requireFewAgain bounds the duplicates: in the short form, whose rounds are few and run
// beside other tests, by what a process may have had in hand.
func (d *crashDrill) requireFewAgain(r *report, rounds int, sum tally) {
	d.Helper()
	share := float64(sum.again) / float64(max(1, sum.mails))
	required, holds := "≤ 1 %", share <= duplicatesShare
	if os.Getenv(crashVariable) == "" {
		required, holds = fmt.Sprintf("≤ %d a kill", mailsInHand), sum.again <= mailsInHand*rounds
	}
	counted := fmt.Sprintf("%d / %d (%.2f %%, %.1f a kill)", sum.mails, sum.again, 100*share, float64(sum.again)/float64(rounds))
	r.require(d.T, "mails accepted / of them again", counted, required, holds)
}
