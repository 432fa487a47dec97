package e2e

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"latchkey/internal/sealed"
	"latchkey/models"
)

// previousSchema is the one before the newest. The program that had it is not here, since
// a clone may be without history; what it said to the database is, word for word.
const previousSchema = 5

// previous is the program of that schema, as far as its statements are it.
type previous struct {
	*testing.T
	db         *sql.DB
	dialect    goose.Dialect
	settings   settings
	keys       *sealed.KeyRing
	statements map[string][]string // by what they are for
}

func newPrevious(t *testing.T, s settings) *previous {
	t.Helper()
	p := &previous{T: t, settings: s, dialect: goose.DialectPostgres, statements: readStatements(t), db: openDatabase(t, s.database)}
	if strings.HasPrefix(s.database, "sqlite:") {
		p.dialect = goose.DialectSQLite3
	}
	writeKey(t, s.keyFile)
	masters, err := sealed.ReadKeyFile(s.keyFile)
	if err != nil {
		t.Fatal(err)
	}
	if p.keys, err = sealed.NewKeyRing(masters, sealed.FirstKey); err != nil {
		t.Fatal(err)
	}
	return p
}

func readStatements(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("testdata/previous/schema-%d.sql", previousSchema))
	if err != nil {
		t.Fatal(err)
	}
	statements := make(map[string][]string)
	for _, section := range strings.Split(string(text), "-- name: ")[1:] {
		name, rest, _ := strings.Cut(section, "\n")
		for statement := range strings.SplitSeq(rest, ";\n") {
			if statement = strings.TrimSpace(statement); statement != "" {
				statements[name] = append(statements[name], statement)
			}
		}
	}
	return statements
}

// migrations are those of the database's kind.
func (p *previous) migrations() *goose.Provider {
	p.Helper()
	folder := map[goose.Dialect]string{goose.DialectSQLite3: "sqlite", goose.DialectPostgres: "postgres"}[p.dialect]
	provider, err := goose.NewProvider(p.dialect, p.db, os.DirFS(filepath.Join(repository, "store/migrations", folder)),
		goose.WithDisableGlobalRegistry(true), goose.WithTableName("latchkey_migrations"))
	if err != nil {
		p.Fatal(err)
	}
	return provider
}

// install makes the schema as that program did.
func (p *previous) install() {
	p.Helper()
	if _, err := p.migrations().UpTo(p.Context(), previousSchema); err != nil {
		p.Fatal(err)
	}
	p.run("key", map[string]any{"fingerprint": p.keys.Fingerprint(sealed.FirstKey)})
}

// version is that of the schema as it is.
func (p *previous) version() int64 {
	p.Helper()
	version, err := p.migrations().GetDBVersion(p.Context())
	if err != nil {
		p.Fatal(err)
	}
	return version
}

// somebody is a person as that program knew them: the ids of their rows.
type somebody struct {
	address                           string
	pair                              pair
	user, email, link, session, token models.ID
}

func newSomebody(address string) somebody {
	id := func() models.ID { return models.NewID(time.Now()) }
	return somebody{address: address, pair: newPair(), user: id(), email: id(), link: id(), session: id(), token: id()}
}

// does runs what that program did for the person in one step.
func (p *previous) does(step string, who somebody) {
	p.Helper()
	p.run(step, map[string]any{
		"address": who.address, "challenge": who.pair.challenge, "user": who.user, "email": who.email, "link": who.link,
		"session": who.session, "token": who.token, "event": models.NewID(time.Now()), "hash": p.keys.HashAddress(who.address),
		"redirect_url": "http://127.0.0.1/authenticate",
	})
}

var named = regexp.MustCompile(`@([a-z_]+)`)

// run runs the statements of a step in one transaction. Each must work, and meet a row.
func (p *previous) run(step string, values map[string]any) {
	p.Helper()
	now := time.Now()
	values["project"], values["key"], values["null"] = p.settings.projects[0].id, int(sealed.FirstKey), nil
	values["yes"], values["no"] = true, false
	values["now"], values["soon"], values["later"] = now.UnixMilli(), now.Add(28*time.Second).UnixMilli(), now.Add(time.Hour).UnixMilli()
	tx, err := p.db.Begin()
	if err != nil {
		p.Fatal(err)
	}
	defer tx.Rollback()
	if len(p.statements[step]) == 0 {
		p.Fatalf("there are no statements for %s", step)
	}
	for _, statement := range p.statements[step] {
		var arguments []any
		numbered := named.ReplaceAllStringFunc(statement, func(name string) string {
			arguments = append(arguments, values[name[1:]])
			return fmt.Sprintf("$%d", len(arguments))
		})
		if met, err := meets(tx, numbered, arguments); err != nil || met == 0 {
			p.Errorf("%s: the statement of schema %d met %d rows (%v), want some: %s", step, previousSchema, met, err, statement)
		}
	}
	if err := tx.Commit(); err != nil {
		p.Fatal(err)
	}
}

// meets runs a statement and counts the rows that it read or changed.
func meets(tx *sql.Tx, statement string, arguments []any) (met int64, err error) {
	if !strings.HasPrefix(statement, "SELECT") {
		result, err := tx.Exec(statement, arguments...)
		if err != nil {
			return 0, err
		}
		return result.RowsAffected()
	}
	rows, err := tx.Query(statement, arguments...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		met++
	}
	return met, rows.Err()
}

// seal is a token that the program had handed out.
func (p *previous) seal(purpose sealed.Purpose, id models.ID) string {
	p.Helper()
	token, err := p.keys.Seal(sealed.FirstKey, purpose, id)
	if err != nil {
		p.Fatal(err)
	}
	return token
}

// find looks up the rows of somebody whom this program has made.
func (p *previous) find(who somebody) somebody {
	p.Helper()
	err := p.db.QueryRow("SELECT l.id, l.user_id, l.email_id FROM magic_links l JOIN emails e ON e.id = l.email_id WHERE e.address = $1", who.address).
		Scan(&who.link, &who.user, &who.email)
	if err != nil {
		p.Fatal(err)
	}
	return who
}
