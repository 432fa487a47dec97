package doctor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// The modes of access(2), which asks and changes nothing on the disk.
const (
	toEnter = 1 // X_OK
	toWrite = 2 // W_OK
)

// canWrite tells whether this user may make or change the files, as serve has to. If
// not, that is the subject's verdict.
func canWrite(s sheet, files ...string) bool {
	const whose = "the user that runs latchkey serve, and run this as that user: "
	for _, file := range files {
		folder := filepath.Dir(file)
		nearest := nearestFolder(folder)
		if err := syscall.Access(nearest, toWrite|toEnter); err != nil {
			advice := "chown it to " + whose + "chown USER " + folder
			if nearest != folder { // which is the system's, and may be /
				advice = "make the folder for " + whose + "install -d -m 700 -o USER " + folder
			}
			s.fault("", "latchkey serve cannot make files in "+folder+" as this user: "+err.Error(), advice)
			return false
		}
		if err := syscall.Access(file, toWrite); err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.fault("", "latchkey serve cannot write to "+file+" as this user: "+err.Error(), "chown it to "+whose+"chown USER "+file)
			return false
		}
	}
	return true
}

// nearestFolder is this one or, where it is yet to be made, the one it will be made in.
func nearestFolder(folder string) string {
	for {
		if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
			return folder
		}
		folder = filepath.Dir(folder)
	}
}
