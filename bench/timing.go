package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"text/tabwriter"
	"time"

	"latchkey/magiclink"
)

// timing is one line of the table: whether the time that an answer takes tells a
// stranger who exists.
type timing struct {
	Database string `json:"database"`
	Call     string `json:"call"`
	Requests int    `json:"requests"` // of each kind
	// Once says that the question can be asked once only: to ask it makes the address known.
	Once bool `json:"asked_once"`
	comparison
}

const (
	sendPath = "/magic_links/email/send/primary"
	codePath = "/otps/authenticate"
)

// question is a call by which a stranger could ask about an address. Here each address
// is asked about once.
type question struct {
	name    string
	path    string
	status  int
	prepare string // what is asked of both kinds before; "" for nothing
	once    bool   // nobody can ask again: the address is then known
}

var questions = []question{
	{name: "login_or_create", path: loginPath, status: http.StatusOK, once: true},
	// Who asks again and again to know better has asked for the mailbox before.
	{name: "send/primary, again", path: sendPath, status: http.StatusOK, prepare: sendPath},
	// A guess needs a login to guess at. The stranger has begun it, and so holds the verifier.
	{name: "otps, wrong code", path: codePath, status: http.StatusUnauthorized, prepare: sendPath},
}

// measureTiming compares known and unknown addresses, one request after another over one
// connection, in an order that chance decides: what else the machine does meanwhile, and
// what one request leaves behind for the next, then falls on both alike.
func measureTiming(ctx context.Context, b *bench) (any, error) {
	var lines []timing
	for _, on := range b.databases {
		for _, q := range questions {
			c, err := b.ask(ctx, on, q)
			if err != nil {
				return nil, err
			}
			lines = append(lines, timing{on.kind, q.name, b.requests, q.once, c})
		}
	}
	return lines, printTiming(lines)
}

// ask measures one question on a service of its own.
func (b *bench) ask(ctx context.Context, on maker, q question) (c comparison, err error) {
	s, err := b.newService(ctx, on, nil)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	door, err := s.browser()
	if err != nil {
		return c, err
	}
	v, chance := &conn{to: door}, rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	defer v.close()
	people := crowd(b.requests, chance)
	title := on.kind + ", " + q.name
	if err := prepare(ctx, s, v, q, people, newProgress(title+", before", len(people))); err != nil {
		return c, err
	}
	var known, unknown []float64
	p := newProgress(title, len(people))
	for i, person := range people {
		took, err := v.timed(ctx, q.status, q.path, person.asks(q.path))
		if err != nil {
			return c, err
		}
		if us := float64(took) / float64(time.Microsecond); person.known {
			known = append(known, us)
		} else {
			unknown = append(unknown, us)
		}
		p.at(i)
	}
	return compare(known, unknown, chance), nil
}

// person is an address, and the login that a stranger begins for it.
type person struct {
	email    string
	known    bool
	verifier string
}

// crowd is so many of each kind, shuffled.
func crowd(ofEach int, chance *rand.Rand) []person {
	people := make([]person, 2*ofEach)
	for i := range people {
		people[i] = person{fmt.Sprintf("person%d@example.com", i), i < ofEach, magiclink.NewVerifier()}
	}
	chance.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	return people
}

// asks is the body of a request for the person.
func (p person) asks(path string) map[string]any {
	if path == codePath {
		return map[string]any{"email": p.email, "code": "00000000", "code_verifier": p.verifier}
	}
	return map[string]any{"email": p.email, "code_challenge": magiclink.ChallengeOf(p.verifier)}
}

// prepare makes known who is to be, and returns when no mail is waiting any more.
func prepare(ctx context.Context, s *service, v *conn, q question, people []person, p *progress) error {
	var mails int64
	begin := func(path string, p person) error {
		mails++
		_, err := v.timed(ctx, http.StatusOK, path, p.asks(path))
		return err
	}
	for i, stranger := range people {
		if stranger.known { // by a login of their own
			if err := begin(loginPath, person{email: stranger.email, verifier: magiclink.NewVerifier()}); err != nil {
				return err
			}
		}
		if q.prepare != "" {
			if err := begin(q.prepare, stranger); err != nil {
				return err
			}
		}
		p.at(i)
	}
	return s.sink.wait(ctx, mails)
}

func printTiming(lines []timing) error {
	fmt.Println("Does the time an answer takes tell a stranger who exists? (browser door, times in µs, AUC 0.5: no)")
	fmt.Println()
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "database\tcall\trequests\tknown: median\tp90\tunknown: median\tp90\tratio\tAUC (95 %)\ttells after")
	for _, l := range lines {
		tells := "-"
		switch {
		case l.Once && l.Tells > 1:
			tells = "asked once"
		case l.Tells > 0:
			tells = fmt.Sprint(l.Tells)
		}
		fmt.Fprintf(table, "%s\t%s\t2 x %d\t%.0f\t%.0f\t%.0f\t%.0f\t%.3f\t%.3f (%.3f-%.3f)\t%s\n",
			l.Database, l.Call, l.Requests, l.Known.Median, l.Known.P90, l.Unknown.Median, l.Unknown.P90, l.Ratio, l.AUC, l.Low, l.High, tells)
	}
	return table.Flush()
}
