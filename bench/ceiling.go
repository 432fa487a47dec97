package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// A ceiling runs in a process of its own, as the program does: this one again, told by
// its arguments what to be. It says one line.
func ceilings() map[string]func(arguments []string) error {
	return map[string]func([]string) error{
		"gin":    serveGin,
		"sqlite": commitRows,
		"mail":   sendMails,
	}
}

// ceilingCommand is what this program is called with to be one.
const ceilingCommand = "ceiling"

func beCeiling(arguments []string) error {
	if len(arguments) == 0 || ceilings()[arguments[0]] == nil {
		return errors.New("which ceiling?")
	}
	return ceilings()[arguments[0]](arguments[1:])
}

// ceiling is such a process. It ends when its standard input does.
type ceiling struct {
	process *exec.Cmd
	input   io.Closer
	said    string
}

// startCeiling returns when it has said its line.
func startCeiling(ctx context.Context, arguments ...string) (c *ceiling, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c = &ceiling{process: exec.CommandContext(ctx, self, append([]string{ceilingCommand}, arguments...)...)}
	c.process.Stderr = os.Stderr
	if c.input, err = c.process.StdinPipe(); err != nil {
		return nil, err
	}
	output, err := c.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.process.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("the ceiling %s said nothing: %w", arguments[0], errors.Join(err, c.stop()))
	}
	c.said = strings.TrimSpace(line)
	return c, nil
}

func (c *ceiling) stop() error { return errors.Join(c.input.Close(), c.process.Wait()) }

// ceilingRate is of one that measures itself, by the second, and says how fast it was.
func ceilingRate(ctx context.Context, arguments ...string) (float64, error) {
	c, err := startCeiling(ctx, arguments...)
	if err != nil {
		return 0, err
	}
	rate, err := strconv.ParseFloat(c.said, 64)
	return rate, errors.Join(err, c.stop())
}
