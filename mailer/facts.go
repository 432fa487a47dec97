package mailer

import (
	"net/netip"

	"latchkey/models"
	"latchkey/store"
	"latchkey/templates"
)

// facts are what the rows know for the words of a mail. Its dates are the row's, so that
// every attempt says the same.
func facts(project Project, owed *store.OwedMail) templates.MailFacts {
	facts := templates.MailFacts{
		Project:   project.Name,
		Address:   owed.To(),
		AskedAt:   owed.Mail.CreatedAt.Time(),
		ExpiresAt: owed.Mail.ExpiresAt.Time(),
		Reference: owed.About().Reference(),
		Accent:    project.Accent,
	}
	if owed.Email.Address != "" && owed.Email.Address != owed.To() {
		// The old mailbox of an account may be an employer's or a former friend's by
		// now, and the new one is not theirs to know.
		facts.NewAddress = models.MaskedAddress(owed.Email.Address)
	}
	// Who was invited would look for themselves in these, and would not find them.
	if owed.Link.Kind != models.LinkInvite {
		facts.Browser, facts.System = browserOf(owed.Link.UserAgent)
		facts.IPAddress = address(owed.Link.IPAddress)
	}
	return facts
}

// address drops what is not an IP address: the caller says it, and it is shown.
func address(s string) string {
	ip, err := netip.ParseAddr(s)
	if err != nil {
		return ""
	}
	return ip.WithZone("").String()
}
