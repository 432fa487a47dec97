package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"latchkey/internal/doctor"
	"latchkey/mailer/catcher"
)

// TestMain gives the package a DNS in which every domain has what it should. It is
// never taken back: a look-up that was given up may still be under way.
func TestMain(m *testing.M) {
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	server := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(answerWell)}
	go server.ActivateAndServe()
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "udp", packets.LocalAddr().String())
	}}
	os.Exit(m.Run())
}

// installed writes a configuration without a fault: its relay takes everything.
func installed(t *testing.T) (config string) {
	t.Helper()
	return exampleWith(t, "smtp://localhost:1025", "smtp://"+caughtAt(t))
}

func answerWell(w dns.ResponseWriter, question *dns.Msg) {
	answer := new(dns.Msg).SetReply(question)
	answer.Authoritative = true
	name, record := question.Question[0].Name, ""
	switch {
	case question.Question[0].Qtype == dns.TypeA:
		record = name + " A 127.0.0.1"
	case question.Question[0].Qtype == dns.TypeTXT && strings.HasPrefix(name, "_dmarc."):
		record = name + ` TXT "v=DMARC1; p=none"`
	case question.Question[0].Qtype == dns.TypeTXT:
		record = name + ` TXT "v=spf1 mx -all"`
	}
	if rr, err := dns.NewRR(record); err == nil && rr != nil {
		answer.Answer = append(answer.Answer, rr)
	}
	w.WriteMsg(answer)
}

func caughtAt(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := catcher.New(catcher.Config{})
	go c.ServeSMTP(listener)
	t.Cleanup(func() { c.Close() })
	return listener.Addr().String()
}

func TestDoctorExitsWithOneWhereThereIsAFault(t *testing.T) {
	path := installed(t)
	status, stdout, stderr := execute(t, "doctor", "--config", path)
	if status != exitOK || stderr != "" || !strings.Contains(stdout, "\n0 faults, ") {
		t.Errorf("got %d, %q and %q, want 0 and no fault", status, stdout, stderr)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(path), "data")); err == nil {
		t.Error("the data folder was made")
	}

	path = exampleWith(t, "smtp://localhost:1025", "smtp://127.0.0.1:1")
	status, stdout, stderr = execute(t, "doctor", "--config", path)
	if status != exitFailure || stderr != "latchkey: 1 fault found\n" || !strings.Contains(stdout, "\nfault   smtp.connect: ") ||
		!strings.Contains(stdout, "\n        correct the host and port in smtp.url") {
		t.Errorf("got %d, %q and %q, want 1, the fault and the key to change", status, stdout, stderr)
	}
}

func TestDoctorPrintsOneDocumentForPrograms(t *testing.T) {
	path := installed(t)
	_, text, _ := execute(t, "doctor", "--config", path)
	status, stdout, stderr := execute(t, "doctor", "--json", "--to", "postmaster@example.com", "--config", path)
	var report doctor.Report
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatal(err)
	}
	if status != exitOK || stderr != "" || report.Status != doctor.Warning || report.Count(doctor.OK) == 0 {
		t.Errorf("got %d, %q and a report that is %s, want 0 and a warning", status, stderr, report.Status)
	}
	for _, check := range report.Checks {
		if line := fmt.Sprintf("\n%-8s%s: ", check.Status, check.ID); !strings.Contains("\n"+text, line) {
			t.Errorf("the text has no line %q", line)
		}
	}
}

func TestDoctorCommandLinesThatCannotBeRun(t *testing.T) {
	path := installed(t)
	nowhere := filepath.Join(t.TempDir(), "config.yaml")
	for line, want := range map[string]struct {
		status int
		says   string
	}{
		"doctor --verbose":                           {exitUsage, "unknown flag"},
		"doctor now":                                 {exitUsage, "--config"},
		"doctor --config " + nowhere:                 {exitFailure, "1 fault found"},
		"doctor --to nobody --config " + path:        {exitUsage, "--to wants one mail address"},
		"doctor --to <a@b.example> --config " + path: {exitUsage, "--to wants one mail address"},
	} {
		if status, _, stderr := execute(t, strings.Fields(line)...); status != want.status || !strings.Contains(stderr, want.says) {
			t.Errorf("latchkey %s: got %d and %q, want %d and %q", line, status, stderr, want.status, want.says)
		}
	}
	interrupted, stop := context.WithCancel(t.Context())
	stop()
	var stdout, stderr strings.Builder
	if status := run(interrupted, []string{"doctor", "--config", path}, &stdout, &stderr); status != exitFailure || !strings.Contains(stderr.String(), "interrupted") || stdout.String() != "" {
		t.Errorf("interrupted: got %d, %q and %q, want 1, that it was, and no verdict", status, stderr.String(), stdout.String())
	}
}
