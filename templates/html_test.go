package templates

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func TestHTMLIsPlainAndSmall(t *testing.T) {
	eachMail(t, func(t *testing.T, mail *Mail) {
		page := render(t, mail, facts()).HTML
		if len(page) > 30<<10 {
			t.Errorf("%d bytes", len(page))
		}
		for _, bad := range []string{"<script", "<form", "<img", "<link ", "@font-face", "url(", "@import", "ZgotmplZ"} {
			if strings.Contains(page, bad) {
				t.Errorf("it contains %q", bad)
			}
		}
		for _, want := range []string{`<html lang="` + mail.lexicon.tag.String() + `">`, "<title>", `content="light dark"`} {
			if !strings.Contains(page, want) {
				t.Errorf("it lacks %q", want)
			}
		}
		if tables, marked := strings.Count(page, "<table"), strings.Count(page, `role="presentation"`); tables != marked {
			t.Errorf("%d tables, %d of them for layout only", tables, marked)
		}
		for _, url := range regexp.MustCompile(`https?://[^"<]*`).FindAllString(page, -1) {
			if url != facts().Link {
				t.Errorf("it leads elsewhere: %s", url)
			}
		}
	})
}

// The pairs are listed in mail/layout.html; each must be readable, and none may
// stand there that the mail no longer uses.
func TestContrastOfMails(t *testing.T) {
	comment, markup, _ := strings.Cut(builtIn(t, mailLayoutHTML), "*/ -}}")
	pairs := regexp.MustCompile(`(#[0-9a-f]{6}) on (#[0-9a-f]{6})`).FindAllStringSubmatch(comment, -1)
	if len(pairs) != 6 {
		t.Fatalf("got %d pairs of colours, want 6", len(pairs))
	}
	for _, pair := range pairs {
		wantReadable(t, pair[0], pair[1], pair[2])
		if !strings.Contains(markup, pair[1]) || !strings.Contains(markup, pair[2]) {
			t.Errorf("%s: not in use", pair[0])
		}
	}
}

func TestContrastOfPages(t *testing.T) {
	colours := make(map[string][]string)
	for _, m := range regexp.MustCompile(`--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)`).
		FindAllStringSubmatch(builtIn(t, stylesheet), -1) {
		colours[m[1]] = m[2:]
	}
	for _, pair := range [][2]string{{"ink", "card"}, {"quiet", "card"}, {"accent", "card"}, {"on-accent", "accent"}} {
		for scheme, name := range []string{"light", "dark"} {
			wantReadable(t, fmt.Sprintf("%s, %s on %s", name, pair[0], pair[1]), colours[pair[0]][scheme], colours[pair[1]][scheme])
		}
	}
}

// wantReadable asks for what WCAG 2.2 does (1.4.3).
func wantReadable(t *testing.T, what, ink, ground string) {
	t.Helper()
	x, errInk := parseColour(ink)
	y, errGround := parseColour(ground)
	if errInk != nil || errGround != nil {
		t.Fatalf("%s: %q on %q: %v, %v", what, ink, ground, errInk, errGround)
	}
	if ratio := contrast(x, y); ratio < 4.5 {
		t.Errorf("%s: contrast %.2f, want 4.5", what, ratio)
	}
}
