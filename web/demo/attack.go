package demo

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"
)

type attackRequest struct {
	Email string    `json:"email"`
	Since time.Time `json:"since"`
	Flow  string    `json:"flow"`
	Link  string    `json:"link"` // pasted from the mail, where there is no Inbox
}

// attack does to the person's link what scanners and thieves do, and streams
// each answer as a line of JSON while it comes.
func (a *App) attack(w http.ResponseWriter, r *http.Request) error {
	var req attackRequest
	if err := decode(w, r, &req); err != nil {
		return err
	}
	token, err := a.target(r.Context(), req)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	run := &attackRun{
		app: a, client: a.client(), token: token, flow: req.Flow, origin: a.origin(r),
		lines: json.NewEncoder(w), flush: http.NewResponseController(w).Flush,
	}
	run.all(r.Context())
	return nil
}

var (
	errNoMail = &refusal{StatusCode: http.StatusNotFound, Type: "demo_no_mail",
		Message: "There is no mail for this address yet. Wait for it, then attack."}
	errNotOurLink = &refusal{StatusCode: http.StatusBadRequest, Type: "demo_not_our_link",
		Message: "This is not a link of this Latchkey. Paste the link from the mail, whole."}
)

// target finds the token to attack.
func (a *App) target(ctx context.Context, req attackRequest) (token string, err error) {
	link := req.Link
	if link == "" && a.Inbox != "" {
		mail, err := a.newestMail(ctx, mailRequest{req.Email, req.Since}, 0)
		if err != nil {
			return "", err
		}
		if mail == nil {
			return "", errNoMail
		}
		link = mail.Link
	}
	return a.linkToken(link)
}

// A token is base64url; 44 characters today.
var linkPath = regexp.MustCompile(`^/l/([A-Za-z0-9_-]{1,128})$`)

// linkToken takes the token out of a magic link of our own API, and refuses any
// other URL. What the attack requests is built from a.API and the token, so
// nobody can aim it elsewhere.
func (a *App) linkToken(link string) (string, error) {
	path, ours := strings.CutPrefix(strings.TrimSpace(link), a.API)
	match := linkPath.FindStringSubmatch(path)
	if !ours || match == nil {
		return "", errNotOurLink
	}
	return match[1], nil
}

// An eye can follow this, and the whole attack stays below five seconds.
const (
	openPace   = 15 * time.Millisecond
	redeemPace = 350 * time.Millisecond
)

const opens = 50 // of HEAD, and as many of GET

// attackRun is one attack on one link.
type attackRun struct {
	app    *App
	client *http.Client
	token  string
	flow   string // of the person's own start
	origin string

	lines *json.Encoder
	flush func() error

	attempts, in int
}

// The lines of the stream, told apart by kind: one begin, attempts, and a
// verdict, or a problem instead where the attack can't go on.
type (
	beginLine struct {
		Kind string `json:"kind"`
		Link string `json:"link"` // masked
	}
	attemptLine struct {
		Kind    string   `json:"kind"`
		Group   string   `json:"group"` // head, get, missing, malformed, wrong or stranger
		Status  int      `json:"status"`
		In      bool     `json:"in"` // it got a session
		Refusal *refusal `json:"refusal,omitempty"`
	}
	problemLine struct {
		Kind    string   `json:"kind"`
		Refusal *refusal `json:"refusal"`
	}
	verdictLine struct {
		Kind     string `json:"kind"`
		Attempts int    `json:"attempts"`
		GotIn    int    `json:"got_in"`
	}
)

func (run *attackRun) all(ctx context.Context) {
	run.say(beginLine{"begin", run.app.API + "/l/" + run.token[:min(6, len(run.token))] + "…"})
	if err := run.everything(ctx); err != nil {
		run.say(problemLine{"problem", asRefusal(err)})
		return
	}
	run.say(verdictLine{"verdict", run.attempts, run.in})
}

