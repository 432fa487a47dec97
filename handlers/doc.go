// Package handlers is the native door and the pages: it decodes a request, calls the
// domain once and encodes what comes back. Each handler returns its error, and one
// wrapper renders it from the catalogue in package problem, as JSON or as a page. What
// it shares with the other doors lies in packages door and wire.
//
// It decides nothing about links or sessions, and never sees gorm, a transaction or
// SMTP.
package handlers
