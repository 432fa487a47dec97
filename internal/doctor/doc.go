// Package doctor looks at a whole installation before its users do: the
// configuration, the database and its key, the clock, every relay up to RCPT TO, and
// what the DNS says of the senders. Of each it tells whether it is well and, if not,
// what to change.
//
// It changes nothing itself: it makes no file, migrates no schema and sends no mail.
// What it tells can be pasted into a ticket, since it holds no password, key or secret.
package doctor
