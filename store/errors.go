package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
	"gorm.io/gorm"
)

var (
	// ErrNotFound: there is no such row.
	ErrNotFound = errors.New("store: not found")
	// ErrConflict: a unique key is taken, or a conditional write met a row that no
	// longer was as the condition wants it. Of two who race, one gets it.
	ErrConflict = errors.New("store: conflict")
	// ErrUnavailable: the database cannot keep anything right now (locked, full,
	// restarting, unreachable). Nothing was written as far as can be known; the
	// same call may work a moment later.
	ErrUnavailable = errors.New("store: unavailable")
)

// failure turns what gorm and the drivers say into the sentinels, keeping the
// cause for the log.
func failure(err error) error {
	switch {
	case err == nil, known(err):
		return err
	case errors.Is(err, gorm.ErrRecordNotFound):
		return ErrNotFound
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return fmt.Errorf("%w: %w", ErrConflict, err)
	case errors.Is(err, context.Canceled):
		return err
	case sqliteUnavailable(err), postgresUnavailable(err), closed(err), errors.Is(err, errLate):
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

func known(err error) bool {
	return errors.Is(err, ErrNotFound) || errors.Is(err, ErrConflict) || errors.Is(err, ErrUnavailable)
}

// sqliteUnavailable lists what another process, the disk or the operator can mend
// (https://sqlite.org/rescode.html).
func sqliteUnavailable(err error) bool {
	var failed sqlite3.Error
	if !errors.As(err, &failed) {
		return false
	}
	switch failed.Code {
	case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrProtocol, sqlite3.ErrFull, sqlite3.ErrIoErr,
		sqlite3.ErrCantOpen, sqlite3.ErrReadonly, sqlite3.ErrNomem, sqlite3.ErrInterrupt:
		return true
	}
	return false
}

func postgresUnavailable(err error) bool {
	// Before anything it wraps: a connection refused for a changed password or after
	// the timeout of ours is a database that cannot be reached.
	var unreachable *pgconn.ConnectError
	if errors.As(err, &unreachable) {
		return true
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return serverCannot(refused.Code)
	}
	var broken *net.OpError
	return errors.As(err, &broken) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, pgconn.ErrConnClosed)
}

// serverCannot lists the SQLSTATEs in which the server says that it cannot just now
// (PostgreSQL manual, appendix A), most of them by class.
func serverCannot(code string) bool {
	for _, prefix := range []string{
		"08",    // connection exception
		"25006", // read-only: a standby, or a full disk's guard
		"40",    // rolled back, and the retries are used up
		"53",    // insufficient resources: disk full, too many connections
		"55P03", // lock not available
		"57",    // operator intervention: shutdown, terminated backend
		"58",    // system error
	} {
		if strings.HasPrefix(code, prefix) {
			return true
		}
	}
	return false
}

// closed: the connection or the pool is, and database/sql has no error to compare
// the latter with.
func closed(err error) bool {
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		strings.HasSuffix(err.Error(), "database is closed")
}
