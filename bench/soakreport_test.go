package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// need is one of the things that are to stay flat.
type need struct {
	name  string
	unit  string
	of    func(sample) float64
	slack float64 // that counts for nothing: a page, a poll under way
}

var needs = []need{
	{"memory", "MiB", func(s sample) float64 { return s.resident }, 2},
	{"of it the process's own", "MiB", func(s sample) float64 { return s.own }, 2},
	{"goroutines", "", func(s sample) float64 { return s.goroutines }, 10},
	{"descriptors", "", func(s sample) float64 { return s.descriptors }, 10},
}

// longSoak is from where on a soak shows whether anything grows: before, a process still
// comes into its own.
const longSoak = 3 * time.Minute

// growth that is still flat: the median of the last third over that of the second.
func (s *soak) mayGrow() float64 {
	if s.lasts < longSoak {
		return 1.5
	}
	return 1.1
}

// thirds are the medians of the second and the last third of the time.
func (s *soak) thirds(of func(sample) float64) (second, last float64) {
	n := len(s.samples)
	return medianOf(s.samples[n/3:2*n/3], of), medianOf(s.samples[2*n/3:], of)
}

func medianOf(samples []sample, of func(sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, seen := range samples {
		values[i] = of(seen)
	}
	return median(values)
}

func (s *soak) flat(n need) bool {
	second, last := s.thirds(n.of)
	return last <= second*s.mayGrow()+n.slack
}

// faults are what the drill must not show.
func (s *soak) faults() (faults []string) {
	if len(s.samples) < 3 {
		return []string{fmt.Sprintf("got %d samples, want 3 or more", len(s.samples))}
	}
	for _, n := range needs {
		if second, last := s.thirds(n.of); !s.flat(n) {
			faults = append(faults, fmt.Sprintf("%s grew from %.1f to %.1f, want no more than %.1f times that and %.0f",
				n.name, second, last, s.mayGrow(), n.slack))
		}
	}
	if s.refused.Load() > 0 {
		faults = append(faults, fmt.Sprintf("%d requests were refused, the last one: %v", s.refused.Load(), s.refusal.Load()))
	}
	if lost := s.unfinished(); lost > 0 {
		faults = append(faults, fmt.Sprintf("%d accepted starts came to no session", lost))
	}
	if most := int64(s.logins / 100); s.duplicates.Load() > most {
		faults = append(faults, fmt.Sprintf("%d mails came twice, want %d or fewer", s.duplicates.Load(), most))
	}
	if s.outages == 0 {
		faults = append(faults, "the relay never was away")
	}
	return faults
}

func (s *soak) report() string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "R12 on %s: %v of %d logins/s, the relay away %d times\n", s.kind, s.lasts, soakRate, s.outages)
	fmt.Fprintln(table, "\tseen\trequired")
	fmt.Fprintf(table, "starts accepted\t%d\t%d\n", s.accepted.Load(), s.logins)
	fmt.Fprintf(table, "requests refused\t%d\t0\n", s.refused.Load())
	fmt.Fprintf(table, "accepted, and no session came of it\t%d\t0\n", s.unfinished())
	fmt.Fprintf(table, "mails that came twice\t%d\t%d or fewer\n", s.duplicates.Load(), s.logins/100)
	fmt.Fprintf(table, "start, median and p99\t%.1f and %.1f ms\t\n", s.starts.quantile(0.5), s.starts.quantile(0.99))
	fmt.Fprintf(table, "queue at most, and empty after the relay's return\t%.0f mails, %s\t\n", s.most(func(s sample) float64 { return s.waiting }), s.slowest.Round(10*time.Millisecond))
	for _, n := range needs {
		second, last := s.thirds(n.of)
		verdict := "FLAT"
		if !s.flat(n) {
			verdict = "GROWS"
		}
		fmt.Fprintf(table, "%s, second and last third\t%.1f and %.1f %s\t%s (%.1f times and %.0f)\n", n.name, second, last, n.unit, verdict, s.mayGrow(), n.slack)
	}
	fmt.Fprintf(table, "database\t%.1f MiB, %.0f bytes a login\t\n", s.samples[len(s.samples)-1].bytes/(1<<20), s.bytesOfLogin())
	table.Flush()
	return text.String()
}

func (s *soak) most(of func(sample) float64) (most float64) {
	for _, seen := range s.samples {
		most = max(most, of(seen))
	}
	return most
}

// bytesOfLogin is by what the database grew in the last two thirds.
func (s *soak) bytesOfLogin() float64 {
	from, to := s.samples[len(s.samples)/3], s.samples[len(s.samples)-1]
	return (to.bytes - from.bytes) / max(float64(to.logins-from.logins), 1)
}

// draw shows each need as a share of what it was in the second third, and the queue.
func (s *soak) draw(b *bench) error {
	shares := chart{title: "R12 on " + s.kind + ": shares of the second third's median", x: "minutes", y: "share"}
	for _, n := range needs {
		second, _ := s.thirds(n.of)
		shares.lines = append(shares.lines, s.line(n.name, func(seen sample) float64 { return n.of(seen) / second }))
	}
	queue := chart{title: "R12 on " + s.kind + ": mails waiting", x: "minutes", y: "mails"}
	queue.lines = []line{s.line("waiting", func(seen sample) float64 { return seen.waiting })}
	size := chart{title: "R12 on " + s.kind + ": database", x: "minutes", y: "MiB"}
	size.lines = []line{s.line("tables, indexes and log", func(seen sample) float64 { return seen.bytes / (1 << 20) })}
	name := "R12-" + strings.ToLower(s.kind)
	for suffix, c := range map[string]chart{"": shares, "-queue": queue, "-database": size} {
		if err := b.draw(name+suffix, c); err != nil {
			return err
		}
	}
	return nil
}

func (s *soak) line(name string, of func(sample) float64) line {
	l := line{name: name}
	for _, seen := range s.samples {
		l.x, l.y = append(l.x, seen.at.Minutes()), append(l.y, of(seen))
	}
	return l
}
