package e2e

import (
	"net/http"
	"regexp"
	"strconv"
	"testing"

	"latchkey/store/storetest"
)

// TestMetrics reads what monitoring reads, on a listener that is not the service's.
func TestMetrics(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		relay := startRelay(t)
		s := newSettings(t, url, relay.address)
		s.metricsListen = freeAddress(t)
		server := serve(t, s)
		logIn(t, server, relay, 0)
		get(t, server.url()+"/nowhere-7f3a")

		scraped := scrape(t, s.metricsListen)
		for _, c := range []struct {
			metric string
			least  float64
		}{
			{`latchkey_requests_total{method="POST",route="/v1/magic_links/email/login_or_create",status="200"}`, 1},
			{`latchkey_requests_total{method="POST",route="/v1/magic_links/authenticate",status="200"}`, 1},
			{`latchkey_requests_total{method="GET",route="",status="404"}`, 1},
			{`latchkey_request_seconds_count{route="/v1/magic_links/authenticate"}`, 1},
			{`latchkey_writes_total`, 2},
			{`latchkey_commits_total`, 2},
			{`latchkey_mail_degraded`, 0},
			{`go_goroutines`, 1},
			{`process_open_fds`, 1},
			{`process_resident_memory_bytes`, 1 << 20},
		} {
			if got := scraped.value(t, c.metric); got < c.least {
				t.Errorf("%s is %v, want %v or more", c.metric, got, c.least)
			}
		}
		if regexp.MustCompile("7f3a|/l/[^:]").MatchString(string(scraped)) {
			t.Error("a path as it was asked for is in the metrics")
		}
		if status, _ := get(t, server.url()+"/metrics"); status != http.StatusNotFound {
			t.Errorf("/metrics where strangers ask: got %d, want 404", status)
		}
	})
}

// metrics is a page in Prometheus' text format.
type metrics string

func scrape(t *testing.T, address string) metrics {
	t.Helper()
	status, content := get(t, "http://"+address+"/metrics")
	if status != http.StatusOK {
		t.Fatalf("/metrics: got %d, want 200", status)
	}
	return metrics(content)
}

func (m metrics) value(t *testing.T, metric string) float64 {
	t.Helper()
	found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(metric) + ` (\S+)$`).FindStringSubmatch(string(m))
	if found == nil {
		t.Fatalf("there is no %s in\n%s", metric, m)
	}
	value, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}
