package templates

import (
	"fmt"
	"image/color"
	"math"
	"strconv"
)

// The grounds that text stands on, of mails and pages alike; tests hold the layouts to
// them.
var (
	lightGround = color.RGBA{0xff, 0xff, 0xff, 0xff}
	darkGround  = color.RGBA{0x1a, 0x1b, 0x19, 0xff}
)

const (
	// minContrast is what WCAG 2.2 asks for between text and its ground (1.4.3).
	minContrast = 4.5
	// darkContrast is that of WCAG's level AAA (1.4.6). What only just suffices looks
	// dull beside the light grey text of a dark page.
	darkContrast = 7
)

// Accent is the colour of buttons and links, and that of the words on it, each as
// "#0f6e56". No colour has enough contrast both on white and on a dark ground, so there
// are two of each. The zero Accent is Latchkey's own.
type Accent struct {
	Light, OnLight string
	Dark, OnDark   string
}

var ownAccent = Accent{Light: "#0f6e56", OnLight: "#ffffff", Dark: "#63d2b0", OnDark: "#06251c"}

// ParseAccent takes the colour that a light page shows. One that could not be read there is
// refused: a colour that is quietly another one is nobody's brand. A dark page gets the
// same hue, lighter: that it differs from the light one is the way of dark pages.
func ParseAccent(written string) (Accent, error) {
	light, err := parseColour(written)
	if err != nil {
		return Accent{}, err
	}
	if ratio := contrast(light, lightGround); ratio < minContrast {
		fit := shade(light, func(c color.RGBA) bool { return contrast(c, lightGround) >= minContrast }, -1)
		return Accent{}, fmt.Errorf("has a contrast of %.1f on white, and words on it cannot be read below %.1f: %s is the same hue, dark enough",
			math.Floor(ratio*10)/10, minContrast, hexOf(fit))
	}
	dark := shade(light, func(c color.RGBA) bool { return contrast(c, darkGround) >= darkContrast }, +1)
	return Accent{Light: hexOf(light), OnLight: hexOf(lightGround), Dark: hexOf(dark), OnDark: hexOf(darkGround)}, nil
}

// orOwn is Latchkey's accent in the place of none.
func (a Accent) orOwn() Accent {
	if a == (Accent{}) {
		return ownAccent
	}
	return a
}

// stylesheet gives the pages' own accent variables other values.
func (a Accent) stylesheet() []byte {
	return fmt.Appendf(nil, ":root { --accent: light-dark(%s, %s); --on-accent: light-dark(%s, %s); }\n", a.Light, a.Dark, a.OnLight, a.OnDark)
}

func parseColour(written string) (color.RGBA, error) {
	number, err := strconv.ParseUint(written[min(1, len(written)):], 16, 32)
	if err != nil || len(written) != len("#rrggbb") || written[0] != '#' {
		return color.RGBA{}, fmt.Errorf("want # and six hexadecimal digits, as in %s", ownAccent.Light)
	}
	return color.RGBA{uint8(number >> 16), uint8(number >> 8), uint8(number), 0xff}, nil
}

func hexOf(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// contrast is WCAG 2.2's contrast ratio, 1 to 21.
func contrast(a, b color.RGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is WCAG 2.2's relative luminance.
func luminance(c color.RGBA) float64 {
	linear := func(channel uint8) float64 {
		v := float64(channel) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// shade makes a colour lighter (step 1) or darker (-1) by hundredths of HSL's lightness,
// until it is good, as white and black, the ends, must be.
func shade(c color.RGBA, good func(color.RGBA) bool, step float64) color.RGBA {
	hue, saturation, lightness := hsl(c)
	for !good(c) {
		lightness = min(max(lightness+step/100, 0), 1)
		c = fromHSL(hue, saturation, lightness)
	}
	return c
}

// hsl is CSS Color 4's conversion (§7.2), with the hue in sixths of a turn.
func hsl(c color.RGBA) (hue, saturation, lightness float64) {
	r, g, b := float64(c.R)/255, float64(c.G)/255, float64(c.B)/255
	top, bottom := max(r, g, b), min(r, g, b)
	lightness = (top + bottom) / 2
	spread := top - bottom
	if spread == 0 {
		return 0, 0, lightness
	}
	switch top {
	case r:
		hue = math.Mod((g-b)/spread+6, 6)
	case g:
		hue = (b-r)/spread + 2
	default:
		hue = (r-g)/spread + 4
	}
	return hue, spread / (1 - math.Abs(2*lightness-1)), lightness
}

// fromHSL is CSS Color 4's conversion back (§7.1).
func fromHSL(hue, saturation, lightness float64) color.RGBA {
	channel := func(n float64) uint8 {
		k := math.Mod(n+2*hue, 12)
		v := lightness - saturation*min(lightness, 1-lightness)*max(-1, min(k-3, 9-k, 1))
		return uint8(math.Round(255 * v))
	}
	return color.RGBA{channel(0), channel(8), channel(4), 0xff}
}
