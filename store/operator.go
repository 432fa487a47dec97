package store

import (
	"context"
	"errors"

	"latchkey/models"
)

// What an operator does to the queue from another process, beside the senders at work.

// MailFilter picks mails; an empty field picks all.
type MailFilter struct {
	ProjectID string
	Status    models.MailStatus
}

// ListedMail is a mail and whom it is for.
type ListedMail struct {
	models.QueuedMail
	Address string // "" when the person is gone
}

// Mails lists up to limit mails, the newest first.
func (r Reader) Mails(filter MailFilter, limit int) ([]ListedMail, error) {
	var mails []ListedMail
	query := r.db.Table("queued_mails").
		Select(`queued_mails.id, queued_mails.project_id, link_id, queued_mails.status, attempts, next_attempt_at,
			claimed_until, last_reply, queued_mails.created_at, queued_mails.expires_at, finished_at,
			template, locale, CASE WHEN template IN ('address_added', 'no_account') OR queued_mails.address <> '' THEN queued_mails.address ELSE emails.address END AS address`).
		Joins("LEFT JOIN magic_links ON magic_links.id = queued_mails.link_id").
		Joins("LEFT JOIN emails ON emails.id = magic_links.email_id")
	if filter.ProjectID != "" {
		query = query.Where("queued_mails.project_id = ?", filter.ProjectID)
	}
	if filter.Status != "" {
		query = query.Where("queued_mails.status = ?", filter.Status)
	}
	err := query.Order("queued_mails.id DESC").Limit(limit).Find(&mails).Error
	return mails, failure(err)
}

// CountMails counts the mails of a project, or of all, by status.
func (r Reader) CountMails(projectID string) (map[models.MailStatus]int, error) {
	var rows []struct {
		Status models.MailStatus
		Mails  int
	}
	query := r.db.Model(&models.QueuedMail{}).Select("status, count(*) AS mails").Group("status")
	if projectID != "" {
		query = query.Where("project_id = ?", projectID)
	}
	if err := query.Find(&rows).Error; err != nil {
		return nil, failure(err)
	}
	counts := make(map[models.MailStatus]int)
	for _, row := range rows {
		counts[row.Status] = row.Mails
	}
	return counts, nil
}

// MailsOfReference lists the mails whose link, or which themselves if they have none, go
// by the reference, given as its bytes. Nearly always that is one; no index helps, so it
// reads the table.
func (r Reader) MailsOfReference(reference []byte) ([]models.ID, error) {
	var ids []models.ID
	err := r.db.Model(&models.QueuedMail{}).
		Where("substr(CASE WHEN link_id = ? THEN id ELSE link_id END, ?) = ?",
			models.ID{}, len(models.ID{})-len(reference)+1, reference).
		Pluck("id", &ids).Error
	return ids, failure(err)
}

// QueuedMails lists up to limit queued mails of a project, or of all, with ids between
// after and before, oldest first.
func (r Reader) QueuedMails(projectID string, after, before models.ID, limit int) ([]models.ID, error) {
	query := r.db.Model(&models.QueuedMail{}).Where("status = ?", models.MailQueued)
	if projectID != "" {
		query = query.Where("project_id = ?", projectID)
	}
	var ids []models.ID
	err := query.Where("id > ? AND id < ?", after, before).Order("id").Limit(limit).Pluck("id", &ids).Error
	return ids, failure(err)
}

// HastenMails makes those of the mails due now that are queued and in no sender's hands,
// and says how many there were.
func (s *Store) HastenMails(ctx context.Context, ids []models.ID) (hastened int, err error) {
	err = s.Write(ctx, func(tx *Tx) error {
		result := s.unheld(queuedOf(tx.db, ids)).
			Update("next_attempt_at", s.clock.instant())
		hastened = int(result.RowsAffected)
		return failure(result.Error)
	})
	return hastened, err
}

// CancelMails ends those of the mails that are queued and in no sender's hands, revokes
// their links and writes the event that ended makes of each, all in one transaction. It
// says how many there were.
func (s *Store) CancelMails(ctx context.Context, ids []models.ID, ended func(*OwedMail) models.Event) (cancelled int, err error) {
	err = s.Write(ctx, func(tx *Tx) error {
		cancelled = 0
		for _, id := range ids {
			switch err := s.cancelMail(tx, id, ended); {
			case errors.Is(err, ErrConflict): // a sender was faster
			case err != nil:
				return err
			default:
				cancelled++
			}
		}
		return nil
	})
	return cancelled, err
}

func (s *Store) cancelMail(tx *Tx, id models.ID, ended func(*OwedMail) models.Event) error {
	now := s.clock.instant()
	owed, err := tx.Mail(id) // with its address, of which the row is then rid
	if errors.Is(err, ErrNotFound) {
		return ErrConflict
	}
	if err != nil {
		return err
	}
	err = changedOne(s.unheld(queuedOf(tx.db, []models.ID{id})).
		Updates(map[string]any{"status": models.MailExpired, "finished_at": now, "address": ""}))
	if err != nil {
		return err
	}
	if err := tx.RevokeLink(owed.Link, now); err != nil {
		return err
	}
	return tx.InsertEvent(ended(owed))
}
