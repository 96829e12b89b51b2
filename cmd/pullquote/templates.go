package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline"
	"github.com/pullquote/pullquote/templates"
)

func templatesCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "templates [list | copy NAME...]",
		Short: "The templates of pages, mails and drafts; copy one to change it",
		Long: `Lists the built-in templates, and marks those that a file of this workspace's
templates/ replaces. copy puts the built-in file there, for you to change: your
file replaces the built-in one, file by file.`,
		Example: `  pullquote templates
  pullquote templates copy site/style.css draft.md`,
		Annotations: exits(""),
		Args:        cobra.ArbitraryArgs,
	}
	var asJSON bool
	run := func() error {
		p, err := a.pipeline()
		if err != nil {
			return err
		}
		type row struct {
			Name string `json:"name"`
			Own  bool   `json:"own"`
		}
		var list []row
		for _, name := range templates.Names() {
			_, err := os.Stat(filepath.Join(p.Dir, "templates", filepath.FromSlash(name)))
			list = append(list, row{name, err == nil})
		}
		if asJSON {
			return a.json(list)
		}
		for _, r := range list {
			if r.Own {
				a.say("%s  (yours)", r.Name)
			} else {
				a.say("%s", r.Name)
			}
		}
		a.next("pullquote templates copy NAME")
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return a.onlySubcommands(cmd, args)
		}
		return run()
	}
	list := &cobra.Command{
		Use: "list", Short: "List the templates", Example: "  pullquote templates list", Annotations: exits(""),
		Args: exactly(0, "no argument"), RunE: func(*cobra.Command, []string) error { return run() },
	}
	list.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	cp := &cobra.Command{
		Use: "copy NAME...", Short: "Copy built-in templates into templates/, to be changed",
		Example: "  pullquote templates copy site/style.css", Annotations: exits(""),
		Args: atLeast(1, "the name of a template"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return templates.Names(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			for _, name := range args {
				if !slices.Contains(templates.Names(), name) {
					return &usageError{fmt.Sprintf("there is no template %q", name), "`pullquote templates` lists them"}
				}
			}
			for _, name := range args {
				target := filepath.Join(p.Dir, "templates", filepath.FromSlash(name))
				if _, err := os.Stat(target); err == nil {
					return &usageError{fmt.Sprintf("templates/%s is there already and yours", name), "move it away first, if you want the built-in one again"}
				}
				body, err := fs.ReadFile(templates.Builtin(), name)
				if err != nil {
					return err
				}
				if err := pipeline.WriteFile(target, body); err != nil {
					return err
				}
				a.say("wrote %s", filepath.Join("templates", filepath.FromSlash(name)))
			}
			a.next("change it, then: pullquote render")
			return nil
		},
	}
	cmd.AddCommand(list, cp)
	return cmd
}
