package doctor

import (
	"context"
	"errors"
	"fmt"

	"latchkey/internal/config"
	"latchkey/templates"
)

// configuration loads the file. It is nil when nothing more can be looked at. What the
// file's own checks say is passed on, a check for each.
func (d *Doctor) configuration(s sheet) *config.Config {
	cfg, err := config.Load(d.ConfigFile)
	var invalid *config.Invalid
	switch {
	case errors.As(err, &invalid):
		for _, complaint := range invalid.Complaints() {
			s.fault("", complaint, "mend that line; docs/configuration.md explains each key")
		}
		return nil
	case err != nil:
		s.fault("", err.Error(), "give the file with --config, and run this as the user that latchkey serve runs as")
		return nil
	}
	s.ok("", fmt.Sprintf("%s, hash %s", d.ConfigFile, cfg.Hash()))
	for _, warning := range cfg.Warnings() {
		s.warn("", warning, "")
	}
	return cfg
}

// words parses the templates, as serve does at its start.
func words(folder string) section {
	return func(_ context.Context, s sheet) {
		if _, err := templates.Load(folder); err != nil {
			s.fault("", err.Error(), "mend the file, or empty templates.dir for the built-in words alone")
			return
		}
		s.ok("", "every mail and page can be made")
	}
}
