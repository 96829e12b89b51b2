package main

import (
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

func draftCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "draft [TITLE]",
		Short: "Write the picks into the draft; what stands there stays",
		Long: `Writes your picks into issues/NNNN-slug.md: next number, the date of the next
sending day, an item a pick with its quotes, and TODO blanks for what only you
can write. When a draft is there already, only new picks are added after its
last item: every byte you typed stays, in its order. More passages worth quoting
are offered in comments that no reader sees, and a new draft says what has been
corrected in earlier issues. templates/draft.md and item.md are yours to change.`,
		Example: `  pullquote draft "Keys in the open"
  pullquote draft`,
		Annotations: exits(""),
		Args:        upTo(1, "one title, in quotation marks"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			report, err := p.Draft(cmd.Context(), strings.Join(args, " "))
			if err != nil {
				return err
			}
			if asJSON {
				return a.json(map[string]any{
					"file": filepath.ToSlash(filepath.Join("issues", report.File)), "created": report.Created,
					"added": orEmpty(report.Added), "there": report.There, "dropped": orEmpty(report.Dropped),
				})
			}
			if report.File == "" {
				a.tell("Nothing is picked, so there is nothing to draft.")
				a.next("pullquote inbox, then pullquote pick ID")
				return nil
			}
			file := filepath.Join("issues", report.File)
			switch {
			case report.Created:
				a.say("wrote %s with %s", file, count(len(report.Added), "item"))
			case len(report.Added) > 0:
				a.say("added %s to %s; what stood there stands", count(len(report.Added), "item"), file)
				if len(args) > 0 {
					a.tell("The draft has a title already; it stays. Change it in the file.")
				}
			default:
				a.say("%s has every pick already; nothing was written", file)
			}
			for _, t := range report.Added {
				a.say("  + %s", clean(t))
			}
			for _, t := range report.Dropped {
				a.tell("You dropped %q after it was drafted; its text stays until you remove it.", clean(t))
			}
			a.next("write your notes in %s, then: pullquote check", file)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what was done as JSON")
	return cmd
}
