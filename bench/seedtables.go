package main

import (
	"fmt"
	"strings"
	"time"
)

// table is what is written to one: columns and the values of row n.
type table struct {
	name    string
	rows    int
	columns string
	values  string
}

// scramble makes of a number another one below 2^32, each of one, in no order: addresses
// come in none either, and so fall all over their index. (Knuth's multiplicative hash.)
const (
	scramble  = 2654435761
	scrambled = "(n * 2654435761 % 4294967296)"
)

// seeded is person n of the rows, as a caller names persons.
func seeded(n int) int { return n * scramble % (1 << 32) }

func (s *seeder) tables(r rows) []table {
	e := expressions{s.dialect, r}
	own, ownSession, whose, at := e.at(r.links, "n"), e.at(r.persons/2, "n"), e.person(e.anybody()), e.instant(r.links, "n")
	its := e.at(r.links, "((n + 1) / 2)") // of an event: the link
	status, finished, due, expires := "'sent'", at+" + 1000", at, e.after(at, 30*time.Minute)
	if !r.due.IsZero() {
		status, finished, due, expires = "'queued'", "NULL", fmt.Sprint(r.due.UnixMilli()), e.after(at, 14*24*time.Hour)
	}
	return []table{
		{"users", r.persons, "id, project_id, status, created_at",
			list(e.person("n"), project, "'active'", e.joined("n"))},
		{"emails", r.persons, "id, project_id, user_id, address, identity, verified_at, created_at",
			list(e.person("n"), project, e.person("n"), e.address(), e.address(), e.joined("n"), e.joined("n"))},
		{"mailboxes", r.persons, "project_id, hash, starts, updated_at",
			list(project, e.hash(), e.bytes(e.hex(at, 16)), at)},
		{"sessions", r.persons / 2, `id, project_id, user_id, email_id, token_id, key_id, method, ip_address, user_agent,
				authenticated_at, started_at, last_accessed_at, expires_at`,
			list(ownSession, project, whose, whose, ownSession, "1", "'magic_link'", client, at, at, at, e.after(at, 30*24*time.Hour))},
		{"magic_links", r.links, `id, project_id, user_id, email_id, key_id, kind, challenge, redirect_url, ip_address, user_agent,
				created_at, expires_at, redeemed_at`,
			list(own, project, whose, whose, "1", "'login'", e.hex("n", 43), "'http://127.0.0.1/authenticate'", client, at, expires, finished)},
		{"queued_mails", r.links, "id, project_id, link_id, status, attempts, next_attempt_at, claimed_until, last_reply, created_at, expires_at, finished_at",
			list(own, project, own, status, "0", due, "0", "''", at, expires, finished)},
		{"events", 2 * r.links, "id, project_id, kind, link_id, address_hash, detail, created_at",
			list(e.at(2*r.links, "n"), project, "CASE n % 2 WHEN 1 THEN 'mail.sent' ELSE 'link.redeemed' END", its, e.hash(), "''", e.instant(2*r.links, "n"))},
	}
}

// What is alike in all rows.
const (
	project = "'" + projectID + "'"
	client  = "'192.0.2.1', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'"
)

// expressions are in SQL, of the row's number n.
type expressions struct {
	dialect
	rows
}

// instant spreads so many rows over the time there is.
func (e expressions) instant(of int, n string) string {
	return fmt.Sprintf("(%d + %s * %d / %d)", e.from.UnixMilli(), n, e.until.Sub(e.from).Milliseconds(), max(of, 1))
}

// at is the id of such a row.
func (e expressions) at(of int, n string) string { return e.id(e.instant(of, n), n) }

// joined is when a person came: one each millisecond, a month ago.
func (e expressions) joined(n string) string {
	return fmt.Sprintf("(%d + %s)", e.from.Add(-30*24*time.Hour).UnixMilli(), n)
}

func (e expressions) person(n string) string { return e.id(e.joined(n), n) }

// anybody is the number of one of the persons.
func (e expressions) anybody() string {
	return fmt.Sprintf("(%s %% %d + 1)", scrambled, max(e.persons, 1))
}

func (e expressions) address() string { return "'person' || " + scrambled + " || '@example.com'" }

func (e expressions) hash() string { return e.bytes(e.hex(scrambled, 64)) }

func (e expressions) after(at string, long time.Duration) string {
	return fmt.Sprintf("%s + %d", at, long.Milliseconds())
}

func list(values ...string) string { return strings.Join(values, ", ") }
