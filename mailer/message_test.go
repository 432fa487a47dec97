package mailer

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"latchkey/models"
	"latchkey/store"
	"latchkey/templates"
)

var update = flag.Bool("update", false, "rewrite the golden mails in testdata")

var asked = time.Date(2026, 3, 5, 14, 5, 0, 0, time.UTC)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// goldenMail is a mail with the words of that name.
func goldenMail(template string) *store.OwedMail {
	id := models.ID{0x01, 0x9c, 0xbe, 0x0f, 0x0f, 0x00, 0x70, 0x01, 0x80, 0x02, 0x03, 0x0a, 0x1b, 0x2c, 0x3d, 0x4e}
	at := models.At(asked)
	return &store.OwedMail{
		Mail:  models.QueuedMail{ID: id, ProjectID: "acme", LinkID: id, Template: template, CreatedAt: at, ExpiresAt: at.Add(15 * time.Minute)},
		Link:  models.MagicLink{ID: id, ProjectID: "acme", Kind: models.LinkLogin, KeyID: 1, UserAgent: firefox, IPAddress: "203.0.113.7", CreatedAt: at, ExpiresAt: at.Add(15 * time.Minute)},
		Email: models.Email{ID: id, Address: "Ada.Lovelace@example.com", Identity: "ada.lovelace@example.com"},
	}
}

// goldenMails has one mail for each of the words there are, as their senders queue them.
func goldenMails() []*store.OwedMail {
	var mails []*store.OwedMail
	for _, template := range []string{"login", "signup", "reset", "verify"} {
		mails = append(mails, goldenMail(template))
	}
	invite := goldenMail("invite")
	invite.Link.Kind, invite.Link.Challenge = models.LinkInvite, ""
	test := noAccount()
	test.Mail.Template = testTemplate
	return append(mails, invite, addressAdded(), noAccount(), test)
}

// addressAdded tells an old address of one that was proven by a link.
func addressAdded() *store.OwedMail {
	owed := goldenMail("address_added")
	redeemed := models.At(asked)
	owed.Mail.ID[15]++
	owed.Mail.Address, owed.Email.Address, owed.Link.RedeemedAt = "Ada.Lovelace@example.com", "new@other.example", &redeemed
	return owed
}

// noAccount names no link: there is nobody for whom one could have been made.
func noAccount() *store.OwedMail {
	owed := goldenMail("no_account")
	owed.Mail.LinkID, owed.Link, owed.Email = models.ID{}, models.MagicLink{}, models.Email{}
	owed.Mail.Address = "Ada.Lovelace@example.com"
	return owed
}

func testConfig() Config {
	return Config{
		Relays: []Relay{{Host: "localhost", Port: 1025, TLS: TLSNone}}, PublicURL: "https://login.example.com",
		Projects: map[string]Project{
			"acme":  {Name: "Acme", FromAddress: "login@acme.example"},
			"other": {Name: "Other", FromName: "Other Inc.", FromAddress: "hello@other.example"},
		},
	}
}

func testComposer(t *testing.T, config Config) *composer {
	t.Helper()
	set, err := templates.Load("")
	if err != nil {
		t.Fatal(err)
	}
	c := &composer{keys: testKeys(t), templates: set, publicURL: config.PublicURL}
	c.projects.Store(&config.Projects)
	return c
}

// source composes the mail as it goes over the wire, with TOKEN and letters in the
// place of real secrets, where it has any.
func source(t *testing.T, config Config, owed *store.OwedMail, token string) []byte {
	t.Helper()
	c, secrets := testComposer(t, config), secrets{token: token, code: "ABCDEFGH"}
	if owed.Link.Kind == models.LinkInvite {
		secrets.code = ""
	}
	m, err := c.composeWith(owed, secrets)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGoldenMails(t *testing.T) {
	for _, owed := range goldenMails() {
		got := source(t, testConfig(), owed, "TOKEN")
		file := filepath.Join("testdata", owed.Mail.Template+".eml")
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs; look at it and run the test with -update. Got:\n%s", file, got)
		}
	}
}

// headerLines counts each header field.
func headerLines(source []byte) map[string]int {
	head, _, _ := strings.Cut(string(source), "\r\n\r\n")
	count := make(map[string]int)
	for line := range strings.SplitSeq(head, "\r\n") {
		if name, _, found := strings.Cut(line, ":"); found && !strings.HasPrefix(line, " ") {
			count[name]++
		}
	}
	return count
}

