package doctor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// nobody has no right to anything that is not given to everybody.
const nobody = 65534

// asNobody runs f as an unprivileged user, if this one is root, whom no mode keeps out.
// f must start no goroutine that matters: the user is one of this thread alone, which
// ends with it.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Getuid() != 0 {
		f()
		return
	}
	done := make(chan syscall.Errno)
	go func() {
		runtime.LockOSThread() // and never unlocked, so that the thread is thrown away
		_, _, err := syscall.RawSyscall(syscall.SYS_SETRESUID, nobody, nobody, nobody)
		if err == 0 {
			f()
		}
		done <- err
	}()
	if err := <-done; err != 0 {
		t.Fatal(err)
	}
}

// giveAway makes nobody the owner of the folder and all below, so that only the modes
// decide.
func giveAway(t *testing.T, folder string) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Chown(path, nobody, -1))
	})
	if err != nil {
		t.Fatal(err)
	}
}
