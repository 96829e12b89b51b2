package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline"
)

func extractCommand(a *app) *cobra.Command {
	var again, asJSON bool
	cmd := &cobra.Command{
		Use:   "extract [ID...]",
		Short: "Which kept pages give an article; with --again, what a newer pullquote changes",
		Long: `Makes the articles of the kept pages, all of them or those of the stories named, and
lists the pages that give none, with the reason. Nothing is fetched, and no article
is kept: it is made again whenever it is asked for. What is remembered of each is
small: title, authors, date, number of words and a hash, from the first time it was
read.

With --again every page is read anew by the rules of this pullquote, and what has
changed since is said: another title, more or fewer words, a page that gives an
article now or none any more, and quotes you picked that are no longer found. Then
the new state is remembered. Run it after an update.`,
		Example: `  pullquote extract
  pullquote extract 12 14
  pullquote extract --again
  pullquote extract --again --json | jq '.pages[] | select(.changes)'`,
		Annotations:       exits("a page gives no article, or a picked quote is not in it"),
		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts := pipeline.ExtractOptions{Again: again, Progress: func(p pipeline.Progress) { a.progressLine(p, a.now()) }}
			for _, arg := range args {
				id, err := storyID(arg)
				if err != nil {
					return err
				}
				opts.IDs = append(opts.IDs, id)
			}
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			report, err := p.Extract(cmd.Context(), opts)
			if err != nil {
				return err
			}
			if asJSON {
				if err := a.json(report); err != nil {
					return err
				}
			} else {
				a.extracted(report, again, len(args) > 0)
			}
			if report.Trouble() {
				return errNeedsYou
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&again, "again", false, "read every page anew and say what changed")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print every page as JSON")
	return cmd
}

// extracted prints what a run of extract gave: the pages that have something to
// say, or all of them when they were asked for by name.
func (a *app) extracted(r pipeline.ExtractReport, again, named bool) {
	if len(r.Pages) == 0 {
		a.tell("No page is kept here.")
		a.next("pullquote collect")
		return
	}
	var rows [][]string
	lost := 0
	for _, p := range r.Pages {
		title := p.Now.Title
		if title == "" {
			title = p.Link
		}
		row := func(what string) {
			rows = append(rows, []string{strconv.FormatInt(p.ID, 10), cut(clean(title), 48), what})
		}
		switch {
		case len(p.Changes) > 0 && again:
			row(strings.Join(p.Changes, "; "))
		case p.Now.Error != "":
			row("no article: " + p.Now.Error)
		case named:
			row(strings.Join(append([]string{fmt.Sprintf("%d words", p.Now.Words)}, p.Notes...), "; "))
		}
		for _, q := range p.Lost {
			row("your quote is not in it: " + strconv.Quote(cut(strings.ReplaceAll(q, "\n\n", " ¶ "), 60)))
			lost = int(p.ID)
		}
	}
	if len(rows) > 0 {
		a.table([]string{"ID", "TITLE", "WHAT"}, rows)
	}
	summary := fmt.Sprintf("%s: %s", count(len(r.Pages), "page"), count(r.Articles, "article"))
	if r.Failed > 0 {
		summary += fmt.Sprintf(", %d without", r.Failed)
	}
	if again {
		summary += fmt.Sprintf("; read again with extractor %s, %d changed", r.Extractor, r.Changed)
	}
	if r.Lost > 0 {
		summary += fmt.Sprintf("; %s not found", count(r.Lost, "picked quote"))
	}
	a.tell("%s.", summary)
	if lost > 0 {
		a.next("pullquote show %d --text    (then pick again)", lost)
	}
}
