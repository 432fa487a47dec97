package templates

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden words in testdata")

// TestGoldenWords shows every mail in every language as plain text, for who reads one of
// them.
func TestGoldenWords(t *testing.T) {
	eachMail(t, func(t *testing.T, mail *Mail) {
		words := render(t, mail, facts())
		got := "Subject: " + words.Subject + "\n\n" + words.Text
		file := filepath.Join("testdata", mail.lexicon.locale, mail.name+".txt")
		if *update {
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(file); err != nil || got != string(want) {
			t.Errorf("%s differs (%v); look at it and run the test with -update. Got:\n%s", file, err, got)
		}
	})
}

func TestBothPartsSayTheSame(t *testing.T) {
	eachMail(t, func(t *testing.T, mail *Mail) {
		words := render(t, mail, facts())
		page := visible(words.HTML)
		for paragraph := range strings.SplitSeq(words.Text, "\n\n") {
			if !strings.Contains(page, squeeze(paragraph)) {
				t.Errorf("the HTML part does not say %q; it says %q", squeeze(paragraph), page)
			}
		}
	})
}

func TestNoTwoMailsSayTheSame(t *testing.T) {
	set := mustLoad(t, "")
	for _, locale := range set.Locales() {
		seen := make(map[string]string)
		for _, name := range append(linked, linkless...) {
			words := render(t, set.Mail(name, locale), facts())
			for _, part := range []string{words.Subject, words.Text, visible(words.HTML)} {
				if twin, twice := seen[part]; twice {
					t.Errorf("%s: %s says what %s says: %q", locale, name, twin, part)
				}
				seen[part] = name
			}
		}
	}
}

func TestTheSubjectHasTheTimeOfDay(t *testing.T) {
	eachMail(t, func(t *testing.T, mail *Mail) {
		f := facts()
		f.Address, f.NewAddress = "eve@example.com", "m***@example.com"
		got := render(t, mail, f).Subject
		if got != render(t, mail, facts()).Subject {
			t.Errorf("%q depends on more than project and time", got)
		}
		if !strings.HasSuffix(got, " (14:05 UTC)") || !strings.Contains(got, "Acme") {
			t.Errorf("got %q, want the project's name and the time", got)
		}
	})
}

func TestALinkIsAloneOnItsLine(t *testing.T) {
	eachMail(t, func(t *testing.T, mail *Mail) {
		if !mail.CarriesLink() {
			t.Skip("it carries none")
		}
		words := render(t, mail, facts())
		if !strings.Contains(words.Text, "\n\n"+facts().Link+"\n\n") || strings.Count(words.Text, facts().Link) != 1 {
			t.Errorf("the link is not alone on its line, once:\n%s", words.Text)
		}
		if !strings.Contains(words.HTML, ">"+facts().Link+"<") {
			t.Error("the HTML does not show the link as text")
		}
	})
}

// Who gets such a mail must have nothing to press: it may have been sent because
// somebody else is at work.
func TestAMailWithoutALinkHasNone(t *testing.T) {
	set := mustLoad(t, "")
	for _, name := range linked {
		if !set.Mail(name, "en").CarriesLink() {
			t.Errorf("%s carries no link", name)
		}
	}
	for _, locale := range set.Locales() {
		for _, name := range linkless {
			mail := set.Mail(name, locale)
			words := render(t, mail, facts())
			if mail.CarriesLink() {
				t.Errorf("%s in %s carries a link", name, locale)
			}
			for _, bad := range []string{facts().Link, facts().Code, "http", "href"} {
				if strings.Contains(words.Text, bad) || strings.Contains(words.HTML, bad) {
					t.Errorf("%s in %s contains %q", name, locale, bad)
				}
			}
		}
	}
}

func TestUnknownFactsAreLeftOut(t *testing.T) {
	labels := regexp.MustCompile(`Browser|Navegador|Navigateur|IP`)
	eachMail(t, func(t *testing.T, mail *Mail) {
		f := facts()
		if words := render(t, mail, f); !labels.MatchString(words.Text) {
			t.Errorf("the facts are not named:\n%s", words.Text)
		}
		f.Browser, f.IPAddress = "", ""
		words := render(t, mail, f)
		if labels.MatchString(strings.ReplaceAll(words.Text, "navegador", "")) || labels.MatchString(visible(words.HTML)) {
			t.Errorf("an empty fact is named:\n%s", words.Text)
		}
	})
}

func TestABrowserIsNamedWithoutItsSystem(t *testing.T) {
	f := facts()
	f.System = ""
	if got := render(t, mustLoad(t, "").Mail("login", "en"), f).Text; !strings.Contains(got, "\nBrowser: Firefox\n") {
		t.Errorf("got\n%s", got)
	}
}

// The project's name is the operator's, and the browser's the caller's: neither may
// bring markup, a header, or a second line into the mail.
func TestFactsCannotBreakOut(t *testing.T) {
	eachMail(t, func(t *testing.T, mail *Mail) {
		f := facts()
		f.Project = "A<script>x</script>\"\r\nBcc: eve@example.com\r\n\u202egnp.exe {{.Link}}"
		f.Browser = "x\nhttps://evil.example/\n\u2028y"
		f.Address, f.NewAddress = "<script>@example.com", "<script>@example.com"
		words := render(t, mail, f)
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
		if !strings.Contains(words.Text, "{{.Link}}") {
			t.Errorf("a fact was taken for a template:\n%s", words.Text)
		}
	})
}

func TestTextLinesStayNarrow(t *testing.T) {
	eachMail(t, func(t *testing.T, mail *Mail) {
		f := facts()
		f.Project, f.Address = strings.Repeat("Long Name ", 6), strings.Repeat("a", 64)+"@example.com"
		f.Link = "https://login.example.com/l/" + strings.Repeat("T", 44)
		for line := range strings.Lines(render(t, mail, f).Text) {
			line = strings.TrimRight(line, "\n")
			if len([]rune(line)) > lineWidth && strings.Contains(line, " ") {
				t.Errorf("%d characters: %q", len([]rune(line)), line)
			}
		}
	})
}

func TestAnUnknownLanguageIsEnglish(t *testing.T) {
	set := mustLoad(t, "")
	for _, locale := range []string{"", "tlh", "EN", "../en"} {
		if got, want := render(t, set.Mail("login", locale), facts()), render(t, set.Mail("login", "en"), facts()); got != want {
			t.Errorf("%q: got %q, want the English mail", locale, got.Subject)
		}
	}
	if set.Mail("nonesuch", "en") != nil || set.Mail(everyMail, "en") != nil {
		t.Error("got a mail that is not there")
	}
	if want := []string{"en", "es", "fr", "pt-br"}; !slices.Equal(set.Locales(), want) {
		t.Errorf("got languages %v, want %v", set.Locales(), want)
	}
}
