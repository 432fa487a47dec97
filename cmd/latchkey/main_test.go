package main

import (
	"bytes"
	"strings"
	"testing"
)

// execute runs one command line in this process.
func execute(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), args, &out, &errs)
	return status, out.String(), errs.String()
}

func TestExitStatusTellsMisuseFromFailure(t *testing.T) {
	for line, c := range map[string]struct {
		status int
		stderr string
	}{
		"version":                         {exitOK, ""},
		"--help":                          {exitOK, ""},
		"":                                {exitUsage, "latchkey: which command? dev, serve, migrate, config, doctor, redirect, mail, secret, key, pkce, version\nSee: latchkey --help\n"},
		"sevre":                           {exitUsage, "latchkey: there is no command \"latchkey sevre\"\nSee: latchkey --help\n"},
		"config":                          {exitUsage, "latchkey: which command? check\nSee: latchkey config --help\n"},
		"secret old":                      {exitUsage, "latchkey: there is no command \"latchkey secret old\"\nSee: latchkey secret --help\n"},
		"redirect check --project p u":    {exitUsage, "latchkey: there is no command \"latchkey redirect check\"\nSee: latchkey redirect --help\n"},
		"pkce --plain":                    {exitUsage, "latchkey: unknown flag: --plain\nSee: latchkey pkce --help\n"},
		"config check my.yaml":            {exitUsage, "latchkey: unknown command \"my.yaml\" for \"latchkey config check\"\nSee: latchkey config check --help\n"},
		"config check --config":           {exitUsage, "latchkey: flag needs an argument: --config\nSee: latchkey config check --help\n"},
		"config check --config /no/where": {exitFailure, "latchkey: cannot read the configuration: open /no/where: no such file or directory\n"},
	} {
		status, _, stderr := execute(t, strings.Fields(line)...)
		if status != c.status || stderr != c.stderr {
			t.Errorf("latchkey %s: got %d and %q, want %d and %q", line, status, stderr, c.status, c.stderr)
		}
	}
}

func TestEveryCommandExplainsItself(t *testing.T) {
	for _, command := range newRootCommand().Commands() {
		if command.Short == "" || strings.HasSuffix(command.Short, ".") {
			t.Errorf("%s: want one short line without a full stop, got %q", command.CommandPath(), command.Short)
		}
	}
}
