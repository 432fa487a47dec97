package doctor

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// nameServer is a DNS server that has all authority and few names.
type nameServer struct {
	address string

	mu      sync.Mutex
	records map[string][]dns.RR // by name in lower case, with the dot
	broken  map[string]bool     // names that are answered with SERVFAIL
}

func startNameServer(t *testing.T) *nameServer {
	t.Helper()
	streams, packets := listenTwice(t)
	n := &nameServer{address: packets.LocalAddr().String(), records: map[string][]dns.RR{}, broken: map[string]bool{}}
	for _, server := range []*dns.Server{{PacketConn: packets, Handler: n}, {Listener: streams, Handler: n}} {
		started := make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		go server.ActivateAndServe()
		<-started
		t.Cleanup(func() { server.Shutdown() })
	}
	return n
}

// listenTwice takes one port for both protocols: what is too long for a packet is
// asked for again by TCP.
func listenTwice(t *testing.T) (net.Listener, net.PacketConn) {
	t.Helper()
	for {
		streams, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		packets, err := net.ListenPacket("udp", streams.Addr().String())
		if err == nil {
			return streams, packets
		}
		streams.Close() // somebody else has that port; there are others
	}
}

// publish adds records as a zone file has them.
func (n *nameServer) publish(t *testing.T, lines ...string) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, line := range lines {
		record, err := dns.NewRR(line)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.ToLower(record.Header().Name)
		n.records[name] = append(n.records[name], record)
	}
}

// withdraw deletes the records of a kind at a name.
func (n *nameServer) withdraw(name string, kind uint16) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var kept []dns.RR
	for _, record := range n.records[name] {
		if record.Header().Rrtype != kind {
			kept = append(kept, record)
		}
	}
	n.records[name] = kept
}

// spf puts a record in the place of example.com's.
func (n *nameServer) spf(t *testing.T, record string) {
	t.Helper()
	n.withdraw("example.com.", dns.TypeTXT)
	n.publish(t, zoneLine("example.com", "TXT", record))
}

// fail answers every question about the name with SERVFAIL.
func (n *nameServer) fail(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.broken[name] = true
}

func (n *nameServer) ServeDNS(w dns.ResponseWriter, question *dns.Msg) {
	n.mu.Lock()
	defer n.mu.Unlock()
	answer := new(dns.Msg).SetReply(question)
	answer.Authoritative = true // or an answer without records is taken for no answer
	name := strings.ToLower(question.Question[0].Name)
	records, known := n.records[name]
	for _, record := range records {
		if record.Header().Rrtype == question.Question[0].Qtype {
			answer.Answer = append(answer.Answer, record)
		}
	}
	switch {
	case n.broken[name]:
		answer.Rcode = dns.RcodeServerFailure
	case !known:
		answer.Rcode = dns.RcodeNameError
	}
	if _, packet := w.RemoteAddr().(*net.UDPAddr); packet {
		answer.Truncate(dns.MinMsgSize)
	}
	w.WriteMsg(answer)
}

// resolver asks this server alone.
func (n *nameServer) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, network, n.address)
	}}
}
