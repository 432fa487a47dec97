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

// unwritable says what keeps this user from making or changing the files: one of them,
// or the nearest folder there is above it. nil for nothing.
func unwritable(files ...string) *fs.PathError {
	for _, file := range files {
		if _, err := os.Stat(file); err == nil {
			if err := syscall.Access(file, toWrite); err != nil {
				return &fs.PathError{Op: "cannot write to", Path: file, Err: err}
			}
		}
		folder := nearestFolder(file)
		if err := syscall.Access(folder, toWrite|toEnter); err != nil {
			return &fs.PathError{Op: "cannot make files in", Path: folder, Err: err}
		}
	}
	return nil
}

// nearestFolder is the one of the file or, where that is yet to be made, the one it will
// be made in.
func nearestFolder(file string) string {
	folder := filepath.Dir(file)
	for {
		if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
			return folder
		}
		folder = filepath.Dir(folder)
	}
}

// forbidden is the verdict where serve could not write.
func forbidden(s sheet, what *fs.PathError) {
	s.fault("", "this user "+what.Error()+": latchkey serve will refuse to start",
		"chown it to the user that runs latchkey serve, and run this as that user: chown USER "+what.Path)
}
