package e2e

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

const (
	// How a balancer looks at each replica: it goes by one answer, down as up.
	balancerInterval = 100 * time.Millisecond
	// shutdownSeconds is long enough for it to notice, as docs/operating.md reckons it.
	shutdownSeconds = 1
)

// balancer does what docs/operating.md asks of one, and no more: requests in turn to the
// replicas whose /readyz says 200, over kept connections, and to the next one where a
// connection is refused. A request that was sent is never sent again.
type balancer struct {
	*httptest.Server
	replicas []*balanced
	turn     atomic.Uint64
}

// balanced is one of its replicas.
type balanced struct {
	url       string
	transport *http.Transport
	ready     atomic.Bool
}

func startBalancer(t *testing.T, settings ...settings) *balancer {
	t.Helper()
	b := new(balancer)
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	for _, s := range settings {
		r := &balanced{url: s.url(), transport: &http.Transport{MaxIdleConnsPerHost: 64}}
		r.look()
		b.replicas = append(b.replicas, r)
		go r.watch(ctx)
	}
	b.Server = httptest.NewServer(b)
	t.Cleanup(b.Close)
	return b
}

func (r *balanced) watch(ctx context.Context) {
	for ctx.Err() == nil {
		r.look()
		pauseFor(ctx, balancerInterval)
	}
}

func (r *balanced) look() {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	res, err := client.Get(r.url + "/readyz")
	if err == nil {
		res.Body.Close()
	}
	r.ready.Store(err == nil && res.StatusCode == http.StatusOK)
}

// await waits until the balancer has seen the replica ready.
func (b *balancer) await(t *testing.T, replica int) {
	t.Helper()
	for deadline := time.Now().Add(patience); !b.replicas[replica].ready.Load(); {
		if time.Now().After(deadline) {
			t.Fatalf("replica %d is not ready", replica)
		}
		pauseFor(t.Context(), balancerInterval/10)
	}
}

func (b *balancer) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	content, err := io.ReadAll(req.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	err = errors.New("no replica is ready")
	first := int(b.turn.Add(1))
	for i := range b.replicas {
		r := b.replicas[(first+i)%len(b.replicas)]
		if !r.ready.Load() {
			continue
		}
		var res *http.Response
		if res, err = r.send(req, content); err == nil {
			pass(w, res)
			return
		}
		if !neverSent(err) {
			break
		}
	}
	http.Error(w, err.Error(), http.StatusBadGateway)
}

func (r *balanced) send(req *http.Request, content []byte) (*http.Response, error) {
	onward, err := http.NewRequestWithContext(req.Context(), req.Method, r.url+req.URL.RequestURI(), bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	onward.Header = req.Header.Clone()
	onward.GetBody = nil // or Go's client would send it again by itself
	return r.transport.RoundTrip(onward)
}

// neverSent says that nobody got the request: there was no connection to send it on.
func neverSent(err error) bool {
	var failed *net.OpError
	return errors.As(err, &failed) && failed.Op == "dial"
}

func pass(w http.ResponseWriter, res *http.Response) {
	defer res.Body.Close()
	w.Header().Set("Content-Type", res.Header.Get("Content-Type"))
	w.WriteHeader(res.StatusCode)
	_, _ = io.Copy(w, res.Body)
}
