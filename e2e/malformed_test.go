package e2e

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// malformedVariable says how many requests drill R9 sends: `make drill R9` sets it.
const malformedVariable = "LATCHKEY_R9_REQUESTS"

// TestMalformedRequests is drill R9 or, by itself, a short form of it: requests of
// every malformed kind get no 5xx, no panic, no mail, and a refusal in shape.
func TestMalformedRequests(t *testing.T) {
	requests := 600
	if set := os.Getenv(malformedVariable); set != "" {
		var err error
		if requests, err = strconv.Atoi(set); err != nil {
			t.Fatal(err)
		}
	}
	d := startDev(t)
	address := strings.TrimPrefix(d.url, "http://")
	counted := make(map[int]int)
	for i := range requests {
		kind := malformed[i%len(malformed)]
		// The seed is the request's number, so that one that fails can be sent again.
		raw := kind.make(rand.New(rand.NewPCG(9, uint64(i))))
		counted[sendRaw(t, address, fmt.Sprintf("%d (%s)", i, kind.name), raw)]++
	}
	if mails := d.caughtMails(t); mails != 0 {
		t.Errorf("malformed requests caused %d mails", mails)
	}
	t.Logf("%d requests: %v", requests, counted)
	d.backEnd().start(t, "ada@example.com", newPair()) // it still works
}

// caughtMails asks MailHog's API how many mails there are.
func (d *dev) caughtMails(t *testing.T) int {
	t.Helper()
	res, err := http.Get(d.inbox + "/api/v2/messages")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var list struct{ Total int }
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list.Total
}

// sendRaw writes the bytes as they are and checks the answer; 0 stands for a
// connection that was closed without one.
func sendRaw(t *testing.T, address, name, raw string) (status int) {
	t.Helper()
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		t.Fatalf("request %s: %v", name, err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, _ = io.WriteString(conn, raw) // refused half-way is an answer too
	_ = conn.(*net.TCPConn).CloseWrite()
	method, _, _ := strings.Cut(raw, " ")
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		var late net.Error
		if errors.As(err, &late) && late.Timeout() {
			t.Errorf("request %s: no answer\n%q", name, raw)
		}
		return 0
	}
	defer res.Body.Close()
	checkRefusal(t, name, raw, res)
	return res.StatusCode
}

// ofNetHTTP are the answers that net/http gives by itself, before Latchkey sees a
// request, and whose connection it then cuts.
var ofNetHTTP = map[int]string{
	http.StatusBadRequest:                  "400 Bad Request",
	http.StatusRequestHeaderFieldsTooLarge: "431 Request Header Fields Too Large",
	http.StatusNotImplemented:              "Unsupported transfer encoding",
	http.StatusHTTPVersionNotSupported:     "505 HTTP Version Not Supported",
}

// checkRefusal: in shape, but for what net/http gives by itself.
func checkRefusal(t *testing.T, name, raw string, res *http.Response) {
	t.Helper()
	text, err := io.ReadAll(res.Body)
	if own, known := ofNetHTTP[res.StatusCode]; known && strings.HasPrefix(string(text), own) {
		return
	}
	switch kind := res.Header.Get("Content-Type"); {
	case res.StatusCode >= 500, res.StatusCode < 400, err != nil:
		t.Errorf("request %s: got %d %s (%v)\n%.2000q", name, res.StatusCode, text, err, raw)
	case len(text) == 0: // to HEAD
	case strings.HasPrefix(kind, "text/html"):
	default:
		var refusal answer
		if json.Unmarshal(text, &refusal) != nil || refusal.Status != res.StatusCode || refusal.ErrorType == "" {
			t.Errorf("request %s: got %d, which is not in shape: %s\n%.2000q", name, res.StatusCode, text, raw)
		}
	}
}

