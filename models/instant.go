package models

import "time"

// Instant is a point in time in milliseconds since 1970 UTC. Times are numbers in
// the database because the SQLite driver would store a time.Time as text in the
// zone it was given and compare it as text.
type Instant int64

// At converts t, dropping what is below a millisecond.
func At(t time.Time) Instant { return Instant(t.UnixMilli()) }

// Time is the instant in UTC.
func (i Instant) Time() time.Time { return time.UnixMilli(int64(i)).UTC() }

// Add moves the instant by d.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d.Milliseconds()) }

// Ptr is for columns that may be NULL.
func (i Instant) Ptr() *Instant { return &i }
