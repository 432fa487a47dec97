package demo

import "testing"

// What is accepted is exactly our API's origin, /l/ and a token, so the request
// that follows can go nowhere else.
func FuzzLinkToken(f *testing.F) {
	const api = "http://127.0.0.1:8080"
	for _, link := range []string{
		api + "/l/AbCd_-09",
		" " + api + "/l/AbCd\n",
		api + "/l/",
		api + "/l/a/b",
		api + "/l/a?b",
		api + "/l/a#b",
		api + "/l/../v1",
		api + "/v1/users",
		api + "@evil.example/l/a",
		api + ".evil.example/l/a",
		api + "0/l/a",
		"https://127.0.0.1:8080/l/a",
		"HTTP://127.0.0.1:8080/l/a",
	} {
		f.Add(link)
	}
	app := &App{API: api}
	f.Fuzz(func(t *testing.T, link string) {
		token, err := app.linkToken(link)
		if err != nil {
			return
		}
		if again, err := app.linkToken(api + "/l/" + token); err != nil || again != token {
			t.Errorf("%q: got token %q, which is not accepted again", link, token)
		}
		for _, b := range []byte(token) {
			switch {
			case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '-', b == '_':
			default:
				t.Errorf("%q: got token %q, want base64url", link, token)
			}
		}
	})
}

func TestLinkToken(t *testing.T) {
	app := &App{API: "http://127.0.0.1:8080"}
	tests := map[string]string{
		"http://127.0.0.1:8080/l/AbCd_-09":            "AbCd_-09",
		" http://127.0.0.1:8080/l/AbCd\n":             "AbCd",
		"http://127.0.0.1:8080/l/":                    "",
		"http://127.0.0.1:8080/l/a/b":                 "",
		"http://127.0.0.1:8080/l/a?b":                 "",
		"http://127.0.0.1:8080/l/a#b":                 "",
		"http://127.0.0.1:8080/l/..":                  "",
		"http://127.0.0.1:8080/v1/users":              "",
		"http://127.0.0.1:8080@evil.example/l/a":      "",
		"http://127.0.0.1:8080.evil.example/l/a":      "",
		"http://127.0.0.1:80800/l/a":                  "",
		"https://127.0.0.1:8080/l/a":                  "",
		"http://evil.example/?http://127.0.0.1/l/abc": "",
	}
	for link, want := range tests {
		if got, _ := app.linkToken(link); got != want {
			t.Errorf("%q: got %q, want %q", link, got, want)
		}
	}
}
