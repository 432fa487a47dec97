package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"latchkey/internal/config"
	"latchkey/magiclink"
)

func newRedirectCommand() *cobra.Command {
	return newGroup("redirect", "Look at where links may lead", newRedirectTestCommand())
}

func newRedirectTestCommand() *cobra.Command {
	var path, project, kind string
	cmd := &cobra.Command{
		Use:   "test URL",
		Short: "Tell whether a project's links may lead to a URL",
		Long: `Tell whether a project's links may lead to a URL: which entry of redirect_urls
matches it or, if none does, in what the nearest one differs. The exit status is 1
when none does.`,
		Example: "  latchkey redirect test --project project-live-1 https://app.example.com/welcome",
		Args:    oneArgument("one URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runRedirectTest(cmd.OutOrStdout(), path, project, kind, args[0])
		},
	}
	addConfigFlag(cmd, &path)
	cmd.Flags().StringVar(&project, "project", "", "the project's `ID`; needed where there are several")
	cmd.Flags().StringVar(&kind, "for", "login", "the kind of link: login, signup or invite")
	return cmd
}

func runRedirectTest(out io.Writer, path, id, kind, url string) error {
	parsed, err := magiclink.ParseKind(kind)
	if err != nil {
		return misused("--for: %w", err)
	}
	cfg, err := loadConfig(path)
	if err != nil {
		return err
	}
	project, err := onlyProject(cfg, id)
	if err != nil {
		return err
	}
	explanation, err := project.Redirects.Explain(url, parsed)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, explanation)
	return err
}

// onlyProject is the project of that id, or the only one there is.
func onlyProject(cfg *config.Config, id string) (*magiclink.Project, error) {
	projects := cfg.LinkProjects()
	if id == "" && len(cfg.Projects) == 1 {
		id = cfg.Projects[0].ID
	}
	switch project, found := projects[id]; {
	case found:
		return project, nil
	case id == "":
		return nil, errors.New("the configuration has several projects: say which one with --project")
	}
	return nil, fmt.Errorf("the configuration has no project %q", id)
}
