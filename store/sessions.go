package store

import (
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"latchkey/models"
)

// SessionByToken finds a session by what its token seals, or ErrNotFound.
func (r Reader) SessionByToken(projectID string, token models.ID) (*models.Session, error) {
	return first[models.Session](r.db.Where("token_id = ? AND project_id = ?", token, projectID))
}

// SessionReplaced finds a session by what its token sealed before it was replaced, or
// ErrNotFound.
func (r Reader) SessionReplaced(projectID string, previous models.ID) (*models.Session, error) {
	return first[models.Session](r.db.Where("previous_token_id = ? AND project_id = ?", previous, projectID))
}

// Session finds a session by its id, or ErrNotFound.
func (r Reader) Session(projectID string, id models.ID) (*models.Session, error) {
	return first[models.Session](r.db.Where("id = ? AND project_id = ?", id, projectID))
}

// SessionsOf lists a person's sessions that live at the instant, those begun last first
// and no more than limit.
func (r Reader) SessionsOf(projectID string, user models.ID, at models.Instant, limit int) ([]models.Session, error) {
	var sessions []models.Session
	err := r.db.Scopes(livingOf(projectID, user, at)).Order("id DESC").Limit(limit).Find(&sessions).Error
	return sessions, failure(err)
}

// InsertSession writes a new session.
func (tx *Tx) InsertSession(session models.Session) error {
	return tx.insert(&session)
}

// TouchSession notes that a living session was used at LastAccessedAt; ErrConflict
// when it had ended by then, or its token was another. Its end stays as it is, which
// somebody else may be moving at this moment.
func (tx *Tx) TouchSession(session models.Session) error {
	return changedOne(tx.living(session).Where("token_id = ?", session.TokenID).
		Update("last_accessed_at", session.LastAccessedAt))
}

// ExtendSession is TouchSession and moves the session's end to ExpiresAt.
func (tx *Tx) ExtendSession(session models.Session) error {
	return changedOne(tx.living(session).Where("token_id = ?", session.TokenID).
		Updates(map[string]any{"last_accessed_at": session.LastAccessedAt, "expires_at": session.ExpiresAt}))
}

// LockSession finds a session, or ErrNotFound, and lets nobody else change it before
// the transaction ends. SQLite has one writer and so needs no lock.
func (tx *Tx) LockSession(projectID string, id models.ID) (*models.Session, error) {
	return first[models.Session](tx.db.
		Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).
		Where("id = ? AND project_id = ?", id, projectID))
}

// UpdateSession writes what may change of a session that this transaction has locked,
// used at LastAccessedAt; ErrConflict when it had ended by then.
func (tx *Tx) UpdateSession(session models.Session) error {
	return changedOne(tx.living(session).Updates(map[string]any{
		"token_id": session.TokenID, "previous_token_id": session.PreviousTokenID, "key_id": session.KeyID,
		"more_factors": session.MoreFactors, "custom_claims": session.CustomClaims,
		"authenticated_at": session.AuthenticatedAt, "last_accessed_at": session.LastAccessedAt, "expires_at": session.ExpiresAt,
	}))
}

// living narrows a write to the session if it lived at LastAccessedAt.
func (tx *Tx) living(session models.Session) *gorm.DB {
	return tx.db.Model(&models.Session{}).
		Where("id = ? AND project_id = ? AND revoked_at IS NULL AND expires_at > ?",
			session.ID, session.ProjectID, session.LastAccessedAt)
}

// RevokeSession ends a living session; ErrConflict when it has ended already.
func (tx *Tx) RevokeSession(projectID string, id models.ID, at models.Instant) error {
	return changedOne(tx.db.Model(&models.Session{}).
		Where("id = ? AND project_id = ? AND revoked_at IS NULL AND expires_at > ?", id, projectID, at).
		Update("revoked_at", at))
}

// ForgetFactor takes an address out of the person's living sessions, and ends those that
// rest on nothing else.
func (tx *Tx) ForgetFactor(email models.Email, at models.Instant) error {
	var sessions []models.Session
	err := tx.db.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate}).
		Scopes(livingOf(email.ProjectID, email.UserID, at)).
		Where("(email_id = ? OR more_factors LIKE ?)", email.ID, `%"`+email.ID.String()+`"%`).
		Find(&sessions).Error
	if err != nil {
		return failure(err)
	}
	for _, session := range sessions {
		if !session.Forget(email.ID) {
			session.RevokedAt = &at
		}
		err := tx.db.Model(&session).Select("email_id", "method", "authenticated_at", "more_factors", "revoked_at").Updates(&session).Error
		if err != nil {
			return failure(err)
		}
	}
	return nil
}

func livingOf(projectID string, user models.ID, at models.Instant) func(*gorm.DB) *gorm.DB {
	return func(db *gorm.DB) *gorm.DB {
		return db.Where("user_id = ? AND project_id = ? AND revoked_at IS NULL AND expires_at > ?", user, projectID, at)
	}
}
