package doctor

import (
	"context"
	"fmt"
	"sync"
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
	// Progress is told of each check as it ends, one at a time. It may be nil.
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
	var told sync.Mutex
	var checks []Check
	cfg := d.configuration(sheet{"configuration", d.keeper(&told, &checks)})
	if cfg == nil {
		return newReport(checks)
	}
	sections := d.sections(cfg)
	found := make([][]Check, len(sections))
	var running sync.WaitGroup
	for i, part := range sections {
		running.Go(func() { part.examine(ctx, sheet{part.subject, d.keeper(&told, &found[i])}) })
	}
	running.Wait()
	for _, part := range found {
		checks = append(checks, part...)
	}
	return newReport(checks)
}

// keeper keeps the checks of one section and passes each on at once.
func (d *Doctor) keeper(told *sync.Mutex, kept *[]Check) func(Check) {
	return func(check Check) {
		told.Lock()
		defer told.Unlock()
		*kept = append(*kept, check)
		if d.Progress != nil {
			d.Progress(check)
		}
	}
}

func (d *Doctor) sections(cfg *config.Config) []assignment {
	all := []assignment{
		{"templates", words(cfg.TemplatesDir)},
		{"database", d.database(cfg)},
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
