package doctor

import "strings"

// Status is what a check came to.
type Status string

const (
	OK      Status = "ok"
	Warning Status = "warning" // works, and may be not what was meant
	Fault   Status = "fault"   // logins or mails fail by it
)

// Check is one thing that was looked at.
type Check struct {
	ID      string `json:"id"` // dotted, as in smtp.login; never renamed
	Status  Status `json:"status"`
	Summary string `json:"summary"`
	// Advice is what to change: the key of config.yaml, the command to run, or the
	// DNS record to publish. Lines are separated by line feeds. Empty where all is well.
	Advice string `json:"advice,omitempty"`
}

// Report is everything that was looked at. Its status is the worst of its checks'.
type Report struct {
	Checks []Check `json:"checks"`
	Status Status  `json:"status"`
}

func newReport(checks []Check) Report {
	r := Report{Checks: checks, Status: OK}
	for _, check := range checks {
		if check.Status == Fault || r.Status == OK {
			r.Status = check.Status
		}
	}
	return r
}

// Count tells how many checks have the status.
func (r Report) Count(status Status) (n int) {
	for _, check := range r.Checks {
		if check.Status == status {
			n++
		}
	}
	return n
}

// sheet is where the checks of one subject are written down.
type sheet struct {
	subject string // what their ids begin with
	tell    func(Check)
}

// about is a sheet for another subject.
func (s sheet) about(subject string) sheet { return sheet{subject, s.tell} }

// id of one of the subject's aspects, or of the subject itself.
func (s sheet) id(aspect string) string {
	if aspect == "" {
		return s.subject
	}
	return s.subject + "." + aspect
}

func (s sheet) ok(aspect, summary string) { s.note(OK, aspect, summary, "") }

func (s sheet) warn(aspect, summary, advice string) { s.note(Warning, aspect, summary, advice) }

func (s sheet) fault(aspect, summary, advice string) { s.note(Fault, aspect, summary, advice) }

// note keeps a summary on one line: drivers report in several.
func (s sheet) note(status Status, aspect, summary, advice string) {
	s.tell(Check{ID: s.id(aspect), Status: status, Summary: strings.Join(strings.Fields(summary), " "), Advice: advice})
}
