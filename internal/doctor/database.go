package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"latchkey/internal/config"
	"latchkey/store"
)

// database looks at the database and at the keys that go with it.
func (d *Doctor) database(cfg *config.Config) section {
	return func(ctx context.Context, s sheet) {
		file := cfg.Store.SQLiteFile()
		seen, err := store.Inspect(ctx, cfg.Store)
		switch {
		case file != "" && errors.Is(err, fs.ErrNotExist):
			missingFile(s, file, cfg.Store.SkipMigrations)
		case err != nil:
			s.fault("", err.Error(), adviceFor(file))
			return
		default:
			d.opened(s, cfg.Store, seen)
		}
		keys(s.about("keys"), cfg.Keys, seen.MasterKeys)
	}
}

// missingFile: what comes next depends on who may make it.
func missingFile(s sheet, file string, migrateByHand bool) {
	if migrateByHand {
		s.fault("", "there is no database at "+file+", and database.migrate is false", "run latchkey migrate, which makes it")
		return
	}
	if canWrite(s, file) {
		s.ok("", "there is no database at "+file+" yet: latchkey serve will make it")
	}
}

func adviceFor(file string) string {
	if file == "" {
		return "correct database.url, or start the server it names, and let it take this user and this machine (pg_hba.conf)"
	}
	return "correct database.url, and run this as the user that latchkey serve runs as, who must be able to read and write " + file
}

func (d *Doctor) opened(s sheet, cfg store.Config, seen store.Inspection) {
	readable(s, cfg.SQLiteFile())
	if !seen.Clock.IsZero() {
		d.compareClocks(s, "clock", "the database server", seen.Clock)
	}
	schema(s, cfg.SkipMigrations, seen.Schema, seen.Newest)
	if file := cfg.SQLiteFile(); file != "" {
		modes(s, file)
	}
}

// readable: SQLite writes to the files beside the database as well, and makes them anew.
func readable(s sheet, file string) {
	if file == "" {
		s.ok("", "the server's database can be read")
		return
	}
	if canWrite(s, file, file+"-wal", file+"-shm") {
		s.ok("", file+" can be read and written to")
	}
}

func schema(s sheet, migrateByHand bool, has, newest int64) {
	state := fmt.Sprintf("the schema is version %d, and this program's is %d", has, newest)
	switch {
	case has > newest:
		s.warn("schema", state+": a newer Latchkey was here, whose schema this one can use", "replace this program by the newer one soon")
	case has == newest:
		s.ok("schema", fmt.Sprintf("version %d, this program's own", has))
	case migrateByHand:
		s.fault("schema", state+", and database.migrate is false: latchkey serve will refuse to start", "run latchkey migrate, or set database.migrate: true")
	default:
		s.ok("schema", state+": latchkey serve will bring it up to date")
	}
}

// modes looks at who else may read the SQLite file. latchkey serve sets the file's mode
// whenever it opens it, and the folder's only when it makes it.
func modes(s sheet, file string) {
	if names := readableByOthers(file, file+"-wal", file+"-shm"); len(names) > 0 {
		s.fault("modes", "others may read the database, with every mail address in it", "chmod 600 "+strings.Join(names, " "))
		return
	}
	if names := readableByOthers(filepath.Dir(file)); len(names) > 0 {
		s.warn("modes", "others may look into the folder of the database", "chmod 700 "+strings.Join(names, " "))
		return
	}
	s.ok("modes", "nobody else may read the database")
}

func readableByOthers(paths ...string) (names []string) {
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
			names = append(names, path)
		}
	}
	return names
}
