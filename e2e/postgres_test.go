package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// postgresServer is one that a test has to itself, to be restarted, stopped and filled
// up. The one that storetest hands schemas out of is everybody's.
type postgresServer struct {
	bin, dir string
	owner    *syscall.Credential // nil where we are not root, as whom PostgreSQL does not run
}

func startPostgres(t *testing.T) *postgresServer {
	t.Helper()
	p := &postgresServer{bin: postgresPrograms(t), dir: folderForAll(t), owner: postgresOwner(t)}
	p.give(t, p.dir)
	p.run(t, "initdb", "-D", p.data(), "-U", "latchkey", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	p.start(t)
	t.Cleanup(func() { p.stop(t, "immediate") })
	return p
}

// postgresPrograms is their folder. Debian and Homebrew keep them out of PATH.
func postgresPrograms(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	var found []string
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin/initdb", "/opt/homebrew/opt/postgresql*/bin/initdb"} {
		some, _ := filepath.Glob(pattern)
		found = append(found, some...)
	}
	if len(found) == 0 {
		missing(t, "PostgreSQL's programs are not installed, and this needs a server of its own (apt-get install postgresql)")
	}
	return filepath.Dir(slices.Max(found))
}

func postgresOwner(t *testing.T) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	owner, err := user.Lookup("postgres")
	if err != nil {
		owner, err = user.Lookup("nobody")
	}
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// give lets the server's user have the folder.
func (p *postgresServer) give(t *testing.T, dir string) {
	t.Helper()
	if p.owner == nil {
		return
	}
	if err := os.Chown(dir, int(p.owner.Uid), int(p.owner.Gid)); err != nil {
		t.Fatal(err)
	}
}

func (p *postgresServer) data() string { return filepath.Join(p.dir, "data") }

// url is of the database with that name.
func (p *postgresServer) url(database string) string {
	return fmt.Sprintf("postgres://latchkey@/%s?host=%s", database, p.dir)
}

func (p *postgresServer) run(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(p.bin, name), args...)
	cmd.Dir, cmd.SysProcAttr = p.dir, &syscall.SysProcAttr{Credential: p.owner}
	if out, err := cmd.CombinedOutput(); err != nil {
		log, _ := os.ReadFile(filepath.Join(p.dir, "log"))
		t.Fatalf("%s: %v\n%s\n%s", cmd, err, out, log)
	}
}

// start comes back when the server takes connections. It has no TCP port.
func (p *postgresServer) start(t *testing.T) {
	t.Helper()
	p.run(t, "pg_ctl", "-D", p.data(), "-w", "-l", filepath.Join(p.dir, "log"), "-o", "-k "+p.dir+" -c listen_addresses=", "start")
}

// stop is "fast", which ends all connections in order, or "immediate", which is a crash.
func (p *postgresServer) stop(t *testing.T, mode string) {
	t.Helper()
	p.run(t, "pg_ctl", "-D", p.data(), "-w", "-m", mode, "stop")
}

// do runs a statement on a connection of its own.
func (p *postgresServer) do(t *testing.T, database, statement string) {
	t.Helper()
	db := openSQL(t, "pgx", p.url(database))
	if _, err := db.Exec(statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// pause stops the server's processes as they are, and goes on with them when resume is
// called: connections stay open and nobody answers on them.
func (p *postgresServer) pause(t *testing.T) (resume func()) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.data(), "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	postmaster, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	pids := append([]int{postmaster}, p.backends(t)...)
	signalAll := func(signal syscall.Signal) {
		for _, pid := range pids {
			if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
				t.Errorf("%v to %d: %v", signal, pid, err)
			}
		}
	}
	signalAll(syscall.SIGSTOP)
	resume = func() { signalAll(syscall.SIGCONT); pids = nil }
	t.Cleanup(resume)
	return resume
}

// backends are the server's processes beside its first.
func (p *postgresServer) backends(t *testing.T) (pids []int) {
	t.Helper()
	rows, err := openSQL(t, "pgx", p.url("postgres")).Query("SELECT pid FROM pg_stat_activity")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var pid int
		if err := rows.Scan(&pid); err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}
