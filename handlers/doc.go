// Package handlers is the HTTP door: it decodes a request, calls the domain once and
// encodes what comes back. Each handler returns its error, and one wrapper renders
// it from the catalogue in package problem, as JSON or as a page.
//
// It decides nothing about links or sessions, and never sees gorm, a transaction or
// SMTP.
package handlers
