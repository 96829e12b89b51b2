package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline/issue"
)

func issuesCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "issues [list | show | fmt | move | remove | open | undo]",
		Short: "The issues and drafts there are; show, format, change one",
		Long: `Lists the issues and drafts of issues/, newest first; shows one; brings one into
the canonical form; moves or removes an item; opens one in your editor; steps
back through what pullquote itself changed. A change moves no byte that it need
not, and a file that you changed meanwhile is never written over.`,
		Example: `  pullquote issues
  pullquote issues show 12
  pullquote issues fmt 12
  pullquote issues move 12 3 to 1
  pullquote issues undo 12`,
		Annotations: exits(""),
		Args:        cobra.ArbitraryArgs,
	}
	list := &cobra.Command{
		Use:         "list",
		Short:       "List issues and drafts, newest first",
		Example:     "  pullquote issues list",
		Annotations: exits("a file is broken"),
		Args:        exactly(0, "no argument"),
	}
	var asJSON bool
	run := func(*cobra.Command) error {
		p, err := a.pipeline()
		if err != nil {
			return err
		}
		archive, problems := p.Archive()
		if asJSON {
			if err := a.json(issueRows(archive)); err != nil {
				return err
			}
		} else {
			a.issues(archive, problems)
		}
		for _, pr := range problems {
			if pr.Severity == issue.Error {
				return errNeedsYou
			}
		}
		return nil
	}
	list.RunE = func(cmd *cobra.Command, args []string) error { return run(cmd) }
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return a.onlySubcommands(cmd, args)
		}
		return run(cmd)
	}
	list.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	cmd.AddCommand(list, issuesShowCommand(a), issuesFormatCommand(a), issuesMoveCommand(a), issuesRemoveCommand(a), issuesOpenCommand(a), issuesUndoCommand(a))
	return cmd
}

func issuesShowCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show ISSUE",
		Short: "Show one issue: its front matter, its items, its corrections, what is odd",
		Example: `  pullquote issues show 12
  pullquote issues show issues/0012-keys-in-the-open.md --json`,
		Annotations:       exits("the file is broken"),
		Args:              exactly(1, "one issue, by number or file"),
		ValidArgsFunction: a.completeIssues,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			is, problems, err := p.Issue(args[0])
			if err != nil {
				return err
			}
			if asJSON {
				err = a.json(issueWhole(is, problems))
			} else {
				a.issue(is, problems)
			}
			for _, pr := range problems {
				if pr.Severity == issue.Error && err == nil {
					err = errNeedsYou
				}
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return cmd
}

// issues prints the archive as a table, newest first.
func (a *app) issues(archive issue.Archive, problems []issue.Problem) {
	a.problems(problems)
	if len(archive.Heads) == 0 {
		a.tell("There is no issue yet.")
		a.next("pullquote draft")
		return
	}
	var rows [][]string
	for i := len(archive.Heads) - 1; i >= 0; i-- {
		head := archive.Heads[i]
		date := "-"
		if !head.Date.IsZero() {
			date = head.Date.Format("2006-01-02")
		}
		title := head.Title
		if head.Draft {
			title = "[draft] " + title
		}
		rows = append(rows, []string{"#" + strconv.Itoa(head.Number), date, strconv.Itoa(len(head.Items)), title})
	}
	a.table([]string{"ISSUE", "DATE", "ITEMS", "TITLE"}, rows)
}

