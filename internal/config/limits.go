package config

import (
	"cmp"

	"latchkey/magiclink"
)

func (d *document) limits(l limitsSection) Limits {
	d.atLeastOne("limits.replicas", l.Replicas)
	for key, number := range map[string]int{
		"mailbox_burst": l.MailboxBurst, "mailbox_per_hour": l.MailboxPerHour, "mailbox_per_day": l.MailboxPerDay,
		"ip_mailbox_burst": l.IPMailboxBurst, "ip_mailbox_per_hour": l.IPMailboxPerHour, "ip_mailbox_per_day": l.IPMailboxPerDay,
	} {
		d.notNegative("limits."+key, number)
	}
	return Limits{
		Mailbox: magiclink.MailboxLimit{Burst: l.MailboxBurst, PerHour: l.MailboxPerHour, PerDay: l.MailboxPerDay},
		Network: magiclink.NetworkLimit{
			StartsPerMinute:  d.share(l.IPStartsPerMinute, "limits.ip_starts_per_minute", l.Replicas),
			RedeemsPerMinute: d.share(l.IPRedeemsPerMinute, "limits.ip_redeems_per_minute", l.Replicas),
			Mailbox:          magiclink.MailboxLimit{Burst: l.IPMailboxBurst, PerHour: l.IPMailboxPerHour, PerDay: l.IPMailboxPerDay},
		},
		MailsPerMinute: d.share(l.MailsPerMinute, "limits.mails_per_minute", l.Replicas),
	}
}

// share is what one of the replicas may send. A limit is never shared down to none,
// which would be read as no limit.
func (d *document) share(number int, path string, replicas int) int {
	d.notNegative(path, number)
	if number <= 0 {
		return 0
	}
	return max(1, number/cmp.Or(replicas, 1))
}

func (d *document) notNegative(path string, number int) {
	if number < 0 {
		d.complain(path, "want 1 or more, or 0 for no limit")
	}
}
