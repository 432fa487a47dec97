package mailer

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"
	"time"
)

func TestTLS(t *testing.T) {
	ours, roots := selfSigned(t, "localhost")
	others, _ := selfSigned(t, "localhost")
	otherName, otherNameRoots := selfSigned(t, "mail.example.com")
	expired, expiredRoots := selfSignedUntil(t, "localhost", time.Now().Add(-time.Minute))
	untrusted := func(cause string) outcome { return outcome{verdict: down, trouble: badTLS, cause: cause} }
	for _, c := range []struct {
		name  string
		tls   *tls.Config
		roots *x509.CertPool
		want  outcome
	}{
		{"good", ours, roots, outcome{verdict: sent}},
		{"unknown issuer", others, roots, untrusted("a certificate of an unknown authority")},
		{"unknown to the system", ours, nil, untrusted("a certificate of an unknown authority")},
		{"another name", otherName, otherNameRoots, untrusted("a certificate for another name")},
		{"expired", expired, expiredRoots, untrusted("a certificate that has expired")},
	} {
		for _, mode := range []TLSMode{TLSStartTLS, TLSImplicit} {
			t.Run(c.name+", "+string(mode), func(t *testing.T) {
				relay := startSecured(t, mode, c.tls)
				if got := sendOne(t, connectToRelay(t, securedBy(relay, mode, c.roots))); got != c.want {
					t.Errorf("got %+v, want %+v", got, c.want)
				}
			})
		}
	}
}

// A relay that should secure the connection and does not gets no mail.
func TestTLSThatIsNotThere(t *testing.T) {
	ours, roots := selfSigned(t, "localhost")
	for _, c := range []struct {
		name   string
		mode   TLSMode
		change func(*testRelay)
		want   outcome
	}{
		{"STARTTLS dropped", TLSStartTLS, func(r *testRelay) { r.extensions = nil }, outcome{verdict: down, trouble: notOffered}},
		{"STARTTLS refused", TLSStartTLS, func(r *testRelay) { r.script["starttls"] = say("454 4.7.0 not now") },
			outcome{verdict: down, trouble: unreachable, code: 454, enhanced: "4.7.0"}},
		{"handshake broken off", TLSStartTLS, func(r *testRelay) { r.script["starttls"] = step{reply: "220 2.0.0 ready", close: true} },
			outcome{verdict: down, trouble: unreachable, cause: "it closed the connection"}},
		{"plain text where TLS is due", TLSImplicit, func(r *testRelay) { r.implicit = false }, outcome{verdict: down, trouble: badTLS, cause: "it speaks no TLS on this port"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			relay := startSecured(t, c.mode, ours)
			relay.change(c.change)
			if got := sendOne(t, connectToRelay(t, securedBy(relay, c.mode, roots))); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if len(relay.mails) != 0 {
				t.Error("the mail was sent in the clear")
			}
		})
	}
}

// startSecured starts a relay that protects connections in that way.
func startSecured(t *testing.T, mode TLSMode, config *tls.Config) *testRelay {
	t.Helper()
	relay := newTestRelay(t)
	relay.tls, relay.implicit = config, mode == TLSImplicit
	if mode == TLSStartTLS {
		relay.extensions = append(relay.extensions, "STARTTLS")
	}
	relay.listen("127.0.0.1:0")
	return relay
}

func securedBy(r *testRelay, mode TLSMode, roots *x509.CertPool) Relay {
	return Relay{Host: "localhost", Port: r.listener.Addr().(*net.TCPAddr).Port, TLS: mode, Roots: roots}
}

// go-mail returns from a failed handshake without closing the connection: a probe
// every few seconds would use up the file descriptors.
func TestFailedHandshakeLeavesNoConnection(t *testing.T) {
	relay := startRelay(t)
	connection := connectToRelay(t, securedBy(relay, TLSStartTLS, nil))
	if got := sendOne(t, connection); got.trouble != notOffered {
		t.Fatalf("got %+v", got)
	}
	select {
	case <-relay.gone:
	case <-time.After(5 * time.Second):
		t.Error("the connection is still open")
	}
}
