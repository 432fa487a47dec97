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
		"version":                           {exitOK, ""},
		"--help":                            {exitOK, ""},
		"":                                  {exitUsage, "latchkey: which command? dev, serve, migrate, config, doctor, redirect, mail, secret, key, pkce, version\nSee: latchkey --help\n"},
		"sevre":                             {exitUsage, "latchkey: there is no command \"latchkey sevre\"\nSee: latchkey --help\n"},
		"config":                            {exitUsage, "latchkey: which command? check\nSee: latchkey config --help\n"},
		"secret old":                        {exitUsage, "latchkey: there is no command \"latchkey secret old\"\nSee: latchkey secret --help\n"},
		"pkce --plain":                      {exitUsage, "latchkey: unknown flag: --plain\nSee: latchkey pkce --help\n"},
		"config check my.yaml":              {exitUsage, "latchkey: check takes no argument: give the file with --config\nSee: latchkey config check --help\n"},
		"config check --config":             {exitUsage, "latchkey: flag needs an argument: --config\nSee: latchkey config check --help\n"},
		"doctor extra":                      {exitUsage, "latchkey: doctor takes no argument: give the file with --config\nSee: latchkey doctor --help\n"},
		"pkce extra":                        {exitUsage, "latchkey: pkce takes no argument\nSee: latchkey pkce --help\n"},
		"mail queue show":                   {exitUsage, "latchkey: name one mail, by its id or reference\nSee: latchkey mail queue show --help\n"},
		"mail queue list --limit x":         {exitUsage, "latchkey: invalid argument \"x\" for \"--limit\" flag: want a number from 1\nSee: latchkey mail queue list --help\n"},
		"mail queue list --status lost":     {exitUsage, "latchkey: --status is queued, sent, bounced, expired or all, not \"lost\"\nSee: latchkey mail queue list --help\n"},
		"mail suppressions lift ada":        {exitUsage, "latchkey: \"ada\" is no mail address\nSee: latchkey mail suppressions lift --help\n"},
		"redirect test --for x y":           {exitUsage, "latchkey: --for: want login, signup or invite\nSee: latchkey redirect test --help\n"},
		"mail queue retry --all --project=": {exitUsage, "latchkey: --project wants a project's ID\nSee: latchkey mail queue retry --help\n"},
		"mail queue cancel --all":           {exitUsage, "latchkey: --all wants --project here: what is done cannot be undone\nSee: latchkey mail queue cancel --help\n"},
		"dev --mailbox-limit foo":           {exitUsage, "latchkey: invalid argument \"foo\" for \"--mailbox-limit\" flag: want a number of mails an hour, or off\nSee: latchkey dev --help\n"},
		"dev --smtp=":                       {exitUsage, "latchkey: --smtp wants host:port, as in 127.0.0.1:1025\nSee: latchkey dev --help\n"},
		"dev --pkce none":                   {exitUsage, "latchkey: --pkce is required or optional, not \"none\"\nSee: latchkey dev --help\n"},
		"serve --config /no/where":          {exitFailure, "latchkey: cannot read the configuration: open /no/where: no such file or directory: give the file with --config\n"},
		"config check --config /no/where":   {exitFailure, "latchkey: cannot read the configuration: open /no/where: no such file or directory: give the file with --config\n"},
		"redirect check --project p u":      {exitUsage, "latchkey: there is no command \"latchkey redirect check\"\nSee: latchkey redirect --help\n"},
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
