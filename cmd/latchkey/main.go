// Command latchkey mails magic links that open only for the client that asked for
// them. This is the one place where all packages meet; each subcommand has a file
// with one short run function.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// The exit statuses, as shells and supervisors know them.
const (
	exitOK      = 0
	exitFailure = 1 // it could not be done
	exitUsage   = 2 // the command line makes no sense, whatever the configuration says
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks for an orderly end; the second is not caught any more.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run executes one command line and tells the exit status. Whatever goes wrong
// before a command has begun is a misuse.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	begun := false
	root := newRootCommand()
	root.PersistentPreRun = func(*cobra.Command, []string) { begun = true }
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(stderr, "latchkey: %v\n", err)
	if !begun || errors.As(err, new(misuse)) {
		fmt.Fprintf(stderr, "See: %s --help\n", command.CommandPath())
		return exitUsage
	}
	return exitFailure
}

func newRootCommand() *cobra.Command {
	root := newGroup("latchkey", "Magic links that open only for the client that asked for them",
		newDevCommand(),
		newServeCommand(),
		newMigrateCommand(),
		newConfigCommand(),
		newDoctorCommand(),
		newRedirectCommand(),
		newMailCommand(),
		newSecretCommand(),
		newKeyCommand(),
		newPKCECommand(),
		newVersionCommand(),
	)
	root.Example = `  latchkey dev                             everything on this machine, no configuration
  latchkey config check                    what is wrong with config.yaml, line by line
  latchkey doctor                          what else would keep it from working
  latchkey serve --config config.yaml      the real thing`
	root.SilenceErrors, root.SilenceUsage = true, true
	root.CompletionOptions.HiddenDefaultCmd = true
	return root
}

// newGroup is a command that only leads to others, and cannot be run by itself.
func newGroup(name, short string, commands ...*cobra.Command) *cobra.Command {
	group := &cobra.Command{
		Use:   name,
		Short: short,
		Args: func(group *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("there is no command %q", group.CommandPath()+" "+args[0])
			}
			return errors.New("which command? " + strings.Join(namesOf(commands), ", "))
		},
		RunE: func(*cobra.Command, []string) error { return nil }, // for cobra to ask Args
		// The flags of a command that is not there are unknown, too, and not what is wrong.
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true},
	}
	group.AddCommand(commands...)
	return group
}

func namesOf(commands []*cobra.Command) []string {
	names := make([]string, len(commands))
	for i, command := range commands {
		names[i] = command.Name()
	}
	return names
}

// addConfigFlag is the same flag for every command that needs the configuration.
func addConfigFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "config", "config.yaml", "configuration `FILE`")
}
