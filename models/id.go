package models

import (
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// ID is the primary key of every row: a version 7 UUID (RFC 9562 §5.7), whose
// first 48 bits are its creation time, so that new rows land at the end of the
// index and old ones can be found by age without a second one.
//
// It is a type of ours and not uuid.UUID because that one's Value writes text
// even into a BLOB column: here the same 16 bytes go to SQLite and PostgreSQL.
type ID [16]byte

// NewID makes an ID for the instant at. The remaining 74 bits are random.
func NewID(at time.Time) ID {
	id := ID(uuid.New())
	stampTime(&id, at.UnixMilli())
	id[6] = id[6]&0x0f | 0x70
	return id
}

// IDBefore is the smallest ID of the instant at: every ID made earlier is less.
func IDBefore(at time.Time) ID {
	var id ID
	stampTime(&id, at.UnixMilli())
	return id
}

// Time is when the ID was made, to the millisecond.
func (id ID) Time() time.Time {
	var ms int64
	for _, b := range id[:6] {
		ms = ms<<8 | int64(b)
	}
	return time.UnixMilli(ms)
}

func stampTime(id *ID, ms int64) {
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
}

// ParseID reads the usual hexadecimal form with hyphens (RFC 9562 §4), in lower
// case only, so that one row has one name.
func ParseID(s string) (ID, error) {
	u, err := uuid.Parse(s)
	if err != nil || u.String() != s {
		return ID{}, errors.New("models: no UUID in its usual form")
	}
	return ID(u), nil
}

func (id ID) String() string { return uuid.UUID(id).String() }

// Reference is the short form that is safe to show and to log: it names a row to
// whoever can read the database, and opens nothing. Its characters come from the
// random end of the ID.
func (id ID) Reference() string { return fmt.Sprintf("%X", id[11:]) }

// MarshalText implements encoding.TextMarshaler.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *ID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseID(string(text))
	return err
}

// ParseReference reads what Reference wrote, as the bytes of the ID it came from.
func ParseReference(s string) ([]byte, error) {
	b, err := hex.DecodeString(s)
	if err != nil || fmt.Sprintf("%X", b) != s || len(s) != len(ID{}.Reference()) {
		return nil, errors.New("models: no reference")
	}
	return b, nil
}

// Value implements driver.Valuer.
func (id ID) Value() (driver.Value, error) { return id[:], nil }

// Scan implements sql.Scanner.
func (id *ID) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok || len(b) != len(id) {
		return fmt.Errorf("models: an ID is 16 bytes, not %T of this length", src)
	}
	copy(id[:], b)
	return nil
}
