package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"latchkey/internal/config"
	"latchkey/magiclink"
	"latchkey/models"
)

// redirects looks at where a project's links may lead. That they are https and that
// each kind of link has one, config has seen to.
func (d *Doctor) redirects(project config.Project) section {
	return func(ctx context.Context, s sheet) {
		if kinds := withoutDefault(project.Redirects); len(kinds) > 0 {
			s.warn("default", fmt.Sprintf("project %s has no default for %s links: a start that names no redirect_url is refused", project.ID, strings.Join(kinds, " and ")),
				"add an entry without a * to its redirect_urls, unless the app always sends redirect_url")
		} else {
			s.ok("default", "project "+project.ID+" has a default for every kind of link")
		}
		d.redirectHosts(ctx, s, project.Redirects)
	}
}

func withoutDefault(redirects magiclink.Redirects) (kinds []string) {
	for _, kind := range []models.LinkKind{models.LinkLogin, models.LinkSignup} {
		if _, err := redirects.Check("", kind); err != nil {
			kinds = append(kinds, string(kind))
		}
	}
	return kinds
}

// redirectHosts: a host that only the app's users can resolve is no fault.
func (d *Doctor) redirectHosts(ctx context.Context, s sheet, redirects magiclink.Redirects) {
	var asked, missing, silent []string
	for _, entry := range redirects.Entries {
		host := entry.Host()
		if host == "" || slices.Contains(asked, host) {
			continue
		}
		asked = append(asked, host)
		switch err := d.resolves(ctx, host); {
		case isAbsent(err):
			missing = append(missing, host)
		case err != nil:
			silent = append(silent, host)
		}
	}
	if len(missing) > 0 {
		s.warn("names", "redirect_urls name hosts that have no address here: "+strings.Join(missing, ", "),
			"correct the entry, or publish an A or AAAA record for the host")
	}
	if len(silent) > 0 {
		noAnswer(s, "names", strings.Join(silent, ", "))
	}
	if len(missing)+len(silent) == 0 {
		s.ok("names", "every host in redirect_urls has an address")
	}
}
