package templates

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

const circle = `<?xml version="1.0" encoding="UTF-8"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle r="4"/></svg>`

func encoded(t *testing.T, side int, encode func(*bytes.Buffer, image.Image) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, image.NewGray(image.Rect(0, 0, side, 1))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(b *bytes.Buffer, i image.Image) error  { return png.Encode(b, i) }
func asJPEG(b *bytes.Buffer, i image.Image) error { return jpeg.Encode(b, i, nil) }

func TestALogoIsWhatItHolds(t *testing.T) {
	for want, content := range map[string][]byte{
		"image/svg+xml": []byte(circle), "image/png": encoded(t, 8, asPNG), "image/jpeg": encoded(t, 8, asJPEG),
	} {
		logo, err := ParseLogo(content)
		if err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		asset := Brand{Logo: logo}.Assets()[0]
		if asset.MediaType != want || !bytes.Equal(asset.Content, content) {
			t.Errorf("got %s with %d bytes, want %s with %d", asset.MediaType, len(asset.Content), want, len(content))
		}
	}
}

func TestWhatIsNoLogoIsRefused(t *testing.T) {
	const none = "is no SVG, PNG or JPEG"
	for name, c := range map[string]struct{ content, want string }{
		"empty":             {"", none},
		"a page":            {"<!doctype html><html><svg xmlns='http://www.w3.org/2000/svg'/></html>", none},
		"another XML":       {"<html xmlns='http://www.w3.org/1999/xhtml'/>", none},
		"SVG by name alone": {"<svg/>", none},
		"not closed":        {strings.TrimSuffix(circle, "</svg>"), none},
		"a script":          {"alert(1)", none},
		"half a PNG":        {string(encoded(t, 8, asPNG)[:20]), none},
		"too large":         {circle + strings.Repeat(" ", MaxLogo), "is larger than 64 KiB"},
		"too wide":          {string(encoded(t, maxLogoSide+1, asPNG)), "is larger than 2000 pixels to a side"},
	} {
		if _, err := ParseLogo([]byte(c.content)); err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestAPageBearsItsProjectsBrand(t *testing.T) {
	set := mustLoad(t, "")
	light, _ := ParseLogo([]byte(circle))
	dark, _ := ParseLogo([]byte(strings.Replace(circle, "<circle", "<circle fill='white'", 1)))
	accent, err := ParseAccent("#1d4ed8")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name       string
		brand      Brand
		want, lack []string
	}{
		{"no project", Brand{}, nil, []string{"<header", "<img", "<picture"}},
		{"a name alone", Brand{Name: "Acme <b>"}, []string{"<header>\n<p>Acme &lt;b&gt;</p>"}, []string{"<img", "<b>"}},
		{"a logo", Brand{Name: "Acme", Logo: light}, []string{`<img src="` + light.asset.path() + `" alt="Acme">`}, []string{"<source", "<p>Acme"}},
		{"two logos", Brand{Name: "Acme", Logo: light, LogoDark: dark},
			[]string{`<source srcset="` + dark.asset.path() + `" media="(prefers-color-scheme: dark)">`, light.asset.path()}, nil},
		{"an accent", Brand{Name: "Acme", Accent: accent}, []string{`<link rel="stylesheet" href="` + accent.asset().path() + `">`}, nil},
	} {
		got, err := set.Page(OtherDevice{Project: c.brand.Name}, "en", c.brand)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(string(got), want) {
				t.Errorf("%s: the page lacks %s:\n%s", c.name, want, got)
			}
		}
		for _, bad := range c.lack {
			if strings.Contains(string(got), bad) {
				t.Errorf("%s: the page has %s:\n%s", c.name, bad, got)
			}
		}
	}
	assets := Brand{Accent: accent, Logo: light, LogoDark: dark}.Assets()
	if len(assets) != 3 || assets[0].Name == assets[1].Name {
		t.Errorf("got %d assets, want three of different names", len(assets))
	}
}

func TestAMailBearsItsProjectsAccent(t *testing.T) {
	accent, err := ParseAccent("#1d4ed8")
	if err != nil {
		t.Fatal(err)
	}
	about := facts()
	about.Accent = accent
	html := render(t, mustLoad(t, "").Mail("login", "en"), about).HTML
	for _, want := range []string{`bgcolor="#1d4ed8"`, "background-color:#1d4ed8", "color: " + accent.Dark + " !important", "color:#ffffff;text-decoration:none"} {
		if !strings.Contains(html, want) {
			t.Errorf("the mail lacks %s", want)
		}
	}
	for _, own := range []string{ownAccent.Light, ownAccent.Dark} {
		if strings.Contains(html, own) {
			t.Errorf("the mail has %s, which is our own", own)
		}
	}
}
