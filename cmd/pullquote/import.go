package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func importCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Bring over links, feeds and letters from other programs",
		Long: `Reads what another program exported and writes what is new of it into sources/:
feeds of an OPML list, and links with their highlights as quotes, notes, tags and
dates from Netscape bookmarks, Pocket, Instapaper, Pinboard, Raindrop, Readwise,
Wallabag, Omnivore and Notion (CSV, JSON, HTML, or a zip of them). A newsletter
that came by mail (.eml, mbox, or a Maildir folder) gives its links, with its
sender as their source; click trackers are undone where the target stands in the
address, and never asked. What the file is, is told by what is in it. Importing it
again adds nothing; a file that is none of these adds nothing and is said.
import archive brings a whole old newsletter into issues/.`,
		Example: `  pullquote import subscriptions.opml
  pullquote import ~/Downloads/pocket.csv
  pullquote import ~/Mail/letters
  pullquote import archive ../old-letter --dry-run`,
		Annotations: exits("some entries of the file had no usable address"),
		Args:        exactly(1, "one file or Maildir folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			report, err := p.Import(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if asJSON {
				err = a.json(report)
			} else {
				what := plural(report.Links, "link", "links")
				if report.Quotes > 0 {
					what += " with " + plural(report.Quotes, "quote", "quotes")
				}
				if report.Feeds > 0 {
					feeds := plural(report.Feeds, "feed", "feeds")
					if report.Links == 0 {
						what = feeds
					} else {
						what += ", " + feeds
					}
				}
				line := fmt.Sprintf("%s: %s new", report.Kind, what)
				if report.Known > 0 {
					line += fmt.Sprintf(", %d known already", report.Known)
				}
				if report.Left > 0 {
					line += fmt.Sprintf(", %d without a usable address", report.Left)
				}
				a.say("%s.", clean(line))
				a.next("pullquote collect")
			}
			if err == nil && report.Left > 0 {
				err = errNeedsYou
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what was added as JSON")
	cmd.AddCommand(importArchiveCommand(a))
	return cmd
}
