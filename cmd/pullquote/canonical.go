package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline/collect"
)

func canonicalCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "canonical URL...",
		Short: "The one address a story is known by",
		Long: `Prints one canonical address a line: scheme and host folded, tracking parameters,
AMP and mobile variants and click wrappers undone, nothing guessed. It asks
nobody. Two links with the same canonical address are the same story.`,
		Example:     `  pullquote canonical "https://blog.example/a?utm_source=feed#top"`,
		Annotations: exits("an address could not be read"),
		Args:        atLeast(1, "an address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			bad := false
			for _, arg := range args {
				url, err := collect.Canonical(arg)
				if err != nil {
					bad = true
					a.tell("%s: %s", clean(arg), clean(err.Error()))
					url = arg // one line an address, so that lines can be told apart by their number
				}
				a.say("%s", clean(url))
			}
			if bad {
				return errNeedsYou
			}
			return nil
		},
	}
}

func versionCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:         "version",
		Short:       "The version of the program",
		Example:     "  pullquote version",
		Annotations: exits(""),
		Args:        exactly(0, "no argument"),
		RunE: func(cmd *cobra.Command, args []string) error {
			a.say("%s", fmt.Sprintf("pullquote %s", version()))
			return nil
		},
	}
}
