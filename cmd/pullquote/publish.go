package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline"
)

func publishCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "publish ISSUE",
		Short: "Make a draft an issue, with the evidence of its quotes",
		Long: `Makes a draft an issue: refuses while a problem is left that check would tell,
then takes draft: true away, sets the date when there is none, and writes the
evidence of every quote to issues/evidence/NNNN.json. Nothing leaves this
machine: render makes the pages, and sending is yours.`,
		Example:           "  pullquote publish 12",
		Annotations:       exits("the draft has problems; nothing was changed"),
		Args:              exactly(1, "one issue, by number or file"),
		ValidArgsFunction: a.completeIssues,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			report, err := p.Publish(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			a.problems(pipeline.Advice(report.Problems))
			a.say("published %s, dated %s", filepath.Join("issues", report.File), report.Date.Format("2 January 2006"))
			a.say("evidence in %s", filepath.Join("issues", filepath.FromSlash(report.Evidence)))
			a.next("pullquote render")
			return nil
		},
	}
}
