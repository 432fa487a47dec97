package e2e

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The lines of docs/frameworks are run as they stand there.

// goFrame is the rest of an app that has the guide's handlers.
const goFrame = `package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("POST /login", login)
	http.HandleFunc("GET /authenticate", authenticate)
	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "home: ", r.Header.Get("Cookie")) })
	listener, err := net.Listen("tcp", os.Getenv("LISTEN"))
	if err != nil {
		log.Fatal(err)
	}
	log.Print("open ", origin)
	log.Fatal(http.Serve(listener, http.NewCrossOriginProtection().Handler(http.DefaultServeMux)))
}
`

// nextFrame stands for the framework: it hands Node's requests to the handlers as the
// web's own Request, and gives their Response back.
const nextFrame = `import { createServer } from "node:http";
import { Readable } from "node:stream";
import { POST } from "./app/login/route.js";
import { GET, HEAD } from "./app/authenticate/route.js";

const home = (request) => new Response("home: " + request.headers.get("cookie"));
const routes = { "POST /login": POST, "GET /authenticate": GET, "HEAD /authenticate": HEAD, "GET /": home };

createServer(async (req, res) => {
  const url = new URL(req.url, process.env.ORIGIN);
  const body = req.method === "POST" ? Readable.toWeb(req) : undefined;
  const request = new Request(url, { method: req.method, headers: req.headers, body, duplex: "half" });
  const response = await routes[req.method + " " + url.pathname](request);
  res.writeHead(response.status, [...response.headers].flat());
  res.end(Buffer.from(await response.arrayBuffer()));
}).listen(process.env.PORT, "127.0.0.1", () => console.log("open " + process.env.ORIGIN));
`

func TestGoGuide(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "main.go"), goFrame)
	write(t, filepath.Join(dir, "login.go"), strings.Join(blocksOf(t, "go.md", "go"), "\n"))
	write(t, filepath.Join(dir, "go.mod"), "module guide\n\ngo 1.26\n")
	build := exec.Command("go", "build", "-o", "app", ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	checkGuide(t, runExample(t, startDev(t), exec.Command(filepath.Join(dir, "app"))))
}

func TestNextGuide(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		missing(t, "node is not installed: the guide for Next.js was not tried (apt-get install nodejs)")
	}
	dir := t.TempDir()
	blocks := blocksOf(t, "nextjs.md", "js")
	for i, file := range []string{"app/login/route.js", "app/authenticate/route.js", "lib/latchkey.js"} {
		write(t, filepath.Join(dir, file), blocks[i])
	}
	write(t, filepath.Join(dir, "package.json"), `{"type": "module"}`)
	write(t, filepath.Join(dir, "frame.js"), nextFrame)
	cmd := exec.Command(node, "frame.js")
	cmd.Dir = dir
	checkGuide(t, runExample(t, startDev(t), cmd))
}

// checkGuide logs in where it was asked, and nowhere else.
func checkGuide(t *testing.T, e *example) {
	ada, other := e.surfer(t), e.surfer(t)
	const address = "ada@example.com"
	ada.refusesForeignForms("/login")
	refused := ada.submit("/login", "same-origin", url.Values{"email": {"no address"}})
	refused.shows(t, "Send one e-mail address")
	ada.submitWith("/login", http.Header{"Origin": {e.origin}}, url.Values{"email": {address}}).shows(t, "Look into your mail")
	mail := e.dev.mail(t, address)
	if got := other.open(mail.Link); got.status != http.StatusBadRequest || !strings.Contains(got.text, "in the browser where you asked for it") {
		t.Errorf("another browser got %d %s, want 400", got.status, got.text)
	}
	ada.peeks(landingOf(t, mail.Link).String())
	ada.open(mail.Link).shows(t, "session=")
}

var fence = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// blocksOf are the pieces of code in a guide.
func blocksOf(t *testing.T, guide, language string) (blocks []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, "docs/frameworks", guide))
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range fence.FindAllStringSubmatch(string(text), -1) {
		if found[1] == language {
			blocks = append(blocks, found[2])
		}
	}
	if len(blocks) == 0 {
		t.Fatalf("%s has no code", guide)
	}
	return blocks
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
