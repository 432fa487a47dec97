package config

import (
	"slices"
	"strings"

	"latchkey/magiclink"
	"latchkey/models"
	"latchkey/templates"
)

// brand reads what a project's pages and mails look like.
func (d *document) brand(p projectSection, at string) templates.Brand {
	at += ".brand"
	brand := templates.Brand{
		Name: p.Name, Logo: d.logo(p.Brand.Logo, at+".logo"), LogoDark: d.logo(p.Brand.LogoDark, at+".logo_dark"),
	}
	if p.Brand.LogoDark != "" && p.Brand.Logo == "" {
		d.complain(at+".logo_dark", "stands in for logo on dark pages: name a logo, too")
	}
	if p.Brand.Accent != "" {
		var err error
		if brand.Accent, err = templates.ParseAccent(p.Brand.Accent); err != nil {
			d.complain(at+".accent", err.Error())
		}
	}
	return brand
}

func (d *document) logo(path, at string) *templates.Logo {
	if path == "" {
		return nil
	}
	content, ok := d.fileAt(at, path)
	if !ok {
		return nil
	}
	logo, err := templates.ParseLogo(content)
	if err != nil {
		d.complain(at, "the file "+err.Error())
	}
	return logo
}

// signInURL is where the project's pages send people who want another link. The list of
// redirect URLs says which sites are the app's: a page of ours leads to no other.
func (d *document) signInURL(p projectSection, redirects magiclink.Redirects, at string) string {
	if p.SignInURL == "" {
		return usualSignInURL(redirects)
	}
	page, _, _ := strings.Cut(p.SignInURL, "#") // which no token follows
	target, err := magiclink.ParseTarget(page)
	switch {
	case err != nil:
		d.complain(at, "the URL "+err.Error())
	case target.IsNative() || !slices.Contains(appOrigins(p, redirects), target.Origin()):
		d.complain(at, "is not on a site of the app: want a page of the origin of one of redirect_urls or allowed_origins")
	}
	return p.SignInURL
}

// usualSignInURL is the front page of the site that login links lead to.
func usualSignInURL(redirects magiclink.Redirects) string {
	for _, entry := range redirects.Entries {
		if entry.Serves(models.LinkLogin) && isWebPage(entry) {
			return entry.Origin() + "/"
		}
	}
	return ""
}

func appOrigins(p projectSection, redirects magiclink.Redirects) []string {
	origins := slices.Clone(p.AllowedOrigins)
	for _, entry := range redirects.Entries {
		if isWebPage(entry) {
			origins = append(origins, entry.Origin())
		}
	}
	return origins
}

// isWebPage: an entry that leaves its port open has no origin, and one that could not be
// read is none.
func isWebPage(entry magiclink.RedirectEntry) bool {
	return entry.Host() != "" && !entry.AnyPort
}
