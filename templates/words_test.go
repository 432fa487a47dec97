package templates

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// messagesOf is a built-in language's messages by id, plural forms apart.
func messagesOf(t *testing.T, locale string) map[string]string {
	t.Helper()
	parsed, err := parseMessages(builtIn(t, "words/"+locale+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	messages := make(map[string]string)
	for _, m := range parsed {
		messages[m.ID] = m.Other
		if m.One != "" {
			messages[m.ID+".one"] = m.One
		}
	}
	return messages
}

// placeholders lists the facts that a message is filled in with. An hour or a day may be
// asked about on the way, as for an article.
func placeholders(message string) []string {
	var names []string
	for _, match := range regexp.MustCompile(`\{\{(\.\w+)\}\}`).FindAllStringSubmatch(message, -1) {
		names = append(names, match[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestEveryLanguageSaysEverything(t *testing.T) {
	english := messagesOf(t, "en")
	for _, locale := range mustLoad(t, "").Locales() {
		got := messagesOf(t, locale)
		for id, original := range english {
			translated, there := got[id]
			if !there || translated == "" {
				t.Errorf("%s lacks %s", locale, id)
				continue
			}
			if have, want := placeholders(translated), placeholders(original); !slices.Equal(have, want) {
				t.Errorf("%s: %s is filled in with %v, want %v", locale, id, have, want)
			}
		}
		for id := range got {
			if _, there := english[id]; !there {
				t.Errorf("%s has %s, which is not in English", locale, id)
			}
		}
	}
}

// A message left in English shows only to who reads the other language.
func TestNothingIsLeftInEnglish(t *testing.T) {
	english := messagesOf(t, "en")
	for _, locale := range mustLoad(t, "").Locales()[1:] {
		for id, translated := range messagesOf(t, locale) {
			if strings.HasPrefix(id, "mail.") || strings.HasPrefix(id, "page.") {
				if translated == english[id] {
					t.Errorf("%s: %s says what English says: %q", locale, id, translated)
				}
			}
		}
	}
}

func TestLifetimesInEveryLanguage(t *testing.T) {
	lives := []time.Duration{time.Minute, 5 * time.Minute, 90 * time.Minute, time.Hour, 36 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}
	for locale, want := range map[string][]string{
		"en":    {"1 minute", "5 minutes", "90 minutes", "1 hour", "36 hours", "1 day", "7 days"},
		"es":    {"1 minuto", "5 minutos", "90 minutos", "1 hora", "36 horas", "1 día", "7 días"},
		"fr":    {"1 minute", "5 minutes", "90 minutes", "1 heure", "36 heures", "1 jour", "7 jours"},
		"pt-br": {"1 minuto", "5 minutos", "90 minutos", "1 hora", "36 horas", "1 dia", "7 dias"},
	} {
		for i, life := range lives {
			if got, err := mustLoad(t, "").lexicons[locale].lifetime(life); got != want[i] || err != nil {
				t.Errorf("%s, %s: got %q, %v, want %q", locale, life, got, err, want[i])
			}
		}
	}
}

func TestTimesInEveryLanguage(t *testing.T) {
	tomorrow, first := asked.Add(24*time.Hour), time.Date(2026, 8, 1, 1, 5, 0, 0, time.UTC)
	abroad := asked.In(time.FixedZone("elsewhere", -15*3600)) // where it is still yesterday
	for locale, want := range map[string][]string{
		"en": {"14:05 UTC", "5 March 2026, 14:05 UTC", "1 August 2026, 01:05 UTC",
			"until 14:20 UTC", "until 14:05 UTC on 6 March", "until 01:05 UTC on 1 August"},
		"es": {"14:05 UTC", "5 de marzo de 2026, 14:05 UTC", "1 de agosto de 2026, 01:05 UTC",
			"hasta las 14:20 UTC", "hasta el 6 de marzo a las 14:05 UTC", "hasta el 1 de agosto a la 01:05 UTC"},
		"fr": {"14:05 UTC", "5 mars 2026 à 14:05 UTC", "1er août 2026 à 01:05 UTC",
			"jusqu’à 14:20 UTC", "jusqu’au 6 mars à 14:05 UTC", "jusqu’au 1er août à 01:05 UTC"},
		"pt-br": {"14:05 UTC", "5 de março de 2026, 14:05 UTC", "1º de agosto de 2026, 01:05 UTC",
			"até as 14:20 UTC", "até 6 de março, às 14:05 UTC", "até 1º de agosto, à 01:05 UTC"},
	} {
		l := mustLoad(t, "").lexicons[locale]
		for i, tell := range []func() (string, error){
			func() (string, error) { return l.clock(abroad) },
			func() (string, error) { return l.date(abroad) },
			func() (string, error) { return l.date(first) },
			func() (string, error) { return l.until(abroad, asked.Add(15*time.Minute)) },
			func() (string, error) { return l.until(asked, tomorrow) },
			func() (string, error) { return l.until(asked, first) },
		} {
			if got, err := tell(); got != want[i] || err != nil {
				t.Errorf("%s: got %q, %v, want %q", locale, got, err, want[i])
			}
		}
	}
}

func TestABrowserInEveryLanguage(t *testing.T) {
	for locale, want := range map[string]string{
		"en": "Browser: Firefox on Linux\n", "es": "Navegador: Firefox en Linux\n",
		"fr": "Navigateur\u00a0: Firefox sur Linux\n", "pt-br": "Navegador: Firefox no Linux\n",
	} {
		if got := render(t, mustLoad(t, "").Mail("login", locale), facts()).Text; !strings.Contains(got, want) {
			t.Errorf("%s: got\n%s\nwant %q in it", locale, got, want)
		}
	}
}

func TestALanguageIsFoundForTheBrowser(t *testing.T) {
	set := mustLoad(t, "")
	for header, want := range map[string]string{
		"": "en", "*": "en", "de": "en", "de, fr;q=0.5": "fr", "fr-CA,fr;q=0.9,en;q=0.8": "fr", "es-419": "es",
		"pt": "pt-br", "pt-PT,en;q=0.1": "pt-br", "pt-BR": "pt-br", "en-GB,fr;q=0.9": "en", "FR": "fr",
		"fr;q=nonsense": "en", "\x00,,;;": "en", strings.Repeat("-", 16<<10): "en", strings.Repeat("a-", 8<<10): "en",
	} {
		if got := set.Negotiate(header); got != want {
			t.Errorf("%.40q: got %s, want %s", header, got, want)
		}
	}
}

func TestOneMessageIsReplaced(t *testing.T) {
	set := mustLoad(t, override(t, "words/fr.yaml", "mail: {login: {button: \"Allons-y\"}}\n"))
	words := render(t, set.Mail("login", "fr"), facts())
	if !strings.Contains(words.HTML, ">Allons-y</a>") || words.Subject != "Connexion à Acme (14:05 UTC)" {
		t.Errorf("got %q and\n%s", words.Subject, words.HTML)
	}
	if signup := render(t, set.Mail("signup", "fr"), facts()); strings.Contains(signup.HTML, "Allons-y") {
		t.Error("the other mail changed too")
	}
}

// A message is text wherever it stands: by itself, where a sentence is worked on, and in a
// block that has its own dot.
func TestMarkupInAMessageIsShownAsItIsWritten(t *testing.T) {
	set := mustLoad(t, override(t, "words/en.yaml", `
mail:
  every: {code: "<u>{{.Project}}</u>{{if .Code}}<s>{{end}}"}
  login: {button: "<b>{{.Project}}</b>", lead: "<i>{{.NewAddress}}</i>", heading: "R & D"}
`))
	words := render(t, set.Mail("login", "en"), facts())
	for _, want := range []string{
		">&lt;b&gt;Acme&lt;/b&gt;</a>", "&lt;i&gt;<strong>", "&lt;u&gt;Acme&lt;/u&gt;&lt;s&gt;</p>", "<title>R &amp; D</title>",
	} {
		if !strings.Contains(words.HTML, want) {
			t.Errorf("the HTML lacks %s:\n%s", want, words.HTML)
		}
	}
	if want := "<u>Acme</u><s>"; !strings.Contains(words.Text, want) {
		t.Errorf("the text lacks %s:\n%s", want, words.Text)
	}
}

func TestALanguageIsAdded(t *testing.T) {
	german := strings.Replace(builtIn(t, "words/en.yaml"), "Sign in to {{.Project}} ({{.AskedTime}})", "Anmelden bei {{.Project}}", 1)
	dir := override(t, "words/de.yaml", german)
	set := mustLoad(t, dir)
	words := render(t, set.Mail("login", "de"), facts())
	if words.Subject != "Anmelden bei Acme" || !strings.Contains(words.HTML, `<html lang="de">`) {
		t.Errorf("got %q and\n%s", words.Subject, words.HTML)
	}
	if got := set.Negotiate("de-AT"); got != "de" {
		t.Errorf("a German browser gets %s", got)
	}
	listed, err := Locales(dir)
	if want := []string{"en", "de", "es", "fr", "pt-br"}; err != nil || !slices.Equal(listed, want) || !slices.Equal(set.Locales(), want) {
		t.Errorf("got %v, %v and %v, want %v", listed, err, set.Locales(), want)
	}
}

func TestBrokenWordsAreRefused(t *testing.T) {
	english := builtIn(t, "words/en.yaml")
	for _, c := range []struct{ name, file, content, want string }{
		{"not YAML", "words/fr.yaml", "mail: [", "words/fr.yaml"},
		{"a message twice", "words/fr.yaml", "browser_on: a\nbrowser_on: b\n", "browser_on"},
		{"a message that nobody asks for", "words/fr.yaml", "mail: {login: {subjct: x}}", "mail.login.subjct"},
		{"a link where none belongs", "words/en.yaml", "mail: {no_account: {button: x}}", "mail.no_account.button"},
		{"an empty message", "words/en.yaml", "mail: {login: {heading: ''}}", "mail.login.heading"},
		{"a fact that there is not", "words/es.yaml", "mail: {login: {lead: '{{.Surname}}'}}", "Surname"},
		{"a template's syntax", "words/es.yaml", "mail: {login: {lead: '{{if}}'}}", "missing value for if"},
		{"a page's fact that there is not", "words/es.yaml", "page: {invite: {lead: '{{.Surname}}'}}", "Surname"},
		{"a refusal's fact that there is not", "words/es.yaml", "page: {refusal: {withdrawn: {text: '{{.Surname}}'}}}", "Surname"},
		{"a month that cannot be said", "words/es.yaml", "when: {december: '{{.Surname}}'}", "Surname"},
		{"a new language that is not whole", "words/de.yaml", "browser_on: x", "lacks life.days"},
		{"a new language without its plural forms", "words/pl.yaml", english, "no plural form"},
		{"a file that names no language", "words/deutsch!.yaml", english, "not a language"},
		{"another spelling of a language", "words/pt-BR.yaml", english, "not a language"},
		{"another kind of file", "words/de.yml", english, "not a language"},
	} {
		_, err := Load(override(t, c.file, c.content))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error about %q", c.name, err, c.want)
		}
	}
}

// What a library does when a message is missing, or has no form for a number, is what
// Load leans on.
func TestTheLibraryTellsWhatIsMissing(t *testing.T) {
	l, err := readLexicon("words/en.yaml", "life: {days: {other: days}}")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := l.say("nonesuch", nil); err == nil {
		t.Errorf("got %q for a message that is not there", got)
	}
	if got, err := l.count("life.days", 1); err == nil {
		t.Errorf("got %q for a form that is not there", got)
	}
}
