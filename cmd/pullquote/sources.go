package main

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline"
	"github.com/pullquote/pullquote/pipeline/collect"
)

func sourcesCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sources [list | add | test | export | accept-moves]",
		Short: "The feeds you follow, and how each of them does",
		Long: `Lists the feeds of sources/ with what is known of each: when it was last asked
and answered well, when it is due again, how much came of it, and its last error.
sources add finds the feed of a site and writes it into sources/feeds.yaml,
sources test reads one feed alone and shows what it holds, sources export writes
the list for other programs, and sources accept-moves writes the new addresses
of feeds that moved for good into sources/.`,
		Example: `  pullquote sources
  pullquote sources add https://www.schneier.com/
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
					strconv.Itoa(s.Entries), strconv.Itoa(s.Month), strconv.Itoa(s.Picked), or(s.Error, movedNote(s)),
				})
			}
			if len(rows) == 0 {
				a.tell("No source is named in sources/.")
				a.next("write one into sources/feeds.yaml; its manual is sources/README.md")
			} else {
				a.table([]string{"SOURCE", "GROUP", "STATE", "LAST GOOD", "DUE", "STORIES", "30 DAYS", "PICKED", "ERROR"}, rows)
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
	cmd.AddCommand(list, sourcesAddCommand(a), sourcesTestCommand(a), sourcesExportCommand(a), acceptMovesCommand(a))
	return cmd
}

func sourcesAddCommand(a *app) *cobra.Command {
	var yes, asJSON bool
	var name, group string
	cmd := &cobra.Command{
		Use:   "add URL",
		Short: "Find the feed of a site and follow it",
		Long: `Finds the feed at an address (the feed itself, the ones its page names, or one of
the usual places), shows what it holds, asks, and writes it into
sources/feeds.yaml. Of several feeds the first is taken; name another by its own
address.`,
		Example: `  pullquote sources add https://www.schneier.com/
  pullquote sources add https://blog.example/feed.xml --group Researchers --yes`,
		Annotations: exits("you said no"),
		Args:        exactly(1, "one address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !isAddress(args[0]) {
				return &usageError{fmt.Sprintf("%q is not a web address", args[0]), "give it whole: https://host/"}
			}
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			found, err := p.Discover(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			d := found[0]
			d.Name, d.Group = or(name, d.Name), group
			if !asJSON {
				a.say("%s", a.style(bold, clean(d.Name)))
				a.say("%s", a.style(dim, clean(d.Feed+" · "+plural(d.Count, "entry", "entries"))))
				for _, t := range d.Titles {
					a.say("  %s", clean(cut(t, 90)))
				}
				for _, other := range found[1:] {
					a.say("%s", a.style(dim, clean("also: "+other.Feed+" · "+other.Name)))
				}
			}
			if d.Known {
				a.tell("It is in sources/ already.")
				if asJSON {
					return a.json([]collect.Source{})
				}
				return nil
			}
			if !yes {
				a.tell("Follow it? [y/N]")
				answer, _ := bufio.NewReader(a.in).ReadString('\n')
				if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
					a.tell("Nothing was written.")
					return errNeedsYou
				}
			}
			added, err := p.AddSources([]collect.Source{d.Source})
			if err != nil {
				return err
			}
			if asJSON {
				return a.json(orEmpty(added))
			}
			for _, s := range added {
				a.say("%s is in sources/feeds.yaml.", clean(s.Name))
				a.next("pullquote collect %q", s.Name)
			}
			return nil
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "don't ask")
	cmd.Flags().StringVar(&name, "name", "", "what you call it, instead of its own title")
	cmd.Flags().StringVar(&group, "group", "", "the heading to list it under")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what was added as JSON")
	return cmd
}

func sourcesExportCommand(a *app) *cobra.Command {
	var asOPML, asJSON bool
	cmd := &cobra.Command{
		Use:         "export",
		Short:       "Write the feeds you follow for other programs",
		Long:        `Writes the feeds of sources/ to standard output, as OPML, which any feed reader takes.`,
		Example:     "  pullquote sources export --opml > subscriptions.opml",
		Annotations: exits("a sources file has a slip"),
		Args:        exactly(0, "no argument"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			if asOPML && asJSON {
				return &usageError{"--opml and --json are two forms", "give one of them"}
			}
			sources, slips := p.ReadSources()
			if asJSON {
				err = a.json(orEmpty(sources.Feeds))
			} else {
				a.say("%s", strings.TrimSuffix(string(collect.WriteOPML(p.Newsletter.Name, sources.Feeds)), "\n"))
			}
			a.problems(slips)
			if err == nil && len(slips) > 0 {
				err = errNeedsYou
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asOPML, "opml", false, "as OPML 2.0, which is also what you get without a flag")
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func acceptMovesCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "accept-moves",
		Short: "Write the new addresses of feeds that moved into sources/",
		Long: `A server may say that a feed has moved for good; from then on it is asked at its
new place, and your file keeps the old one. This writes the new addresses into
your files, in their places; nothing else in them changes.`,
		Example:     "  pullquote sources accept-moves",
		Annotations: exits(""),
		Args:        exactly(0, "no argument"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			moves, err := p.AcceptMoves(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return a.json(orEmpty(moves))
			}
			for _, m := range moves {
				a.say("%s: %s is now %s (%s)", clean(m.Name), clean(m.From), clean(m.To), m.File)
			}
			if len(moves) == 0 {
				a.say("No feed has moved.")
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the moves as JSON")
	return cmd
}

// movedNote says where a feed is asked now.
func movedNote(s pipeline.SourceState) string {
	if s.StateWord() != "moved" {
		return ""
	}
	return "to " + s.Address + "; `pullquote sources accept-moves` writes it down"
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
