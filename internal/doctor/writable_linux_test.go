package doctor

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/config"
	"latchkey/store"
)

// TestWhatServeCannotWriteIsAFault looks as a user whom the modes keep out.
func TestWhatServeCannotWriteIsAFault(t *testing.T) {
	t.Parallel()
	const chown = "chown USER "
	for name, c := range map[string]struct {
		plant func(in *installation)
		fault []string // ids
		by    string   // the command to run, without its path
		path  string
	}{
		"all is well":            {func(*installation) {}, nil, "", ""},
		"a folder for reading":   {func(in *installation) { in.chmod("data", 0o500) }, []string{"database"}, chown, "data"},
		"a database for reading": {func(in *installation) { in.chmod("data/latchkey.db", 0o400) }, []string{"database"}, chown, "data/latchkey.db"},
		"a WAL of somebody else's": {func(in *installation) {
			in.write("data/latchkey.db-wal", "")
			in.chmod("data/latchkey.db-wal", 0o400)
		}, []string{"database"}, chown, "data/latchkey.db-wal"},
		"nothing yet": {func(in *installation) { in.must(os.RemoveAll(in.path("data"))) }, nil, "", ""},
		"no folder can be made": {func(in *installation) {
			in.must(os.RemoveAll(in.path("data")))
			in.chmod("", 0o500)
		}, []string{"database", "keys"}, "install -d -m 700 -o USER ", "data"},
		"no file can be made": {func(in *installation) {
			in.must(os.Remove(in.path("data/latchkey.db")))
			in.must(os.Remove(in.path("data/master.key")))
			in.chmod("data", 0o500)
		}, []string{"database", "keys"}, chown, "data"},
	} {
		t.Run(name, func(t *testing.T) {
			in := newInstallation(t)
			in.must(os.Chmod(filepath.Dir(in.folder), 0o755)) // which t.TempDir keeps for this user
			t.Cleanup(func() {                                // or t.TempDir cannot take the folder away
				in.chmod("", 0o700)
				os.Chmod(in.path("data"), 0o700)
			})
			c.plant(in)
			giveAway(t, in.folder)
			cfg := &config.Config{Store: store.Config{URL: in.sqlite()}, Keys: config.Keys{File: in.path("data/master.key")}}
			checks := make(map[string]Check)
			asNobody(t, func() {
				new(Doctor).database(cfg)(t.Context(), sheet{"database", func(check Check) { checks[check.ID] = check }})
			})
			for _, id := range []string{"database", "keys"} {
				got, want := checks[id], OK
				if slices.Contains(c.fault, id) {
					want = Fault
				}
				if got.Status != want || want == Fault && !strings.HasSuffix(got.Advice, c.by+in.path(c.path)) {
					t.Errorf("got %+v, want %s and %s%s", got, want, c.by, in.path(c.path))
				}
			}
		})
	}
}