// malformed are the kinds of request, each made from chance.
var malformed = []struct {
	name string
	make func(*rand.Rand) string
}{
	{"body cut or changed", func(r *rand.Rand) string { return posted(startPath, damaged(r, goodStart())) }},
	{"member of another type", func(r *rand.Rand) string { return posted(startPath, retyped(r)) }},
	{"member with a hostile value", func(r *rand.Rand) string { return posted(startPath, hostile(r)) }},
	{"redeem of nonsense", func(r *rand.Rand) string {
		return posted("/v1/magic_links/authenticate", fmt.Sprintf(`{"token":%q,"code_verifier":%q}`, noise(r, 44), noise(r, 50)))
	}},
	{"code of nonsense", func(r *rand.Rand) string {
		return posted("/v1/otps/authenticate", fmt.Sprintf(`{"email":"ada@example.com","code":%q,"code_verifier":%q}`, noise(r, 8), noise(r, 50)))
	}},
	{"session of nonsense", func(r *rand.Rand) string {
		return posted("/v1/sessions/"+pick(r, "authenticate", "revoke"), fmt.Sprintf(`{%q:%q}`, pick(r, "session_token", "session_jwt", "session_id"), noise(r, 60)))
	}},
	{"credentials", func(r *rand.Rand) string {
		return rawRequest("POST", startPath, "Content-Type: application/json\r\nAuthorization: "+pick(r,
			"Basic", "Basic ", "Basic !!!!", "Basic "+noise(r, 20), "Bearer "+devSecret, "Basic "+strings.Repeat("A", 12000),
			"Basic "+base64.StdEncoding.EncodeToString([]byte(devProject+":")), "basic "+base64.StdEncoding.EncodeToString([]byte(noise(r, 30)))), goodStart())
	}},
	{"content type", func(r *rand.Rand) string {
		return rawRequest("POST", startPath, authorized+"Content-Type: "+pick(r, "text/plain", "application/xml", "application/json; charset=utf-7", "application/json;;", noise(r, 10)), goodStart())
	}},
	{"method", func(r *rand.Rand) string {
		return rawRequest(pick(r, "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "get", "X-"+letters(r, 9)), pick(r, startPath, "/l/x", "/healthz"), authorized, "")
	}},
	{"path", func(r *rand.Rand) string {
		return rawRequest("GET", pick(r, "/%00", "/%2e%2e/%2e%2e/etc/passwd", "/..;/v1", "/v1/magic_links/../sessions", "/l/"+strings.Repeat("a", 9000),
			"/l/%2f%2f", "/l/"+letters(r, 44), "/\\evil.example", "/v1/sessions/jwks/"+letters(r, 30), "/assets/../pages.css", "/%zz"), authorized, "")
	}},
	{"headers", func(r *rand.Rand) string {
		return rawRequest("POST", startPath, authorized+"Content-Type: application/json\r\n"+pick(r,
			"X-A: "+strings.Repeat("b", 20000), "Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked", "Content-Length: 3",
			"Content-Length: -1", "Content-Length: 99999999999999999999", " folded: yes", "No colon here", "X-\x00: y", "Expect: 200-maybe"), damaged(r, goodStart()))
	}},
	{"no HTTP at all", func(r *rand.Rand) string {
		return pick(r, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "GET /\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", noise(r, 200)+"\r\n\r\n", "EHLO me\r\n\r\n", "POST "+startPath+" HTTP/1.1\r\n\r\n")
	}},
}

var authorized = "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(devProject+":"+devSecret)) + "\r\n"

func rawRequest(method, path, headers, body string) string {
	headers = strings.TrimSuffix(headers, "\r\n")
	return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n\r\n%s", method, path, len(body), headers, body)
}

func posted(path, body string) string {
	return rawRequest("POST", path, authorized+"Content-Type: application/json", body)
}

// goodStart lacks nothing but a challenge of the right length, so that no chance can
// make a start of it.
func goodStart() string {
	return `{"email":"ada@example.com","code_challenge":"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c","redirect_url":"http://localhost:3000/","attributes":{"ip_address":"192.0.2.1"}}`
}

func damaged(r *rand.Rand, body string) string {
	at := r.IntN(len(body))
	return pick(r,
		body[:at], body[:at]+string(rune(r.IntN(256)))+body[at+1:], body[:at]+"\xff"+body[at+1:], body[:at]+"\x00"+body[at:],
		body+body, body+"x", "\ufeff"+body, "["+body+"]", "null", `"`+letters(r, 20)+`"`, strings.Repeat("[", 12000), strings.Repeat(`{"a":`, 3000),
		strings.Replace(body, `"email"`, `"email":"eve@example.com","email"`, 1), `{"email":"`+strings.Repeat("a", 40000)+`"}`)
}

func retyped(r *rand.Rand) string {
	value := pick(r, "1", "-0", "1e999", "true", "[]", "{}", "[[]]", `{"a":{}}`, "99999999999999999999", "0.5")
	return fmt.Sprintf(`{%q:%s}`, pick(r, "email", "code_challenge", "code_challenge_method", "redirect_url", "login_expiration_minutes", "attributes", "create_user_as_pending"), value)
}

func hostile(r *rand.Rand) string {
	encoded, _ := json.Marshal(map[string]string{
		"email": pick(r, "ada@example.com\r\nBcc: eve@example.com", "ada@example.com,eve@example.com", "<ada@example.com>", "\"a b\"@example.com",
			"ada@[127.0.0.1]", "ada@exämple..com", "ada@example.com\x00", "@", strings.Repeat("a", 65)+"@example.com", "ada@\u212aelvin.example", "ada\u200b@example.com"),
		"redirect_url":          pick(r, "javascript:alert(1)", "//evil.example", "https://evil.example", "http://localhost@evil.example/", "http://localhost\\@evil.example"),
		"code_challenge_method": pick(r, "plain", "S256", "s256", ""),
	})
	return string(encoded)
}

func noise(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.IntN(256))
	}
	return string(b)
}

func letters(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "abcdefghijklmnopqrstuvwxyz0123456789"[r.IntN(36)]
	}
	return string(b)
}

func pick(r *rand.Rand, choices ...string) string { return choices[r.IntN(len(choices))] }
