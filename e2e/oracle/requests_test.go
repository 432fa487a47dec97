package oracle

// request is one thing that somebody asks for. It is told twice: to the oracle, and to
// the service. The answers must be the same.
type request interface {
	believe(o *oracle) string
	ask(s *system) (string, error)
}

// What a client may show as its verifier beside the verifiers of the flows, which count
// from 1.
const (
	noVerifier  = 0
	badVerifier = -1 // too short
)

// token is a session's token. The first one is of generation 0.
type token struct{ session, generation int }

type start struct {
	number           int
	project, address string
	flow             int // 0: without a challenge
	public, pending  bool
}

// send is a start for somebody who is known: by the address, or as whom an earlier
// request was about, or by a session.
type send struct {
	start
	user    int
	session token
}

type invite struct {
	number           int
	project, address string
}

// press is the button on an invite's page.
type press struct{ link int }

type open struct{ link int }

// ticket is what the redemption of a link or of a code has to say of a session.
type ticket struct {
	minutes int   // 0: none is asked for
	in      token // to go on in; zero: none
	anew    bool
}

type redeem struct {
	number   int
	link     int
	mailed   bool // the token in an invite's mail, which redeems nothing
	project  string
	verifier int
	public   bool
	ticket
}

type code struct {
	number           int
	project, address string
	of               int // whose link's code; 0: a wrong one
	verifier         int
	public           bool
	ticket
}

type authenticate struct {
	project string
	session token
	minutes int // 0: its end stays
}

type revoke struct {
	project string
	session token
	byID    bool
}

type revokeInvites struct{ project, address string }

type create struct {
	number           int
	project, address string
}

// embed is about the person of an earlier request, as are the two that follow.
type embed struct{ number, user int }

type deleteUser struct{ user int }

type deleteAddress struct{ of int }

// wait lets time pass until an instant.
type wait struct{ until int64 }
