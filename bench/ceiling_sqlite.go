package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"
)

// commitRows is the ceiling of writing on SQLite: rows of the size of a link's by a
// prepared INSERT, so many to a transaction, each of which is synced. It says how many
// rows it wrote a second.
func commitRows(arguments []string) (err error) {
	if len(arguments) != 2 {
		return errors.New("want how many rows to a commit, and how long")
	}
	group, err := strconv.Atoi(arguments[0])
	if err != nil {
		return err
	}
	lasting, err := time.ParseDuration(arguments[1])
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "latchkey-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	db, insert, err := openBare(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, insert.Close(), db.Close()) }()
	rows, began := 0, time.Now()
	for time.Since(began) < lasting {
		if err := commitGroup(db, insert, group); err != nil {
			return err
		}
		rows += group
	}
	fmt.Println(float64(rows) / time.Since(began).Seconds())
	return nil
}

func openBare(dir string) (db *sql.DB, insert *sql.Stmt, err error) {
	db, err = sql.Open("sqlite3", "file:"+filepath.Join(dir, "ceiling.db")+"?_journal_mode=WAL&_synchronous=FULL")
	if err != nil {
		return nil, nil, err
	}
	db.SetMaxOpenConns(1)
	_, err = db.Exec("CREATE TABLE links (id BLOB PRIMARY KEY, challenge TEXT, created_at INTEGER) STRICT, WITHOUT ROWID")
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	if insert, err = db.Prepare("INSERT INTO links VALUES (?, ?, ?)"); err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, insert, nil
}

func commitGroup(db *sql.DB, insert *sql.Stmt, rows int) error {
	ctx := context.Background()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	in := tx.StmtContext(ctx, insert)
	for range rows {
		id := make([]byte, 16)
		_, _ = rand.Read(id)
		if _, err := in.Exec(id, challenge, time.Now().UnixMilli()); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

// challenge is RFC 7636's (appendix B).
const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
