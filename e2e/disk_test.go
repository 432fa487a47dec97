package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// disk is one that can be filled up, and freed again, under a running server.
type disk struct {
	dir  string
	kind string // as the report calls it
	fill func(t *testing.T, s *server)
	free func(t *testing.T, s *server)
}

// smallDisk is a file system of a few megabytes, where this user may mount one. A
// container mostly does not let it. There the server is kept from letting any file grow,
// which to SQLite is a failed write all the same, only by another errno.
func smallDisk(t *testing.T, megabytes int) *disk {
	t.Helper()
	if dir, err := mountTmpfs(t, megabytes); err == nil {
		filler := filepath.Join(dir, "filler")
		return &disk{
			dir: dir, kind: "a full tmpfs (ENOSPC)",
			fill: func(t *testing.T, _ *server) { fillUp(t, filler) },
			free: func(t *testing.T, _ *server) { remove(t, filler) },
		}
	}
	dir := t.TempDir()
	return &disk{
		dir: dir, kind: "files that may not grow (EFBIG), since nothing can be mounted here",
		fill: func(t *testing.T, s *server) { s.limitFiles(t, fmt.Sprint(largestFile(t, dir))) },
		free: func(t *testing.T, s *server) { s.limitFiles(t, "unlimited") },
	}
}

// mountTmpfs is for all users to enter, since PostgreSQL runs as its own.
func mountTmpfs(t *testing.T, megabytes int) (dir string, err error) {
	t.Helper()
	dir = folderForAll(t)
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dm,mode=755", megabytes), "tmpfs", dir).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v\n%s", err, out)
		}
	})
	return dir, nil
}

// fillUp leaves no block free: what a large write does not get any more, small ones do.
func fillUp(t *testing.T, path string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, size := range []int{1 << 20, 4 << 10, 1} {
		for err = nil; err == nil; {
			_, err = file.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// limitFiles lets no file of the running server grow beyond so many bytes (RLIMIT_FSIZE).
func (p *process) limitFiles(t *testing.T, bytes string) {
	t.Helper()
	out, err := exec.Command("prlimit", "--pid", fmt.Sprint(p.cmd.Process.Pid), "--fsize="+bytes+":").CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		missing(t, "neither can a tmpfs be mounted nor is there prlimit: no disk was filled up (apt-get install util-linux)")
	}
	if err != nil {
		t.Fatalf("prlimit: %v\n%s", err, out)
	}
}

func largestFile(t *testing.T, dir string) (size int64) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		info, err := file.Info()
		if err != nil {
			t.Fatal(err)
		}
		size = max(size, info.Size())
	}
	return size
}
