package mailer

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// verdict is what an attempt's result means for the mail.
type verdict int

const (
	sent     verdict = iota // the relay has taken responsibility for it
	deferred                // try again after the mail's own pause
	redial                  // the kept connection was dead: nothing was tried yet
	bounced                 // they refuse: it will never arrive
	refused                 // the relay refuses us: keep the mail, stop them all
	down                    // the relay does not talk to us: the same, and no attempt of the mail's
)

// trouble says in a word why the relay takes nothing. The words are shown to
// operators, so they name what to look at.
type trouble string

const (
	unreachable   trouble = "is unreachable"
	badTLS        trouble = "shows no certificate that can be trusted"
	badLogin      trouble = "refuses the user name and password"
	notOffered    trouble = "does not offer the STARTTLS or AUTH that its configuration asks for"
	refusesSender trouble = "refuses the sender"
	refusesUs     trouble = "refuses to take mail from us"
	putsUsOff     trouble = "puts off the sender"
	breaksOff     trouble = "talks to us and takes no mail"
	noProgram     trouble = "is a program that cannot be run"
	programFails  trouble = "is a program that fails"
)

// outcome is the result of one attempt.
type outcome struct {
	verdict  verdict
	trouble  trouble // where verdict is refused or down
	code     int     // the server's reply; 0 when there was none
	local    bool    // it was a sendmail program, and code is its exit code
	enhanced string  // RFC 3463
	// inDoubt: all was sent and no answer came. The relay may have taken the mail,
	// and the next attempt may make two of it.
	inDoubt bool
	nobody  bool // bounced for want of a mailbox
	// cause is for the log, in fixed words: why there is no reply.
	cause string
}

// reply is what may be kept and shown of the server's answer: its codes. Its text
// may name the recipient.
func (o outcome) reply() string {
	switch {
	case o.local:
		return fmt.Sprintf("exit code %d", o.code)
	case o.code == 0 && o.verdict == sent:
		return replySent
	case o.code == 0:
		return "no reply"
	case o.enhanced == "":
		return fmt.Sprint(o.code)
	}
	return fmt.Sprintf("%d %s", o.code, o.enhanced)
}

// answered tells whether the relay judged this mail, which shows that it works. With 421
// it closes the connection, and with 4.3.x it speaks of its own state (RFC 3463 §3.4).
func (o outcome) answered() bool {
	switch o.verdict {
	case sent, bounced:
		return true
	case deferred:
		return o.code != 0 && o.code != 421 && !strings.HasPrefix(o.enhanced, "4.3.")
	}
	return false
}

// maybeForRecipient tells whether the relay may hand on what somebody else's server thinks of
// this recipient. Of one who has proven the address that is not to be expected.
func (o outcome) maybeForRecipient(unproven bool) bool { return unproven && o.trouble == refusesUs }

// classify reads the table of docs/mail.md. It looks at codes only: go-mail's IsTemp is
// false for every broken connection, and texts differ from server to server. kept
// says that the connection had carried mail before.
func classify(err error, delivered, kept bool) outcome {
	if delivered || err == nil {
		// An error here is of the RSET or QUIT that came after the 250.
		return outcome{verdict: sent}
	}
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return outcome{verdict: deferred}
	}
	o := outcome{code: failed.ErrorCode()}
	o.enhanced = enhancedOf(o.code, cmp.Or(failed.EnhancedStatusCode(), spokenEnhanced(o.code, failed)))
	switch o.code / 100 {
	case 5:
		o.verdict, o.trouble = permanent(failed.Reason, o)
		o.nobody = nobodyThere(o)
	case 4:
		o.verdict, o.trouble = temporary(failed.Reason, o.code, kept)
	default:
		o.verdict, o.trouble = broken(failed.Reason, kept)
		o.inDoubt = failed.Reason == gomail.ErrSMTPDataClose
		if o.trouble == unreachable {
			o.cause = "no answer to MAIL FROM"
		}
	}
	return o
}

// broken: no reply came. Before MAIL FROM was answered nothing of the mail was on
// its way: a kept connection was closed while it lay idle, and a fresh one means
// that the relay is ill.
func broken(at gomail.SendErrReason, kept bool) (verdict, trouble) {
	switch {
	case at != gomail.ErrConnCheck && at != gomail.ErrSMTPMailFrom:
		return deferred, ""
	case kept:
		return redial, ""
	}
	return down, unreachable
}

// temporary: with 421 the server closes the connection (RFC 5321 §3.8). In answer to
// MAIL FROM that is about the connection, and not about the mail; any other 4yz there is
// about the relay (its disk is full: 452 4.3.1) or the sender, and not about them.
func temporary(at gomail.SendErrReason, code int, kept bool) (verdict, trouble) {
	switch {
	case at != gomail.ErrSMTPMailFrom:
		return deferred, ""
	case code != 421:
		return refused, putsUsOff
	case kept:
		return redial, ""
	}
	return down, unreachable
}

