package main

import (
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline"
	"github.com/pullquote/pullquote/templates"
)

func initCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "init [DIR]",
		Short: "Make a workspace: pullquote.yaml, sources, issues",
		Long: `Makes a workspace in DIR (the current folder without one): pullquote.yaml with
the newsletter's own facts, sources/ with a first list of security feeds,
issues/ for drafts and issues, and a .gitignore. Files that stand there already
stay as they are.`,
		Example:     "  pullquote init news && cd news",
		Annotations: exits(""),
		Args:        upTo(1, "one folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := a.dir
			if len(args) == 1 {
				dir = filepath.Join(dir, args[0])
			}
			if dir == "" {
				dir = "."
			}
			starter, err := fs.Sub(templates.Builtin(), "workspace")
			if err != nil {
				return err
			}
			made, err := pipeline.InitWorkspace(dir, starter)
			if err != nil {
				return err
			}
			for _, name := range made {
				a.say("made %s", filepath.Join(dir, filepath.FromSlash(name)))
			}
			a.next("write your newsletter's name into %s, then: pullquote collect", filepath.Join(dir, pipeline.NewsletterFile))
			return nil
		},
	}
}
