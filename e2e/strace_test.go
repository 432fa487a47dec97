package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// systemCall is one that strace saw whole. Both moments are lines of the trace. What
// began on a later line than another returned on was done after it: strace had seen the
// one return before it let the other go on. The reverse need not be so, which is why an
// order that the trace does not show fails a test and never passes one.
type systemCall struct {
	name      string
	file      string // what the first argument's descriptor stands for: a path or a connection
	arguments string
	data      []byte // the second argument, where it is a string
	last      int    // the last argument, where it is a number
	result    int
	began     int
	returned  int
}

// traced runs the command under strace, which writes down these calls of all its threads.
// What it wrote is to be read to its end, which is the command's.
func traced(t *testing.T, cmd *exec.Cmd, calls string) (*exec.Cmd, io.Reader) {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		missing(t, "strace is not installed: no system call was looked at (apt-get install strace)")
	}
	trace, into, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { trace.Close(); into.Close() })
	// -yy: what descriptors stand for. -xx: strings in hexadecimal. -s: all of a page.
	args := append([]string{"-f", "-qq", "-yy", "-xx", "-s", "70000", "-e", "signal=none", "-e", "trace=" + calls, "-o", "/proc/self/fd/3"}, cmd.Args...)
	run := exec.Command(strace, args...)
	run.ExtraFiles = []*os.File{into}
	return run, &closingBefore{trace, into}
}

// closingBefore gives up this process's own writing end before the first read: without
// that the trace would have no end.
type closingBefore struct {
	io.Reader
	end io.Closer
}

func (c *closingBefore) Read(p []byte) (int, error) {
	if c.end != nil {
		c.end.Close()
		c.end = nil
	}
	return c.Reader.Read(p)
}

var (
	unfinished = regexp.MustCompile(`^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$`)
	resumed    = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>(.*)$`)
	whole      = regexp.MustCompile(`^(\d+) +(\w+)\((.*)$`)
	returning  = regexp.MustCompile(`^(.*)\) += (-?\d+)`)
	descriptor = regexp.MustCompile(`^\d+<((?:->|[^<>])*)>(?:, *"((?:\\x[0-9a-f]{2})*)")?`)
)

// readTrace calls seen with each call, in the order in which they returned.
func readTrace(trace io.Reader, seen func(systemCall)) error {
	lines := bufio.NewReaderSize(trace, 1<<20)
	begun := make(map[string]systemCall) // by thread: each has one under way
	for number := 1; ; number++ {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		line = strings.TrimSuffix(line, "\n")
		var call systemCall
		var rest string
		if m := unfinished.FindStringSubmatch(line); m != nil {
			begun[m[1]] = systemCall{name: m[2], arguments: m[3], began: number}
			continue
		} else if m := resumed.FindStringSubmatch(line); m != nil {
			call, rest = begun[m[1]], m[3]
			delete(begun, m[1])
			if call.name != m[2] {
				return fmt.Errorf("line %d: %s is resumed, want %q", number, m[2], call.name)
			}
		} else if m := whole.FindStringSubmatch(line); m != nil {
			call, rest = systemCall{name: m[2], began: number}, m[3]
		} else if strings.Contains(line, "+++ ") {
			continue // a thread or the whole has ended
		} else {
			return fmt.Errorf("line %d: not understood: %.200s", number, line)
		}
		call.arguments += rest
		call.returned = number
		m := returning.FindStringSubmatch(call.arguments)
		if m == nil {
			continue // "= ?": the process ended in it
		}
		call.arguments = m[1]
		call.result, _ = strconv.Atoi(m[2])
		if err := call.readArguments(); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		seen(call)
	}
}

func (c *systemCall) readArguments() error {
	m := descriptor.FindStringSubmatch(c.arguments)
	if m == nil {
		return nil
	}
	file, faultyFile := strconv.Unquote(`"` + m[1] + `"`)
	data, faultyData := strconv.Unquote(`"` + m[2] + `"`)
	c.file, c.data = file, []byte(data)
	_, last, _ := strings.Cut(c.arguments[len(m[0]):], ", ")
	if i := strings.LastIndex(last, ", "); i >= 0 {
		last = last[i+2:]
	}
	c.last, _ = strconv.Atoi(last)
	return errors.Join(faultyFile, faultyData)
}
