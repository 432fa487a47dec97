package mailer

import (
	"fmt"
	"strings"
	"time"
)

// Health is how the relays stand, fit to be shown to strangers: it names codes and
// positions, and no host, address or text of a server's.
type Health struct {
	Degraded bool
	Reason   string    // "the mail relay refuses the user name and password (535 5.7.8)"
	Since    time.Time // of the trouble
}

// health is about the relays that mail would take first. What is known of those behind
// one that works is from when they were last needed.
func (r *route) health() Health {
	r.mu.Lock()
	defer r.mu.Unlock()
	var reasons []string
	var since time.Time
	for i := range r.breakers {
		b := &r.breakers[i]
		if b.trouble == nil {
			break
		}
		reasons = append(reasons, r.name(i)+" "+string(b.trouble.trouble)+" ("+b.trouble.reply()+")")
		if since.IsZero() || b.since.Before(since) {
			since = b.since
		}
	}
	return Health{Degraded: len(reasons) > 0, Reason: strings.Join(reasons, "; "), Since: since}
}

func (r *route) name(relay int) string {
	if len(r.breakers) == 1 {
		return "the mail relay"
	}
	return fmt.Sprintf("mail relay %d of %d", relay+1, len(r.breakers))
}
