package templates

import (
	"fmt"
	"image/color"
	"math"
	"strings"
	"testing"
)

// The examples are those of WCAG's own techniques and of browsers' tools.
func TestContrastIsWCAGs(t *testing.T) {
	for _, c := range []struct {
		ink, ground string
		want        float64
	}{
		{"#000000", "#ffffff", 21}, {"#ffffff", "#ffffff", 1}, {"#767676", "#ffffff", 4.54}, {"#777777", "#ffffff", 4.48},
		{"#0000ff", "#ffffff", 8.59}, {"#ff0000", "#ffffff", 4.00},
	} {
		ink, _ := parseColour(c.ink)
		ground, _ := parseColour(c.ground)
		if got := contrast(ink, ground); math.Abs(got-c.want) > 0.005 {
			t.Errorf("%s on %s: got %.2f, want %.2f", c.ink, c.ground, got, c.want)
		}
	}
}

func TestAnAccentIsReadableOnBothGrounds(t *testing.T) {
	readable := 0
	for r := 0; r < 256; r += 15 {
		for g := 0; g < 256; g += 15 {
			for b := 0; b < 256; b += 15 {
				written := fmt.Sprintf("#%02x%02x%02x", r, g, b)
				accent, err := ParseAccent(written)
				if err != nil {
					continue
				}
				readable++
				if accent.Light != written {
					t.Errorf("%s became %s on a light page", written, accent.Light)
				}
				wantReadable(t, written+", light", accent.Light, hexOf(lightGround))
				wantReadable(t, written+", light button", accent.OnLight, accent.Light)
				wantReadable(t, written+", dark", accent.Dark, hexOf(darkGround))
				wantReadable(t, written+", dark button", accent.OnDark, accent.Dark)
			}
		}
	}
	if readable < 1000 {
		t.Errorf("only %d of 5832 colours were taken", readable)
	}
	wantReadable(t, "our own, light", ownAccent.Light, hexOf(lightGround))
	wantReadable(t, "our own, light button", ownAccent.OnLight, ownAccent.Light)
	wantReadable(t, "our own, dark", ownAccent.Dark, hexOf(darkGround))
	wantReadable(t, "our own, dark button", ownAccent.OnDark, ownAccent.Dark)
}

// The dark page's accent is the same hue, and the one advised where one is too pale, too.
func TestAnAccentKeepsItsHue(t *testing.T) {
	for _, written := range []string{"#0f6e56", "#1d4ed8", "#b91c1c", "#6d28d9", "#92400e"} {
		accent, err := ParseAccent(written)
		if err != nil {
			t.Fatal(err)
		}
		light, _ := parseColour(accent.Light)
		dark, _ := parseColour(accent.Dark)
		was, _, _ := hsl(light)
		is, _, _ := hsl(dark)
		if math.Abs(was-is) > 0.05 {
			t.Errorf("%s became %s in the dark: hue %.2f, want %.2f sixths of a turn", written, accent.Dark, is, was)
		}
	}
}

func TestBadAccentsAreRefused(t *testing.T) {
	for written, want := range map[string]string{
		"": "want # and six", "#fff": "want # and six", "0f6e56": "want # and six", "#0f6e5g": "want # and six", "#0f6e561": "want # and six",
		"teal": "want # and six", "#+f6e56": "want # and six", "#0f6e56;}body{": "want # and six",
		"#ffcc00": "has a contrast of 1.5 on white, and words on it cannot be read below 4.5: #8f7200 is the same hue, dark enough",
		"#777777": "has a contrast of 4.4 on white", "#ffffff": "has a contrast of 1.0 on white",
	} {
		if _, err := ParseAccent(written); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want an error with %q", written, err, want)
		}
	}
	advised := "#8f7200"
	if _, err := ParseAccent(advised); err != nil {
		t.Errorf("the advised %s: %v", advised, err)
	}
}

// What is measured against must be what the layouts paint.
func TestTheGroundsAreThoseOfTheLayouts(t *testing.T) {
	sheet := builtIn(t, stylesheet)
	if want := fmt.Sprintf("--card: light-dark(%s, %s)", hexOf(lightGround), hexOf(darkGround)); !strings.Contains(sheet, want) {
		t.Errorf("pages.css lacks %s", want)
	}
	for name, colours := range map[string][2]string{
		"accent": {ownAccent.Light, ownAccent.Dark}, "on-accent": {ownAccent.OnLight, ownAccent.OnDark},
	} {
		if want := fmt.Sprintf("--%s: light-dark(%s, %s)", name, colours[0], colours[1]); !strings.Contains(sheet, want) {
			t.Errorf("pages.css lacks our own accent, %s", want)
		}
	}
	for _, ground := range []color.RGBA{lightGround, darkGround} {
		if want := "background-color:" + hexOf(ground); !strings.Contains(strings.ReplaceAll(builtIn(t, mailLayoutHTML), ": ", ":"), want) {
			t.Errorf("the mails' layout lacks %s", want)
		}
	}
}
