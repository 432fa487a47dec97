package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"latchkey/magiclink"
	"latchkey/models"
	"latchkey/session"
)

const (
	pkceRequired = "required"
	pkceOptional = "optional"

	doorStytch = "stytch"

	hashPrefix = "sha256:"

	nameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
)

// The limits of a link's life, as a start may ask for them: shorter than five
// minutes loses to greylisting, longer than a week is a password.
const (
	minMinutes = 5
	maxMinutes = 10080
)

func index(i int) string { return fmt.Sprintf("projects[%d]", i) }

func (d *document) projects(sections []projectSection, replicas int) []Project {
	if len(sections) == 0 {
		d.complain("projects", "is missing: list at least one, with its id, name, secrets and redirect_urls")
	}
	projects := make([]Project, len(sections))
	last, lastToken := make(map[string]int), make(map[string]int)
	for i, section := range sections {
		projects[i] = d.project(section, index(i), replicas)
		if earlier, twice := last[section.ID]; twice {
			d.complain(index(i)+".id", fmt.Sprintf("is the id of the project on line %d as well: give each its own", d.line(index(earlier)+".id")))
		}
		last[section.ID] = i
		if earlier, twice := lastToken[section.PublicToken]; twice && section.PublicToken != "" {
			d.complain(index(i)+".public_token", fmt.Sprintf("is that of the project on line %d as well: give each its own", d.line(index(earlier)+".public_token")))
		}
		lastToken[section.PublicToken] = i
	}
	return projects
}

func (d *document) project(p projectSection, at string, replicas int) Project {
	d.checkID(p.ID, at+".id")
	d.require(at+".name", p.Name, "mails say by it who asks")
	d.oneOf(at+".pkce", p.PKCE, pkceRequired, pkceOptional)
	d.oneOf(at+".jwt_algorithm", p.JWTAlgorithm, session.DefaultAlgorithm, "RS256", "EdDSA")
	for i, door := range p.Doors {
		d.oneOf(fmt.Sprintf("%s.doors[%d]", at, i), door, doorStytch)
	}
	redirects := d.redirects(p.RedirectURLs, at+".redirect_urls")
	return Project{
		ID:           p.ID,
		Name:         p.Name,
		Brand:        d.brand(p, at),
		SignInURL:    d.signInURL(p, redirects, at+".sign_in_url"),
		SecretHashes: d.secrets(p.Secrets, at+".secrets"),
		Browser:      d.browser(p, at),
		Redirects:    redirects,
		PKCEOptional: p.PKCE == pkceOptional,
		Domains:      d.domains(p.EmailDomains, at+".email_domains"),
		LoginTTL:     d.life(p.LoginExpirationMinutes, at+".login_expiration_minutes"),
		SignupTTL:    d.life(p.SignupExpirationMinutes, at+".signup_expiration_minutes"),
		InviteTTL:    d.life(p.InviteExpirationMinutes, at+".invite_expiration_minutes"),
		PerMinute:    d.share(p.MailsPerMinute, at+".mails_per_minute", replicas),
		Code:         p.Code,
		VendorNames:  slices.Contains(p.Doors, doorStytch),
		Algorithm:    p.JWTAlgorithm,
	}
}

// domains brings them into the form that addresses are compared in.
func (d *document) domains(written []string, at string) (domains []string) {
	for i, name := range written {
		domain, err := magiclink.ParseDomain(name)
		if err != nil {
			d.complain(fmt.Sprintf("%s[%d]", at, i), "want a domain as it stands after the @, as in example.com")
		}
		domains = append(domains, domain)
	}
	return domains
}

func (d *document) checkID(id, at string) {
	switch {
	case !d.require(at, id, "make one up, as in project-live-8d2f… (it never changes: every user belongs to it)"):
	case len(id) > 64 || strings.Trim(id, nameCharacters) != "":
		d.complain(at, "want 1 to 64 letters, digits, _ and -: it is part of URLs and user ids")
	}
}

func (d *document) oneOf(at, written string, allowed ...string) {
	if slices.Contains(allowed, written) {
		return
	}
	d.complain(at, "want "+list(allowed))
}

func (d *document) life(minutes int, at string) time.Duration {
	if minutes < minMinutes || minutes > maxMinutes {
		d.complain(at, fmt.Sprintf("want %d to %d minutes", minMinutes, maxMinutes))
	}
	return time.Duration(minutes) * time.Minute
}

func (d *document) secrets(written []string, at string) [][sha256.Size]byte {
	if len(written) == 0 {
		d.complain(at, "is missing: run latchkey secret new, and put the hash it prints here")
	}
	hashes := make([][sha256.Size]byte, len(written))
	for i, text := range written {
		hashes[i] = d.secret(text, fmt.Sprintf("%s[%d]", at, i))
	}
	return hashes
}

func (d *document) secret(text, at string) (hash [sha256.Size]byte) {
	digits, prefixed := strings.CutPrefix(text, hashPrefix)
	raw, err := hex.DecodeString(digits)
	switch {
	case strings.HasPrefix(text, "secret-"):
		d.complain(at, "is a secret itself: put its hash here, and a new secret in use, since this file is read by more people than a secret should be")
	case !prefixed || err != nil || len(raw) != len(hash):
		d.complain(at, "want sha256: and 64 hexadecimal digits, as latchkey secret new prints them")
	}
	copy(hash[:], raw)
	return hash
}

func (d *document) redirects(sections []redirectSection, at string) magiclink.Redirects {
	if len(sections) == 0 {
		d.complain(at, "is missing: list every URL that an opened link may lead to, in full")
	}
	redirects := magiclink.Redirects{Entries: make([]magiclink.RedirectEntry, len(sections))}
	for i, section := range sections {
		redirects.Entries[i] = d.redirect(section, fmt.Sprintf("%s[%d]", at, i))
	}
	// Whoever sends no invites needs no URL for them.
	for _, kind := range []models.LinkKind{models.LinkLogin, models.LinkSignup} {
		serves := func(e magiclink.RedirectEntry) bool { return e.Serves(kind) }
		if !slices.ContainsFunc(redirects.Entries, serves) {
			d.complain(at, "has no URL for "+string(kind)+" links, so that every start would be refused: add one")
		}
	}
	return redirects
}

func (d *document) redirect(section redirectSection, at string) magiclink.RedirectEntry {
	kinds := make([]models.LinkKind, len(section.For))
	for i, written := range section.For {
		var err error
		if kinds[i], err = magiclink.ParseKind(written); err != nil {
			d.complain(fmt.Sprintf("%s.for[%d]", at, i), err.Error())
		}
	}
	if !d.require(at+".url", section.URL, "give the URL in full, as in https://app.example.com/authenticate") {
		return magiclink.RedirectEntry{Kinds: kinds}
	}
	entry, err := magiclink.ParseRedirectEntry(section.URL, kinds)
	if err != nil {
		d.complain(at+".url", "the URL "+err.Error())
	}
	return entry
}
