package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline/collect"
)

func addCommand(a *app) *cobra.Command {
	var note, title string
	var quotes []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "add URL...",
		Short: "Add links by hand, with a note and quotes",
		Long: `Adds links by hand: writes them into sources/links.yaml, puts them into the
inbox and fetches their pages. A link that is there already is not added again.
A quote given here is taken when you pick the story.`,
		Example: `  pullquote add https://blog.example/2026/tokens
  pullquote add https://blog.example/2026/tokens --quote "No token outlived its build." --note "The cure is cheap."`,
		Annotations: exits("a page could not be fetched"),
		Args:        atLeast(1, "an address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 && (note != "" || title != "" || len(quotes) > 0) {
				return &usageError{"--note, --quote and --title go with one address", "add the addresses one at a time"}
			}
			var links []collect.Link
			for _, arg := range args {
				u, err := url.Parse(arg)
				if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
					return &usageError{fmt.Sprintf("%q is not a web address", arg), "give it whole: https://host/path"}
				}
				if u.User != nil {
					return &usageError{"an address with a name or password in it is not kept", "take the part before the @ away"}
				}
				links = append(links, collect.Link{URL: arg, Title: title, Note: note, Quotes: quotes})
			}
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			found, report, err := p.Add(cmd.Context(), links)
			if err != nil {
				return err
			}
			if asJSON {
				if err := a.json(found); err != nil {
					return err
				}
			} else {
				for _, c := range found {
					title := c.Title
					if title == "" {
						title = c.Link
					}
					a.say("%4d  %s", c.ID, clean(title))
				}
			}
			for _, page := range report.FailedPages {
				a.tell("%s: %s", page.URL, clean(page.Error))
			}
			if len(found) > 0 && !asJSON {
				a.next("pullquote show %d", found[0].ID)
			}
			if len(report.FailedPages) > 0 {
				return errNeedsYou
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&note, "note", "", "your first note on it")
	cmd.Flags().StringVar(&title, "title", "", "its title, instead of the page's own")
	cmd.Flags().StringArrayVar(&quotes, "quote", nil, "a passage to quote; may be given again")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what was added as JSON")
	return cmd
}
