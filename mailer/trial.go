package mailer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/textproto"
	"strings"
)

// Stage is how far a session with a relay came.
type Stage string

const (
	StageConnect     Stage = "connect"
	StageGreeting    Stage = "greeting" // and EHLO
	StageTLS         Stage = "tls"      // STARTTLS included
	StageCertificate Stage = "certificate"
	StageLogin       Stage = "login"
	StageMail        Stage = "mail_from"
	StageRcpt        Stage = "rcpt_to"
	StageMessage     Stage = "message" // DATA and what follows
	StageProgram     Stage = "program" // instead of a session
)

// Failure is where and why a relay would take no mail.
type Failure struct {
	Stage    Stage
	Code     int    // of the relay's reply, or the program's exit code; 0 when there was none
	Enhanced string // RFC 3463
	Text     string // the rest of the reply; "" of a login, where it may repeat the password
	// NotOffered: the relay lacks the STARTTLS or the AUTH that the configuration wants.
	NotOffered bool
	// Silent: the port was open, and not a byte came from it.
	Silent bool
	Cause  error // may hold words of the relay's
}

// Reply is the codes of the relay's answer, as in "550 5.7.1", or "no reply".
func (f *Failure) Reply() string {
	return outcome{verdict: down, code: f.Code, enhanced: f.Enhanced, local: f.Stage == StageProgram}.reply()
}

// Trial is one session with a relay as the senders hold it, up to RCPT TO: it hands
// over no message. It is not for concurrent use.
type Trial struct{ connection *connection }

// Trial prepares a session with one of the relays.
func (c Config) Trial(relay Relay) *Trial {
	return &Trial{c.connectionTo(relay)}
}

// Dial goes up to the login. It is nil where all is well.
func (t *Trial) Dial(ctx context.Context) *Failure {
	if err := t.connection.dial(ctx); err != nil {
		return newFailure(t.connection.relay.dialStage(err), err)
	}
	return nil
}

// Certificate is the one that the relay showed; nil without TLS.
func (t *Trial) Certificate() *x509.Certificate {
	state, ok := t.connection.session.TLSConnectionState()
	if !ok || len(state.PeerCertificates) == 0 {
		return nil
	}
	return state.PeerCertificates[0]
}

// Offer asks the relay to take a mail, and takes it back. It is nil where all is well.
// After a failure without a reply the session is over.
func (t *Trial) Offer(ctx context.Context, from, to string) *Failure {
	t.connection.raw.refill()
	defer context.AfterFunc(ctx, t.connection.hangUpFunc())()
	session := t.connection.session
	if err := session.UpdateDeadline(transferTimeout); err != nil {
		return newFailure(StageMail, err)
	}
	if err := session.Mail("<" + from + ">"); err != nil {
		return newFailure(StageMail, errors.Join(err, session.Reset()))
	}
	if err := session.Rcpt("<" + to + ">"); err != nil {
		return newFailure(StageRcpt, errors.Join(err, session.Reset()))
	}
	if err := session.Reset(); err != nil {
		return newFailure(StageRcpt, err)
	}
	return nil
}

// Quit takes leave of the relay.
func (t *Trial) Quit() { t.connection.quit() }

func newFailure(at Stage, err error) *Failure {
	f := &Failure{Stage: at, Cause: err, Silent: errors.Is(err, errSilent)}
	var reply *textproto.Error
	if errors.As(err, &reply) {
		f.Code, f.Enhanced = reply.Code, enhancedOf(reply.Code, leadingEnhanced(reply.Msg))
		if at != StageLogin {
			f.Text = strings.TrimSpace(strings.TrimPrefix(reply.Msg, f.Enhanced))
		}
		return f
	}
	f.NotOffered = (at == StageTLS || at == StageLogin) && !isTLSFault(err) && isMissingOffer(err)
	return f
}

// stageError is an error of a stage that does not show by itself.
type stageError struct {
	stage Stage
	error
}

func (e *stageError) Unwrap() error { return e.error }

func failedAt(stage Stage, err error) error {
	if err == nil {
		return nil
	}
	return &stageError{stage, err}
}

// dialStage finds the stage of an error of connection.dial.
func (r Relay) dialStage(err error) Stage {
	var network *net.OpError
	var certificate *tls.CertificateVerificationError
	var known *stageError
	var reply *textproto.Error
	switch {
	case errors.As(err, &network) && network.Op == "dial":
		return StageConnect
	case errors.As(err, &certificate):
		return StageCertificate
	case errors.As(err, &known):
		return known.stage
	case r.TLS != TLSStartTLS || errors.Is(err, errSilent):
		return StageGreeting
	case errors.As(err, &reply) && reply.Code != 454: // RFC 3207 §4
		return StageGreeting
	case reply != nil, isTLSFault(err), isMissingOffer(err):
		return StageTLS
	}
	return StageGreeting
}
