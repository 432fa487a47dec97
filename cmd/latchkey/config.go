package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/spf13/cobra"

	"latchkey/internal/config"
	"latchkey/templates"
)

func newConfigCommand() *cobra.Command {
	return newGroup("config", "Look at the configuration", newConfigCheckCommand())
}

func newConfigCheckCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check the configuration without starting anything",
		Long: `Check the configuration without starting anything.

Everything that is wrong is told at once, each with its line, and the exit status
is 1. Run it before a reload: latchkey serve checks the same way and goes on with
the configuration it has if the new one is wrong.

Environment variables named in the file must be set here as they are for serve.`,
		Example: "  latchkey config check --config /etc/latchkey/config.yaml",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runConfigCheck(cmd.OutOrStdout(), path)
		},
	}
	addConfigFlag(cmd, &path)
	return cmd
}

// loadConfig says where to look for a file that is not there.
func loadConfig(path string) (*config.Config, error) {
	cfg, err := config.Load(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: give the file with --config", err)
	}
	return cfg, err
}

// loadTemplates names the key behind what is wrong with the folder.
func loadTemplates(cfg *config.Config) (*templates.Set, error) {
	set, err := templates.Load(cfg.TemplatesDir)
	if err != nil {
		return nil, fmt.Errorf("templates.dir %s: %w", cfg.TemplatesDir, err)
	}
	return set, nil
}

func runConfigCheck(out io.Writer, path string) error {
	cfg, err := loadConfig(path)
	if err != nil {
		return err
	}
	if _, err := loadTemplates(cfg); err != nil {
		return err
	}
	for _, warning := range cfg.Warnings() {
		fmt.Fprintln(out, "warning:", warning)
	}
	projects := "1 project"
	if n := len(cfg.Projects); n != 1 {
		projects = fmt.Sprintf("%d projects", n)
	}
	_, err = fmt.Fprintf(out, "%s: ok, %s, hash %s\n", path, projects, cfg.Hash())
	return err
}
