package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline"
)

// What changes an issue file at the editor's word: the subcommands of issues.

func issuesFormatCommand(a *app) *cobra.Command {
	var write, all bool
	cmd := &cobra.Command{
		Use:   "fmt ISSUE...",
		Short: "Bring an issue file into the canonical form; what a reader sees does not change",
		Long: `Shows as a diff what the canonical form of an issue file would change: line ends,
empty lines, spaces, the bare link, the marks of a quote. With --write it is
written. What a reader sees does not change: a step that would change it is left
out. The seal of a published issue is over its bytes: formatting one breaks it.`,
		Example: `  pullquote issues fmt 12
  pullquote issues fmt 12 --write
  pullquote issues fmt --all`,
		Annotations:       exits("a file is not in the canonical form, and nothing was written"),
		ValidArgsFunction: a.completeIssues,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			if all {
				args = nil
				archive, _ := p.Archive()
				for _, head := range archive.Heads {
					args = append(args, head.File)
				}
			} else if len(args) == 0 {
				return &usageError{"`pullquote issues fmt` needs an issue, by number or file", "or format all of them with --all"}
			}
			changed := 0
			for _, ref := range args {
				report, err := p.Format(ref, !write)
				if err != nil {
					return err
				}
				if !report.Changed() {
					continue
				}
				changed++
				name := path.Join("issues", report.File)
				if write {
					a.say("formatted %s", name)
					continue
				}
				a.diff(name, report.Before, report.After)
			}
			switch {
			case changed == 0:
				a.tell("Nothing to change.")
			case !write:
				a.next("pullquote issues fmt --write %s", strings.Join(args[:min(3, len(args))], " "))
				return errNeedsYou
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&write, "write", false, "write the files")
	cmd.Flags().BoolVar(&all, "all", false, "format every issue and draft")
	return cmd
}

// diff prints how two versions of a file differ.
func (a *app) diff(name string, before, after []byte) {
	for line := range strings.Lines(string(diff.Diff("a/"+name, before, "b/"+name, after))) {
		line = strings.TrimSuffix(line, "\n")
		shown := strings.ReplaceAll(line, "\r", "^M")
		switch {
		case strings.HasPrefix(line, "diff "):
			continue
		case strings.HasPrefix(line, "+"):
			shown = a.style(green, clean(shown))
		case strings.HasPrefix(line, "-"):
			shown = a.style(red, clean(shown))
		default:
			shown = clean(shown)
		}
		a.say("%s", shown)
	}
}

func issuesMoveCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "move ISSUE ITEM to POSITION",
		Short: "Move an item within its issue; no byte is added or lost",
		Long: `Makes an item of an issue the first, second, ... Items are counted from 1, as
` + "`pullquote issues show`" + ` lists them; titles between items stay where they are.`,
		Example:           "  pullquote issues move 12 3 to 1",
		Annotations:       exits(""),
		ValidArgsFunction: a.completeIssues,
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 4 && args[2] == "to" {
				args = append(args[:2:2], args[3])
			}
			if len(args) != 3 {
				return &usageError{"`pullquote issues move` needs an issue, an item and a position", "write it like: pullquote issues move 12 3 to 1"}
			}
			item, err := number("item", args[1])
			if err != nil {
				return err
			}
			position, err := number("position", args[2])
			if err != nil {
				return err
			}
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			report, err := p.Move(args[0], item, position)
			if err != nil {
				return err
			}
			if !report.Changed() {
				a.tell("%q is item %d already.", clean(report.Title), position)
				return nil
			}
			a.say("%q is item %d of issues/%s now", clean(report.Title), position, report.File)
			return nil
		},
	}
}

func issuesRemoveCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "remove ISSUE ITEM",
		Short: "Take an item out of an issue; every other byte stays",
		Long: `Takes an item with its quotes and notes out of an issue file. Items are counted
from 1. ` + "`pullquote issues undo`" + ` puts it back.`,
		Example:           "  pullquote issues remove 12 3",
		Annotations:       exits(""),
		Args:              exactly(2, "an issue and the number of an item"),
		ValidArgsFunction: a.completeIssues,
		RunE: func(cmd *cobra.Command, args []string) error {
			item, err := number("item", args[1])
			if err != nil {
				return err
			}
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			report, err := p.Remove(cmd.Context(), args[0], item)
			if err != nil {
				return err
			}
			a.say("removed %q from issues/%s", clean(report.Title), report.File)
			if report.Candidate > 0 {
				a.tell("Its story is still picked, so `pullquote draft` would add it again.")
				a.next("pullquote drop %d", report.Candidate)
			}
			return nil
		},
	}
}

func number(what, typed string) (int, error) {
	n, err := strconv.Atoi(typed)
	if err != nil || n < 1 {
		return 0, &usageError{fmt.Sprintf("%q is not the number of an %s", typed, what), "`pullquote issues show` counts the items from 1"}
	}
	return n, nil
}

func issuesOpenCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "open [ISSUE]",
		Short: "Open an issue in your editor",
		Long: `Opens an issue file in the program that VISUAL or EDITOR names; without ISSUE the
newest draft. The version from before is kept: ` + "`pullquote issues undo`" + ` brings it back.`,
		Example: `  pullquote issues open
  EDITOR="code --wait" pullquote issues open 12`,
		Annotations:       exits(""),
		Args:              upTo(1, "one issue, by number or file"),
		ValidArgsFunction: a.completeIssues,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			ref := ""
			if len(args) == 1 {
				ref = args[0]
			} else {
				archive, _ := p.Archive()
				for _, head := range archive.Heads {
					if head.Draft {
						ref = head.File
					}
				}
				if ref == "" {
					return &usageError{"there is no draft to open", "make one with `pullquote draft`, or name an issue"}
				}
			}
			is, _, err := p.Issue(ref)
			if err != nil {
				return err
			}
			editor := a.env("VISUAL")
			if editor == "" {
				editor = a.env("EDITOR")
			}
			words := strings.Fields(editor)
			if len(words) == 0 {
				return &usageError{"neither VISUAL nor EDITOR names your editor", "set it: export EDITOR=vim; or open " + p.IssuePath(is.File)}
			}
			run := exec.CommandContext(cmd.Context(), words[0], append(words[1:], p.IssuePath(is.File))...)
			run.Stdin, run.Stdout, run.Stderr = os.Stdin, os.Stdout, os.Stderr
			// Ctrl-C is the editor's while it runs.
			run.Cancel = func() error { return nil }
			if err := run.Run(); err != nil {
				return fmt.Errorf("running %s: %w", words[0], err)
			}
			changed, err := p.Edited(is.File, is.Source())
			if err != nil {
				return err
			}
			if changed {
				a.next("pullquote check %d", is.Number)
			}
			return nil
		},
	}
}

func issuesUndoCommand(a *app) *cobra.Command {
	var redo, force bool
	cmd := &cobra.Command{
		Use:   "undo ISSUE",
		Short: "Take back the last change that pullquote made to an issue file",
		Long: `Steps back through the versions of an issue file from before each change that
pullquote made: draft, check --fix, fmt, move, remove, open, publish. The last
50 are kept in .pullquote/undo, which git does not see. What you typed since is
not taken back unless you say --force; --redo brings forward what was taken
back.`,
		Example: `  pullquote issues undo 12
  pullquote issues undo 12 --redo`,
		Annotations:       exits(""),
		Args:              exactly(1, "one issue, by number or file"),
		ValidArgsFunction: a.completeIssues,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			report, err := p.Undo(args[0], redo, force)
			var edited *pipeline.HandEditedError
			if errors.As(err, &edited) {
				return &usageError{err.Error(), "--force takes it back all the same; --redo would bring it forward again"}
			}
			if err != nil {
				return err
			}
			verb, more := "took back the last change of", "back"
			if redo {
				verb, more = "brought forward the next change of", "forward"
			}
			a.say("%s issues/%s; %s %s", verb, report.File, count(report.Left, "further step"), more)
			return nil
		},
	}
	cmd.Flags().BoolVar(&redo, "redo", false, "bring forward what was taken back")
	cmd.Flags().BoolVar(&force, "force", false, "take back what was typed by hand, too")
	return cmd
}
