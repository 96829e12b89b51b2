package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline"
)

func importArchiveCommand(a *app) *cobra.Command {
	var dry, asJSON bool
	cmd := &cobra.Command{
		Use:   "archive DIR",
		Short: "Bring an existing newsletter's Markdown into issues/",
		Long: `Reads the Markdown below DIR (of this kind, or an Eleventy or a Hugo folder, or
a part of one) and writes the issues among it into issues/NNNN-slug.md. What a
reader sees does not change by a byte and permalinks stay: where only the old
program knew one, a line is put into the front matter. (A pattern for permalinks
in the old program's own settings is not read: look at the lines with --dry-run.)
Front matter in TOML or JSON becomes YAML. Numbers come from titles, number: and
file names; what has none is numbered by date. Nothing that stands in issues/ is
written over, and what can't be placed is listed with the reason.`,
		Example: `  pullquote import archive ../old-letter --dry-run
  pullquote import archive ../old-letter/content/posts`,
		Annotations: exits("some files could not be placed"),
		Args:        exactly(1, "one folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			report, err := p.ImportArchive(args[0], dry)
			if err != nil {
				return err
			}
			left := len(report.Files) - report.Placed()
			if asJSON {
				err = a.json(importRows(report))
			} else {
				a.imported(report, dry)
			}
			if err == nil && left > 0 {
				err = errNeedsYou
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say what would be done and write nothing")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	return cmd
}

// imported prints what an import did: what is odd in numbers, what could not
// be placed in full.
func (a *app) imported(report pipeline.ArchiveReport, dry bool) {
	odd, there := map[string]int{}, 0
	var rules []string
	lowest, highest := 0, 0
	for _, f := range report.Files {
		if f.File == "" {
			continue
		}
		if lowest == 0 || f.Number < lowest {
			lowest = f.Number
		}
		highest = max(highest, f.Number)
		if f.There {
			there++
		}
		for _, line := range f.Added {
			a.say("%s: added %s", f.File, clean(line))
		}
		for _, pr := range f.Problems {
			if odd[pr.Rule]++; odd[pr.Rule] == 1 {
				rules = append(rules, pr.Rule)
			}
		}
	}
	for _, f := range report.Files {
		if f.File == "" {
			a.say("%s: not placed: %s", clean(f.From), clean(f.Why))
		}
	}
	var rows [][]string
	for _, rule := range rules {
		rows = append(rows, []string{rule, fmt.Sprint(odd[rule])})
	}
	if len(rows) > 0 {
		a.tell("What is odd in them (`pullquote check --all` says where):")
		a.table([]string{"CHECK", "TIMES"}, rows)
	}
	verb := "brought over"
	if dry {
		verb = "would be brought over"
	}
	numbers := ""
	if highest > 0 {
		numbers = fmt.Sprintf(", numbers %d to %d", lowest, highest)
	}
	a.say("%s %s from a %s folder%s; %d there already, %d not placed.", count(report.Placed()-there, "issue"), verb, report.Kind, numbers, there, len(report.Files)-report.Placed())
}

type importedJSON struct {
	From   string   `json:"from"`
	File   string   `json:"file,omitempty"`
	Number int      `json:"number,omitempty"`
	Given  bool     `json:"number_given,omitempty"`
	Added  []string `json:"added,omitempty"`
	There  bool     `json:"there,omitempty"`
	Why    string   `json:"not_placed,omitempty"`
	Odd    int      `json:"problems"`
}

func importRows(report pipeline.ArchiveReport) []importedJSON {
	rows := []importedJSON{}
	for _, f := range report.Files {
		row := importedJSON{From: f.From, Number: f.Number, Given: f.Given, Added: f.Added, There: f.There, Why: f.Why, Odd: len(f.Problems)}
		if f.File != "" {
			row.File = "issues/" + f.File
		}
		rows = append(rows, row)
	}
	return rows
}
