package config

import (
	"io/fs"
	"strings"
	"testing"
)

const square = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>`

// parseBeside parses with files beside the configuration.
func parseBeside(text string, files map[string]string) (*Config, error) {
	doc := &document{
		path:   "config.yaml",
		lookup: func(string) (string, bool) { return "", false },
		readFile: func(path string) ([]byte, error) {
			content, there := files[path]
			if !there {
				return nil, fs.ErrNotExist
			}
			return []byte(content), nil
		},
	}
	return parse(doc, []byte(text))
}

func TestABrandArrivesOnPagesAndInMails(t *testing.T) {
	files := map[string]string{"logo.svg": square, "dark.svg": square}
	cfg, err := parseBeside(minimal+`    brand: {logo: logo.svg, logo_dark: dark.svg, accent: "#1d4ed8"}
    sign_in_url: https://app.example.com/login?from=mail#form
    public_token: public-token-test-1
    allowed_origins: [https://app.example.com]
`, files)
	if err != nil {
		t.Fatal(err)
	}
	got := cfg.DoorProjects()["project-test-1"]
	if got.Brand.Name != "Example" || got.Brand.Logo == nil || got.Brand.LogoDark == nil || got.Brand.Accent.Light != "#1d4ed8" {
		t.Errorf("pages: got %+v", got.Brand)
	}
	if got.SignInURL != "https://app.example.com/login?from=mail#form" || got.PublicToken != "public-token-test-1" {
		t.Errorf("got %q and %q", got.SignInURL, got.PublicToken)
	}
	if accent := cfg.Mailer.Projects["project-test-1"].Accent; accent != got.Brand.Accent {
		t.Errorf("mails: got %+v, want %+v", accent, got.Brand.Accent)
	}
}

func TestFaultsOfABrand(t *testing.T) {
	files := map[string]string{"logo.svg": square, "page.html": "<html></html>", "large.svg": square + strings.Repeat(" ", 64<<10)}
	const elsewhere = "sign_in_url: is not on a site of the app: want a page of the origin of one of redirect_urls or allowed_origins"
	for written, want := range map[string]string{
		"brand: {logo: nowhere.svg}":                    "brand.logo: there is no such file",
		"brand: {logo: page.html}":                      "brand.logo: the file is no SVG, PNG or JPEG",
		"brand: {logo: logo.svg, logo_dark: large.svg}": "brand.logo_dark: the file is larger than 64 KiB",
		"brand: {logo_dark: logo.svg}":                  "brand.logo_dark: stands in for logo on dark pages: name a logo, too",
		`brand: {accent: "green"}`:                      "brand.accent: want # and six hexadecimal digits, as in #0f6e56",
		`brand: {accent: "#ffcc00"}`:                    "brand.accent: has a contrast of 1.5 on white, and words on it cannot be read below 4.5: #8f7200 is the same hue, dark enough",
		"sign_in_url: https://evil.example/login":       elsewhere,
		"sign_in_url: http://app.example.com/login":     elsewhere,
		"sign_in_url: com.example.app://login":          elsewhere,
		`sign_in_url: "javascript:alert(1)"`:            "sign_in_url: the URL is not absolute, as in https://app.example/welcome",
	} {
		_, err := parseBeside(minimal+"    "+written+"\n", files)
		if err == nil || !strings.HasSuffix(err.Error(), ":\nconfig.yaml:12: projects[0]."+want) {
			t.Errorf("%s: got %v\nwant config.yaml:12: projects[0].%s and nothing else", written, err, want)
		}
	}
}

func TestPagesLeadToTheAppsFrontPage(t *testing.T) {
	for redirects, want := range map[string]string{
		"[https://app.example.com/authenticate]":                          "https://app.example.com/",
		"[com.example.app://callback, https://app.example.com:8443/in?*]": "https://app.example.com:8443/",
		"[com.example.app://callback]":                                    "",
		`["http://127.0.0.1:*/callback"]`:                                 "",
	} {
		text := strings.Replace(minimal, "[https://app.example.com/authenticate]", redirects, 1)
		if got := mustParse(t, text, nil).DoorProjects()["project-test-1"].SignInURL; got != want {
			t.Errorf("%s: got %q, want %q", redirects, got, want)
		}
	}
}
