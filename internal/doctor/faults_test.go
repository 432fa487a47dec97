package doctor

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// fault is one thing that is wrong, and what is to be told of it. Every check that is
// not named must come out as it does for a healthy installation.
type fault struct {
	plant  func(in *installation)
	id     string
	status Status
	says   []string          // in summary and advice
	also   map[string]Status // checks that rightly change with it
	gone   []string          // checks, by the beginning of their ids, that cannot be made
}

func TestAHealthyInstallationHasNoFault(t *testing.T) {
	t.Parallel()
	report := newInstallation(t).examine()
	for _, check := range report.Checks {
		// That of public_url, which is on loopback here, and of nothing else.
		if check.Status != OK && check.ID != "configuration" {
			t.Errorf("got %+v, want ok", check)
		}
	}
	if report.Status != Warning || len(report.Checks) < 20 {
		t.Errorf("got %s of %d checks, want a warning and all of them", report.Status, len(report.Checks))
	}
}

// testFaults plants each fault in an installation of its own.
func testFaults(t *testing.T, faults map[string]fault) {
	healthy := statusesOf(newInstallation(t).examine())
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := newInstallation(t)
			f.plant(in)
			report := in.examine()
			f.checkVerdict(t, report)
			if got, want := statusesOf(report), f.expected(healthy); !maps.Equal(got, want) {
				t.Errorf("got  %v\nwant %v", got, want)
			}
			if f.status == Fault && report.Status != Fault {
				t.Errorf("the report is %s, want a fault", report.Status)
			}
		})
	}
}

// expected is how every check comes out.
func (f fault) expected(healthy map[string]Status) map[string]Status {
	want := maps.Clone(healthy)
	maps.DeleteFunc(want, func(id string, _ Status) bool {
		return slices.ContainsFunc(f.gone, func(gone string) bool { return id == gone || strings.HasPrefix(id, gone+".") })
	})
	maps.Copy(want, f.also)
	want[f.id] = f.status
	return want
}

// checkVerdict also wants each check on one line.
func (f fault) checkVerdict(t *testing.T, report Report) {
	t.Helper()
	for _, check := range report.Checks {
		if strings.Contains(check.Summary, "\n") {
			t.Errorf("%s has several lines: %q", check.ID, check.Summary)
		}
		if check.ID != f.id || check.Status != f.status {
			continue
		}
		for _, words := range f.says {
			if !strings.Contains(check.Summary+"\n"+check.Advice, words) {
				t.Errorf("got %q and %q, want in it %q", check.Summary, check.Advice, words)
			}
		}
		if check.Advice == "" {
			t.Errorf("got %q and no advice", check.Summary)
		}
		return
	}
	t.Errorf("no check %s is a %s: %v", f.id, f.status, statusesOf(report))
}

func statusesOf(report Report) map[string]Status {
	statuses := make(map[string]Status)
	for _, check := range report.Checks {
		statuses[check.ID] = check.Status
	}
	return statuses
}
