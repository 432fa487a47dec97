package e2e

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
)

// traffic is a proxy that a browser sends everything through, loopback included. It
// sees what the browser's own tools miss: the first requests of a tab that a page
// opened. Whatever would leave this machine is noted and refused.
type traffic struct {
	*httptest.Server

	mu       sync.Mutex
	requests []request
	led      map[string]string // host and port that stand for others: see lead
}

// request is one as it left the browser.
type request struct{ method, host, url, referer string }

func recordTraffic(t *testing.T) *traffic {
	record := &traffic{led: make(map[string]string)}
	forward := &httputil.ReverseProxy{
		Rewrite:       func(*httputil.ProxyRequest) {}, // the URL is absolute as it comes
		FlushInterval: -1,                              // the inbox streams events
	}
	record.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		record.note(r)
		if to := record.leads(r.URL.Host); r.Method == http.MethodConnect && to != "" {
			tunnel(w, to)
			return
		} else if to != "" {
			r.URL.Host = to
		}
		// In full: an answer that begins before the body's end was seen would close
		// the body, and with it the connection that the answer comes on.
		content, err := io.ReadAll(r.Body)
		if err != nil || !isLoopback(r.URL.Host) || r.Method == http.MethodConnect {
			http.Error(w, "whole requests to this machine only", http.StatusForbidden)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(content))
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		record.CloseClientConnections() // the inbox's never end by themselves
		record.Close()
	})
	return record
}

// lead takes the host's https to a server on this machine, or its http if that is what the
// server speaks. What goes through https is sealed to us.
func (tr *traffic) lead(host string, to *httptest.Server) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if to.TLS != nil {
		host += ":443"
	}
	tr.led[host] = to.Listener.Addr().String()
}

func (tr *traffic) leads(host string) (address string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.led[host]
}

// tunnel is CONNECT (RFC 9110 §9.3.6): bytes both ways until either end hangs up.
func tunnel(w http.ResponseWriter, address string) {
	far, err := net.Dial("tcp", address)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	near, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		far.Close()
		return
	}
	_, _ = io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n")
	hangUp := func() {
		near.Close()
		far.Close()
	}
	go func() {
		defer hangUp()
		_, _ = io.Copy(far, buffered)
	}()
	go func() {
		defer hangUp()
		_, _ = io.Copy(near, far)
	}()
}

func (tr *traffic) note(r *http.Request) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.requests = append(tr.requests, request{r.Method, r.URL.Host, r.URL.String(), r.Referer()})
}

func (tr *traffic) all() []request {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return slices.Clone(tr.requests)
}

func isLoopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// check looks through all requests: nobody else was asked, a link's token stood in no
// URL but the link's and its landing's, and no secret in any Referer.
func (tr *traffic) check(t *testing.T, found secrets) {
	t.Helper()
	requests := tr.all()
	if len(requests) == 0 {
		t.Error("no request went through the proxy: nothing was checked")
	}
	for _, r := range requests {
		if !isLoopback(r.host) && tr.leads(r.host) == "" {
			t.Errorf("%s %s went to another machine", r.method, r.url)
		}
		found.checkAbsent(t, "the Referer of "+r.method+" "+r.url, r.referer)
		if !mayBearToken(r.url) {
			found.checkAbsent(t, "the URL "+r.url, r.url)
		}
	}
}

func mayBearToken(url string) bool {
	return strings.Contains(url, "/l/") || strings.Contains(url, "/demo/callback?") || strings.Contains(url, "/authenticate?")
}

// count is how many requests with the method were made for the path.
func (tr *traffic) count(method, path string) (n int) {
	for _, r := range tr.all() {
		if r.method == method && strings.HasSuffix(r.url, path) {
			n++
		}
	}
	return n
}
