package models

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 123e6, time.UTC)

func TestANewIDIsAVersion7UUID(t *testing.T) {
	id := NewID(epoch)
	if version, variant := id[6]>>4, id[8]>>6; version != 7 || variant != 2 {
		t.Errorf("%s: got version %d and variant %d, want 7 and 2", id, version, variant)
	}
	var ms int64
	for _, b := range id[:6] {
		ms = ms<<8 | int64(b)
	}
	if ms != epoch.UnixMilli() {
		t.Errorf("got %d ms, want %d", ms, epoch.UnixMilli())
	}
	if other := NewID(epoch); other == id {
		t.Errorf("got %s twice", id)
	}
}

func TestIDsAreInTheOrderOfTheirTime(t *testing.T) {
	var ids []ID
	for ms := range 1000 {
		ids = append(ids, NewID(epoch.Add(time.Duration(ms)*time.Millisecond)))
	}
	if !slices.IsSortedFunc(ids, func(a, b ID) int { return bytes.Compare(a[:], b[:]) }) {
		t.Error("a later one is less")
	}
}

func TestIDBeforeDividesEarlierFromLater(t *testing.T) {
	limit := IDBefore(epoch)
	for range 100 {
		earlier, same := NewID(epoch.Add(-time.Millisecond)), NewID(epoch)
		if bytes.Compare(earlier[:], limit[:]) >= 0 || bytes.Compare(same[:], limit[:]) <= 0 {
			t.Fatalf("want %s < %s < %s", earlier, limit, same)
		}
	}
}

func TestAnIDHasOneSpelling(t *testing.T) {
	id := NewID(epoch)
	text := id.String()
	if got, err := ParseID(text); err != nil || got != id {
		t.Errorf("got %s, %v, want %s", got, err, id)
	}
	for _, spelling := range []string{
		"", strings.ToUpper(text), strings.ReplaceAll(text, "-", ""), "{" + text + "}", "urn:uuid:" + text,
		text + " ", " " + text, text[1:], text + "0", text[:35] + "g", strings.Replace(text, "-", "_", 1),
	} {
		if spelling != text {
			if got, err := ParseID(spelling); err == nil {
				t.Errorf("%q: got %s, want an error", spelling, got)
			}
		}
	}
}

func TestAnIDIsSixteenBytesInTheDatabase(t *testing.T) {
	id := NewID(epoch)
	value, err := id.Value()
	if err != nil {
		t.Fatal(err)
	}
	var back ID
	if err := back.Scan(value); err != nil || back != id {
		t.Errorf("got %s, %v, want %s", back, err, id)
	}
	for _, src := range []any{nil, id.String(), id[:15], append(id[:], 0), []byte{}, 1} {
		if err := new(ID).Scan(src); err == nil {
			t.Errorf("%T of that length: got nil, want an error", src)
		}
	}
}

func TestAReferenceIsShortAndTellsRowsApart(t *testing.T) {
	id := ID{11: 0xab, 12: 0xcd, 13: 0xef, 14: 0x01, 15: 0x23}
	if got, want := id.Reference(), "ABCDEF0123"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if one, other := NewID(epoch).Reference(), NewID(epoch).Reference(); one == other {
		t.Errorf("got %s twice in one millisecond", one)
	}
}

func TestPublicIDs(t *testing.T) {
	id := NewID(epoch)
	for project, want := range map[string]string{
		"project-test-1": "user-test-" + id.String(), "project-live-1": "user-live-" + id.String(),
		"acme": "user-test-" + id.String(), "xproject-live-1": "user-test-" + id.String(), "project-live": "user-test-" + id.String(),
	} {
		got := PublicID("user", project, id)
		if got != want {
			t.Errorf("%s: got %s, want %s", project, got, want)
		}
		if back, err := ParsePublicID("user", project, got); err != nil || back != id {
			t.Errorf("%s: got %s, %v, want %s", got, back, err, id)
		}
	}
	for _, foreign := range []string{
		"", id.String(), "user-live-" + id.String(), "email-test-" + id.String(), "user-test-user-test-" + id.String(),
		"user-test-", "USER-TEST-" + id.String(), "user-test-" + strings.ToUpper(id.String()) + "X",
	} {
		if got, err := ParsePublicID("user", "project-test-1", foreign); err == nil {
			t.Errorf("%q: got %s, want an error", foreign, got)
		}
	}
}

// Only what could be the id of a user of ours is read as one: the vendor's have version
// 4 (RFC 9562 §5.4).
func TestAUserIDIsOneThatWeCouldHaveMade(t *testing.T) {
	id := NewID(epoch)
	if got, err := ParseUserID("project-live-1", "user-live-"+id.String()); err != nil || got != id {
		t.Errorf("got %s, %v, want %s", got, err, id)
	}
	for _, free := range []string{
		"", id.String(), "user-test-" + id.String(), "email-live-" + id.String(), "user-live-1", "user-live-" + strings.ToUpper(id.String()),
		"user-live-7e3c1b52-9a0d-4f66-8a51-0d2b6c1f9e47", "user-live-00000000-0000-0000-0000-000000000000",
	} {
		if got, err := ParseUserID("project-live-1", free); err == nil {
			t.Errorf("%q: got %s, want an error", free, got)
		}
	}
}

func TestAReferenceReadsBackAsTheBytesItCameFrom(t *testing.T) {
	id := NewID(time.Now())
	if got, err := ParseReference(id.Reference()); err != nil || !bytes.Equal(got, id[11:]) {
		t.Errorf("%s: got %X, %v, want %X", id.Reference(), got, err, id[11:])
	}
	for _, s := range []string{"", "0A1B2C3D4", "0A1B2C3D4E5F", "0a1b2c3d4e", "0A1B2C3D4G"} {
		if got, err := ParseReference(s); err == nil {
			t.Errorf("%q: got %X, want an error", s, got)
		}
	}
}
