package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// publicToken is the one project's.
const publicToken = "public-token-test-bench"

// service is the built program at work, and what it needs: a folder of its own, a
// database, and somebody who takes its mail.
type service struct {
	url      string
	sink     *sink
	database database
	dir      string
	program  *exec.Cmd
}

// settings are a production's, but that the limits are never reached. They are there all
// the same, since what they cost is a part of every start.
const settings = `
server: {listen: %q, public_url: %q}
database: {url: %q}
smtp: {url: %q}
sender: {address: login@latchkey.example}
limits:
  {mailbox_burst: 1000000, mailbox_per_hour: 1000000, mailbox_per_day: 1000000,
   ip_mailbox_burst: 1000000, ip_mailbox_per_hour: 1000000, ip_mailbox_per_day: 1000000,
   ip_starts_per_minute: 100000000, ip_redeems_per_minute: 100000000}
projects:
  - {id: project-test-bench, name: Bench, public_token: %q, native_apps: true, redirect_urls: ["http://127.0.0.1/authenticate"],
     secrets: ["sha256:0000000000000000000000000000000000000000000000000000000000000000"]}
`

// startService returns when the program is ready.
func startService(ctx context.Context, program string, newDatabase func(dir string) (database, error)) (s *service, err error) {
	s = &service{database: database{remove: func() error { return nil }}}
	if s.dir, err = os.MkdirTemp("", "latchkey-bench-"); err != nil {
		return nil, err
	}
	if s.sink, err = startSink(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	if err = s.start(ctx, program, newDatabase); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func (s *service) start(ctx context.Context, program string, newDatabase func(dir string) (database, error)) error {
	made, err := newDatabase(s.dir)
	if err != nil {
		return err
	}
	s.database = made
	listen, err := freeAddress()
	if err != nil {
		return err
	}
	s.url = "http://" + listen
	file := filepath.Join(s.dir, "config.yaml")
	text := fmt.Sprintf(settings, listen, s.url, s.database.url, "smtp://"+s.sink.address, publicToken)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	s.program = exec.Command(program, "serve", "--config", file)
	s.program.Stderr = log
	if err := s.program.Start(); err != nil {
		return err
	}
	return s.ready(ctx)
}

// startupTime is far more than a start takes.
const startupTime = 30 * time.Second

func (s *service) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startupTime)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("the service is not ready: %w\n%s", ctx.Err(), log)
		case <-look.C:
		}
		response, err := http.Get(s.url + "/readyz")
		if err != nil {
			continue
		}
		response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return nil
		}
	}
}

// stop ends the program and takes away what was its own.
func (s *service) stop() (err error) {
	if s.program != nil && s.program.Process != nil {
		err = errors.Join(s.program.Process.Signal(os.Interrupt), s.program.Wait())
	}
	return errors.Join(err, s.sink.close(), s.database.remove(), os.RemoveAll(s.dir))
}

// visitor is a client at the browser door.
func (s *service) visitor() *client {
	return &client{base: s.url + "/sdk/v1", user: publicToken, password: publicToken}
}

// freeAddress is one that was free a moment ago: the configuration takes no port 0.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
