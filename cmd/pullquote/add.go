package main

import (
	"fmt"
	"io"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline/collect"
)

func addCommand(a *app) *cobra.Command {
	var note, title, from string
	var quotes []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "add [URL...]",
		Short: "Add links by hand, with a note and quotes",
		Long: `Adds links by hand: writes them into sources/links.yaml, puts them into the
inbox and fetches their pages. A link that is there already is not added again.
A quote given here is taken when you pick the story. With "-" the links are read
from standard input, with --from from a text file: an address a line, after it its
title; below it lines that begin with > are quotes, other lines its note.`,
		Example: `  pullquote add https://blog.example/2026/tokens
  pbpaste | pullquote add -
  pullquote add --from reading.txt
  pullquote add https://blog.example/2026/tokens --quote "No token outlived its build." --note "The cure is cheap."`,
		Annotations: exits("a page could not be fetched"),
		Args: func(cmd *cobra.Command, args []string) error {
			if from != "" {
				return upTo(0, "--from and no address")(cmd, args)
			}
			return atLeast(1, "an address, - or --from")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if from != "" || len(args) == 1 && args[0] == "-" {
				if note != "" || title != "" || len(quotes) > 0 {
					return &usageError{"--note, --quote and --title go with one address", "write them below the address, in the text"}
				}
				links, err := a.readLinks(from)
				if err != nil {
					return err
				}
				return a.add(cmd, links, asJSON)
			}
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
			return a.add(cmd, links, asJSON)
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "read links from the text `FILE`")
	cmd.Flags().StringVar(&note, "note", "", "your first note on it")
	cmd.Flags().StringVar(&title, "title", "", "its title, instead of the page's own")
	cmd.Flags().StringArrayVar(&quotes, "quote", nil, "a passage to quote; may be given again")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what was added as JSON")
	return cmd
}

// add keeps links and prints their candidates.
func (a *app) add(cmd *cobra.Command, links []collect.Link, asJSON bool) error {
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
			a.say("%4d  %s", c.ID, clean(or(c.Title, c.Link)))
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
}

// readLinks reads links from a text file, or from standard input without one.
func (a *app) readLinks(from string) ([]collect.Link, error) {
	name := from
	var body []byte
	var err error
	if from == "" || from == "-" {
		name = "standard input"
		if body, err = io.ReadAll(io.LimitReader(a.in, maxFile)); err != nil {
			return nil, fmt.Errorf("reading standard input: %w", err)
		}
	} else if body, err = readFile(from); err != nil {
		return nil, err
	}
	links, err := collect.ReadLinks(string(body))
	if err != nil {
		return nil, &usageError{name + ", " + err.Error(), "an address stands on a line of its own, whole: https://host/path"}
	}
	if len(links) == 0 {
		return nil, &usageError{name + " holds no address", "write one a line: https://host/path"}
	}
	return links, nil
}
