package store

import "latchkey/models"

// MasterKeys lists what is known of the master keys, in order.
func (r Reader) MasterKeys() ([]models.MasterKey, error) {
	var keys []models.MasterKey
	return keys, failure(r.db.Order("key_id").Find(&keys).Error)
}

// InsertMasterKey notes a master key's fingerprint, unless its number is taken.
func (tx *Tx) InsertMasterKey(key models.MasterKey) error {
	_, err := tx.insertOrNothing(&key)
	return err
}

// SigningKeys lists a project's JWT keys, newest first.
func (r Reader) SigningKeys(projectID string) ([]models.SigningKey, error) {
	var keys []models.SigningKey
	return keys, failure(r.db.Where("project_id = ?", projectID).Order("generation DESC").Find(&keys).Error)
}

// InsertSigningKey writes a key unless its project has one of that generation
// already: replicas that start together agree on whichever came first.
func (tx *Tx) InsertSigningKey(key models.SigningKey) error {
	_, err := tx.insertOrNothing(&key)
	return err
}
