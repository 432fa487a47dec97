package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/handlers"
	"latchkey/handlers/door"
	"latchkey/handlers/sdk"
	"latchkey/internal/config"
	"latchkey/internal/sealed"
	"latchkey/magiclink"
	"latchkey/mailer"
	"latchkey/session"
	"latchkey/store"
	"latchkey/templates"
	"latchkey/users"
)

// app is one running Latchkey: what serve and dev have in common.
type app struct {
	log     *slog.Logger
	now     func() time.Time
	store   *store.Store
	keys    *sealed.KeyRing
	pages   *templates.Set
	worker  *mailer.Worker
	metrics *gauges
	leaving atomic.Bool // it was told to stop
	config  atomic.Pointer[config.Config]
	signer  atomic.Pointer[session.Signer]
	api     atomic.Pointer[http.Handler] // replaced as a whole when the configuration is reloaded
}

// newApp opens the database, fits the keys to it and builds everything on top. All of it
// goes by the one clock.
func newApp(ctx context.Context, cfg *config.Config, log *slog.Logger, now func() time.Time) (*app, error) {
	pages, err := loadTemplates(cfg)
	if err != nil {
		return nil, err
	}
	st, err := openStore(ctx, cfg.Store, now)
	if err != nil {
		return nil, err
	}
	a := &app{log: log, now: now, store: st, pages: pages}
	if err := a.assemble(ctx, cfg); err != nil {
		return nil, a.close(err)
	}
	return a, nil
}

func (a *app) assemble(ctx context.Context, cfg *config.Config) (err error) {
	if a.keys, err = openKeys(ctx, a.store, cfg.Keys, a.log); err != nil {
		return err
	}
	a.worker = &mailer.Worker{
		Store: a.store, Keys: a.keys, Templates: a.pages, Config: cfg.Mailer, Now: a.now, Logger: a.log,
	}
	a.metrics = newGauges(a.store, a.worker)
	return a.use(ctx, cfg)
}

// use builds the door for a configuration and puts it in place of the last one.
// Requests under way end with the one they began with.
func (a *app) use(ctx context.Context, cfg *config.Config) error {
	loader := &session.Loader{Store: a.store, Keys: a.keys, Now: a.now, Rand: rand.Reader, Issuer: cfg.PublicURL}
	signer, err := loader.Load(ctx, cfg.SessionProjects())
	if err != nil {
		return err
	}
	sessions := &session.Service{Store: a.store, Keys: a.keys, Signer: signer, Now: a.now}
	handler := a.doors(cfg, sessions)
	a.worker.SetProjects(cfg.Mailer.Projects)
	a.announceKeys(signer)
	a.signer.Store(signer)
	a.api.Store(&handler)
	a.config.Store(cfg)
	return nil
}

// doors puts the services for a configuration behind all the doors there are.
func (a *app) doors(cfg *config.Config, sessions *session.Service) http.Handler {
	projects := cfg.LinkProjects()
	links := &magiclink.Service{
		Store: a.store, Keys: a.keys, Sessions: sessions, Projects: projects, Locales: a.pages.Locales(),
		MailboxLimit: cfg.Limits.Mailbox, Networks: magiclink.NewNetworks(cfg.Limits.Network), Limiter: magiclink.PerMinute(cfg.Limits.MailsPerMinute),
		Now: a.now, MailQueued: a.worker.Wake, Courier: a.worker.Courier,
	}
	persons := &users.Service{Store: a.store, Keys: a.keys, Projects: projects, Now: a.now}
	common := &door.Door{PublicURL: cfg.PublicURL, TrustedProxies: cfg.TrustedProxies, Now: a.now, Log: a.log}
	if cfg.MetricsListen != "" {
		common.Served = a.metrics.served
	}
	native := &handlers.API{
		Door: common, Links: links, Sessions: sessions, Users: persons,
		Projects: cfg.DoorProjects(), Pages: a.pages, Readiness: a.readiness,
	}
	browser := &sdk.API{Door: common, Links: links, Sessions: sessions, Users: persons, Projects: cfg.BrowserProjects()}
	return door.Join(native.Handler(), map[string]http.Handler{sdk.Path: browser.Handler()})
}

// ServeHTTP passes the request to the door in force.
func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a.leaving.Load() {
		w.Header().Set("Connection", "close")
	}
	(*a.api.Load()).ServeHTTP(w, r)
}

func (a *app) readiness(ctx context.Context) handlers.Readiness {
	readiness := handlers.Readiness{
		Err: a.store.Ping(ctx), Status: "ok", Config: a.config.Load().Hash(), Version: version(),
	}
	if a.leaving.Load() {
		readiness.Err = errLeaving
	}
	if health := a.worker.Health(); health.Degraded {
		readiness.Status, readiness.Mail = "degraded", health.Reason
	}
	return readiness
}

// run answers on the listener and delivers mail until ctx ends, and for a while more if
// a balancer is to notice, then lets requests and mails in flight come to their end.
// What is still queued stays in the database.
func (a *app) run(ctx context.Context, listener net.Listener, root http.Handler) error {
	server := newServer(root)
	var background sync.WaitGroup
	working, stop := context.WithCancel(context.Background())
	background.Go(func() { a.deliver(working) })
	background.Go(func() { a.keepClean(working) })
	background.Go(func() { a.keepKeys(working) })

	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		a.leave(a.config.Load().ShutdownDelay)
	}
	stop() // mails in flight and requests under way end side by side
	a.drain(server)
	background.Wait()
	err = a.close(err)
	a.log.Info("stopped")
	return err
}

// close gives the database back after err, which may be nil.
func (a *app) close(err error) error { return errors.Join(err, a.store.Close()) }

func (a *app) deliver(ctx context.Context) {
	if err := a.worker.Run(ctx); err != nil {
		a.log.Error("mail is not delivered, only kept", "cause", err)
	}
}

// newServer bounds what one client can take up.
func newServer(root http.Handler) *http.Server {
	return &http.Server{
		Handler:           root,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
}