func TestHeaders(t *testing.T) {
	raw := source(t, testConfig(), goldenMail("login"), "TOKEN")
	got := headerLines(raw)
	want := []string{
		"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
		"Auto-Submitted", "X-Auto-Response-Suppress",
	}
	for _, name := range want {
		if got[name] != 1 {
			t.Errorf("got %d %s, want 1", got[name], name)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %d kinds of header, want %d: %v", len(got), len(want), got)
	}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"From": `"Acme" <login@acme.example>`, "To": "<Ada.Lovelace@example.com>",
		"Subject":        "Sign in to Acme (14:05 UTC)",
		"Message-ID":     "<019cbe0f-0f00-7001-8002-030a1b2c3d4e@acme.example>",
		"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All",
		"Date": "Thu, 05 Mar 2026 14:05:00 +0000",
	} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// parts returns the decoded text and HTML of a mail, and fails if there is anything
// else in it.
func parts(t *testing.T, raw []byte) (text, page string) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	media, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || media != "multipart/alternative" {
		t.Fatalf("got %s, %v", media, err)
	}
	reader := multipart.NewReader(m.Body, parameters["boundary"])
	var bodies, types []string
	for {
		part, err := reader.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		bodies, types = append(bodies, string(body)), append(types, part.Header.Get("Content-Type"))
	}
	if fmt.Sprint(types) != "[text/plain; charset=UTF-8 text/html; charset=UTF-8]" {
		t.Fatalf("got parts %v", types)
	}
	return bodies[0], bodies[1]
}

func TestLinkIsWholeInTheSource(t *testing.T) {
	token := strings.Repeat("T", 44)
	link := "https://login.example.com/l/" + token
	eachWords(t, func(t *testing.T, owed *store.OwedMail) {
		raw := source(t, testConfig(), owed, token)
		for line := range strings.SplitSeq(string(raw), "\r\n") {
			if len(line) > 76 {
				t.Errorf("%d characters: %s", len(line), line)
			}
		}
		if !testComposer(t, testConfig()).carriesLink(owed) {
			if bytes.Contains(raw, []byte("http")) {
				t.Errorf("a mail without a link has one:\n%s", raw)
			}
			return
		}
		if len(link) > 76 || !bytes.Contains(raw, []byte("\r\n"+link+"\r\n")) {
			t.Errorf("%s (%d characters) is not alone on a line of the source:\n%s", link, len(link), raw)
		}
		text, page := parts(t, raw)
		if strings.Count(text, link) != 1 || strings.Count(page, link) != 3 {
			t.Errorf("want the link once in the text, and in the HTML twice to click and once to read; got %d and %d",
				strings.Count(text, link), strings.Count(page, link))
		}
	})
}

// eachWords runs a test for every mail in every language.
func eachWords(t *testing.T, test func(t *testing.T, owed *store.OwedMail)) {
	locales, err := templates.Locales("")
	if err != nil {
		t.Fatal(err)
	}
	for _, locale := range locales {
		for _, owed := range goldenMails() {
			owed.Mail.Locale = locale
			t.Run(locale+"/"+owed.Mail.Template, func(t *testing.T) { test(t, owed) })
		}
	}
}

// A host so long that quoted-printable has to break the line still comes out whole.
func TestLongLinkSurvives(t *testing.T) {
	config := testConfig()
	config.PublicURL = "https://" + strings.Repeat("very-long-name.", 8) + "example.com"
	token := strings.Repeat("T", 44)
	text, _ := parts(t, source(t, config, goldenMail("login"), token))
	if !strings.Contains(strings.ReplaceAll(text, "\r\n", "\n"), "\n"+config.PublicURL+"/l/"+token+"\n") {
		t.Errorf("the link is not alone on its line:\n%s", text)
	}
}

func TestEveryAttemptSendsTheSameBytes(t *testing.T) {
	first := source(t, testConfig(), goldenMail("signup"), "TOKEN")
	again := goldenMail("signup")
	again.Mail.Attempts, again.Mail.LastReply = 3, "450 4.2.0"
	if second := source(t, testConfig(), again, "TOKEN"); !bytes.Equal(first, second) {
		t.Error("two attempts at one mail differ")
	}
}

