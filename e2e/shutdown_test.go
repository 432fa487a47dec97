package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// supervisorsPatience is what systemd and Kubernetes, at their least, leave between
// SIGTERM and SIGKILL.
const supervisorsPatience = 10 * time.Second

func TestTerminatedUnderLoad(t *testing.T) {
	t.Parallel()
	relay := startRelay(t)
	settings := newSettings(t, sqliteURL(t), relay.address)
	server := serve(t, settings)
	held, inFlight := holdStarts(t, server, 50)
	mailing := startAtOnce(t, server, 50)

	began := time.Now()
	server.signal(t, syscall.SIGTERM)
	awaitRefusal(t, settings.url())
	for i, status := range finishAll(held) {
		if status != http.StatusOK {
			t.Errorf("request %d, in flight at SIGTERM: got %d, want 200", i, status)
		}
	}
	server.checkEnd(t, began)

	// What was not mailed before the end is mailed after the next beginning.
	all := append(mailing, inFlight...)
	server = serve(t, settings)
	relay.each(t, all)
	server.terminate(t)
	relay.checkOnce(t, settings.database, all)
}

// A stranger who never finishes a request must not make an orderly end look like a
// failure, nor hold it up past what supervisors grant.
func TestTerminatedWhileARequestNeverEnds(t *testing.T) {
	t.Parallel()
	server := serve(t, newSettings(t, sqliteURL(t), startRelay(t).address))
	holdStarts(t, server, 1)
	began := time.Now()
	server.signal(t, syscall.SIGTERM)
	server.checkEnd(t, began)
}

// checkEnd wants the end in time and without a complaint.
func (p *process) checkEnd(t *testing.T, toldAt time.Time) {
	t.Helper()
	if status := p.status(t); status != 0 {
		t.Errorf("exit status: got %d, want 0", status)
	}
	if took := time.Since(toldAt); took > supervisorsPatience {
		t.Errorf("it took %v to end, want at most %v", took, supervisorsPatience)
	}
}

// startAtOnce asks for n links at the same time, so that mail is on its way when it
// returns.
func startAtOnce(t *testing.T, s *server, n int) (addresses []string) {
	t.Helper()
	var asking sync.WaitGroup
	for i := range n {
		address := fmt.Sprintf("mailing-%d@example.com", i)
		addresses = append(addresses, address)
		asking.Go(func() {
			a, err := s.backEnd(0).post(startPath, body{"email": address, "code_challenge": newPair().challenge})
			if err != nil || a.Status != http.StatusOK {
				t.Errorf("start: got %d %s (%v), want 200", a.Status, a.ErrorType, err)
			}
		})
	}
	asking.Wait()
	return addresses
}

// heldRequest is one whose handler waits for the body: it is in flight for certain.
type heldRequest struct {
	connection net.Conn
	answers    *bufio.Reader
	body       string
}

func holdStarts(t *testing.T, s *server, n int) (held []*heldRequest, addresses []string) {
	t.Helper()
	for i := range n {
		address := fmt.Sprintf("in-flight-%d@example.com", i)
		addresses = append(addresses, address)
		held = append(held, holdStart(t, s.backEnd(0), address))
	}
	return held, addresses
}

// holdStart sends a request's head and waits for 100 Continue, which the server sends
// when the handler begins to read the body (RFC 9110 §10.1.1).
func holdStart(t *testing.T, b backEnd, address string) *heldRequest {
	t.Helper()
	content, err := json.Marshal(body{"email": address, "code_challenge": newPair().challenge})
	if err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(b.url, "http://")
	connection, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	connection.SetDeadline(time.Now().Add(patience))
	head := &http.Request{Header: http.Header{}}
	head.SetBasicAuth(b.project, b.secret)
	fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		startPath, host, head.Header.Get("Authorization"), len(content))
	held := &heldRequest{connection: connection, answers: bufio.NewReader(connection), body: string(content)}
	if got := held.answer(); got != http.StatusContinue {
		t.Fatalf("head of a request: got %d, want 100", got)
	}
	return held
}

// answer is the status that comes next, or 0 if the connection breaks.
func (h *heldRequest) answer() int {
	res, err := http.ReadResponse(h.answers, nil)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	return res.StatusCode
}

// finishAll sends the bodies at once and returns the statuses.
func finishAll(held []*heldRequest) []int {
	statuses := make([]int, len(held))
	var finishing sync.WaitGroup
	for i, request := range held {
		finishing.Go(func() {
			fmt.Fprint(request.connection, request.body)
			statuses[i] = request.answer()
		})
	}
	finishing.Wait()
	return statuses
}

// awaitAnswer waits until somebody answers there.
func awaitAnswer(t *testing.T, url string) {
	t.Helper()
	if !comesTo(url, true) {
		t.Fatalf("%s does not answer", url)
	}
}

// awaitRefusal waits until nobody listens there any more.
func awaitRefusal(t *testing.T, url string) {
	t.Helper()
	if !comesTo(url, false) {
		t.Fatalf("%s goes on answering", url)
	}
}

// comesTo waits until the server answers, or does not. It asks for something each time:
// for a connection without a request, a shutdown waits five seconds.
func comesTo(url string, answering bool) bool {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		res, err := client.Get(url + "/healthz")
		if err == nil {
			res.Body.Close()
		}
		if answering == (err == nil) {
			return true
		}
	}
	return false
}
