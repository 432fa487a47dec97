package e2e

import (
	"bytes"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// example is one of examples/, running against a `latchkey dev`.
type example struct {
	*process
	origin string
	dev    *dev
}

// runExample starts the command, which browsers reach directly.
func runExample(t *testing.T, d *dev, cmd *exec.Cmd) *example {
	t.Helper()
	listen := freeAddress(t)
	return runExampleAs(t, d, cmd, listen, "http://"+listen)
}

// runExampleAs tells it by the environment where it and Latchkey are, and what browsers call it.
func runExampleAs(t *testing.T, d *dev, cmd *exec.Cmd, listen, origin string) *example {
	t.Helper()
	_, port, _ := strings.Cut(listen, ":")
	cmd.Env = append(os.Environ(), "LATCHKEY_URL="+d.url, "LATCHKEY_PROJECT="+devProject, "LATCHKEY_SECRET="+devSecret,
		"LISTEN="+listen, "PORT="+port, "ORIGIN="+origin)
	e := &example{process: start(t, cmd), origin: origin, dev: d}
	e.said(t, newestOf(e), regexp.QuoteMeta("open "+origin))
	return e
}

// newestOf: Go's log goes to stderr, Node's console.log to stdout.
func newestOf(e *example) *output {
	if filepath.Base(e.cmd.Path) == "node" {
		return e.stdout
	}
	return e.stderr
}

func goExample(t *testing.T, name string) *exec.Cmd {
	t.Helper()
	binary := filepath.Join(t.TempDir(), name)
	if out, err := exec.Command("go", "build", "-o", binary, "latchkey/examples/"+name).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return exec.Command(binary)
}

var installedExpress = npmProject(filepath.Join("..", "examples", "express"))

func expressExample(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("node", "server.js")
	cmd.Dir = installedExpress(t)
	return cmd
}

// surfer is a browser without scripts: it keeps cookies and follows redirects.
type surfer struct {
	t      *testing.T
	client *http.Client
	origin string
}

func (e *example) surfer(t *testing.T) *surfer {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &surfer{t: t, client: &http.Client{Jar: jar}, origin: e.origin}
}

func (s *surfer) open(address string) *visited {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.visit(req)
}

// submit sends a form as a browser does from a page of that site.
func (s *surfer) submit(path, site string, fields url.Values) *visited {
	s.t.Helper()
	return s.submitWith(path, http.Header{"Sec-Fetch-Site": {site}}, fields)
}

// submitWith sends a form, with what the browser says of where it comes from.
func (s *surfer) submitWith(path string, from http.Header, fields url.Values) *visited {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.origin+path, strings.NewReader(fields.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header = from
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.visit(req)
}

func (s *surfer) visit(req *http.Request) *visited {
	s.t.Helper()
	res, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return &visited{status: res.StatusCode, address: res.Request.URL, text: string(content)}
}

// peeks asks for the headers alone, as some scanners do.
func (s *surfer) peeks(address string) {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodHead, address, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if got := s.visit(req); got.status != http.StatusMethodNotAllowed {
		s.t.Errorf("HEAD on the landing got %d at %s, want 405", got.status, got.address)
	}
}

// refusesForeignForms: those of other sites, and from browsers before 2023 and on plain http,
// which say only the origin.
func (s *surfer) refusesForeignForms(path string) {
	s.t.Helper()
	for _, from := range []http.Header{
		{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}},
		{"Origin": {"http://elsewhere.example"}}, {"Origin": {"null"}},
	} {
		if got := s.submitWith(path, from.Clone(), url.Values{"email": {"ada@example.com"}}); got.status != http.StatusForbidden {
			s.t.Errorf("a form with %v got %d, want 403", from, got.status)
		}
	}
}

// visited is where a surfer has ended up.
type visited struct {
	status  int
	address *url.URL
	text    string
}

// shows wants the words on the page, and no token in its address.
func (p *visited) shows(t *testing.T, words string) {
	t.Helper()
	if !strings.Contains(p.text, words) {
		t.Errorf("%s shows no %q, but\n%s", p.address, words, p.text)
	}
	if p.address.Query().Has("token") {
		t.Errorf("the token is still in the address %s", p.address)
	}
}

var hiddenFlow = regexp.MustCompile(`name="flow" value="([\w-]{16})"`)

func (p *visited) flow(t *testing.T) string {
	t.Helper()
	found := hiddenFlow.FindStringSubmatch(p.text)
	if found == nil {
		t.Fatalf("there is no flow on the page\n%s", p.text)
	}
	return found[1]
}

// TestBackEndExamples: both keep verifier and session in cookies, and behave alike.
func TestBackEndExamples(t *testing.T) {
	t.Parallel()
	d, down := startDev(t), &dev{url: "http://" + freeAddress(t)}
	for name, command := range map[string]func(*testing.T) *exec.Cmd{
		"web":     func(t *testing.T) *exec.Cmd { return goExample(t, "web") },
		"express": expressExample,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkBackEndExample(t, runExample(t, d, command(t)), name+"@example.com")
			ada := runExample(t, down, command(t)).surfer(t)
			ada.submit("/login", "same-origin", url.Values{"email": {"ada@example.com"}}).shows(t, "Please try again in a moment")
		})
	}
}

