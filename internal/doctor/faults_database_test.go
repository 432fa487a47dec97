package doctor

import (
	"os"
	"strings"
	"testing"
)

func TestFaultsOfTheDatabase(t *testing.T) {
	t.Parallel()
	testFaults(t, map[string]fault{
		"a file that is no database": {
			plant: func(in *installation) { in.write("data/latchkey.db", strings.Repeat("no database ", 999)) },
			id:    "database", status: Fault, says: []string{"not a database", "database.url"},
			gone: []string{"database.schema", "database.modes", "keys"},
		},
		"no file, and nobody to make it": {
			plant: func(in *installation) {
				in.must(os.Remove(in.path("data/latchkey.db")))
				in.replace("migrate: true", "migrate: false")
			},
			id: "database", status: Fault, says: []string{"run latchkey migrate"},
			also: map[string]Status{"keys": Warning},
			gone: []string{"database.schema", "database.modes"},
		},
		"an old schema, to be migrated by hand": {
			plant: func(in *installation) {
				in.exec("DELETE FROM latchkey_migrations WHERE version_id > 1")
				in.replace("migrate: true", "migrate: false")
			},
			id: "database.schema", status: Fault, says: []string{"version 1", "run latchkey migrate", "database.migrate: true"},
		},
		"a schema of a later program": {
			plant: func(in *installation) {
				in.exec("INSERT INTO latchkey_migrations (version_id, is_applied) VALUES (2000000000, true)")
			},
			id: "database.schema", status: Warning, says: []string{"newer", "replace this program"},
		},
		"a file that others may read": {
			plant: func(in *installation) { in.must(os.Chmod(in.path("data/latchkey.db"), 0o644)) },
			id:    "database.modes", status: Fault, says: []string{"chmod 600", "latchkey.db"},
		},
		"a folder that others may look into": {
			plant: func(in *installation) { in.must(os.Chmod(in.path("data"), 0o755)) },
			id:    "database.modes", status: Warning, says: []string{"chmod 700"},
		},
		"a key file that is lost": {
			plant: func(in *installation) { in.must(os.Remove(in.path("data/master.key"))) },
			id:    "keys", status: Fault, says: []string{"put the key file back", "keys.file"},
		},
		"another key": {
			plant: func(in *installation) {
				in.must(os.Remove(in.path("data/master.key")))
				in.makeKeyFile()
			},
			id: "keys", status: Fault, says: []string{"not the one this database is sealed with", "keys.file"},
		},
		"a key file that others may read": {
			plant: func(in *installation) { in.must(os.Chmod(in.path("data/master.key"), 0o640)) },
			id:    "keys", status: Fault, says: []string{"chmod 600"},
		},
		"a key, and no database": {
			plant: func(in *installation) { in.must(os.Remove(in.path("data/latchkey.db"))) },
			id:    "keys", status: Warning, says: []string{"no database", "if you expected one, correct database.url or restore it"},
			gone: []string{"database.schema", "database.modes"},
		},
		"a second key for a new database": {
			plant: func(in *installation) {
				in.must(os.Remove(in.path("data/latchkey.db")))
				in.write("data/master.key", "2:"+strings.Repeat("A", 43)+"\n")
			},
			id: "keys", status: Fault, says: []string{"begins with master key 1"},
			gone: []string{"database.schema", "database.modes"},
		},
	})
}
