package main

import (
	"fmt"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline"
)

func collectCommand(a *app) *cobra.Command {
	var opts pipeline.CollectOptions
	var asJSON, verbose bool
	cmd := &cobra.Command{
		Use:   "collect [SOURCE...]",
		Short: "Ask the feeds that are due and fetch the pages of what is new",
		Long: `Asks every source of sources/ that is due, or only the SOURCEs named, puts what
is new into the inbox, and fetches the pages of new stories so that they can be
read and quoted without the network. Servers are asked politely: conditional
requests, one pause a host, robots.txt for pages, and never before they said so.
What goes wrong with a source is a line of the closing table; the others go on.
Ctrl-C finishes what is in hand and keeps it.`,
		Example: `  pullquote collect
  pullquote collect "Krebs on Security" --verbose
  pullquote collect --json | jq '.sources[] | select(.error)'`,
		Annotations: exits("a source gave nothing, or a sources file has a slip"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			// Little is held at once and much thrown away: to collect garbage somewhat
			// more often costs little time and keeps a quarter of the memory free.
			if a.env("GOGC") == "" {
				defer debug.SetGCPercent(debug.SetGCPercent(60))
			}
			opts.Sources = args
			opts.Progress = func(pr pipeline.Progress) { a.progressLine(pr, time.Now()) }
			report, err := p.Collect(cmd.Context(), opts)
			if err != nil {
				return err
			}
			if asJSON {
				err = a.json(collectJSON(report))
			} else {
				a.collected(report, verbose)
			}
			if err == nil && (report.Trouble() || report.Stopped) {
				err = errNeedsYou
			}
			return err
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			p, err := a.pipeline()
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			var names []string
			sources, _ := p.ReadSources()
			for _, s := range sources.Feeds {
				names = append(names, s.Name)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.Flags().BoolVar(&opts.NoPages, "no-pages", false, "ask the feeds only, fetch no article pages")
	cmd.Flags().BoolVar(&opts.Force, "force", false, "ask sources that are not due yet, too")
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "a line for every source, with each decision and why")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	return cmd
}

// collected prints the closing table: what each source gave and what went
// wrong, then a sentence, then what to type next.
func (a *app) collected(r pipeline.CollectReport, verbose bool) {
	a.problems(r.Slips)
	var rows [][]string
	asked, unchanged, skipped, failed := 0, 0, 0, 0
	for _, s := range r.Sources {
		gave := ""
		switch {
		case s.Skipped:
			skipped++
			gave = s.Why
			if !verbose {
				continue
			}
		case s.Error != "":
			asked++
			failed++
			gave = s.Error
		case s.Unchanged:
			asked++
			unchanged++
			gave = "nothing new"
			if !verbose {
				continue
			}
			gave += "; " + s.Why
		default:
			asked++
			gave = ""
			if verbose {
				gave = s.Why
			}
			if s.New == 0 && !verbose && len(s.Feed.Flags) == 0 {
				unchanged++
				continue
			}
		}
		if s.Moved != "" {
			gave = join(gave, "moved to "+s.Moved)
		}
		for _, f := range s.Feed.Flags {
			gave = join(gave, f)
		}
		fresh := "-"
		if s.New > 0 {
			fresh = strconv.Itoa(s.New)
		}
		rows = append(rows, []string{s.Source.Name, fresh, gave})
	}
	if len(rows) > 0 {
		a.table([]string{"SOURCE", "NEW", ""}, rows)
	}
	for _, page := range r.FailedPages {
		if verbose {
			a.tell("page %s: %s", clean(page.URL), clean(page.Error))
		}
	}
	line := fmt.Sprintf("%s new from %s asked", plural(r.New, "story", "stories"), count(asked, "source"))
	if failed > 0 {
		line += fmt.Sprintf(", %d gave nothing", failed)
	}
	if unchanged > 0 {
		line += fmt.Sprintf(", %d unchanged", unchanged)
	}
	if skipped > 0 {
		line += fmt.Sprintf(", %d not due", skipped)
	}
	line += fmt.Sprintf("; %s kept", count(r.Pages, "page"))
	if n := len(r.FailedPages); n > 0 {
		line += fmt.Sprintf(", %s could not be had", plural(n, "page", "pages"))
		if !verbose {
			line += " (--verbose says why)"
		}
	}
	a.say("%s.", line)
	if r.Stopped {
		if r.Left > 0 {
			a.tell("Stopped after %d of %s. What came is kept; the next run goes on from here.", len(r.Sources), count(len(r.Sources)+r.Left, "source"))
		} else {
			a.tell("Stopped while fetching pages. What came is kept; the next run goes on from here.")
		}
	}
	if len(r.Sources) == 0 && r.New == 0 {
		a.next("name feeds in sources/feeds.yaml, or: pullquote add URL")
	} else {
		a.next("pullquote inbox")
	}
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

type collectedSource struct {
	Name      string    `json:"name"`
	Feed      string    `json:"feed"`
	New       int       `json:"new"`
	Unchanged bool      `json:"unchanged,omitempty"`
	Skipped   bool      `json:"skipped,omitempty"`
	Error     string    `json:"error,omitempty"`
	Moved     string    `json:"moved,omitempty"`
	Why       string    `json:"why,omitempty"`
	Flags     []string  `json:"flags,omitempty"`
	Status    int       `json:"status,omitempty"`
	Due       time.Time `json:"due,omitzero"`
	Bytes     int       `json:"bytes"`
	Ms        int64     `json:"ms"`
}

type collectedPage struct {
	URL   string `json:"url"`
	Error string `json:"error"`
}

func collectJSON(r pipeline.CollectReport) any {
	out := struct {
		New         int               `json:"new"`
		Pages       int               `json:"pages"`
		Stopped     bool              `json:"stopped"`
		Sources     []collectedSource `json:"sources"`
		FailedPages []collectedPage   `json:"failed_pages"`
		Problems    any               `json:"problems"`
	}{r.New, r.Pages, r.Stopped, []collectedSource{}, []collectedPage{}, orEmpty(r.Slips)}
	for _, s := range r.Sources {
		out.Sources = append(out.Sources, collectedSource{
			s.Source.Name, s.Source.Feed, s.New, s.Unchanged, s.Skipped, s.Error,
			s.Moved, s.Why, s.Feed.Flags, s.State.Status, s.State.Due, s.Bytes, s.Took.Milliseconds(),
		})
	}
	for _, page := range r.FailedPages {
		out.FailedPages = append(out.FailedPages, collectedPage{page.URL, page.Error})
	}
	return out
}

// orEmpty makes a missing list an empty one: a list in JSON is never null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
