package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"latchkey/internal/config"
	"latchkey/magiclink"
	"latchkey/mailer"
	"latchkey/mailer/catcher"
	"latchkey/session"
	"latchkey/store"
	"latchkey/templates"
	"latchkey/web/demo"
)

// The development project. Its secret is no secret: the command binds to loopback,
// and these strings stand in the README.
const (
	devProject = "project-test-00000000-0000-4000-8000-000000000000"
	devName    = "Latchkey Demo"
	devSecret  = "secret-test-development-only"
	devPublic  = "public-token-test-development-only"
	devApp     = "latchkey-demo://callback"
)

func newDevCommand() *cobra.Command {
	var o devOptions
	command := &cobra.Command{
		Use:   "dev",
		Short: "Run everything on this machine: API, mail catcher, inbox, demo page",
		Long: `Runs Latchkey without any configuration, for development and tests: the API, an SMTP
server that catches every mail, an inbox page with MailHog's HTTP API, a demo page,
and one project whose id and secret are printed. Its links may lead to any http or
https URL of this machine and to latchkey-demo://callback. If an SMTP server (MailHog,
Mailpit) already answers on the --smtp address, mail goes there instead.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runDev(cmd.Context(), o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.listen, "listen", devListen, "host:port of the API and the demo page")
	flags.StringVar(&o.smtp, "smtp", devSMTP, "host:port of the SMTP catcher")
	flags.StringVar(&o.inbox, "inbox", devInbox, "host:port of the inbox page")
	flags.StringVar(&o.data, "data", "data", "folder of the database and the key file")
	flags.StringVar(&o.pkce, "pkce", "required", "required, or optional to let starts go without a code_challenge")
	o.mailboxLimit.PerHour = 10
	flags.Var(&o.mailboxLimit, "mailbox-limit", "mails to one mailbox an hour, or off")
	flags.Func("redirect", "one more redirect `URL`; may be given several times", o.addRedirect)
	flags.BoolVar(&o.allowRemote, "allow-remote", false, "bind to other than loopback addresses, as in a container")
	return command
}

// devServer is the listeners of one `latchkey dev`.
type devServer struct {
	api, inbox net.Listener
	smtp       net.Listener // nil where a catcher of somebody else's is used
	smtpAddr   string
}

func runDev(ctx context.Context, o devOptions, stdout, stderr io.Writer) error {
	if err := o.check(); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	listeners, err := o.bind(ctx)
	if err != nil {
		return err
	}
	defer listeners.close()
	cfg, err := o.config(listeners)
	if err != nil {
		return err
	}
	a, err := newApp(ctx, cfg, log, time.Now)
	if err != nil {
		return err
	}
	caught := catcher.New(catcher.Config{Logger: log, AllowRemote: o.allowRemote})
	listeners.serve(caught, log)
	listeners.announce(stdout, cfg, o)

	page := &demo.App{API: cfg.PublicURL, ProjectID: devProject, Secret: devSecret, Inbox: listeners.inboxURL()}
	return errors.Join(a.run(ctx, listeners.api, beside(page.Handler(), a)), caught.Close())
}

// beside shows the demo on the API's own origin. It is no ServeMux, which would answer
// //v1/ with a redirect where serve answers it.
func beside(demo, api http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/" && r.Method == http.MethodGet:
			http.Redirect(w, r, "/demo/", http.StatusFound)
		case strings.HasPrefix(r.URL.Path, "/demo/"):
			demo.ServeHTTP(w, r)
		default:
			api.ServeHTTP(w, r)
		}
	})
}

// bind takes every port before anything is started, so that a port in use is one
// clear error and leaves nothing behind.
func (o devOptions) bind(ctx context.Context) (*devServer, error) {
	l := &devServer{smtpAddr: o.smtp}
	if err := l.bind(ctx, o); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *devServer) bind(ctx context.Context, o devOptions) (err error) {
	if l.api, err = listen("listen", o.listen); err != nil {
		return err
	}
	if _, taken := catcher.Detect(ctx, o.smtp); taken {
		return nil
	}
	if l.smtp, err = listen("smtp", o.smtp); errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w: what listens there is no SMTP server", err)
	} else if err != nil {
		return err
	}
	l.smtpAddr = l.smtp.Addr().String()
	l.inbox, err = listen("inbox", o.inbox)
	return err
}

func listen(flag, address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w (choose another address with --%s)", address, err, flag)
	}
	return listener, nil
}

func (l *devServer) close() {
	for _, listener := range []net.Listener{l.api, l.smtp, l.inbox} {
		if listener != nil {
			listener.Close()
		}
	}
}

// serve starts the catcher and its inbox, unless somebody else's is in use.
func (l *devServer) serve(caught *catcher.Catcher, log *slog.Logger) {
	if l.smtp == nil {
		return
	}
	go func() {
		if err := caught.ServeSMTP(l.smtp); err != nil {
			log.Error("the SMTP catcher has stopped", "cause", err)
		}
	}()
	// No WriteTimeout: the inbox page holds one answer open to hear of new mail.
	inbox := &http.Server{Handler: caught.Handler(), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := inbox.Serve(l.inbox); !errors.Is(err, net.ErrClosed) {
			log.Error("the inbox has stopped", "cause", err)
		}
	}()
}

// config is what serve would read from a file.
func (o devOptions) config(l *devServer) (*config.Config, error) {
	publicURL := baseURL(l.api)
	redirects := magiclink.Redirects{AnyLoopback: true, Entries: o.redirects}
	for _, written := range []string{publicURL + "/demo/callback", devApp} {
		entry, err := magiclink.ParseRedirectEntry(written, nil)
		if err != nil {
			return nil, err
		}
		redirects.Entries = append(redirects.Entries, entry)
	}
	var err error
	relay := mailer.ParseRelay("smtp://"+l.smtpAddr, "", "", func(_, message string) { err = fmt.Errorf("--smtp: %s", message) })
	if err != nil {
		return nil, err
	}
	return &config.Config{
		PublicURL: publicURL,
		Store:     store.Config{URL: "sqlite:" + filepath.Join(o.data, "latchkey.db")},
		Keys:      config.Keys{File: filepath.Join(o.data, "master.key")},
		Mailer: mailer.Config{
			Relays: []mailer.Relay{relay}, PublicURL: publicURL,
			Projects: map[string]mailer.Project{
				devProject: {Name: devName, FromName: devName, FromAddress: "login@latchkey.example", Code: true},
			},
		},
		Limits: config.Limits{Mailbox: magiclink.MailboxLimit(o.mailboxLimit)},
		Projects: []config.Project{{
			ID: devProject, Name: devName, SecretHashes: [][sha256.Size]byte{sha256.Sum256([]byte(devSecret))},
			Brand: templates.Brand{Name: devName}, SignInURL: publicURL + "/demo/",
			Browser:   config.Browser{PublicToken: devPublic, AnyLoopback: true, NativeApps: true},
			Redirects: redirects, PKCEOptional: o.pkce == "optional",
			LoginTTL: time.Hour, SignupTTL: 7 * 24 * time.Hour, InviteTTL: 7 * 24 * time.Hour,
			Code: true, VendorNames: true, Algorithm: session.DefaultAlgorithm,
		}},
	}, nil
}

// baseURL is how a browser on this machine reaches the listener.
func baseURL(l net.Listener) string {
	address := l.Addr().(*net.TCPAddr)
	host := address.IP.String()
	if address.IP.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, fmt.Sprint(address.Port))
}

func (l *devServer) inboxURL() string {
	if l.inbox == nil {
		return ""
	}
	return baseURL(l.inbox)
}

func (l *devServer) announce(w io.Writer, cfg *config.Config, o devOptions) {
	inbox := l.inboxURL() + "/"
	if l.inbox == nil {
		inbox = "an SMTP server was already there: look for its own page"
	}
	fmt.Fprintf(w, `
  Latchkey, for development on this machine. Ctrl-C ends it.

  demo page   %s/demo/
  inbox       %s
  API         %s
  SMTP        %s
  data        %s

  project     %s
  secret      %s
  for pages   %s

`, cfg.PublicURL, inbox, cfg.PublicURL, l.smtpAddr, o.data, devProject, devSecret, devPublic)
	if o.pkce == "optional" {
		fmt.Fprint(w, "  PKCE is optional: a link asked for without code_challenge opens for whoever has it.\n\n")
	}
	if o.allowRemote {
		fmt.Fprint(w, "  Warning: other machines may reach this, and everybody knows the secret above.\n\n")
	}
}
