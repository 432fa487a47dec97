// Package mailer sends the mail that the service owes: it takes queued rows from the
// store, puts them into words with package templates, hands them to one SMTP relay,
// and records how each ended.
//
// The parts: Worker finds what is due (worker.go, queue.go). Clerks claim a mail, have
// it sent and record the outcome (clerk.go, conclude.go, record.go); senders carry it
// to the relay, each over its own kept connection (sender.go, connection.go). classify
// says what the relay's answer means (outcome.go), and relay holds what is known of it
// as a whole: while it refuses us, all mail is kept and single mails probe (relay.go).
//
// It knows no HTTP and no rule about links beyond this one: no mail for a link that
// cannot be redeemed any more. Package mailer/catcher is its opposite, an SMTP sink
// for development.
package mailer