func TestTokenOpensItsLink(t *testing.T) {
	owed := goldenMail("login")
	m, err := testComposer(t, testConfig()).compose(owed)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	text, _ := parts(t, b.Bytes())
	token := regexp.MustCompile(`https://login\.example\.com/l/(\S+)`).FindStringSubmatch(text)[1]
	if id, err := testKeys(t).Open("link", token); err != nil || models.ID(id) != owed.Link.ID {
		t.Errorf("got link %s, %v", models.ID(id), err)
	}
}

// FuzzFacts: whatever the caller said of browser and address, and however a project
// is called, the mail has the same headers and the same two parts, and its HTML not one
// element more.
func FuzzFacts(f *testing.F) {
	f.Add("Acme", firefox, "203.0.113.7")
	f.Add("Größe & Söhne <b>", "x\r\nBcc: eve@example.com", "fe80::1%eth0\r\n")
	f.Add("日本", "\u202e", "--part-019cbe0f")
	f.Fuzz(func(t *testing.T, name, userAgent, ip string) {
		if nameFault(name) != "" || name == "" {
			return
		}
		config := testConfig()
		config.Projects = map[string]Project{"acme": {Name: name, FromAddress: "login@acme.example"}}
		owed := goldenMail("login")
		owed.Link.UserAgent, owed.Link.IPAddress = userAgent, ip
		raw := source(t, config, owed, "TOKEN")
		if got := headerLines(raw); len(got) != 9 || got["Subject"] != 1 {
			t.Errorf("got headers %v", got)
		}
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if want := "Sign in to " + name + " (14:05 UTC)"; err != nil || strings.Join(strings.Fields(subject), " ") != strings.Join(strings.Fields(want), " ") {
			t.Errorf("got subject %q, %v; want %q", subject, err, want)
		}
		text, page := parts(t, raw)
		if strings.Count(text, "/l/TOKEN") != 1+strings.Count(name, "/l/TOKEN")*2 {
			t.Errorf("the text part lost its link:\n%s", text)
		}
		_, plain := parts(t, source(t, testConfig(), goldenMail("login"), "TOKEN"))
		if strings.Count(page, "<") > strings.Count(plain, "<") {
			t.Errorf("the HTML part has more elements than it should:\n%s", page)
		}
	})
}

func TestBrowsers(t *testing.T) {
	for userAgent, want := range map[string]string{
		firefox: "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36":                            "Chrome on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":              "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15":                      "Safari on macOS",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1":    "Safari on iPhone",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.0.0 Mobile/15E148 Safari/604.1": "Chrome on iPhone",
		"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":                      "Chrome on Android",
		"Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36": "Samsung Internet on Android",
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36":                             "Chrome on ChromeOS",
		"Firefox/140.0":       "Firefox",
		"curl/8.9.1":          "",
		"":                    "",
		"Mozilla/5.0 (Linux)": "",
	} {
		got, system := browserOf(userAgent)
		if got != "" && system != "" {
			got += " on " + system
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", userAgent, got, want)
		}
	}
}

// The code is bound to the verifier: no challenge, no code; nor where it is off.
func TestWhenAMailShowsACode(t *testing.T) {
	for _, tc := range []struct {
		name      string
		on        bool
		challenge string
		want      bool
	}{
		{"a project with codes", true, "challenge", true},
		{"a link without a challenge", true, "", false},
		{"a project without codes", false, "challenge", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			config, owed := testConfig(), goldenMail("login")
			acme := config.Projects["acme"]
			acme.Code, owed.Link.Challenge = tc.on, tc.challenge
			config.Projects["acme"] = acme
			got, err := testComposer(t, config).secretsOf(owed)
			if err != nil {
				t.Fatal(err)
			}
			if (got.code != "") != tc.want {
				t.Errorf("got code %q, want one: %v", got.code, tc.want)
			}
		})
	}
}

func TestProjectsCanBeReplaced(t *testing.T) {
	c := testComposer(t, testConfig())
	projects := map[string]Project{"acme": {Name: "Acme Two", FromAddress: "login@two.example"}}
	c.projects.Store(&projects)
	m, err := c.compose(goldenMail("login"))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.GetFromString(); len(got) != 1 || got[0] != `"Acme Two" <login@two.example>` {
		t.Errorf("got From %q", got)
	}
}