// TestBackEndExamplesOnHTTPS: no other host of the domain can set their cookies.
func TestBackEndExamplesOnHTTPS(t *testing.T) {
	t.Parallel()
	d := startDev(t, "--redirect", "https://app.example.com/authenticate")
	for name, cmd := range map[string]*exec.Cmd{
		"web": goExample(t, "web"), "express": expressExample(t), "passwords": goExample(t, "passwords"),
	} {
		listen := freeAddress(t)
		runExampleAs(t, d, cmd, listen, "https://app.example.com") // as behind a proxy
		path := "/login"
		if name == "passwords" {
			path = "/forgot"
		}
		res, err := http.PostForm("http://"+listen+path, url.Values{"email": {"ada@example.com"}})
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("Set-Cookie"); !strings.HasPrefix(got, "__Host-") || !strings.Contains(got, "; Secure") {
			t.Errorf("%s sets %q, want __Host- and Secure", name, strings.Split(got, "=")[0])
		}
	}
}

func checkBackEndExample(t *testing.T, e *example, address string) {
	ada, other := e.surfer(t), e.surfer(t)
	ask := func(s *surfer, address string) *visited {
		return s.submit("/login", "same-origin", url.Values{"email": {address}})
	}

	mistyped := ask(ada, "no address")
	mistyped.shows(t, "Send one e-mail address")
	mistyped.shows(t, `value="no address"`)
	asked := ask(ada, address)
	asked.shows(t, "Look into your mail")
	mail := e.dev.mail(t, address)
	ask(ada, "second-"+address) // another tab, whose verifier must not take the first one's place

	other.open(mail.Link).shows(t, "in another browser")
	landing := landingOf(t, mail.Link).String()
	ada.peeks(landing)
	ada.open(landing).shows(t, "signed in as <b>"+address)
	ada.open(landing).shows(t, "signed in as <b>"+address)
	code := url.Values{"email": {address}, "flow": {asked.flow(t)}, "code": {mail.Code}}
	ada.submit("/code", "same-origin", code).shows(t, "signed in as <b>"+address) // in the tab that waited
	ask(other, "other-"+address)
	ada.open(e.dev.mail(t, "other-"+address).Link).shows(t, "in another browser")
	ada.refusesForeignForms("/login")
	ada.refusesForeignForms("/logout")
	ada.submitWith("/logout", http.Header{"Origin": {e.origin}}, nil).shows(t, "Mail me a link")
	ada.submit("/logout", "same-origin", nil).shows(t, "Mail me a link") // in another tab
	ada.open(e.origin).shows(t, "Mail me a link")
	ada.open(landing).shows(t, "has been used")

	asked = ask(ada, address)
	code = url.Values{"email": {address}, "flow": {asked.flow(t)}, "code": {e.dev.mailAfter(t, address, mail.ID).Code}}
	other.submit("/code", "same-origin", code).shows(t, "in another browser")
	for typed, says := range map[string]string{"": "eight digits", "abc": "eight digits", "00000000": "not the code of the newest mail"} {
		wrong := url.Values{"email": {address}, "flow": {asked.flow(t)}, "code": {typed}}
		ada.submit("/code", "same-origin", wrong).shows(t, says)
	}
	ada.submit("/code", "same-origin", code).shows(t, "signed in as <b>"+address)
	late := url.Values{"email": {address}, "flow": {ask(ada, address).flow(t)}, "code": {"00000000"}}
	ada.submit("/code", "same-origin", late).shows(t, "signed in as <b>"+address)
	other.open(e.origin).shows(t, "Mail me a link")
}

