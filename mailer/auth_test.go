package mailer

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/xdg-go/scram"
)

const (
	testUser     = "login@example.com"
	testPassword = "hunter2=,é" // has what SCRAM and URLs must escape
)

// authServer is a real SMTP server that takes mail after a login only.
type authServer struct {
	offers []string
	used   chan string // the mechanism of each login that worked
	mails  chan []byte
}

// startAuthServer offers the mechanisms on a connection that is secured by STARTTLS.
func startAuthServer(t *testing.T, offers ...string) (*authServer, Relay) {
	t.Helper()
	s := &authServer{offers: offers, used: make(chan string, 10), mails: make(chan []byte, 10)}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &authSession{server: s, conn: c}, nil
	}))
	config, roots := selfSigned(t, "localhost")
	server.Domain, server.TLSConfig = "localhost", config
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	relay := Relay{
		Host: "localhost", Port: listener.Addr().(*net.TCPAddr).Port, TLS: TLSStartTLS, Roots: roots,
		Username: testUser, password: testPassword,
	}
	return s, relay
}

type authSession struct {
	server *authServer
	conn   *smtp.Conn
	user   string
}

func (s *authSession) AuthMechanisms() []string { return s.server.offers }

func (s *authSession) Auth(mechanism string) (sasl.Server, error) {
	server, err := s.mechanism(mechanism)
	return &watchedAuth{Server: server, done: func() {
		s.user = testUser
		s.server.used <- mechanism
	}}, err
}

func (s *authSession) mechanism(name string) (sasl.Server, error) {
	state, _ := s.conn.TLSConnectionState()
	switch name {
	case "PLAIN":
		return sasl.NewPlainServer(func(_, username, password string) error { return check(username, password) }), nil
	case "LOGIN":
		return &loginServer{}, nil
	case "XOAUTH2":
		return xoauth2Server{}, nil
	case "SCRAM-SHA-1":
		return newSCRAM(scram.SHA1, nil)
	case "SCRAM-SHA-256":
		return newSCRAM(scram.SHA256, nil)
	case "SCRAM-SHA-256-PLUS":
		return newSCRAM(scram.SHA256, &state)
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

func (s *authSession) Mail(string, *smtp.MailOptions) error {
	if s.user == "" {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "log in first"}
	}
	return nil
}

func (s *authSession) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (s *authSession) Data(r io.Reader) error {
	source, err := io.ReadAll(r)
	s.server.mails <- source
	return err
}

func (s *authSession) Reset()        {}
func (s *authSession) Logout() error { return nil }

func check(username, password string) error {
	if username != testUser || password != testPassword {
		return smtp.ErrAuthFailed
	}
	return nil
}

// watchedAuth tells when a login has worked.
type watchedAuth struct {
	sasl.Server
	done func()
}

func (w *watchedAuth) Next(response []byte) ([]byte, bool, error) {
	challenge, done, err := w.Server.Next(response)
	if done && err == nil {
		w.done()
	}
	return challenge, done, err
}

// loginServer is the draft's LOGIN; go-sasl has a client only.
type loginServer struct{ answers []string }

func (s *loginServer) Next(response []byte) ([]byte, bool, error) {
	if response != nil {
		s.answers = append(s.answers, string(response))
	}
	switch len(s.answers) {
	case 0:
		return []byte("Username:"), false, nil
	case 1:
		return []byte("Password:"), false, nil
	}
	return nil, true, check(s.answers[0], s.answers[1])
}

// xoauth2Server refuses with a challenge first, as the providers do.
type xoauth2Server struct{}

func (xoauth2Server) Next(response []byte) ([]byte, bool, error) {
	switch want := "user=" + testUser + "\x01auth=Bearer " + testPassword + "\x01\x01"; {
	case len(response) == 0:
		return nil, true, smtp.ErrAuthFailed
	case string(response) != want:
		return []byte(`{"status":"401"}`), false, nil
	}
	return nil, true, nil
}

type scramServer struct{ conversation *scram.ServerConversation }

// newSCRAM binds to the TLS connection where there is a state, and insists on it.
func newSCRAM(hash scram.HashGeneratorFcn, state *tls.ConnectionState) (sasl.Server, error) {
	client, err := hash.NewClient(testUser, testPassword, "")
	if err != nil {
		return nil, err
	}
	stored, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: "salt", Iters: 4096})
	if err != nil {
		return nil, err
	}
	server, err := hash.NewServer(func(username string) (scram.StoredCredentials, error) {
		if username != testUser {
			return scram.StoredCredentials{}, errors.New("unknown user")
		}
		return stored, nil
	})
	if err != nil || state == nil {
		return &scramServer{server.NewConversation()}, err
	}
	binding, err := scram.NewTLSExporterBinding(state)
	return &scramServer{server.NewConversationWithChannelBindingRequired(binding)}, err
}