// issue prints one issue.
func (a *app) issue(is *issue.Issue, problems []issue.Problem) {
	state := "published"
	if is.Draft {
		state = "draft"
	}
	date := "no date"
	if !is.Date.IsZero() {
		date = is.Date.Format("Monday 2 January 2006")
	}
	a.say("%s", a.style(bold, clean(fmt.Sprintf("#%d %s", is.Number, is.Title))))
	a.say("%s", a.style(dim, clean(strings.Join([]string{"issues/" + is.File, state, date, is.Permalink}, " · "))))
	for _, l := range wrap(clean(is.Description), min(a.width, 88)) {
		a.say("%s", l)
	}
	n := 0
	for _, item := range is.Items {
		if item.Section {
			a.say("    %s", clean(issue.PlainInlines(item.Title)))
			continue
		}
		n++
		quotes, words := 0, 0
		for _, part := range item.Parts {
			if part.Quote {
				quotes += len(part.Paragraphs())
			} else {
				words += len(strings.Fields(issue.PlainBlocks(part.Blocks)))
			}
		}
		a.say("%3d %s", n, clean(issue.PlainInlines(item.Title)))
		a.say("    %s", a.style(dim, clean(fmt.Sprintf("%s · %s quoted, note of %s", item.URL, count(quotes, "paragraph"), count(words, "word")))))
	}
	for _, c := range is.Corrections {
		day := ""
		if !c.Date.IsZero() {
			day = " of " + c.Date.Format("2 January 2006")
		}
		a.say("    %s", clean(fmt.Sprintf("Correction%s: %s", day, c.What)))
		if c.Was != "" {
			a.say("    %s", a.style(dim, clean("It said: "+c.Was)))
		}
	}
	a.problems(problems)
}

type issueRow struct {
	Number    int    `json:"number"`
	Title     string `json:"title"`
	Date      string `json:"date,omitempty"`
	Draft     bool   `json:"draft,omitempty"`
	File      string `json:"file"`
	Permalink string `json:"permalink"`
	Items     int    `json:"items"`
	Words     int    `json:"words"`
}

func issueRows(archive issue.Archive) []issueRow {
	rows := []issueRow{}
	for i := len(archive.Heads) - 1; i >= 0; i-- {
		h := archive.Heads[i]
		row := issueRow{h.Number, h.Title, "", h.Draft, "issues/" + h.File, h.Permalink, len(h.Items), h.Words}
		if !h.Date.IsZero() {
			row.Date = h.Date.Format("2006-01-02")
		}
		rows = append(rows, row)
	}
	return rows
}

type itemJSON struct {
	Title   string     `json:"title"`
	URL     string     `json:"url"`
	Line    int        `json:"line"`
	Section bool       `json:"section,omitempty"`
	Parts   []partJSON `json:"parts"`
}

type partJSON struct {
	Kind   string `json:"kind"` // "quote" or "note"
	Author string `json:"author,omitempty"`
	Text   string `json:"text"`
}

type correctionRow struct {
	Date string `json:"date,omitempty"`
	What string `json:"what"`
	Was  string `json:"was,omitempty"`
}

func issueWhole(is *issue.Issue, problems []issue.Problem) any {
	items := []itemJSON{}
	for _, item := range is.Items {
		row := itemJSON{Title: issue.PlainInlines(item.Title), URL: item.URL, Line: item.Line, Section: item.Section, Parts: []partJSON{}}
		for _, part := range item.Parts {
			kind := "note"
			if part.Quote {
				kind = "quote"
			}
			row.Parts = append(row.Parts, partJSON{kind, part.Author, issue.PlainBlocks(part.Blocks)})
		}
		items = append(items, row)
	}
	date := ""
	if !is.Date.IsZero() {
		date = is.Date.Format("2006-01-02")
	}
	corrections := []correctionRow{}
	for _, c := range is.Corrections {
		row := correctionRow{What: c.What, Was: c.Was}
		if !c.Date.IsZero() {
			row.Date = c.Date.Format("2006-01-02")
		}
		corrections = append(corrections, row)
	}
	return struct {
		issueRow
		Description string          `json:"description"`
		Tags        []string        `json:"tags,omitempty"`
		Intro       string          `json:"intro"`
		ItemList    []itemJSON      `json:"item_list"`
		Outro       string          `json:"outro,omitempty"`
		Corrections []correctionRow `json:"corrections"`
		Problems    []issue.Problem `json:"problems"`
	}{
		issueRow{is.Number, is.Title, date, is.Draft, "issues/" + is.File, is.Permalink, len(is.Items), issue.HeadOf(is).Words},
		is.Description, is.Tags, issue.PlainBlocks(is.Intro), items, issue.PlainBlocks(is.Outro), corrections, orEmpty(problems),
	}
}