func (run *attackRun) everything(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		run.heads, run.gets, run.withoutVerifier, run.withGibberish, run.withWrongVerifier, run.asStranger,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (run *attackRun) heads(ctx context.Context) error {
	for range opens {
		res, err := run.open(ctx, http.MethodHead, "head")
		if err != nil {
			return err
		}
		if res.StatusCode != http.StatusOK {
			return errLinkDead
		}
	}
	return nil
}

func (run *attackRun) gets(ctx context.Context) error {
	for range opens {
		res, err := run.open(ctx, http.MethodGet, "get")
		if err != nil {
			return err
		}
		if err := run.checkLanding(res); err != nil {
			return err
		}
	}
	return nil
}

// open follows the link as a mail scanner does. It would be in if the answer
// set a cookie.
func (run *attackRun) open(ctx context.Context, method, group string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, run.app.API+"/l/"+run.token, nil)
	if err != nil {
		return nil, err
	}
	res, err := run.client.Do(req)
	if err != nil {
		return nil, err
	}
	res.Body.Close()
	run.attempt(attemptLine{Group: group, Status: res.StatusCode, In: len(res.Cookies()) > 0})
	return res, pause(ctx, openPace)
}

var (
	errLinkDead = &refusal{StatusCode: http.StatusConflict, Type: "demo_link_dead",
		Message: "This link no longer opens: it was used already, or has expired. Ask for a new one and attack that."}
	errOtherFlow = &refusal{StatusCode: http.StatusConflict, Type: "demo_other_flow",
		Message: "The newest mail to this address belongs to another request. Ask for a new link here and attack that."}
)

// checkLanding stops an attack on a link that this page did not ask for: it
// would end in "now click yours", and that would be another.
func (run *attackRun) checkLanding(res *http.Response) error {
	landing, err := res.Location()
	if err != nil {
		return errLinkDead
	}
	if landing.Query().Get("flow") != run.flow {
		return errOtherFlow
	}
	return nil
}

func (run *attackRun) withoutVerifier(ctx context.Context) error {
	return run.redeem(ctx, "missing", "")
}

func (run *attackRun) withGibberish(ctx context.Context) error {
	return run.redeem(ctx, "malformed", "let me in, please")
}

func (run *attackRun) withWrongVerifier(ctx context.Context) error {
	return run.redeem(ctx, "wrong", newPair().verifier)
}

// asStranger is the thief with a login of their own: another client, which
// asked for a link itself and holds the verifier that opens that one.
func (run *attackRun) asStranger(ctx context.Context) error {
	own := newPair()
	run.client = run.app.client()
	var link started
	err := run.app.call(ctx, run.client, "/v1/magic_links/email/login_or_create", startCall{
		// An address of its own, and one that tells whose it is, lest the person find
		// two mails and click the stranger's. RFC 2606 keeps example.com from being
		// anybody's.
		Email:         "attacker-" + strings.ToLower(own.verifier[:6]) + "@example.com",
		CodeChallenge: own.challenge,
		RedirectURL:   run.origin + "/demo/callback",
	}, &link)
	if err != nil {
		return err
	}
	return run.redeem(ctx, "stranger", own.verifier)
}

// redeem tries the token with the project's secret, which is more than a thief
// has: the verifier alone is what is missing.
func (run *attackRun) redeem(ctx context.Context, group, verifier string) error {
	var in authenticated
	err := run.app.call(ctx, run.client, "/v1/magic_links/authenticate", redeemLinkCall{
		Token:                  run.token,
		CodeVerifier:           verifier,
		SessionDurationMinutes: sessionMinutes,
	}, &in)
	line := attemptLine{Group: group, Status: http.StatusOK, In: err == nil}
	var refused *refusal
	if errors.As(err, &refused) {
		line.Status, line.Refusal = refused.StatusCode, refused
	} else if err != nil {
		return err
	}
	run.attempt(line)
	return pause(ctx, redeemPace)
}

func (run *attackRun) attempt(line attemptLine) {
	line.Kind = "attempt"
	run.attempts++
	if line.In {
		run.in++
	}
	run.say(line)
}

// say ignores errors: who stopped listening has ended ctx, which stops the run.
func (run *attackRun) say(line any) {
	if run.lines.Encode(line) == nil {
		run.flush()
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