func TestPasswordsExample(t *testing.T) {
	t.Parallel()
	const address, forgotten, chosen = "ada@example.com", "a password that was forgotten", "one that is remembered"
	d := startDev(t)
	// Latchkey knows her from before, as it does once the README was tried.
	if known, err := d.backEnd().post("/v1/users", body{"email": address}); err != nil || known.Status != http.StatusOK {
		t.Fatalf("got %+v, %v", known, err)
	}
	e := runExample(t, d, goExample(t, "passwords"))
	ada, other := e.surfer(t), e.surfer(t)
	signIn := func(s *surfer, password string) *visited {
		return s.submit("/login", "same-origin", url.Values{"email": {address}, "password": {password}})
	}
	signIn(other, forgotten).shows(t, "signed in as")

	ada.refusesForeignForms("/forgot")
	asked := ada.submit("/forgot", "same-origin", url.Values{"email": {address}})
	asked.shows(t, "Look into your mail")
	mail := e.dev.mail(t, address)
	other.open(mail.Link).shows(t, "Open this link where you asked for it")
	ada.peeks(landingOf(t, mail.Link).String())
	form := ada.open(mail.Link)
	form.shows(t, "Your new password")

	reset := func(s *surfer, password string) *visited {
		return s.submit("/reset", "same-origin", url.Values{"flow": {form.flow(t)}, "password": {password}})
	}
	reset(other, chosen).shows(t, "has been used, or is too old")
	reset(ada, "short").shows(t, "15 characters or more")
	reset(ada, chosen).shows(t, "Your password is set")
	reset(ada, "yet another password").shows(t, "has been used, or is too old")

	other.open(e.origin).shows(t, "Forgot your password?") // signed out with the rest
	signIn(ada, forgotten).shows(t, "do not belong together")
	signIn(ada, chosen).shows(t, "signed in as <b>"+address)
}

func TestPasswordsExampleByCode(t *testing.T) {
	t.Parallel()
	const address, chosen = "ada@example.com", "one that is remembered"
	e := runExample(t, startDev(t), goExample(t, "passwords"))
	ada := e.surfer(t)
	flow := ada.submit("/forgot", "same-origin", url.Values{"email": {address}}).flow(t)
	code := e.dev.mail(t, address).Code
	set := func(code, password string) *visited {
		return ada.submit("/code", "same-origin", url.Values{"email": {address}, "flow": {flow}, "code": {code}, "password": {password}})
	}
	set(anotherCode(code), chosen).shows(t, "not the code of the newest mail")
	set(code, strings.Repeat("é", 14)).shows(t, "15 characters or more") // 28 bytes
	set(code, chosen).shows(t, "Your password is set")
	ada.submit("/login", "same-origin", url.Values{"email": {address}, "password": {chosen}}).shows(t, "signed in as")
}

// TestPasswordsExampleTellsNobodysAccount: asked or guessed often enough, Latchkey refuses a
// known address otherwise than one that nobody has.
func TestPasswordsExampleTellsNobodysAccount(t *testing.T) {
	t.Parallel()
	e := runExample(t, startDev(t), goExample(t, "passwords"))
	visitor := e.surfer(t)
	for range 12 {
		var told [2]string
		for i, address := range []string{"ada@example.com", "nobody@example.com"} {
			sent := visitor.submit("/forgot", "same-origin", url.Values{"email": {address}})
			flow := sent.flow(t)
			guess := visitor.submit("/code", "same-origin", url.Values{
				"email": {address}, "flow": {flow}, "code": {"00000000"}, "password": {"one that is remembered"}})
			told[i] = strings.NewReplacer(address, "ADDRESS", flow, "FLOW").Replace(sent.text + guess.text)
		}
		if told[0] != told[1] {
			t.Fatalf("the answers tell who has an account: got\n%s\nand for nobody's\n%s", told[0], told[1])
		}
	}
	if log := e.stderr.String(); !strings.Contains(log, "oo many") {
		t.Errorf("Latchkey refused nothing for good: the log is\n%s", log)
	}
}

