//go:build prepared

package store

import (
	"fmt"

	"latchkey/models"
)

// In place of the store's columns.go: what a start and its mail read is named field by
// field, and no schema is asked.

func (r Reader) columns(row any) (table, names string, places []any) {
	switch r := row.(type) {
	case *models.User:
		return "users", userColumns, []any{&r.ID, &r.ProjectID, &r.Status, &r.FirstName, &r.MiddleName, &r.LastName,
			&r.TrustedMetadata, &r.UntrustedMetadata, &r.ExternalID, &r.Kept, &r.CreatedAt}
	case *models.Email:
		return "emails", emailColumns, []any{&r.ID, &r.ProjectID, &r.UserID, &r.Address, &r.Identity, &r.VerifiedAt, &r.AttachedUntil, &r.CreatedAt}
	case *models.MagicLink:
		return "magic_links", linkColumns, []any{&r.ID, &r.ProjectID, &r.UserID, &r.EmailID, &r.KeyID, &r.Kind, &r.Challenge, &r.RedirectURL,
			&r.SessionID, &r.IPAddress, &r.UserAgent, &r.CreatedAt, &r.ExpiresAt, &r.OpenedAt, &r.RedeemedAt, &r.RevokedAt}
	case *models.QueuedMail:
		return "queued_mails", mailColumns, []any{&r.ID, &r.ProjectID, &r.LinkID, &r.Template, &r.Locale, &r.Address, &r.MessageDomain, &r.Status,
			&r.Attempts, &r.NextAttemptAt, &r.ClaimedUntil, &r.LastReply, &r.CreatedAt, &r.ExpiresAt, &r.FinishedAt}
	case *models.BounceRecord:
		return "bounce_records", bounceColumns, []any{&r.EmailID, &r.ProjectID, &r.Bounces, &r.LastReply, &r.LastBounceAt, &r.SuppressedAt}
	}
	panic(fmt.Sprintf("no start reads %T", row))
}

const (
	userColumns = `id, project_id, status, first_name, middle_name, last_name,
trusted_metadata, untrusted_metadata, external_id, kept, created_at`
	emailColumns = `id, project_id, user_id, address, identity, verified_at, attached_until, created_at`
	linkColumns  = `id, project_id, user_id, email_id, key_id, kind, challenge, redirect_url,
session_id, ip_address, user_agent, created_at, expires_at, opened_at, redeemed_at, revoked_at`
	mailColumns = `id, project_id, link_id, template, locale, address, message_domain, status,
attempts, next_attempt_at, claimed_until, last_reply, created_at, expires_at, finished_at`
	bounceColumns = `email_id, project_id, bounces, last_reply, last_bounce_at, suppressed_at`
)
