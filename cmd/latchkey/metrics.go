package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"

	"github.com/VictoriaMetrics/metrics"

	"latchkey/handlers/door"
	"latchkey/mailer"
	"latchkey/store"
)

// gauges is what an operator's monitoring reads. docs/operating.md lists it all.
type gauges struct{ set *metrics.Set }

func newGauges(st *store.Store, worker *mailer.Worker) *gauges {
	set := metrics.NewSet()
	set.NewGauge("latchkey_writes_total", func() float64 { return float64(st.Counts().Writes) })
	set.NewGauge("latchkey_commits_total", func() float64 { return float64(st.Counts().Commits) })
	set.NewGauge("latchkey_mail_degraded", func() float64 {
		if worker.Health().Degraded {
			return 1
		}
		return 0
	})
	return &gauges{set: set}
}

// served counts one answer. Its labels are our own words, so they are few.
func (g *gauges) served(a door.Answer) {
	name := fmt.Sprintf("latchkey_requests_total{method=%q,route=%q,status=%q}", a.Method, a.Route, strconv.Itoa(a.Status))
	g.set.GetOrCreateCounter(name).Inc()
	g.set.GetOrCreateSummary(fmt.Sprintf("latchkey_request_seconds{route=%q}", a.Route)).Update(a.Took.Seconds())
}

func (g *gauges) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	g.set.WritePrometheus(w)
	metrics.WriteProcessMetrics(w)
	metrics.WriteFDMetrics(w)
}

// exposeMetrics answers GET /metrics on a listener of its own until closed; nowhere
// where address is empty.
func (a *app) exposeMetrics(address string) (closeMetrics func(), err error) {
	if address == "" {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen where server.metrics_listen says: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.metrics)
	server := newServer(mux)
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.log.Error("no metrics any more", "cause", err)
		}
	}()
	return func() { server.Close() }, nil
}