func TestNativeExample(t *testing.T) {
	t.Parallel()
	d := startDev(t)
	command := goExample(t, "native")
	device := func() func(args ...string) (string, error) {
		home := t.TempDir()
		return func(args ...string) (string, error) {
			cmd := exec.Command(command.Path, args...)
			cmd.Env = append(os.Environ(), "LATCHKEY_URL="+d.url, "XDG_CONFIG_HOME="+home, "HOME="+home)
			out, err := cmd.CombinedOutput()
			return string(out), err
		}
	}
	phone, other := device(), device()
	const address = "ada@example.com"
	want := func(run func(...string) (string, error), words string, succeeds bool, args ...string) {
		t.Helper()
		if out, err := run(args...); !strings.Contains(out, words) || (err == nil) != succeeds {
			t.Errorf("native %q: got %q (%v), want %q", args, out, err, words)
		}
	}
	want(phone, "nobody is signed in", false)
	want(phone, "on its way to "+address, true, address)
	mail := d.mail(t, address)
	callback := appButton(t, mail.Link)
	want(phone, "native 'latchkey-demo://callback", true, "second@example.com")
	want(other, "on another device", false, callback)
	want(phone, "Signed in as "+address, true, callback)
	want(phone, "has been used", false, callback)
	want(phone, "Signed in as "+address, true)
	want(phone, "Signed out", true, "sign-out")
	want(phone, "nobody is signed in", false)
	want(phone, "Nobody is signed in", true, "sign-out")
	want(phone, "usage: native ADDRESS", true, "-h")
	want(phone, "usage: native ADDRESS", false, "https://login.example.com/l/token")

	want(phone, "on its way", true, address)
	for range 12 { // more than are kept
		want(phone, "Send one e-mail address", false, "@")
	}
	want(phone, "Signed in as "+address, true, d.mailAfter(t, address, mail.ID).Code)
}

var appHref = regexp.MustCompile(`href="(latchkey-demo:[^"]+)"`)

// appButton is where the page behind the link leads on to.
func appButton(t *testing.T, link string) string {
	t.Helper()
	_, content := get(t, link)
	found := appHref.FindSubmatch(content)
	if found == nil {
		t.Fatalf("there is no button to the app in\n%s", content)
	}
	return string(bytes.ReplaceAll(found[1], []byte("&amp;"), []byte("&")))
}

func TestSinglePageExample(t *testing.T) {
	t.Parallel()
	d := startDev(t)
	e := runExample(t, d, goExample(t, "spa"))
	chromium := startChromium(t)
	ada, mallory := newPerson(t, chromium), newPerson(t, chromium)
	const address = "ada@example.com"
	app := ada.open(e.origin)
	ask := func(tab *tab, address string) {
		tab.types("#ask [name=email]", address)
		tab.click("#ask button")
		tab.reads("#sent", "on its way")
	}
	ask(app, address)
	mail := d.mail(t, address)

	thief := mallory.open(mail.Link)
	thief.reads("#elsewhere", "Nothing was used up")
	thief.reads("#elsewhere", "type the code from the mail there")
	if got, want := eval[string](thief, "document.querySelector('#more').href"), d.url+"/other-device/"+devPublicToken; got != want {
		t.Errorf("the link to what has happened: got %q, want %q", got, want)
	}
	landed := ada.open(mail.Link)
	landed.reads("#account", "signed in as "+address)
	app.reads("#account", "signed in as "+address) // the tab that waited hears of it
	landed.do(chromedp.Reload())
	landed.reads("#account", "signed in as "+address)
	app.click("#account button")
	landed.sees("#ask")

	ask(app, address)
	code := d.mailAfter(t, address, mail.ID).Code
	app.types("#sent [name=code]", anotherCode(code))
	app.click("#sent button")
	app.sees("#problem")
	app.types("#sent [name=code]", code)
	app.click("#sent button")
	app.reads("#account", "signed in as "+address)

	ask(thief, "grace@example.com")
	theirs := ada.open(d.mail(t, "grace@example.com").Link)
	theirs.reads("#elsewhere", "where you asked for it")
	theirs.reads("#account", "signed in as "+address)

	found := secrets{"link's token": mail.Token, "code": code}
	for _, tab := range []*tab{app, landed, thief, theirs} {
		tab.checkHistory(found)
	}
	ada.check(found)
	mallory.check(found)
	found.checkAbsent(t, "the log", d.stderr.String())
}

func TestSinglePageExampleWithoutLatchkey(t *testing.T) {
	t.Parallel()
	down := &dev{url: "http://" + freeAddress(t)}
	e := runExample(t, down, goExample(t, "spa"))
	newPerson(t, startChromium(t)).open(e.origin).reads("#problem", "We cannot be reached")
}
