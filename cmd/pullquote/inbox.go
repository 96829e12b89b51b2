package main

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline"
	"github.com/pullquote/pullquote/pipeline/inbox"
)

func inboxCommand(a *app) *cobra.Command {
	var f inbox.Filter
	var all, picked, dropped, asJSON bool
	cmd := &cobra.Command{
		Use:   "inbox [WORD...]",
		Short: "What waits for you: newest first, or only what has these words",
		Long: `Lists the stories that wait for you, newest first; with WORDs, only those that
have them in title or summary. Stories that an issue already has are left out.`,
		Example: `  pullquote inbox
  pullquote inbox token --source "The Exfil Log"
  pullquote inbox --picked`,
		Annotations: exits(""),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			f.Words = strings.Join(args, " ")
			switch {
			case all:
				f.Place = inbox.All
			case picked:
				f.Place = inbox.Picked
			case dropped:
				f.Place = inbox.Dropped
			}
			list, err := p.Inbox(cmd.Context(), f)
			if err != nil {
				return err
			}
			if asJSON {
				return a.json(orEmpty(list))
			}
			a.inbox(list)
			return nil
		},
	}
	cmd.Flags().StringVar(&f.Source, "source", "", "only stories of the source with this `NAME`")
	cmd.Flags().IntVarP(&f.Limit, "limit", "n", 0, "at most `N` stories; 0 means all")
	cmd.Flags().BoolVar(&all, "all", false, "picked, dropped and used ones, too")
	cmd.Flags().BoolVar(&picked, "picked", false, "what you picked and is in no issue yet")
	cmd.Flags().BoolVar(&dropped, "dropped", false, "what you dropped")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	cmd.MarkFlagsMutuallyExclusive("all", "picked", "dropped")
	return cmd
}

// inbox prints candidates as a table.
func (a *app) inbox(list []pipeline.Waiting) {
	if len(list) == 0 {
		a.tell("Nothing waits here.")
		a.next("pullquote collect")
		return
	}
	var rows [][]string
	for _, c := range list {
		rows = append(rows, []string{strconv.FormatInt(c.ID, 10), day(c), cut(strings.Join(c.Sources, ", "), 28), a.title(c)})
	}
	a.table([]string{"ID", "DATE", "SOURCE", "TITLE"}, rows)
	a.next("pullquote show %d", list[0].ID)
}

// day gives the day a candidate is listed under.
func day(c pipeline.Waiting) string {
	if c.Published.IsZero() {
		return c.Seen.Format("2 Jan") + "*" // first seen: the feed states no date
	}
	return c.Published.Format("2 Jan")
}

// title gives a candidate's title with what is remarkable about it.
func (a *app) title(c pipeline.Waiting) string {
	title := c.Title
	if title == "" {
		title = c.Link
	}
	var marks []string
	if c.Place != inbox.Waiting {
		marks = append(marks, string(c.Place))
	}
	for _, n := range c.UsedIn {
		marks = append(marks, fmt.Sprintf("in #%d", n))
	}
	if c.Page.Error != "" && !c.Page.Kept {
		marks = append(marks, "no page")
	}
	if c.Note != "" {
		marks = append(marks, "note")
	}
	if len(marks) > 0 {
		title = "[" + strings.Join(marks, ", ") + "] " + title
	}
	return title
}

func showCommand(a *app) *cobra.Command {
	var asJSON, text bool
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "One story: where it comes from and the quotes it offers",
		Long: `Shows one story of the inbox with the passages of its article that could be
quoted, each with its number for pick. With --text the whole article is printed.`,
		Example: `  pullquote show 12
  pullquote show 12 --text | less`,
		Annotations:       exits(""),
		Args:              exactly(1, "the ID of one story"),
		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := storyID(args[0])
			if err != nil {
				return err
			}
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			shown, err := p.Show(cmd.Context(), id)
			if err != nil {
				return err
			}
			switch {
			case asJSON:
				return a.json(shown)
			case text:
				if shown.Article == nil {
					return &usageError{fmt.Sprintf("story %d has no article: %s", id, pageFact(shown)), "pullquote collect asks for the page again"}
				}
				a.say("%s", cleanText(shown.Article.Text()))
				return nil
			}
			a.shown(shown)
			return nil
		},
	}
	cmd.Flags().BoolVar(&text, "text", false, "print the whole article as text")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return cmd
}

// storyID reads the ID of a story.
func storyID(arg string) (int64, error) {
	id, err := strconv.ParseInt(arg, 10, 64)
	if err != nil || id < 1 {
		return 0, &usageError{fmt.Sprintf("%q is not the ID of a story", arg), "`pullquote inbox` lists them with their numbers"}
	}
	return id, nil
}

