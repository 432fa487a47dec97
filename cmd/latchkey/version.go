package main

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Tell what this program was built from",
		Example: "  latchkey version",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runVersion(cmd.OutOrStdout())
		},
	}
}

func runVersion(out io.Writer) error {
	_, err := fmt.Fprintf(out, "latchkey %s\nrevision %s\n%s %s/%s\n",
		version(), revision(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// version is the module's, as the Go tool stamps it: a tag, or a pseudo-version that
// names the commit. There is no number in the source that could be wrong.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	return cmp.Or(info.Main.Version, "(devel)")
}

// revision is the commit and its time, if the program was built in its repository.
func revision() string {
	settings := make(map[string]string)
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			settings[setting.Key] = setting.Value
		}
	}
	if settings["vcs.revision"] == "" {
		return "unknown: built outside a repository, or with -buildvcs=false"
	}
	described := settings["vcs.revision"] + " of " + settings["vcs.time"]
	if settings["vcs.modified"] == "true" {
		described += ", with changes that were not committed"
	}
	return described
}
