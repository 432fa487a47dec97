package magiclink

import "latchkey/internal/problem"

// checkActive refuses an address that mail came back from until it was suppressed: the
// app can tell its user at once, who would wait for a mail in vain. A stranger is not
// told that: package mailer ends the mail unsent, as it does one whose address was
// suppressed a moment later.
func checkActive(p *plan, to recipient) error {
	if p.caller == nil && to.bounces.SuppressedAt != nil {
		return problem.InactiveEmail
	}
	return nil
}
