package e2e

import (
	"context"
	"errors"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait: long enough for two busy cores under the race
// detector, and short of go test's own limit.
const patience = 45 * time.Second

// process is one run of a command, in a process group of its own so that what it
// starts ends with it.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr *output
	ended          chan struct{} // closed when it has ended and all it wrote was read
}

// latchkey is the built program with these arguments.
func latchkey(args ...string) *exec.Cmd { return exec.Command(program, args...) }

// start runs the command until it ends or the test does.
func start(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: cmd, stdout: newOutput(), stderr: newOutput(), ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.stdout, p.stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = cmd.Wait() // the status is in cmd.ProcessState
	}()
	t.Cleanup(func() {
		p.kill(t)
		p.checkHealth(t)
	})
	return p
}

// kill is kill -9 on the whole group, and returns when it is gone.
func (p *process) kill(t *testing.T) {
	t.Helper()
	p.signal(t, syscall.SIGKILL)
	<-p.ended
}

func (p *process) signal(t *testing.T, signal syscall.Signal) {
	t.Helper()
	select {
	case <-p.ended: // by now the number may be another's
		return
	default:
	}
	if err := syscall.Kill(-p.cmd.Process.Pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		t.Fatal(err)
	}
}

// terminate is SIGTERM, and returns the exit status.
func (p *process) terminate(t *testing.T) (status int) {
	t.Helper()
	p.signal(t, syscall.SIGTERM)
	return p.status(t)
}

// status waits for the end.
func (p *process) status(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Fatalf("%s does not end\n%s", p.cmd, p.stderr)
	}
	return p.cmd.ProcessState.ExitCode()
}

// said waits until the program has written the pattern, and returns its groups.
func (p *process) said(t *testing.T, where *output, pattern string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	// What a dead program did not say, it will not say any more.
	dying, died := context.WithCancelCause(ctx)
	defer died(nil)
	go func() {
		select {
		case <-p.ended:
			died(errors.New("it has ended"))
		case <-ctx.Done():
		}
	}()
	match, err := where.find(dying, regexp.MustCompile(pattern))
	if err != nil {
		t.Fatalf("%s did not say %q: %v\nstdout:\n%s\nstderr:\n%s", p.cmd, pattern, err, p.stdout, p.stderr)
	}
	return match
}

// checkHealth looks for what a program writes about its own faults.
func (p *process) checkHealth(t *testing.T) {
	for _, fault := range []string{"DATA RACE", "panic:", "fatal error:", "level=ERROR"} {
		if strings.Contains(p.stderr.String(), fault) {
			t.Errorf("%s wrote %q:\n%s", p.cmd, fault, p.stderr)
		}
	}
	if t.Failed() {
		t.Logf("%s\nstderr:\n%s", p.cmd, p.stderr)
	}
}
