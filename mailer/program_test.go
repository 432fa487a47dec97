package mailer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"latchkey/models"
)

// sendmailScript is a sendmail: what it was given lies in the returned folder, and body
// says how it ends.
func sendmailScript(t *testing.T, body string) (relay Relay, folder string) {
	t.Helper()
	folder = t.TempDir()
	path := filepath.Join(folder, "sendmail")
	script := "#!/bin/sh\ncd " + folder + "\nfor a; do echo \"$a\" >>arguments; done\nenv >environment\ncat >message\n" + body + "\n"
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return Relay{Program: path}, folder
}

func written(t *testing.T, folder, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestASendmailGetsTheMail(t *testing.T) {
	t.Setenv("LATCHKEY_TEST_SECRET", "hunter2")
	onBoth(t, func(t *testing.T, b *bench) {
		relay, folder := sendmailScript(t, "exit 0")
		b.worker = b.workerWith(1, relay)
		acme := b.worker.Config.Projects["acme"]
		acme.EnvelopeAddress = "bounces@acme.example"
		b.worker.Config.Projects["acme"] = acme
		link, mail := b.start("acme", "ada@example.com")
		b.deliver()
		b.wantEvent(link, models.EventMailSent, "")
		if got, want := written(t, folder, "arguments"), "-i\n-f\nbounces@acme.example\n--\nada@example.com\n"; got != want {
			t.Errorf("got arguments %q, want %q", got, want)
		}
		message := written(t, folder, "message")
		if strings.Contains(message, "\r") || !strings.Contains(message, "\nMessage-ID: <"+mail.ID.String()+"@acme.example>\n") {
			t.Errorf("want the mail with this machine's line ends, got\n%q", message)
		}
		if environment := written(t, folder, "environment"); strings.Contains(environment, "hunter2") {
			t.Errorf("the program sees our secrets:\n%s", environment)
		}
	})
}

func TestSendmailsExitCodes(t *testing.T) {
	for code, want := range map[int]outcome{
		0:  {verdict: sent, local: true},
		67: {verdict: bounced, code: 67, local: true, nobody: true},
		68: {verdict: bounced, code: 68, local: true},
		75: {verdict: deferred, code: 75, local: true},
		64: {verdict: refused, trouble: programFails, code: 64, local: true},
		69: {verdict: refused, trouble: programFails, code: 69, local: true},
		77: {verdict: refused, trouble: programFails, code: 77, local: true},
		78: {verdict: refused, trouble: programFails, code: 78, local: true},
		1:  {verdict: refused, trouble: programFails, code: 1, local: true},
	} {
		relay, _ := sendmailScript(t, fmt.Sprintf("exit %d", code))
		p := &program{path: relay.Program, timeout: programTimeout}
		if got := p.send(t.Context(), testMessage(t)); got != want {
			t.Errorf("exit code %d: got %+v, want %+v", code, got, want)
		} else if reply := fmt.Sprintf("exit code %d", code); got.reply() != reply {
			t.Errorf("got the reply %q, want %q", got.reply(), reply)
		}
	}
}

func TestASendmailThatIsNotThere(t *testing.T) {
	p := &program{path: filepath.Join(t.TempDir(), "sendmail"), timeout: programTimeout}
	want := outcome{verdict: down, trouble: noProgram}
	if got := p.send(t.Context(), testMessage(t)); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// What hangs is killed with all that it started. It may have queued the mail before.
func TestASendmailThatHangsIsKilledWithItsGroup(t *testing.T) {
	relay, folder := sendmailScript(t, "mkfifo ready\nsh -c 'echo $$ >ready; exec sleep 600' &\nwait")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	child := make(chan int, 1)
	go func() {
		defer cancel() // as the mail's time runs out, once the child runs
		child <- childOf(ctx, filepath.Join(folder, "ready"))
	}()
	p := &program{path: relay.Program, timeout: time.Minute}
	if got, want := p.send(ctx, testMessage(t)), (outcome{verdict: deferred, inDoubt: true}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	pid := <-child
	if pid == 0 {
		t.Fatal("the child never ran")
	}
	t.Cleanup(func() { syscall.Kill(pid, syscall.SIGKILL) })
	patience, stop := context.WithTimeout(t.Context(), 5*time.Second)
	defer stop()
	for !hasEnded(pid) {
		if pause(patience, time.Millisecond); patience.Err() != nil {
			t.Fatal("the child of the program is still running")
		}
	}
}

// childOf reads the number that the script's child writes; 0 when none comes.
func childOf(ctx context.Context, fifo string) (pid int) {
	for ctx.Err() == nil {
		text, err := os.ReadFile(fifo)
		if err == nil {
			fmt.Sscan(string(text), &pid)
			return pid
		}
		pause(ctx, 5*time.Millisecond) // the script has not made it yet
	}
	return 0
}

// hasEnded: killed, though perhaps not yet collected by whoever adopted it.
func hasEnded(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, state, _ := strings.Cut(string(stat), ") ")
	return err != nil || strings.HasPrefix(state, "Z")
}

// A sendmail may be one of several relays.
func TestASendmailStandsIn(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		relay, folder := sendmailScript(t, "exit 0")
		b.relay.set("greeting", hangUp())
		b.worker = b.workerWith(1, mustParse(t, b.relay.url()), relay)
		link, _ := b.start("acme", "ada@example.com")
		b.deliver()
		b.wantEvent(link, models.EventMailSent, "")
		written(t, folder, "message")
	})
}
