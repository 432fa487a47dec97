package doctor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// The relay's user. Neither the password nor what it looks like on the wire may be
// told of.
const (
	relayUser     = "mailuser"
	relayPassword = "pa55-w0rd-0f-the-relay"
)

// relayServer is an SMTP server that wants TLS and a login, and takes everything,
// except where a test says otherwise.
type relayServer struct {
	smtp       *smtp.Server
	address    string
	mechanisms []string
	login      error // of who gives the right password
	mail, rcpt func(address string) error
	hangUp     bool         // at MAIL FROM
	messages   atomic.Int32 // must stay 0
}

// newRelayServer does not listen yet.
func newRelayServer(certificate *tls.Config) *relayServer {
	taken := func(string) error { return nil }
	r := &relayServer{mechanisms: []string{sasl.Plain}, mail: taken, rcpt: taken}
	r.smtp = smtp.NewServer(smtp.BackendFunc(func(conn *smtp.Conn) (smtp.Session, error) {
		return &relaySession{relay: r, conn: conn}, nil
	}))
	r.smtp.Domain = "relay.example"
	r.smtp.TLSConfig = certificate
	r.smtp.ErrorLog = discard{}
	return r
}

func (r *relayServer) listen(t *testing.T, wrap func(net.Listener) net.Listener) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.address = listener.Addr().String()
	if wrap != nil {
		listener = wrap(listener)
	}
	go r.smtp.Serve(listener)
	t.Cleanup(func() { r.smtp.Close() })
}

type discard struct{}

func (discard) Printf(string, ...any) {}
func (discard) Println(...any)        {}

type relaySession struct {
	relay    *relayServer
	conn     *smtp.Conn
	loggedIn bool
}

func (s *relaySession) AuthMechanisms() []string { return s.relay.mechanisms }

func (s *relaySession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != relayUser || password != relayPassword {
			return smtp.ErrAuthFailed
		}
		s.loggedIn = s.relay.login == nil
		return s.relay.login
	}), nil
}

func (s *relaySession) Mail(from string, _ *smtp.MailOptions) error {
	if !s.loggedIn {
		return refusal(530, "5.7.0", "log in first")
	}
	if s.relay.hangUp {
		s.conn.Conn().Close()
	}
	return s.relay.mail(from)
}

func (s *relaySession) Rcpt(to string, _ *smtp.RcptOptions) error {
	return s.relay.rcpt(to)
}

func (s *relaySession) Data(io.Reader) error {
	s.relay.messages.Add(1)
	return errors.New("nobody asked for this")
}

func (s *relaySession) Reset()        {}
func (s *relaySession) Logout() error { return nil }

func refusal(code int, enhanced, text string) error {
	var e smtp.EnhancedCode
	for i, digit := range []byte{enhanced[0], enhanced[2], enhanced[4]} {
		e[i] = int(digit - '0')
	}
	return &smtp.SMTPError{Code: code, EnhancedCode: e, Message: text}
}

func always(err error) func(string) error { return func(string) error { return err } }

// authority is a certificate authority of the tests'.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	key, certificate := signed(t, template, nil)
	return &authority{certificate, key}
}

// certify makes a server's certificate for the name, good until then.
func (a *authority) certify(t *testing.T, name string, until time.Time) *tls.Config {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: until, DNSNames: []string{name},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	key, certificate := signed(t, template, a)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{certificate.Raw}, PrivateKey: key}}}
}

// signed makes a certificate of the authority's or, without one, of its own.
func signed(t *testing.T, template *x509.Certificate, by *authority) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if by == nil {
		by = &authority{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.certificate, key.Public(), by.key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, certificate
}

func (a *authority) write(t *testing.T, folder string) {
	t.Helper()
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
	if err := os.WriteFile(filepath.Join(folder, "ca.pem"), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// answering is a port that says this to everybody who connects, and no more.
func answering(t *testing.T, text string) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			io.WriteString(conn, text)
			conn.(*net.TCPConn).CloseWrite()
		}
	}()
	return listener.Addr().String()
}

// closedPort is one where nothing listens: tcpmux, which nobody runs. A port that was
// free a moment ago may be the next test's.
const closedPort = "127.0.0.1:1"
