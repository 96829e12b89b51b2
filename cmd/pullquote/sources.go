package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline/collect"
)

func sourcesCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sources [list | test]",
		Short: "The feeds you follow, and how each of them does",
		Long: `Lists the feeds of sources/ with what is known of each: when it was last asked
and answered well, when it is due again, how much came of it, and its last error.
sources test reads one feed alone and shows what it holds.`,
		Example: `  pullquote sources
  pullquote sources test https://www.schneier.com/feed/atom/`,
		Annotations: exits("a sources file has a slip"),
		Args:        cobra.ArbitraryArgs,
	}
	var asJSON bool
	run := func(cmd *cobra.Command) error {
		p, err := a.pipeline()
		if err != nil {
			return err
		}
		list, slips, err := p.Sources(cmd.Context())
		if err != nil {
			return err
		}
		if asJSON {
			err = a.json(orEmpty(list))
		} else {
			a.problems(slips)
			var rows [][]string
			for _, s := range list {
				rows = append(rows, []string{
					s.Name, s.Group, s.StateWord(), when(s.Good, a.now()), when(s.Due, a.now()),
					strconv.Itoa(s.Entries), strconv.Itoa(s.Picked), s.Error,
				})
			}
			if len(rows) == 0 {
				a.tell("No source is named in sources/.")
				a.next("write one into sources/feeds.yaml; its manual is sources/README.md")
			} else {
				a.table([]string{"SOURCE", "GROUP", "STATE", "LAST GOOD", "DUE", "STORIES", "PICKED", "ERROR"}, rows)
			}
		}
		if err == nil && len(slips) > 0 {
			err = errNeedsYou
		}
		return err
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return a.onlySubcommands(cmd, args)
		}
		return run(cmd)
	}
	list := &cobra.Command{
		Use:         "list",
		Short:       "List the feeds you follow",
		Example:     "  pullquote sources list --json",
		Annotations: exits("a sources file has a slip"),
		Args:        exactly(0, "no argument"),
		RunE:        func(cmd *cobra.Command, args []string) error { return run(cmd) },
	}
	list.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	cmd.AddCommand(list, sourcesTestCommand(a))
	return cmd
}

func sourcesTestCommand(a *app) *cobra.Command {
	var contentType, base string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "test FILE|URL",
		Short: "Read one feed alone and show what it holds",
		Long: `Reads one feed, from a file or from its address, as collect would, and shows what
it holds and what had to be mended. Nothing is kept. With --json: title, link,
and for each entry title, link, id, authors, published, updated, summary,
content, categories, enclosures.`,
		Example: `  pullquote sources test https://www.schneier.com/feed/atom/
  pullquote sources test feed.xml --base https://blog.example/feed.xml --json`,
		Annotations: exits(""),
		Args:        exactly(1, "one file or address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if isAddress(args[0]) {
				page, err := a.fetch(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if contentType == "" && len(page.Header["Content-Type"]) > 0 {
					contentType = page.Header["Content-Type"][0]
				}
				return a.feed(page.Body, contentType, or(base, page.FinalURL), asJSON, args[0])
			}
			body, err := readFile(args[0])
			if err != nil {
				return err
			}
			return a.feed(body, contentType, base, asJSON, args[0])
		},
	}
	cmd.Flags().StringVar(&contentType, "content-type", "", "the HTTP `TYPE` the file came with")
	cmd.Flags().StringVar(&base, "base", "", "the `URL` the file came from: relative links are resolved against it")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the feed as JSON")
	return cmd
}

// feed parses and prints one feed.
func (a *app) feed(body []byte, contentType, base string, asJSON bool, name string) error {
	feed, err := collect.ParseFeed(body, contentType, base)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	feed.Entries = orEmpty(feed.Entries)
	for i := range feed.Entries {
		feed.Entries[i].Authors = orEmpty(feed.Entries[i].Authors)
	}
	if asJSON {
		return a.json(feed)
	}
	a.say("%s", a.style(bold, clean(feed.Title)))
	a.say("%s", a.style(dim, clean(strings.Join([]string{feed.Kind, feed.Link, plural(len(feed.Entries), "entry", "entries")}, " · "))))
	for _, f := range feed.Flags {
		a.say("%s", a.style(yellow, clean(f)))
	}
	var rows [][]string
	for _, e := range feed.Entries {
		date := "-"
		if !e.Published.IsZero() {
			date = e.Published.UTC().Format("2006-01-02 15:04")
		} else if !e.Updated.IsZero() {
			date = e.Updated.UTC().Format("2006-01-02 15:04")
		}
		rows = append(rows, []string{date, cut(e.Title, 60), e.Link})
	}
	if len(rows) > 0 {
		a.table([]string{"DATE", "TITLE", "LINK"}, rows)
	}
	return nil
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