func (s *scramServer) Next(response []byte) ([]byte, bool, error) {
	if len(response) == 0 && s.conversation.Done() {
		return nil, true, nil // the client has seen our proof
	}
	if response == nil {
		return []byte{}, false, nil
	}
	challenge, err := s.conversation.Step(string(response))
	if err != nil {
		return nil, true, smtp.ErrAuthFailed
	}
	return []byte(challenge), false, nil
}

func TestLoginByEachMechanism(t *testing.T) {
	all := []string{"LOGIN", "PLAIN", "XOAUTH2", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "NTLM"}
	for _, c := range []struct {
		name   string
		auth   AuthMethod
		offers []string
		want   string // "" for a login that must not be tried
	}{
		{"best of all", "", all, "SCRAM-SHA-256-PLUS"},
		{"best without binding", "", []string{"PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"}, "SCRAM-SHA-256"},
		{"best of the old", "", []string{"PLAIN", "SCRAM-SHA-1"}, "SCRAM-SHA-1"},
		{"best of the open", "", []string{"LOGIN", "PLAIN"}, "PLAIN"},
		{"LOGIN alone", "", []string{"LOGIN"}, "LOGIN"},
		{"plain", AuthPlain, all, "PLAIN"},
		{"login", AuthLogin, all, "LOGIN"},
		{"scram", AuthSCRAM, []string{"PLAIN", "SCRAM-SHA-256"}, "SCRAM-SHA-256"},
		{"xoauth2", AuthXOAuth2, all, "XOAUTH2"},
		{"scram and nothing less", AuthSCRAM, []string{"PLAIN", "LOGIN"}, ""},
		{"plain and nothing else", AuthPlain, []string{"LOGIN", "SCRAM-SHA-256"}, ""},
		{"a token is no password", "", []string{"XOAUTH2"}, ""},
		{"none of ours", "", []string{"NTLM", "CRAM-MD5"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			server, relay := startAuthServer(t, c.offers...)
			relay.Auth = c.auth
			got := sendOne(t, connectToRelay(t, relay))
			if c.want == "" {
				if want := (outcome{verdict: down, trouble: notOffered}); got != want {
					t.Errorf("got %+v, want %+v", got, want)
				}
				return
			}
			if got.verdict != sent || len(server.mails) != 1 {
				t.Fatalf("got %+v and %d mails, want it sent", got, len(server.mails))
			}
			if used := <-server.used; used != c.want {
				t.Errorf("got a login by %s, want %s", used, c.want)
			}
		})
	}
}

func TestWrongPasswordByEachMechanism(t *testing.T) {
	for auth, offer := range map[AuthMethod]string{
		AuthPlain: "PLAIN", AuthLogin: "LOGIN", AuthSCRAM: "SCRAM-SHA-256", AuthXOAuth2: "XOAUTH2",
	} {
		t.Run(offer, func(t *testing.T) {
			_, relay := startAuthServer(t, offer)
			relay.Auth, relay.password = auth, "wrong"
			want := outcome{verdict: down, trouble: badLogin, code: 535, enhanced: "5.7.8"}
			if got := sendOne(t, connectToRelay(t, relay)); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// On loopback the password may go in the clear, whichever of its addresses it is; and
// -PLUS wants a TLS connection to bind to.
func TestLoginWithoutTLS(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "127.0.0.2"} {
		for _, mechanism := range []string{"PLAIN", "LOGIN"} {
			relay := newTestRelay(t)
			relay.extensions = append(relay.extensions, "AUTH SCRAM-SHA-256-PLUS "+mechanism)
			relay.listen(host + ":0")
			where := mustParse(t, relay.url())
			where.Username, where.password = testUser, testPassword
			if got := sendOne(t, connectToRelay(t, where)); got.verdict != sent {
				t.Errorf("%s, %s: got %+v, want it sent", host, mechanism, got)
			}
			if login := relay.commands()[1]; !strings.HasPrefix(login, "AUTH "+mechanism) {
				t.Errorf("%s: got %.10s…, want a login by %s", host, login, mechanism)
			}
		}
	}
}
