// Command native is a client as an app on a phone or a desktop is one: it has no secret and
// no back end, and the opened link comes back to it by a scheme of its own,
// latchkey-demo://callback. The verifier never leaves the app's storage, so whoever
// else registered the scheme gets a token that is worth nothing.
//
//	go run ./examples/native ada@example.com      ask for a link
//	go run ./examples/native latchkey-demo://…    what the system does when the link is opened
//	go run ./examples/native 12345678             or the code from the mail
//	go run ./examples/native                      who is signed in?
//	go run ./examples/native sign-out
//
// What lies on the device is latchkey-demo/state.json in the folder for settings of whoever
// runs it: ~/.config on Linux (or $XDG_CONFIG_HOME), ~/Library/Application Support on macOS,
// %AppData% on Windows.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const usage = `usage: native ADDRESS                          asks for a link
       native '` + callback + `?…'     what the opened link led to, in quotes
       native CODE                             the eight digits from the mail
       native                                  who is signed in?
       native sign-out`

// digits are a code, or meant to be one: Latchkey says what is wrong with it.
var digits = regexp.MustCompile(`^[\d\s-]*\d[\d\s-]*$`)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	what := strings.Join(args, " ")
	if what == "-h" || what == "-help" || what == "--help" {
		fmt.Println(usage)
		return nil
	}
	a, err := openApp()
	if err != nil {
		return err
	}
	switch {
	case what == "":
		err = a.whoami(ctx)
	case what == "sign-out":
		err = a.signOut(ctx)
	case strings.HasPrefix(what, callback+"?"):
		err = a.opened(ctx, what)
	case strings.Contains(what, "@"):
		err = a.start(ctx, what)
	case digits.MatchString(what):
		err = a.typed(ctx, what)
	default:
		err = errors.New(usage)
	}
	return err
}

// app is what lies on the device.
type app struct {
	door  door
	state state
}

func openApp() (*app, error) {
	folder, err := os.UserConfigDir()
	if err != nil {
		return nil, err
	}
	a := &app{
		door: door{
			url:         cmp.Or(os.Getenv("LATCHKEY_URL"), "http://127.0.0.1:8080"),
			publicToken: cmp.Or(os.Getenv("LATCHKEY_PUBLIC_TOKEN"), "public-token-test-development-only"),
		},
		state: state{path: filepath.Join(folder, "latchkey-demo", "state.json")},
	}
	return a, a.state.load()
}
