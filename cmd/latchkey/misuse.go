package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
)

// misuse is a command line that cannot be run, as it turns out when a command has begun
// to look at it.
type misuse struct{ error }

func misused(format string, args ...any) error { return misuse{fmt.Errorf(format, args...)} }

// noArguments is for commands that take none. What people give all the same is most
// often the configuration.
func noArguments(command *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case command.Flags().Lookup("config") != nil:
		return fmt.Errorf("%s takes no argument: give the file with --config", command.Name())
	}
	return fmt.Errorf("%s takes no argument", command.Name())
}

// oneArgument is for commands that are about one thing.
func oneArgument(thing string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return errors.New("name " + thing)
		}
		return nil
	}
}

// count is the value of a flag that says how many.
type count int

func (c *count) String() string { return strconv.Itoa(int(*c)) }

func (c *count) Type() string { return "int" }

func (c *count) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return errors.New("want a number from 1")
	}
	*c = count(n)
	return nil
}

// addLimitFlag is the same flag for every command that lists.
func addLimitFlag(cmd *cobra.Command, limit *count) {
	*limit = 50
	cmd.Flags().Var(limit, "limit", "how many to list")
}