// completeIDs offers the IDs of what waits, with titles.
func (a *app) completeIDs(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	p, err := a.pipeline()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	list, err := p.Inbox(cmd.Context(), inbox.Filter{Limit: 100})
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, c := range list {
		out = append(out, fmt.Sprintf("%d\t%s", c.ID, clean(c.Title)))
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// shown prints one story.
func (a *app) shown(s pipeline.Shown) {
	width := min(a.width, 88)
	title := s.Title
	if s.Article != nil && s.Article.Title != "" {
		title = s.Article.Title
	}
	for _, l := range wrap(clean(title), width) {
		a.say("%s", a.style(bold, l))
	}
	a.say("%s", clean(s.Link))
	facts := []string{strings.Join(s.Sources, ", ")}
	if s.Article != nil {
		if len(s.Article.Authors) > 0 {
			facts = append(facts, "by "+strings.Join(s.Article.Authors, ", "))
		}
		if s.Article.Published != "" {
			facts = append(facts, s.Article.Published)
		}
		facts = append(facts, fmt.Sprintf("%d words", s.Article.Words))
	}
	a.say("%s", a.style(dim, clean(strings.Join(facts, " · "))))
	for _, n := range s.UsedIn {
		a.say("%s", a.style(yellow, fmt.Sprintf("already in #%d", n)))
	}
	if s.Note != "" {
		a.say("your note: %s", clean(s.Note))
	}
	for _, q := range s.Quotes {
		a.say("your quote: %s", clean(q))
	}
	if s.Article == nil {
		a.say("%s", a.style(yellow, "no article: "+clean(pageFact(s))))
		for _, l := range wrap(clean(s.Summary), width) {
			a.say("%s", l)
		}
		return
	}
	for i, q := range s.Offers {
		a.say("")
		a.say("%s %s", a.style(bold, fmt.Sprintf("[%d]", i+1)), a.style(dim, clean(strings.Join(q.Reasons, ", "))))
		for k, para := range strings.Split(q.Exact, "\n\n") {
			if k > 0 {
				a.say("")
			}
			for _, l := range wrap(clean(para), width-4) {
				a.say("    %s", l)
			}
		}
	}
	if len(s.Offers) > 0 {
		a.next("pullquote pick %d 1    (or words of the article in quotation marks; --text prints it all)", s.ID)
	}
}

// pageFact says why there is no article.
func pageFact(s pipeline.Shown) string {
	if s.Page.Error != "" {
		return s.Page.Error
	}
	return "its page was not fetched"
}

// cleanText is clean for a text of several lines.
func cleanText(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = clean(lines[i])
	}
	return strings.Join(lines, "\n")
}

func pickCommand(a *app) *cobra.Command {
	var note string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "pick ID [QUOTE...]",
		Short: "Take a story, with quotes by number or by their words",
		Long: `Takes a story for the next draft. A QUOTE is the number of one that show offers,
or words of the article, which must be in it: exactly, or with [...] where you
left words out. Without any, the quotes given with add are taken, else the first
offer. Picking again with quotes replaces them.`,
		Example: `  pullquote pick 12
  pullquote pick 12 1 3
  pullquote pick 12 "No token outlived its build." --note "The cure is cheap."`,
		Annotations:       exits(""),
		Args:              atLeast(1, "the ID of a story"),
		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := storyID(args[0])
			if err != nil {
				return err
			}
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			pick, err := p.Pick(cmd.Context(), id, args[1:], note)
			if err != nil {
				return err
			}
			if asJSON {
				return a.json(pick)
			}
			a.say("picked %d with %s: %s", id, count(len(pick.Quotes), "quote"), clean(title(pick.Candidate)))
			for _, q := range pick.Quotes {
				a.say("  > %s", cut(clean(strings.ReplaceAll(q.Exact, "\n\n", " ¶ ")), max(40, a.width-4)))
			}
			a.next("pullquote draft")
			return nil
		},
	}
	cmd.Flags().StringVar(&note, "note", "", "your first note on it")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the pick as JSON")
	return cmd
}

func title(c inbox.Candidate) string {
	if c.Title != "" {
		return c.Title
	}
	if u, err := url.Parse(c.Link); err == nil {
		return u.Host + u.Path
	}
	return c.Link
}

func dropCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "drop ID...",
		Short: "Say no to stories; nothing is deleted, pick takes it back",
		Long: `Says no to stories: they no longer wait in the inbox. Nothing is deleted: an item
that a draft has already stays, inbox --dropped lists them, and pick takes it back.`,
		Example:           "  pullquote drop 13 14",
		Annotations:       exits(""),
		Args:              atLeast(1, "the ID of a story"),
		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			var ids []int64
			for _, arg := range args {
				id, err := storyID(arg)
				if err != nil {
					return err
				}
				ids = append(ids, id)
			}
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			for _, id := range ids {
				c, err := p.Drop(cmd.Context(), id)
				if err != nil {
					return err
				}
				a.say("dropped %d: %s", id, clean(title(c)))
			}
			return nil
		},
	}
}
