package store

import (
	"context"
	"database/sql"
)

// A strictConn is the writer's connection as the closures see it. After a statement
// has failed it refuses all others until the closure ends, and then the closure has
// failed too, whatever it says itself. PostgreSQL does the same. On SQLite a closure
// that overlooks an error could do harm: a full disk rolls the whole transaction
// back, and each statement from there on would be committed by itself.
type strictConn struct {
	*sql.Conn
	failed error
}

// during runs a closure, which uses the connection.
func (c *strictConn) during(closure func() error) error {
	c.failed = nil
	if err := closure(); err != nil {
		return err
	}
	return c.failed
}

// ExecContext implements gorm.ConnPool.
func (c *strictConn) ExecContext(ctx context.Context, query string, args ...any) (result sql.Result, err error) {
	if c.failed == nil {
		result, c.failed = c.Conn.ExecContext(ctx, query, args...)
	}
	return result, c.failed
}

// QueryContext implements gorm.ConnPool.
func (c *strictConn) QueryContext(ctx context.Context, query string, args ...any) (rows *sql.Rows, err error) {
	if c.failed == nil {
		rows, c.failed = c.Conn.QueryContext(ctx, query, args...)
	}
	return rows, c.failed
}
