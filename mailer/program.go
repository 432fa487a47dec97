package mailer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// The exit codes of sysexits.h that are about the mail. All others are about the
// program and its setup.
const (
	exitNoUser   = 67 // EX_NOUSER
	exitNoHost   = 68 // EX_NOHOST
	exitTempFail = 75 // EX_TEMPFAIL
)

// programTimeout is what a sendmail gets for one mail: it only has to put it into its
// queue.
const programTimeout = transferTimeout

// program hands mails to a sendmail of this machine, one process for each.
type program struct {
	path       string
	timeout    time.Duration
	complaints io.Writer // takes its standard error; nil for nobody
}

func (p *program) quit() {}

func (p *program) send(ctx context.Context, m *gomail.Msg) outcome {
	var source bytes.Buffer
	if _, err := m.WriteTo(&source); err != nil {
		return outcome{verdict: deferred}
	}
	from, to := envelope(m)
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.path, "-i", "-f", from, "--", to)
	// The line ends of this machine: not every sendmail takes CRLF for one.
	cmd.Stdin = bytes.NewReader(bytes.ReplaceAll(source.Bytes(), []byte("\r\n"), []byte("\n")))
	cmd.Stderr = p.complaints
	cmd.Env = programEnvironment()
	// In a group of its own, so that what it started ends with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		return outcome{verdict: down, trouble: noProgram}
	}
	return classifyExit(cmd.Wait())
}

func envelope(m *gomail.Msg) (from, to string) {
	senders := slices.Concat(m.GetAddrHeader(gomail.HeaderEnvelopeFrom), m.GetAddrHeader(gomail.HeaderFrom))
	return senders[0].Address, m.GetAddrHeader(gomail.HeaderTo)[0].Address
}

// programEnvironment leaves out our own secrets, which may lie in the environment.
func programEnvironment() (environment []string) {
	for _, name := range []string{"PATH", "HOME", "TZ"} {
		if value, ok := os.LookupEnv(name); ok {
			environment = append(environment, name+"="+value)
		}
	}
	return environment
}

// classifyExit tells what the program's end means. One that was killed may have put
// the mail into its queue before.
func classifyExit(err error) outcome {
	var ended *exec.ExitError
	switch {
	case err == nil || errors.Is(err, exec.ErrWaitDelay): // it left a child behind
		return outcome{verdict: sent, local: true}
	case !errors.As(err, &ended) || !ended.Exited():
		return outcome{verdict: deferred, inDoubt: true}
	}
	o := outcome{code: ended.ExitCode(), local: true}
	switch o.code {
	case exitNoUser, exitNoHost:
		o.verdict, o.nobody = bounced, o.code == exitNoUser
	case exitTempFail:
		o.verdict = deferred
	default:
		o.verdict, o.trouble = refused, programFails
	}
	return o
}
