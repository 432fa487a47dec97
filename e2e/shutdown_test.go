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

	"latchkey/store/storetest"
)

// supervisorsPatience is what systemd and Kubernetes, at their least, leave between
// SIGTERM and SIGKILL.
const supervisorsPatience = 10 * time.Second

// What drill R7 has in flight at SIGTERM.
const (
	requestsInFlight = 100
	mailsInFlight    = 50
)

// TestTerminatedUnderLoad is drill R7: SIGTERM while 100 requests wait for the rest of
// their bodies and 50 mails for the relay's answer. All requests are answered, all mails
// are recorded, and nothing is sent twice.
func TestTerminatedUnderLoad(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		ledger, answer := newLedger(), make(chan struct{})
		settings := newSettings(t, url, startSink(t, func(d delivery) {
			ledger.arrive(d)
			<-answer
		}).address)
		settings.smtpOptions = fmt.Sprintf("senders: %d", mailsInFlight)
		server := serve(t, settings)
		load := &load{ledger: ledger, clients: mailsInFlight, apps: connected(mailsInFlight, server)}
		load.startMany(mailsInFlight)
		ledger.await(t, mailsInFlight)
		held := holdStarts(t, server, ledger, requestsInFlight)

		began := time.Now()
		server.signal(t, syscall.SIGTERM)
		awaitRefusal(t, settings.url())
		finishAll(held, ledger)
		close(answer)
		server.checkEnd(t, began)
		took, recorded := time.Since(began), number(t, url, "SELECT count(*) FROM queued_mails WHERE status = 'sent'")

		// What was not mailed before the end is mailed after the next beginning.
		server = serve(t, settings)
		ledger.await(t, mailsInFlight+requestsInFlight)
		server.terminate(t)
		checkNothingOwed(t, url)
		sum := ledger.tally()
		r := &report{title: fmt.Sprintf("R7, %s: %d requests and %d mails in flight", t.Name(), len(held), mailsInFlight)}
		r.none(t, "requests not answered with 200", sum.starts-sum.acknowledged)
		r.require(t, "mails recorded as sent at the end", recorded, fmt.Sprintf("≥ %d", mailsInFlight), recorded >= mailsInFlight)
		r.within(t, "from SIGTERM to the end", []time.Duration{took}, supervisorsPatience)
		r.none(t, "mails lost", sum.lost)
		r.none(t, "mails sent again", sum.again)
		r.log(t)
	})
}

// A stranger who never finishes a request must not make an orderly end look like a
// failure, nor hold it up past what supervisors grant.
func TestTerminatedWhileARequestNeverEnds(t *testing.T) {
	t.Parallel()
	server := serve(t, newSettings(t, sqliteURL(t), startRelay(t).address))
	holdStarts(t, server, newLedger(), 1)
	began := time.Now()
	server.signal(t, syscall.SIGTERM)
	server.checkEnd(t, began)
}

// A replica that is told to stop goes on while the balancer has not noticed: it is not
// ready, it answers, and it closes the connection with the answer.
func TestAReplicaThatIsToldToStopSaysSoFirst(t *testing.T) {
	t.Parallel()
	settings := newSettings(t, sqliteURL(t), startRelay(t).address)
	settings.shutdownSeconds = 3
	server := serve(t, settings)
	began := time.Now()
	server.signal(t, syscall.SIGTERM)
	server.logged(t, "stopping")
	for path, want := range map[string]int{"/readyz": http.StatusServiceUnavailable, "/healthz": http.StatusOK} {
		res, err := http.Get(server.url() + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want || !res.Close {
			t.Errorf("%s: got %d, connection closed: %t, want %d and closed", path, res.StatusCode, res.Close, want)
		}
	}
	server.backEnd(0).start(t, "ada@example.com", newPair())
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

// heldRequest is one whose handler waits for the body: it is in flight for certain.
type heldRequest struct {
	login      *login
	connection net.Conn
	answers    *bufio.Reader
	body       string
}

func holdStarts(t *testing.T, s *server, l *ledger, n int) (held []*heldRequest) {
	t.Helper()
	for range n {
		held = append(held, holdStart(t, s.backEnd(0), l.begin()))
	}
	return held
}

// holdStart sends a request's head and waits for 100 Continue, which the server sends
// when the handler begins to read the body (RFC 9110 §10.1.1).
func holdStart(t *testing.T, b backEnd, n *login) *heldRequest {
	t.Helper()
	content, err := json.Marshal(body{"email": n.address, "code_challenge": n.pair.challenge})
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
	held := &heldRequest{login: n, connection: connection, answers: bufio.NewReader(connection), body: string(content)}
	if got, err := held.answer(); got != http.StatusContinue {
		t.Fatalf("head of a request: got %d (%v), want 100", got, err)
	}
	return held
}

// answer is the status that comes next.
func (h *heldRequest) answer() (status int, err error) {
	res, err := http.ReadResponse(h.answers, nil)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

// finishAll sends the bodies at once and enters the answers.
func finishAll(held []*heldRequest, l *ledger) {
	var finishing sync.WaitGroup
	for _, request := range held {
		finishing.Go(func() {
			fmt.Fprint(request.connection, request.body)
			status, err := request.answer()
			l.answered(request.login, answer{Status: status}, err)
		})
	}
	finishing.Wait()
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
