package store

import "latchkey/models"

// InsertEvent adds a line to the project's history.
func (tx *Tx) InsertEvent(event models.Event) error {
	return tx.insert(&event)
}

// InsertEvents adds several.
func (tx *Tx) InsertEvents(events []models.Event) error {
	for _, event := range events {
		if err := tx.InsertEvent(event); err != nil {
			return err
		}
	}
	return nil
}

// Event finds an event by its id, or ErrNotFound.
func (r Reader) Event(projectID string, id models.ID) (*models.Event, error) {
	return first[models.Event](r.db.Where("id = ? AND project_id = ?", id, projectID))
}

// EventsOf lists what happened to a link, in order.
func (r Reader) EventsOf(projectID string, link models.ID) ([]models.Event, error) {
	var events []models.Event
	err := r.db.Where("project_id = ? AND link_id = ?", projectID, link).Order("id").Find(&events).Error
	return events, failure(err)
}
