// Package wire is the native wire format's objects as JSON: replies, errors, users and
// sessions. Every door that speaks it shares them, so that a person looks the same
// from all sides.
//
// It makes them from rows, and does nothing else.
package wire
