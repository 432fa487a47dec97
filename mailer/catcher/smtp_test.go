package catcher

import (
	"bytes"
	"errors"
	"net/smtp"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"github.com/wneessen/go-mail"
)

func TestEnvelopeAndSourceAreKeptAsTheyCame(t *testing.T) {
	c := start(t, Config{})
	source := "Subject: =?utf-8?q?=C3=9C?=\r\nX-Odd:  two  spaces \r\n\r\n.leading dot\r\ntab\there \xff\r\n\r\n"
	to := []string{"Ada@Example.com", "bob@example.org"}
	if err := smtp.SendMail(c.smtp, nil, "from@example.com", to, []byte(source)); err != nil {
		t.Fatal(err)
	}
	m := c.Messages()[0]
	if !bytes.Equal(m.Source, []byte(source)) {
		t.Errorf("source: got %q, want %q", m.Source, source)
	}
	if m.From != "from@example.com" || !slices.Equal(m.To, to) || m.Helo != "localhost" {
		t.Errorf("envelope: got %q %q %q", m.Helo, m.From, m.To)
	}
}

func TestAnyCredentialsAreAccepted(t *testing.T) {
	c := start(t, Config{})
	for name, auth := range map[string]smtp.Auth{
		"PLAIN":    smtp.PlainAuth("", "anybody", "anything", "127.0.0.1"),
		"CRAM-MD5": smtp.CRAMMD5Auth("anybody", "anything"),
		"LOGIN":    loginAuth{},
	} {
		t.Run(name, func(t *testing.T) {
			err := smtp.SendMail(c.smtp, auth, "from@example.com", []string{"to@example.com"}, []byte("Subject: x\r\n\r\n"))
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// loginAuth is the LOGIN mechanism, which net/smtp does not have.
type loginAuth struct{}

func (loginAuth) Start(*smtp.ServerInfo) (string, []byte, error) { return "LOGIN", nil, nil }

func (loginAuth) Next(challenge []byte, more bool) ([]byte, error) {
	switch {
	case !more:
		return nil, nil
	case string(challenge) == "Username:", string(challenge) == "Password:":
		return []byte("anything"), nil
	}
	return nil, errors.New("unexpected challenge " + string(challenge))
}

func TestNullSenderAndUTF8Addresses(t *testing.T) {
	c := start(t, Config{})
	client, err := smtp.Dial(c.smtp)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if ok, _ := client.Extension("SMTPUTF8"); !ok {
		t.Error("SMTPUTF8 is not offered")
	}
	if err := client.Mail(""); err != nil {
		t.Fatal(err)
	}
	if err := client.Rcpt("жанна@пример.example"); err != nil {
		t.Fatal(err)
	}
	w, err := client.Data()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	m := c.Messages()[0]
	if m.From != "" || !slices.Equal(m.To, []string{"жанна@пример.example"}) {
		t.Errorf("got %q %q", m.From, m.To)
	}
}

func TestTooLargeIsRefused(t *testing.T) {
	c := start(t, Config{MaxMessageBytes: 1000})
	err := smtp.SendMail(c.smtp, nil, "a@example.com", []string{"b@example.com"}, bytes.Repeat([]byte("x\r\n"), 1000))
	var refusal *textproto.Error
	if !errors.As(err, &refusal) || refusal.Code != 552 {
		t.Errorf("got %v, want 552", err)
	}
	if kept := len(c.Messages()); kept != 0 {
		t.Errorf("kept %d, want none", kept)
	}
}

// What Latchkey's own mailer sends with: both parts, every transfer encoding.
func TestGoMailInEveryEncoding(t *testing.T) {
	c := start(t, Config{})
	host, port := splitPort(t, c.smtp)
	client, err := mail.NewClient(host, mail.WithPort(port), mail.WithTLSPolicy(mail.NoTLS))
	if err != nil {
		t.Fatal(err)
	}
	text := "Grüße – öffne dies:\n\nhttps://login.example/l/" + loginToken + "\n\nCode: 0042 9917\n" + strings.Repeat("lang ", 40)
	for _, encoding := range []mail.Encoding{mail.EncodingQP, mail.EncodingB64, mail.NoEncoding} {
		t.Run(string(encoding), func(t *testing.T) {
			m := mail.NewMsg(mail.WithEncoding(encoding))
			if err := errors.Join(m.From("login@acme.example"), m.To("ada@example.com")); err != nil {
				t.Fatal(err)
			}
			m.Subject("Anmelden bei Müller & Söhne")
			m.SetBodyString(mail.TypeTextPlain, text)
			m.AddAlternativeString(mail.TypeTextHTML, "<p>"+text+"</p>")
			if err := client.DialAndSend(m); err != nil {
				t.Fatal(err)
			}
			got := c.Messages()[0]
			if strings.TrimSpace(got.Text) != strings.TrimSpace(text) {
				t.Errorf("text: got %q, want %q", got.Text, text)
			}
			if got.Subject != "Anmelden bei Müller & Söhne" || !strings.Contains(got.HTML, "Grüße") {
				t.Errorf("got subject %q, html %q", got.Subject, got.HTML)
			}
			if got.Token != loginToken || got.Code != "00429917" || got.Problem != "" {
				t.Errorf("got token %q, code %q, problem %q", got.Token, got.Code, got.Problem)
			}
		})
	}
}
