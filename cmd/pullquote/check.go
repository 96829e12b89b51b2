package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline"
	"github.com/pullquote/pullquote/pipeline/issue"
)

func checkCommand(a *app) *cobra.Command {
	var all, asJSON bool
	cmd := &cobra.Command{
		Use:   "check [ISSUE...]",
		Short: "Prove every quote, find every blank and slip",
		Long: `Holds issues against the rules: every quoted paragraph against the stored page of
its item, blanks left, links that differ, numbers and dates that don't follow.
Without ISSUE it takes the newest draft, or the newest issue when there is no
draft. Each problem has its place as file:line:column, its rule, and a hint;
advice is said but refuses nothing.`,
		Example: `  pullquote check
  pullquote check 12
  pullquote check --all --json`,
		Annotations:       exits("problems are left"),
		ValidArgsFunction: a.completeIssues,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			if all {
				archive, problems := p.Archive()
				args = nil
				for _, head := range archive.Heads {
					args = append(args, head.File)
				}
				if len(args) == 0 && len(problems) == 0 {
					a.tell("There is no issue yet.")
					return nil
				}
			}
			checked, err := p.Check(cmd.Context(), args)
			if err != nil {
				return err
			}
			problems, files := checked.Problems, checked.Files
			left := pipeline.Refusing(problems)
			if asJSON {
				if err := a.json(orEmpty(problems)); err != nil {
					return err
				}
			} else {
				a.checked(problems, files)
			}
			if len(left) > 0 {
				return errNeedsYou
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "check every issue and draft")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the problems as JSON")
	return cmd
}

// checked prints the problems and the sum of them.
func (a *app) checked(problems []issue.Problem, files []string) {
	a.problems(problems)
	left := len(pipeline.Refusing(problems))
	where := strings.Join(files, ", ")
	if len(files) > 3 {
		where = count(len(files), "issue")
	}
	advice := ""
	if n := len(problems) - left; n > 0 {
		advice = fmt.Sprintf(", %s of advice", plural(n, "piece", "pieces"))
	}
	switch {
	case len(files) == 0:
		a.say("There is no issue yet.")
		a.next("pullquote draft")
	case left == 0:
		a.say("%s: nothing to cure%s.", where, advice)
	default:
		a.say("%s: %s to cure%s.", where, count(left, "problem"), advice)
	}
}

// completeIssues offers the numbers of issues, with titles.
func (a *app) completeIssues(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	p, err := a.pipeline()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	archive, _ := p.Archive()
	var out []string
	for i := len(archive.Heads) - 1; i >= 0; i-- {
		out = append(out, fmt.Sprintf("%d\t%s", archive.Heads[i].Number, clean(archive.Heads[i].Title)))
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}
