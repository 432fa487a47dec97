//go:build prepared

package store

import (
	"database/sql"
	"fmt"

	"latchkey/models"
)

// In place of the store's query.go: the rows that a start reads are read field by field.

func one[T any](r Reader, condition string, values ...any) (*T, error) {
	row := new(T)
	columns, places := columnsOf(row)
	found := false
	err := r.scan("SELECT "+columns+condition, values, func(rows *sql.Rows) error {
		found = true
		return rows.Scan(places...)
	})
	if err == nil && !found {
		err = ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return row, nil
}

func query[T any](r Reader, condition string, values ...any) (all []T, err error) {
	row := new(T)
	columns, places := columnsOf(row)
	err = r.scan("SELECT "+columns+condition, values, func(rows *sql.Rows) error {
		err := rows.Scan(places...)
		all = append(all, *row)
		return err
	})
	return all, err
}

func columnsOf(row any) (columns string, places []any) {
	switch r := row.(type) {
	case *models.User:
		return userColumns, []any{&r.ID, &r.ProjectID, &r.Status, &r.FirstName, &r.MiddleName, &r.LastName,
			&r.TrustedMetadata, &r.UntrustedMetadata, &r.ExternalID, &r.Kept, &r.CreatedAt}
	case *models.Email:
		return emailColumns, []any{&r.ID, &r.ProjectID, &r.UserID, &r.Address, &r.Identity, &r.VerifiedAt, &r.AttachedUntil, &r.CreatedAt}
	case *models.MagicLink:
		return linkColumns, []any{&r.ID, &r.ProjectID, &r.UserID, &r.EmailID, &r.KeyID, &r.Kind, &r.Challenge, &r.RedirectURL,
			&r.SessionID, &r.IPAddress, &r.UserAgent, &r.CreatedAt, &r.ExpiresAt, &r.OpenedAt, &r.RedeemedAt, &r.RevokedAt}
	}
	panic(fmt.Sprintf("no start reads %T", row))
}

const (
	userColumns = `id, project_id, status, first_name, middle_name, last_name,
trusted_metadata, untrusted_metadata, external_id, kept, created_at FROM users WHERE `
	emailColumns = `id, project_id, user_id, address, identity, verified_at, attached_until, created_at FROM emails WHERE `
	linkColumns  = `id, project_id, user_id, email_id, key_id, kind, challenge, redirect_url,
session_id, ip_address, user_agent, created_at, expires_at, opened_at, redeemed_at, revoked_at FROM magic_links WHERE `
)
