package store

import (
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"latchkey/models"
)

// SuppressedAddress is an address that no mail goes to.
type SuppressedAddress struct {
	models.BounceRecord
	Address  string
	Identity string
}

// bounceApart is how far apart bounces are that count as several: a receiving side that
// is wrong about everybody for a minute must not cost anybody their mail, nor a stranger
// who asks five times in it.
const bounceApart = time.Hour

// CountBounce notes that one more mail to the address came back, at least an hour after
// the last that counts, and suppresses it with the one that makes them limit in a row. It
// tells whether this was that one.
func (tx *Tx) CountBounce(bounce models.BounceRecord, limit int) (suppressed bool, err error) {
	bounce.Bounces, bounce.SuppressedAt = 1, nil
	err = tx.db.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "email_id"}},
		DoUpdates: clause.Assignments(map[string]any{
			"bounces": gorm.Expr("bounce_records.bounces + 1"), "last_reply": bounce.LastReply, "last_bounce_at": bounce.LastBounceAt,
		}),
		Where: clause.Where{Exprs: []clause.Expression{clause.Lte{
			Column: clause.Column{Table: "bounce_records", Name: "last_bounce_at"}, Value: bounce.LastBounceAt.Add(-bounceApart),
		}}},
	}).Create(&bounce).Error
	if err != nil {
		return false, failure(err)
	}
	reached := tx.db.Model(&models.BounceRecord{}).
		Where("email_id = ? AND project_id = ? AND bounces >= ? AND suppressed_at IS NULL", bounce.EmailID, bounce.ProjectID, limit).
		Update("suppressed_at", bounce.LastBounceAt)
	return reached.RowsAffected > 0, failure(reached.Error)
}

// ForgetBounces begins the count anew, and with it ends a suppression; ErrConflict
// when there was neither.
func (tx *Tx) ForgetBounces(projectID string, email models.ID) error {
	return changedOne(tx.db.Where("email_id = ? AND project_id = ?", email, projectID).Delete(&models.BounceRecord{}))
}

// BouncesOf is zero for an address from which nothing came back.
func (r Reader) BouncesOf(email models.Email) (models.BounceRecord, error) {
	record, err := first[models.BounceRecord](r.db.Where("email_id = ? AND project_id = ?", email.ID, email.ProjectID))
	if errors.Is(err, ErrNotFound) {
		return models.BounceRecord{}, nil
	}
	if err != nil {
		return models.BounceRecord{}, err
	}
	return *record, nil
}

// Suppressed finds a suppressed address by its key; ErrNotFound when it is unknown or
// mail goes to it.
func (r Reader) Suppressed(projectID, identity string) (*SuppressedAddress, error) {
	return first[SuppressedAddress](r.suppressed(projectID).Where("emails.identity = ?", identity))
}

// SuppressedAddresses lists up to limit of them, the latest first, and how many there
// are in all. An empty project means all projects.
func (r Reader) SuppressedAddresses(projectID string, limit int) (addresses []SuppressedAddress, total int64, err error) {
	if err := r.suppressed(projectID).Count(&total).Error; err != nil {
		return nil, 0, failure(err)
	}
	err = r.suppressed(projectID).Order("suppressed_at DESC, email_id").Limit(limit).Find(&addresses).Error
	return addresses, total, failure(err)
}

func (r Reader) suppressed(projectID string) *gorm.DB {
	query := r.db.Table("bounce_records").
		Select("bounce_records.email_id, bounce_records.project_id, bounces, last_reply, last_bounce_at, suppressed_at, emails.address, emails.identity").
		Joins("JOIN emails ON emails.id = bounce_records.email_id AND emails.project_id = bounce_records.project_id").
		Where("suppressed_at IS NOT NULL")
	if projectID != "" {
		query = query.Where("bounce_records.project_id = ?", projectID)
	}
	return query
}
