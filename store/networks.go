package store

import "latchkey/models"

// SessionAddresses lists the IP addresses in the newest sessions, at most so many, of
// the person who has the identity: where they came in from, also if they have gone
// since. It is one query, whether or not there is such a person: how long it takes
// must not tell.
func (r Reader) SessionAddresses(projectID, identity string, most int) ([]string, error) {
	var addresses []string
	err := r.db.Model(&models.Session{}).
		Joins("JOIN emails ON emails.user_id = sessions.user_id").
		Where("emails.project_id = ? AND emails.identity = ?", projectID, identity).
		Order("sessions.id DESC").Limit(most).
		Pluck("sessions.ip_address", &addresses).Error
	return addresses, failure(err)
}
