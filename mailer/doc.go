// Package mailer sends the mail that the service owes: it takes queued rows from the
// store, puts them into words with package templates, hands them to the first of its
// relays that takes mail, and records how each ended.
//
// The parts: Worker finds what is due (worker.go, queue.go) and claims it (claim.go), or is
// given what was claimed as it was written (courier.go). Clerks see each mail through
// (clerk.go): they take it to relay after relay (attempt.go) and record the outcome
// (conclude.go, record.go), what was sent together with others' (settle.go). Senders carry
// it, each over its own kept connection or by a sendmail program (sender.go, connection.go,
// auth.go, program.go). classify says what a relay's answer means (outcome.go). A breaker
// holds what is known of a relay: while it refuses us, single mails probe it (breaker.go);
// route chooses among them (route.go, health.go).
//
// It knows no HTTP and no rule about links beyond this one: no mail for a link that
// cannot be redeemed any more. Package mailer/catcher is its opposite, an SMTP sink
// for development.
package mailer
