//go:build prepared

package store

import (
	"gorm.io/gorm"

	"latchkey/models"
)

// In place of the store's insertion.go: what a start and its mail insert is written out, and
// no schema is asked. The driver keeps the statements prepared, as it does the store's.

func (tx *Tx) insertion(row any) statement {
	switch r := row.(type) {
	case *models.User:
		return statement{insertUser, []any{r.ID, r.ProjectID, string(r.Status), r.FirstName, r.MiddleName, r.LastName,
			r.TrustedMetadata, r.UntrustedMetadata, r.ExternalID, r.Kept, int64(r.CreatedAt)}}
	case *models.Email:
		return statement{insertEmail, []any{r.ID, r.ProjectID, r.UserID, r.Address, r.Identity,
			r.VerifiedAt, r.AttachedUntil, int64(r.CreatedAt)}}
	case *models.MagicLink:
		return statement{insertLink, []any{r.ID, r.ProjectID, r.UserID, r.EmailID, int64(r.KeyID), string(r.Kind), r.Challenge, r.RedirectURL,
			r.SessionID, r.IPAddress, r.UserAgent, int64(r.CreatedAt), int64(r.ExpiresAt), r.OpenedAt, r.RedeemedAt, r.RevokedAt}}
	case *models.QueuedMail:
		return statement{insertMail, []any{r.ID, r.ProjectID, r.LinkID, r.Template, r.Locale, r.Address, r.MessageDomain, string(r.Status),
			int64(r.Attempts), int64(r.NextAttemptAt), int64(r.ClaimedUntil), r.LastReply, int64(r.CreatedAt), int64(r.ExpiresAt), r.FinishedAt}}
	case *models.Event:
		return statement{insertEvent, []any{r.ID, r.ProjectID, string(r.Kind), r.LinkID, r.AddressHash, r.Detail, int64(r.CreatedAt)}}
	}
	stmt := tx.db.Session(&gorm.Session{DryRun: true}).Create(row).Statement // no start's
	return statement{stmt.SQL.String(), stmt.Vars}
}

const (
	insertUser = `
INSERT INTO users (id, project_id, status, first_name, middle_name, last_name, trusted_metadata, untrusted_metadata, external_id, kept, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	insertEmail = `
INSERT INTO emails (id, project_id, user_id, address, identity, verified_at, attached_until, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	insertLink = `
INSERT INTO magic_links (id, project_id, user_id, email_id, key_id, kind, challenge, redirect_url,
session_id, ip_address, user_agent, created_at, expires_at, opened_at, redeemed_at, revoked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`
	insertMail = `
INSERT INTO queued_mails (id, project_id, link_id, template, locale, address, message_domain, status,
attempts, next_attempt_at, claimed_until, last_reply, created_at, expires_at, finished_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`
	insertEvent = `
INSERT INTO events (id, project_id, kind, link_id, address_hash, detail, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)`
)
