package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
	"gorm.io/gorm"
)

func TestWhatDriversSayBecomesASentinel(t *testing.T) {
	other := errors.New("any other")
	for _, c := range []struct{ cause, want error }{
		{gorm.ErrRecordNotFound, ErrNotFound},
		{gorm.ErrDuplicatedKey, ErrConflict},
		{ErrConflict, ErrConflict},
		{sqlite3.Error{Code: sqlite3.ErrFull}, ErrUnavailable},
		{sqlite3.Error{Code: sqlite3.ErrBusy}, ErrUnavailable},
		{sqlite3.Error{Code: sqlite3.ErrIoErr}, ErrUnavailable},
		{&pgconn.PgError{Code: "53100"}, ErrUnavailable}, // disk full
		{&pgconn.PgError{Code: "57P01"}, ErrUnavailable}, // administrator command
		{&pgconn.PgError{Code: "25006"}, ErrUnavailable}, // read-only
		{io.ErrUnexpectedEOF, ErrUnavailable},
		{&pgconn.ConnectError{Config: &pgconn.Config{}}, ErrUnavailable},
		{context.Canceled, context.Canceled},
		{context.DeadlineExceeded, context.DeadlineExceeded},
		{other, other},
	} {
		if got := failure(fmt.Errorf("wrapped: %w", c.cause)); !errors.Is(got, c.want) {
			t.Errorf("%T %v: got %v, want %v", c.cause, c.want, got, c.want)
		}
	}
}

func TestWhatIsNobodysFaultStaysWhatItIs(t *testing.T) {
	for _, cause := range []error{
		context.Canceled, context.DeadlineExceeded, errors.New("any other"),
		sqlite3.Error{Code: sqlite3.ErrConstraint},
		&pgconn.PgError{Code: "42P01"}, // undefined table
		&pgconn.PgError{},              // a proxy's
	} {
		if got := failure(cause); known(got) {
			t.Errorf("%T: got %v, want no sentinel", cause, got)
		}
	}
}
