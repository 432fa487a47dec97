package e2e

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"latchkey/store/storetest"
)

const (
	// powerVariable says how many starts drill R2 looks at: `make drill R2` sets it.
	powerVariable = "LATCHKEY_R2_STARTS"

	powerClients = 16

	// powerCuts is how often the power fails in one run, about.
	powerCuts = 20
)

// TestNoAnswerBeforeTheDisk is drill R2 or, by itself, a short form of it.
func TestNoAnswerBeforeTheDisk(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", testFsyncPrecedesEveryAnswer)
	t.Run("postgres", testPostgresWaitsForTheDisk)
}

// The system calls of the service while many clients ask for links at once: before each
// answer that says 200, the transaction with its row was in the write-ahead log as a
// whole, and an fsync of the log had begun after that and returned. And where the
// power fails, at moments that chance decides, every start that was answered is there.
func testFsyncPrecedesEveryAnswer(t *testing.T) {
	starts := size(t, powerVariable, 60)
	ledger := newLedger()
	settings := newSettings(t, sqliteURL(t), startSink(t, ledger.arrive).address)
	file := settings.write(t)
	cmd, trace := traced(t, latchkey("serve", "--config", file), "read,write,pwrite64,ftruncate,fsync,fdatasync")
	server := &server{process: start(t, cmd), settings: settings, file: file}
	watch := newPowerWatch(t, settings, starts)
	read := make(chan error, 1)
	go func() { read <- readTrace(trace, watch.see) }()
	server.ready(t)
	load := &load{ledger: ledger, clients: powerClients, apps: connected(powerClients, server)}
	load.startMany(starts)
	if status := server.terminate(t); status != 0 {
		t.Errorf("exit status: got %d, want 0", status)
	}
	if err := <-read; err != nil {
		t.Fatal(err)
	}
	watch.report(starts, ledger.tally().acknowledged)
}

// powerWatch reads the system calls as they come, and knows at any moment which start
// each connection waits for and what lies on the disk for certain.
type powerWatch struct {
	*testing.T
	seed     uint64
	chance   *rand.Rand
	perCut   int // answers, about
	files    map[string]*cachedFile
	requests map[string][]byte      // what came on each connection since its last answer
	waiting  map[string]*durability // of the rows of those without an answer, by challenge
	answered []string               // challenges
	ending   bool                   // the frame of the log whose header came last ends its transaction

	early                  int // answers before the disk had their row
	syncs, shared, largest int // of the log: that made starts durable; several; the most
	cuts, lost, damaged    int
}

// durability is how far a row has come.
type durability struct {
	written  bool // in a frame of the log
	complete int  // the line of the trace on which its transaction was there as a whole, or 0
	durable  bool
}

func newPowerWatch(t *testing.T, s settings, starts int) *powerWatch {
	seed, path := drillSeed(t), strings.TrimPrefix(s.database, "sqlite:")
	return &powerWatch{
		T: t, seed: seed, chance: rand.New(rand.NewPCG(seed, 0)), perCut: max(1, starts/powerCuts),
		files:    map[string]*cachedFile{path: {}, path + "-wal": {}},
		requests: make(map[string][]byte), waiting: make(map[string]*durability),
	}
}

var challengeInRequest = regexp.MustCompile(`"code_challenge":"([A-Za-z0-9_-]{43})"`)

func (w *powerWatch) see(c systemCall) {
	if file := w.files[c.file]; file != nil {
		file.see(c)
		if strings.HasSuffix(c.file, "-wal") {
			w.seeLog(c)
		}
		return
	}
	switch {
	case c.name == "read" && c.result > 0:
		w.requests[c.file] = append(w.requests[c.file], c.data...)
		if m := challengeInRequest.FindSubmatch(w.requests[c.file]); m != nil && w.waiting[string(m[1])] == nil {
			w.waiting[string(m[1])] = new(durability)
		}
	case c.name == "write" && bytes.HasPrefix(c.data, []byte("HTTP/1.1 ")):
		if m := challengeInRequest.FindSubmatch(w.requests[c.file]); m != nil && bytes.HasPrefix(c.data, []byte("HTTP/1.1 200 ")) {
			w.answer(string(m[1]), c)
		}
		delete(w.requests, c.file)
	}
}

// What the write-ahead log consists of (https://www.sqlite.org/fileformat2.html#walformat):
// frames of a header and a page, each written by a call of its own.
const (
	walFrameHeader = 24
	sqlitePage     = 4096
)

func (w *powerWatch) seeLog(c systemCall) {
	switch {
	case c.name == "pwrite64" && len(c.data) == walFrameHeader:
		// Bytes 4 to 7: the size of the database, for the last frame of a transaction.
		w.ending = binary.BigEndian.Uint32(c.data[4:]) != 0
	case c.name == "pwrite64" && len(c.data) == sqlitePage:
		for challenge, row := range w.waiting {
			row.written = row.written || bytes.Contains(c.data, []byte(challenge))
			if row.written && w.ending && row.complete == 0 {
				row.complete = c.returned
			}
		}
	case c.name == "fdatasync" || c.name == "fsync":
		w.synced(c)
	}
}

func (w *powerWatch) synced(c systemCall) {
	made := 0
	for _, row := range w.waiting {
		if c.result == 0 && row.complete != 0 && row.complete < c.began && !row.durable {
			row.durable = true
			made++
		}
	}
	w.syncs += count(made > 0)
	w.shared += count(made > 1)
	w.largest = max(w.largest, made)
}

