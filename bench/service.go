package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The one project, as its callers name it.
const (
	projectID     = "project-test-bench"
	projectSecret = "secret-test-bench"
	publicToken   = "public-token-test-bench"
)

// service is the built program at work, and what it needs: a folder of its own, a
// database, and somebody who takes its mail.
type service struct {
	url      string
	metrics  string // where it tells of itself
	sink     *sink
	database database
	dir      string
	path     string // the program's
	program  *exec.Cmd
	took     time.Duration // for the last launch, until it was ready
}

// settings are a production's, but that the limits are never reached. They are there all
// the same, since what they cost is a part of every start.
const settings = `
server: {listen: %q, public_url: %q, metrics_listen: %q}
database: {url: %q}
smtp: {url: %q}
sender: {address: login@latchkey.example}
limits:
  {mailbox_burst: 1000000, mailbox_per_hour: 1000000, mailbox_per_day: 1000000,
   ip_mailbox_burst: 1000000, ip_mailbox_per_hour: 1000000, ip_mailbox_per_day: 1000000,
   ip_starts_per_minute: 100000000, ip_redeems_per_minute: 100000000}
projects:
  - {id: %q, name: Bench, public_token: %q, native_apps: true, redirect_urls: ["http://127.0.0.1/authenticate"],
     secrets: ["sha256:%x"]}
`

// startService returns when the program is ready. It stops the sink with itself.
func startService(ctx context.Context, program string, on maker, to *sink) (s *service, err error) {
	s = &service{path: program, sink: to, database: database{remove: func() error { return nil }}}
	if s.dir, err = os.MkdirTemp("", "latchkey-bench-"); err != nil {
		return nil, errors.Join(err, to.close())
	}
	if err = s.prepare(on); err == nil {
		err = s.launch(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// prepare makes the database and writes the settings.
func (s *service) prepare(on maker) (err error) {
	if s.database, err = on.make(s.dir); err != nil {
		return err
	}
	listen, err := freeAddress()
	if err != nil {
		return err
	}
	telling, err := freeAddress()
	if err != nil {
		return err
	}
	s.url, s.metrics = "http://"+listen, "http://"+telling+"/metrics"
	text := fmt.Sprintf(settings, listen, s.url, telling, s.database.url, "smtp://"+s.sink.address,
		projectID, publicToken, sha256.Sum256([]byte(projectSecret)))
	return os.WriteFile(s.file("config.yaml"), []byte(text), 0o600)
}

func (s *service) file(name string) string { return filepath.Join(s.dir, name) }

// launch runs the program, and returns when it is ready.
func (s *service) launch(ctx context.Context) error {
	log, err := os.OpenFile(s.file("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	s.program = exec.Command(s.path, "serve", "--config", s.file("config.yaml"))
	s.program.Stderr = log
	began := time.Now()
	if err := s.program.Start(); err != nil {
		return err
	}
	err = s.ready(ctx)
	s.took = time.Since(began)
	return err
}

// startupTime is far more than a start takes.
const startupTime = 30 * time.Second

// readyLook is how often it is asked whether it is ready.
const readyLook = 2 * time.Millisecond

func (s *service) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startupTime)
	defer cancel()
	look := time.NewTicker(readyLook)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			log, _ := os.ReadFile(s.file("log"))
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

// terminate ends the program and leaves what is its own, so that it can be launched
// again.
func (s *service) terminate() error {
	if s.program == nil || s.program.Process == nil {
		return nil
	}
	err := errors.Join(s.program.Process.Signal(os.Interrupt), s.program.Wait())
	s.program = nil
	return err
}

// stop ends the program and takes away what was its own.
func (s *service) stop() error {
	return errors.Join(s.terminate(), s.sink.close(), s.database.remove(), os.RemoveAll(s.dir))
}

// usage is what the program has used.
func (s *service) usage() (usage, error) { return usageOf(s.program.Process.Pid) }

// metric is what the program says of itself, as Prometheus would read it.
func (s *service) metric(name string) (float64, error) {
	response, err := http.Get(s.metrics)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if value, found := strings.CutPrefix(lines.Text(), name+" "); found {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, errors.New("the program tells no " + name)
}

// backEnd is the door of the app's back end.
func (s *service) backEnd() (*endpoint, error) {
	return newEndpoint(s.url+"/v1", projectID, projectSecret)
}

// browser is the door of pages and apps.
func (s *service) browser() (*endpoint, error) {
	return newEndpoint(s.url+"/sdk/v1", publicToken, publicToken)
}

// freeAddress is one that was free a moment ago: the configuration takes no port 0.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
