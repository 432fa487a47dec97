package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"latchkey/internal/config"
)

func newServeCommand() *cobra.Command {
	var path string
	command := &cobra.Command{
		Use:   "serve",
		Short: "Run the service",
		Long: `Runs the service as config.yaml says. SIGHUP reads the file again: projects, the
sender and the log level change at once, and a bad file leaves the running
configuration in force. SIGTERM lets requests and mails in flight come to their end.`,
		Example: "  latchkey serve --config /etc/latchkey/config.yaml",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runServe(cmd.Context(), path, cmd.ErrOrStderr())
		},
	}
	addConfigFlag(command, &path)
	return command
}

func runServe(ctx context.Context, path string, stderr io.Writer) error {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP) // before anything else: it ends a process that does not
	defer signal.Stop(hangups)
	cfg, err := loadConfig(path)
	if err != nil {
		return err
	}
	level := new(slog.LevelVar)
	level.Set(cfg.LogLevel)
	log := slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: level}))
	warn(log, cfg)
	a, err := newApp(ctx, cfg, log, time.Now)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return a.close(fmt.Errorf("cannot listen where server.listen says: %w", err))
	}
	closeMetrics, err := a.exposeMetrics(cfg.MetricsListen)
	if err != nil {
		return a.close(errors.Join(err, listener.Close()))
	}
	defer closeMetrics()
	go debug.FreeOSMemory() // a sixth of what an idle service needs for itself was for its start
	log.Info("ready", "listen", listener.Addr().String(), "public_url", cfg.PublicURL, "config", cfg.Hash())
	go a.reloadOnHangup(ctx, hangups, path, level)
	return a.run(ctx, listener, a)
}

func warn(log *slog.Logger, cfg *config.Config) {
	for _, warning := range cfg.Warnings() {
		log.Warn(warning)
	}
}

// reloadOnHangup reads the configuration again at each SIGHUP.
func (a *app) reloadOnHangup(ctx context.Context, hangups <-chan os.Signal, path string, level *slog.LevelVar) {
	for {
		select {
		case <-hangups:
			if err := a.reload(ctx, path, level); err != nil {
				a.log.Error("the configuration was not reloaded: the last one stays in force", "cause", err.Error())
			}
		case <-ctx.Done():
			return
		}
	}
}

func (a *app) reload(ctx context.Context, path string, level *slog.LevelVar) error {
	cfg, err := config.Load(path)
	if err != nil {
		return err
	}
	if keys := config.RestartKeys(a.config.Load(), cfg); len(keys) > 0 {
		return fmt.Errorf("these keys need a restart: %s", strings.Join(keys, ", "))
	}
	if err := a.use(ctx, cfg); err != nil {
		return err
	}
	level.Set(cfg.LogLevel)
	warn(a.log, cfg)
	a.log.Info("reloaded the configuration", "config", cfg.Hash())
	return nil
}
