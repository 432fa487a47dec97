package templates

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func facts() MailFacts {
	return MailFacts{
		Project: "Acme", Address: "ada@example.com", Link: "https://login.example.com/l/TOKEN",
		AskedTime: "14:05 UTC", AskedAt: "5 March 2026, 14:05 UTC", Browser: "Firefox on Linux",
		IPAddress: "203.0.113.7", Lifetime: "15 minutes", Until: "14:20 UTC", Reference: "0A1B2C3D4E",
	}
}

// everyMail is every mail with what it can say.
func everyMail() map[string]MailFacts {
	test := facts()
	test.Link, test.Browser, test.IPAddress = "", "", ""
	return map[string]MailFacts{"login": facts(), "signup": facts(), "test": test}
}

func load(t *testing.T, dir string) *Set {
	t.Helper()
	set, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func render(t *testing.T, name string, facts MailFacts) MailWords {
	t.Helper()
	words, err := load(t, "").Mail(name).Render(facts)
	if err != nil {
		t.Fatal(err)
	}
	return words
}

// override writes a replacement and returns the folder it is in.
func override(t *testing.T, file, content string) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, filepath.FromSlash(file))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// visible is an HTML mail's text, roughly as a reader sees it.
func visible(page string) string {
	body := page[strings.Index(page, "<body"):]
	body = regexp.MustCompile(`(?s)<!--.*?-->`).ReplaceAllString(body, "")
	body = regexp.MustCompile(`</?strong>`).ReplaceAllString(body, "")
	return squeeze(regexp.MustCompile(`(?s)<[^>]*>`).ReplaceAllString(body, " "))
}

func TestBothPartsSayTheSame(t *testing.T) {
	for name, facts := range everyMail() {
		words := render(t, name, facts)
		page := visible(words.HTML)
		for paragraph := range strings.SplitSeq(words.Text, "\n\n") {
			if !strings.Contains(page, squeeze(paragraph)) {
				t.Errorf("%s: the HTML part does not say %q; it says %q", name, squeeze(paragraph), page)
			}
		}
	}
}

func TestLoginAndSignupDiffer(t *testing.T) {
	login, signup := render(t, "login", facts()), render(t, "signup", facts())
	if login.Subject != "Sign in to Acme (14:05 UTC)" {
		t.Errorf("got login subject %q", login.Subject)
	}
	if signup.Subject != "Finish signing up to Acme (14:05 UTC)" {
		t.Errorf("got sign-up subject %q", signup.Subject)
	}
	if login.Text == signup.Text || visible(login.HTML) == visible(signup.HTML) {
		t.Error("both mails say the same")
	}
}

func TestUnknownFactsAreLeftOut(t *testing.T) {
	f := facts()
	f.Browser, f.IPAddress = "", ""
	words := render(t, "login", f)
	for _, part := range []string{words.Text, words.HTML} {
		if strings.Contains(part, "Browser:") || strings.Contains(part, "IP address:") {
			t.Errorf("an empty fact is named:\n%s", part)
		}
	}
}

// The project's name is the operator's, and the browser's the caller's: neither may
// bring markup, a header, or a second line into the mail.
func TestFactsCannotBreakOut(t *testing.T) {
	f := facts()
	f.Project = "A<script>x</script>\"\r\nBcc: eve@example.com\r\n\u202egnp.exe"
	f.Browser = "x\nhttps://evil.example/\n\u2028y"
	words := render(t, "login", f)
	for _, bad := range []string{"\r", "\n", "\u202e"} {
		if strings.Contains(words.Subject, bad) {
			t.Errorf("the subject %q contains %q", words.Subject, bad)
		}
	}
	for line := range strings.Lines(words.Text) {
		if strings.HasPrefix(line, "Bcc:") || strings.HasPrefix(line, "https://evil") {
			t.Errorf("a fact began the line %q", line)
		}
	}
	if strings.Contains(words.HTML, "<script") || strings.Contains(words.HTML, "\u202e") {
		t.Errorf("a fact reached the HTML unescaped:\n%s", words.HTML)
	}
}

func TestTextLinesStayNarrow(t *testing.T) {
	f := facts()
	f.Project, f.Address = strings.Repeat("Long Name ", 6), strings.Repeat("a", 64)+"@example.com"
	f.Link = "https://login.example.com/l/" + strings.Repeat("T", 44)
	for line := range strings.Lines(render(t, "login", f).Text) {
		line = strings.TrimRight(line, "\n")
		if len(line) > lineWidth && strings.Contains(line, " ") {
			t.Errorf("%d characters: %q", len(line), line)
		}
	}
}

func TestHTMLIsPlainAndSmall(t *testing.T) {
	for name, f := range everyMail() {
		page := render(t, name, f).HTML
		if len(page) > 30<<10 {
			t.Errorf("%s: %d bytes", name, len(page))
		}
		for _, bad := range []string{"<script", "<form", "<img", "<link ", "@font-face", "url(", "@import"} {
			if strings.Contains(page, bad) {
				t.Errorf("%s contains %q", name, bad)
			}
		}
		for _, want := range []string{`<html lang="en">`, "<title>", `content="light dark"`} {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %q", name, want)
			}
		}
		if tables, marked := strings.Count(page, "<table"), strings.Count(page, `role="presentation"`); tables != marked {
			t.Errorf("%s: %d tables, %d of them for layout only", name, tables, marked)
		}
		for _, url := range regexp.MustCompile(`https?://[^"<]*`).FindAllString(page, -1) {
			if url != f.Link {
				t.Errorf("%s leads elsewhere: %s", name, url)
			}
		}
	}
}

// The pairs are listed in mail/layout.html; each must be readable, and none may
// stand there that the mail no longer uses.
func TestContrast(t *testing.T) {
	source, err := os.ReadFile("mail/layout.html")
	if err != nil {
		t.Fatal(err)
	}
	comment, markup, _ := strings.Cut(string(source), "*/ -}}")
	pairs := regexp.MustCompile(`(#[0-9a-f]{6}) on (#[0-9a-f]{6})`).FindAllStringSubmatch(comment, -1)
	if len(pairs) != 10 {
		t.Fatalf("got %d pairs of colours, want 10", len(pairs))
	}
	for _, pair := range pairs {
		if ratio := contrast(pair[1], pair[2]); ratio < 4.5 {
			t.Errorf("%s: contrast %.2f, want 4.5", pair[0], ratio)
		}
		if !strings.Contains(markup, pair[1]) || !strings.Contains(markup, pair[2]) {
			t.Errorf("%s: not in use", pair[0])
		}
	}
}

// contrast is WCAG 2.2's contrast ratio.
func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(colour string) float64 {
	var rgb [3]int
	fmt.Sscanf(colour, "#%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2])
	var linear [3]float64
	for i, c := range rgb {
		v := float64(c) / 255
		if linear[i] = v / 12.92; v > 0.04045 {
			linear[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*linear[0] + 0.7152*linear[1] + 0.0722*linear[2]
}

func TestATestMailLeadsNowhere(t *testing.T) {
	words := render(t, "test", everyMail()["test"])
	for _, part := range []string{words.Text, words.HTML} {
		for _, bad := range []string{"href", "http", "this link", "It works once", "this code"} {
			if strings.Contains(part, bad) {
				t.Errorf("got %q in\n%s", bad, part)
			}
		}
		if !strings.Contains(squeeze(part), "It holds no link and no code.") {
			t.Errorf("it does not say so:\n%s", part)
		}
	}
}
