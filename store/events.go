package store

import "latchkey/models"

// InsertEvent adds a line to the project's history.
func (tx *Tx) InsertEvent(event models.Event) error {
	return tx.insert(&event)
}

// EventsOf lists what happened to a link, in order.
func (r Reader) EventsOf(projectID string, link models.ID) ([]models.Event, error) {
	var events []models.Event
	err := r.db.Where("project_id = ? AND link_id = ?", projectID, link).Order("id").Find(&events).Error
	return events, failure(err)
}
