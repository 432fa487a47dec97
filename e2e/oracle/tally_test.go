package oracle

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// tally counts what was tried and what was answered.
type tally struct {
	name                            string
	began, said                     time.Time
	sequences, sideBySides, crashes int

	mu      sync.Mutex
	answers map[string]int
	asked   int
}

func newTally(name string) *tally {
	return &tally{name: name, began: time.Now(), said: time.Now(), answers: map[string]int{}}
}

// progressEvery is how often a long run says that it goes on.
const progressEvery = 5 * time.Second

func (t *tally) sequence() {
	t.sequences++
	if time.Since(t.said) > progressEvery {
		t.said = time.Now()
		fmt.Fprintf(os.Stderr, "%s: %d sequences, %d requests, %.0f s\n", t.name, t.sequences, t.asked, time.Since(t.began).Seconds())
	}
}

// particulars are left out of what is counted: they would make every answer one of its own.
var particulars = regexp.MustCompile(`( for \S+@[^ ,]+| \d+|\.0|( with token \d+)? of flow \d| until \d+)`)

func (t *tally) count(r request, answer string) {
	kind := strings.TrimPrefix(fmt.Sprintf("%T", r), "oracle.")
	answer = strings.Join(particulars.Split(answer, -1), "")
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked++
	t.answers[kind+": "+answer]++
}

// report is a line for each answer, and how often it was given.
func (t *tally) report() string {
	var lines []string
	for answer, n := range t.answers {
		lines = append(lines, fmt.Sprintf("%9d  %s", n, answer))
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[11:], b[11:]) })
	return fmt.Sprintf("%s: %d sequences, %d requests, %d times several at once, %d crashes, %.0f s\n%s",
		t.name, t.sequences, t.asked, t.sideBySides, t.crashes, time.Since(t.began).Seconds(), strings.Join(lines, "\n"))
}

// enough is how many sequences come to everything that must be reached.
const enough = 10_000

// reached is what no long run may go without: the ends of the longest ways.
var reached = []string{
	"redeem: in by magic_link, session.2", "redeem: in by embedded, session.1", "redeem: pkce_mismatch",
	"redeem: attached_in_another_session", "redeem: duplicate_email", "redeem: lost", "code: in by otp, session.1",
	"code: too_many_requests code", "code: lost", "send: user_not_found",
	"start: too_many_requests mailbox", "open: page of one that was used", "deleteUser: lost",
}

// checkReached also sees that all were tried: rapid stops, and calls it passed, where the
// time that `go test` gives it is nearly over.
func (t *tally) checkReached(test testing.TB) {
	if all := flag.Lookup("rapid.checks").Value.String(); strconv.Itoa(t.sequences) != all {
		test.Errorf("tried %d sequences, want %s", t.sequences, all)
	}
	if t.sequences < enough {
		return
	}
	for _, answer := range reached {
		if t.answers[answer] == 0 {
			test.Errorf("%s: never in %d sequences", answer, t.sequences)
		}
	}
}