// permanent tells a refusal of us from one of them. Only the latter bounces.
func permanent(at gomail.SendErrReason, o outcome) (verdict, trouble) {
	switch {
	case o.code == 530 || o.code == 535 || o.code == 538: // RFC 4954 §6
		return refused, badLogin
	case at == gomail.ErrSMTPMailFrom || aboutSender(o.enhanced):
		return refused, refusesSender
	case strings.HasPrefix(o.enhanced, "5.7."), o.enhanced == "5.4.5": // policy; our quota is used up
		return refused, refusesUs
	case at == gomail.ErrSMTPRcptTo && o.code == 554 && o.enhanced == "": // "transaction failed" says nothing of the mailbox
		return refused, refusesUs
	case at == gomail.ErrSMTPRcptTo && isProtocolFault(o.code):
		return deferred, ""
	}
	return bounced, ""
}

// aboutSender: Postfix answers MAIL FROM with 250 and refuses the sender at RCPT TO
// (smtpd_delay_reject), with the two codes of RFC 3463 §3.2 that are the sender's.
func aboutSender(enhanced string) bool { return enhanced == "5.1.7" || enhanced == "5.1.8" }

// isProtocolFault: the server did not understand the command (RFC 5321 §4.2.4 and
// §4.3.2), and so has said nothing about the mailbox.
func isProtocolFault(code int) bool {
	return code == 500 || code == 502 || code == 503 || code == 504 || code == 555
}

// classifyDial tells why no connection came to be. Whatever it is, it is the
// relay's: no mail was tried.
func classifyDial(err error) outcome {
	o := outcome{verdict: down, trouble: unreachable}
	var reply *textproto.Error
	if errors.As(err, &reply) {
		o.code, o.enhanced = reply.Code, enhancedOf(reply.Code, leadingEnhanced(reply.Msg))
	}
	switch {
	case o.code == 530 || o.code == 534 || o.code == 535 || o.code == 538:
		o.trouble = badLogin
	case o.code/100 == 5:
		o.trouble = refusesUs
	case o.code == 0 && isTLSFault(err):
		o.trouble, o.cause = badTLS, causeOf(err)
	case o.code == 0 && isMissingOffer(err):
		o.trouble = notOffered
	case o.code == 0:
		o.cause = causeOf(err)
	}
	return o
}

func isTLSFault(err error) bool {
	var certificate *tls.CertificateVerificationError
	var plain tls.RecordHeaderError // the port speaks no TLS
	var alert *net.OpError
	return errors.As(err, &certificate) || errors.As(err, &plain) ||
		errors.As(err, &alert) && (alert.Op == "remote error" || alert.Op == "local error")
}

// isMissingOffer: what is left when the connection held and the server refused
// nothing is the complaint that it lacks STARTTLS, go-mail's own and without a type,
// or a way to log in.
func isMissingOffer(err error) bool {
	var network net.Error
	var gibberish textproto.ProtocolError
	return !errors.As(err, &network) && !errors.As(err, &gibberish) &&
		!errors.Is(err, context.Canceled) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, net.ErrClosed)
}

// enhancedOf drops an enhanced status code of another class than the reply's
// (RFC 2034 §4 wants them equal): go-mail takes the first thing in the text that
// looks like one, and that may be part of an IP address.
func enhancedOf(code int, enhanced string) string {
	if !strings.HasPrefix(enhanced, fmt.Sprintf("%d.", code/100)) {
		return ""
	}
	return enhanced
}

// spokenEnhanced finds the enhanced status code that stands right behind the reply's
// code, from a server that uses them without offering ENHANCEDSTATUSCODES: go-mail
// then looks for none. To overlook a 5.7.1 would bounce every mail for a fault of
// the operator's.
func spokenEnhanced(code int, failed *gomail.SendError) string {
	return leadingEnhanced(spoken(code, failed))
}

// spoken is the text of the server's reply. go-mail keeps it in its own sentence only,
// in quotes.
func spoken(code int, failed *gomail.SendError) string {
	_, text, _ := strings.Cut(failed.Error(), fmt.Sprintf(": %d ", code))
	quoted, err := strconv.QuotedPrefix(text)
	if err != nil {
		return "" // there was no reply
	}
	text, _ = strconv.Unquote(quoted)
	return text
}

// leadingEnhanced is the enhanced status code that a reply's text begins with. Some
// servers put a # (Cisco's) or a bracket before it, some a colon behind it, and some give
// it a line of its own.
func leadingEnhanced(text string) string {
	text = strings.TrimLeft(text, "#[(")
	end := len(text) - len(strings.TrimLeft(text, "0123456789."))
	word := strings.TrimRight(text[:end], ".")
	if strings.Count(word, ".") != 2 {
		return ""
	}
	return word
}
