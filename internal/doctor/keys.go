package doctor

import (
	"errors"
	"fmt"
	"io/fs"

	"latchkey/internal/config"
	"latchkey/internal/sealed"
	"latchkey/models"
)

// keys looks whether the master keys are those that the database knows, which serve
// insists on.
func keys(s sheet, where config.Keys, known []models.MasterKey) {
	key := "keys.file"
	if where.Text != "" {
		key = "keys.text"
	}
	masters, err := where.Read()
	switch {
	case errors.Is(err, fs.ErrNotExist) && len(known) == 0:
		missingKey(s, where.File)
		return
	case errors.Is(err, fs.ErrNotExist):
		s.fault("", "the database is sealed with a master key, and there is no key file at "+where.File,
			"put the key file back from its backup, or correct "+key+": without it every link and session is lost")
		return
	case err != nil:
		s.fault("", err.Error(), "mend what "+key+" names, and run this as the user that latchkey serve runs as")
		return
	}
	if err := fits(masters, known); err != nil {
		s.fault("", err.Error(), "correct "+key+" or database.url: they belong together")
		return
	}
	switch {
	case len(known) > 0:
		s.ok("", "the master key is the database's own, and nobody else may read it")
	case where.File != "": // which serve makes together with the database
		s.warn("", "there is a master key, and no database that was sealed with it",
			"if you expected one, correct database.url or restore it; if not, all is well: latchkey serve begins a new one with this key")
	default:
		s.ok("", "latchkey serve will seal a new database with the master key")
	}
}

// missingKey: without a database there is nothing that it could be the key to.
func missingKey(s sheet, file string) {
	if canWrite(s, file) {
		s.ok("", "there is no key file yet: latchkey serve will make "+file)
	}
}

// fits is serve's question. A database that knows no key takes the first, and only
// that.
func fits(masters map[byte][]byte, known []models.MasterKey) error {
	if len(known) > 0 {
		_, err := config.FitKeys(masters, known)
		return err
	}
	if _, ok := masters[sealed.FirstKey]; !ok || len(masters) > 1 {
		return fmt.Errorf("a new database begins with master key %d alone", sealed.FirstKey)
	}
	return nil
}
