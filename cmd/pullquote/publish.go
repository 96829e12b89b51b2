package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline"
	"github.com/pullquote/pullquote/pipeline/issue"
)

func publishCommand(a *app) *cobra.Command {
	var rules []string
	var reason string
	cmd := &cobra.Command{
		Use:   "publish ISSUE",
		Short: "Make a draft an issue, with the evidence of its quotes",
		Long: `Makes a draft an issue: refuses while a problem is left that check would tell,
then takes draft: true away, sets the date when there is none, and writes the
evidence of every quote to issues/evidence/NNNN.json, with a seal over the text.
A problem that stands for a reason is overridden with --force and its rule; the
reason is kept in the evidence. An issue that has been corrected since is sealed
anew. Nothing leaves this machine: render makes the pages, and sending is yours.`,
		Example: `  pullquote publish 12
  pullquote publish 12 --force quote-altered --reason "they asked us to quote the mended text"`,
		Annotations:       exits("the draft has problems; nothing was changed"),
		Args:              exactly(1, "one issue, by number or file"),
		ValidArgsFunction: a.completeIssues,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			var force []issue.Forced
			for _, rule := range rules {
				force = append(force, issue.Forced{Rule: rule, Reason: reason})
			}
			report, err := p.Publish(cmd.Context(), args[0], force...)
			if err != nil {
				return err
			}
			a.problems(pipeline.Advice(report.Problems))
			if report.Sealed {
				a.say("sealed the corrected text of %s", filepath.Join("issues", report.File))
			} else {
				a.say("published %s, dated %s", filepath.Join("issues", report.File), report.Date.Format("2 January 2006"))
			}
			a.say("evidence in %s", filepath.Join("issues", filepath.FromSlash(report.Evidence)))
			a.next("pullquote render")
			return nil
		},
	}
	cmd.Flags().StringArrayVar(&rules, "force", nil, "publish although `RULE` has problems; may be given more than once")
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY` it may stand; kept in the evidence")
	return cmd
}