func (w *powerWatch) answer(challenge string, c systemCall) {
	w.early += count(!w.waiting[challenge].durable)
	delete(w.waiting, challenge)
	w.answered = append(w.answered, challenge)
	if w.chance.IntN(w.perCut) == 0 || len(w.answered) == 1 {
		w.cutPower()
	}
}

// cutPower makes the files as they could be found after a power cut at this moment, and
// lets SQLite recover them.
func (w *powerWatch) cutPower() {
	w.cuts++
	folder := w.TempDir()
	copied := filepath.Join(folder, "latchkey.db")
	for path, file := range w.files {
		name := copied + strings.TrimPrefix(filepath.Base(path), "latchkey.db")
		if err := os.WriteFile(name, file.afterPowerCut(w.chance), 0o600); err != nil {
			w.Error(err)
		}
	}
	found, verdict, err := recovered(copied)
	if err != nil {
		w.Error(err)
	}
	w.damaged += count(verdict != "ok")
	for _, challenge := range w.answered {
		w.lost += count(!found[challenge])
	}
}

// recovered opens the database, which plays the log back, and lists its links by challenge.
func recovered(path string) (found map[string]bool, verdict string, err error) {
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		return nil, "", err
	}
	defer db.Close()
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil {
		return nil, "", err
	}
	rows, err := db.Query("SELECT challenge FROM magic_links")
	if err != nil {
		return nil, "", err
	}
	defer rows.Close()
	found = make(map[string]bool)
	for rows.Next() {
		var challenge string
		if err := rows.Scan(&challenge); err != nil {
			return nil, "", err
		}
		found[challenge] = true
	}
	return found, verdict, rows.Err()
}

func (w *powerWatch) report(starts, acknowledged int) {
	w.Helper()
	r := &report{title: fmt.Sprintf("R2, SQLite: %d starts by %d clients (%s=%d)", starts, powerClients, seedVariable, w.seed)}
	r.require(w.T, "answers that say 200, seen / heard", fmt.Sprintf("%d / %d", len(w.answered), acknowledged), "all", len(w.answered) == starts && acknowledged == starts)
	r.none(w.T, "before the fsync that makes their row durable", w.early)
	r.require(w.T, "fsyncs for these / for several starts at once", fmt.Sprintf("%d / %d", w.syncs, w.shared), "some for several", w.shared > 0)
	r.count("the most starts that one was for", w.largest)
	r.require(w.T, "power cuts", w.cuts, "some", w.cuts > 0)
	r.none(w.T, "answered starts lost in them", w.lost)
	r.none(w.T, "databases that fail the integrity check", w.damaged)
	r.log(w.T)
}

// cachedFile is a file as the operating system has it: what is on the disk for certain,
// and what was written since.
type cachedFile struct {
	disk  []byte
	since []systemCall
}

func (f *cachedFile) see(c systemCall) {
	switch c.name {
	case "pwrite64", "ftruncate":
		f.since = append(f.since, c)
	case "fsync", "fdatasync":
		if c.result == 0 {
			f.sync(c)
		}
	}
}

// sync moves to the disk what had been written when the call began.
func (f *cachedFile) sync(c systemCall) {
	later := f.since[:0:0]
	for _, change := range f.since {
		if change.returned < c.began {
			f.disk = changed(f.disk, change)
		} else {
			later = append(later, change)
		}
	}
	f.since = later
}

// afterPowerCut is what the disk may have: any of the changes since, in any combination,
// since nobody had asked for an order.
func (f *cachedFile) afterPowerCut(chance *rand.Rand) []byte {
	found := bytes.Clone(f.disk)
	for _, change := range f.since {
		if chance.IntN(2) == 0 {
			found = changed(found, change)
		}
	}
	return found
}

// changed is the content after the call.
func changed(content []byte, c systemCall) []byte {
	if c.name == "ftruncate" {
		return resized(content, c.last)
	}
	if end := c.last + len(c.data); end > len(content) {
		content = resized(content, end)
	}
	copy(content[c.last:], c.data)
	return content
}

func resized(content []byte, size int) []byte {
	if size <= len(content) {
		return content[:size]
	}
	return append(content, make([]byte, size-len(content))...)
}

// PostgreSQL writes its log itself. What a service could spoil are the settings of its
// sessions, and a trigger sees those from within: nothing is turned off.
func testPostgresWaitsForTheDisk(t *testing.T) {
	database := storetest.PostgresSchema(t)
	server := serve(t, newSettings(t, database, startRelay(t).address))
	db, err := sql.Open("pgx", database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{
		"CREATE TABLE session_settings (synchronous_commit TEXT, fsync TEXT, full_page_writes TEXT)",
		`CREATE FUNCTION note_settings() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			INSERT INTO session_settings VALUES (current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes'));
			RETURN NULL; END $$`,
		"CREATE TRIGGER noting AFTER INSERT ON magic_links EXECUTE FUNCTION note_settings()",
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	startFor(t, server, 3)
	rows := lookInto(t, database)
	defer rows.close()
	if noted := rows.number(t, "SELECT count(*) FROM session_settings"); noted != 3 {
		t.Errorf("the settings of %d transactions were seen, want 3", noted)
	}
	if off := rows.number(t, "SELECT count(*) FROM session_settings WHERE 'off' IN (synchronous_commit, fsync, full_page_writes)"); off != 0 {
		t.Errorf("%d starts were committed in sessions that do not wait for the disk, want 0", off)
	}
}
