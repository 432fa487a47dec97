package main

import (
	"database/sql"
	"errors"
	"os"
	"strings"
)

// size is what the database takes up, in bytes: tables, indexes and, of SQLite, the log
// before them.
func (d database) size() (bytes int64, err error) {
	if path, isSQLite := strings.CutPrefix(d.url, "sqlite:"); isSQLite {
		for _, part := range []string{path, path + "-wal"} {
			file, err := os.Stat(part)
			if err == nil {
				bytes += file.Size()
			} else if part == path {
				return 0, err
			}
		}
		return bytes, nil
	}
	db, err := sql.Open("pgx", d.url)
	if err != nil {
		return 0, err
	}
	err = db.QueryRow("SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace").Scan(&bytes)
	return bytes, errors.Join(err, db.Close())
}
