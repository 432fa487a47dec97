package doctor

import (
	"context"
	"fmt"
	"time"

	"latchkey/internal/config"
)

// timeLimit bounds the whole examination. A relay may take 12 s to greet, and a DNS
// server that is down costs ten for each question.
const timeLimit = time.Minute

// Doctor examines the installation of one configuration file.
type Doctor struct {
	ConfigFile string
	// Recipient is whom the relays are asked to take mail for. "" for each sender's
	// own address.
	Recipient string
	Resolver  Resolver
	Now       func() time.Time
	// Progress is told of each check in the order of the report, as soon as the part it
	// belongs to and those before it have ended. It may be nil.
	Progress func(Check)
}

// section is a part of the examination that needs no other part.
type section func(ctx context.Context, s sheet)

// assignment is a section and its subject, with which the ids of its checks begin.
type assignment struct {
	subject string
	examine section
}

// Examine runs every check, at most for a minute, and less when ctx ends: what is
// under way then comes to a verdict at once. Sections run side by side; the report
// has them in a fixed order.
func (d *Doctor) Examine(ctx context.Context) Report {
	ctx, cancel := context.WithTimeout(ctx, timeLimit)
	defer cancel()
	var checks []Check
	tell := func(check Check) {
		checks = append(checks, check)
		if d.Progress != nil {
			d.Progress(check)
		}
	}
	cfg := d.configuration(sheet{"configuration", tell})
	if cfg == nil {
		return newReport(checks)
	}
	watched, names := *d, &witness{Resolver: d.Resolver}
	watched.Resolver = names
	for _, found := range sideBySide(ctx, watched.sections(cfg)) {
		for _, check := range <-found {
			tell(check)
		}
	}
	names.testify(sheet{"dns", tell})
	return newReport(checks)
}

// sideBySide starts every section. Each one's checks come in one piece, when it ends.
func sideBySide(ctx context.Context, sections []assignment) (found []chan []Check) {
	for _, part := range sections {
		checks := make(chan []Check, 1)
		found = append(found, checks)
		go func() {
			var kept []Check
			part.examine(ctx, sheet{part.subject, func(check Check) { kept = append(kept, check) }})
			checks <- kept
		}()
	}
	return found
}

func (d *Doctor) sections(cfg *config.Config) []assignment {
	all := []assignment{
		{"templates", words(cfg.TemplatesDir)},
		{"database", d.database(cfg)},
		{"server.listen", listen(cfg)},
		{"server.public_url", d.publicURL(cfg.PublicURL)},
	}
	for _, project := range cfg.Projects {
		all = append(all, assignment{"redirect_urls." + project.ID, d.redirects(project)})
	}
	for i, relay := range cfg.Mailer.Relays {
		all = append(all, assignment{RelayKey(i), d.relay(cfg.Mailer, relay)})
	}
	for _, domain := range senderDomains(cfg.Mailer) {
		all = append(all, assignment{"dns." + domain.name, d.domain(cfg.Mailer, domain)})
	}
	return all
}

// RelayKey is the section of config.yaml that names the relay.
func RelayKey(i int) string {
	if i == 0 {
		return "smtp"
	}
	return fmt.Sprintf("smtp.fallbacks[%d]", i-1)
}
