// Command pullquote turns feeds and links into a numbered security newsletter:
// it collects, proposes quotes, drafts, checks and renders; the editor decides
// and writes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pullquote/pullquote/pipeline"
)

// Exit statuses, the same for every command.
const (
	exitDone    = 0
	exitFailed  = 1 // ours or the machine's fault
	exitMisused = 2 // wrong flag, name or place
	exitNeeds   = 3 // done, but something needs the editor
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
}

// run is the whole program: tests call it as main does.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer, env func(string) string) int {
	// net/http logs what odd servers send; only ui.go prints.
	log.SetOutput(io.Discard)
	// The first Ctrl-C asks the stage to finish what is in hand; a second one kills.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	go func() {
		<-ctx.Done()
		stop()
	}()
	defer stop()
	a := &app{ui: newUI(stdout, stderr, env), in: stdin, env: env}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if a.pipe != nil {
		if cerr := a.pipe.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("closing inbox.db: %w", cerr)
		}
	}
	return a.finish(ctx, err)
}

// app is one run of the program: what commands share.
type app struct {
	*ui
	in   io.Reader
	env  func(string) string
	dir  string // --dir
	at   string // --at
	pipe *pipeline.Pipeline
}

// command is one row of the table of commands.
type command struct {
	make  func(*app) *cobra.Command
	group string
}

// The groups of commands in help, in the order of a week.
const (
	groupStart   = "start"
	groupRead    = "read"
	groupWrite   = "write"
	groupPublish = "publish"
	groupLook    = "look"
)

// table is every command, in the order help lists them.
func table() []command {
	return []command{
		{demoCommand, groupStart},
		{initCommand, groupStart},
		{addCommand, groupRead},
		{importCommand, groupRead},
		{collectCommand, groupRead},
		{sourcesCommand, groupRead},
		{extractCommand, groupRead},
		{inboxCommand, groupRead},
		{showCommand, groupRead},
		{pickCommand, groupRead},
		{dropCommand, groupRead},
		{draftCommand, groupWrite},
		{checkCommand, groupWrite},
		{issuesCommand, groupWrite},
		{publishCommand, groupPublish},
		{renderCommand, groupPublish},
		{serveCommand, groupPublish},
		{previewCommand, groupPublish},
		{sendCommand, groupPublish},
		{templatesCommand, groupPublish},
		{readCommand, groupLook},
		{canonicalCommand, groupLook},
		{versionCommand, groupLook},
	}
}

// root makes the command tree.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "pullquote",
		Short: "Curate a security newsletter: collect, quote exactly, write, check, publish",
		Long: `pullquote is a curation pipeline for security newsletters. It collects feeds and
links, finds the passages worth quoting, writes a Markdown draft for you to
annotate, proves every quote against its source, and renders numbered issues as
a static site and as email. It never writes a note for you, never loses a word
of yours, and never publishes by itself.`,
		Example: `  pullquote demo                   watch a week of a newsletter happen
  pullquote init news              make a workspace in the folder news
  pullquote collect                ask every feed that is due
  pullquote inbox                  what waits for you
  pullquote pick 12 1 3            take story 12 with its first and third quote
  pullquote draft "Keys in the open"
  pullquote check                  prove every quote, find every blank
  pullquote publish 12 && pullquote render`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
	}
	root.RunE = a.onlySubcommands
	root.PersistentFlags().StringVarP(&a.dir, "dir", "C", "", "work in the workspace at `DIR` instead of the one around the current folder")
	root.PersistentFlags().StringVar(&a.at, "at", "", "run as if it were `TIME` (RFC 3339, or a date): schedules can be seen without waiting")
	root.AddGroup(
		&cobra.Group{ID: groupStart, Title: "Start"},
		&cobra.Group{ID: groupRead, Title: "Read: what waits for you"},
		&cobra.Group{ID: groupWrite, Title: "Write: the issue"},
		&cobra.Group{ID: groupPublish, Title: "Publish"},
		&cobra.Group{ID: groupLook, Title: "Look at one thing alone"},
	)
	cobra.EnableCommandSorting = false // help lists commands in the order of a week
	for _, row := range table() {
		cmd := row.make(a)
		cmd.GroupID = row.group
		root.AddCommand(cmd)
	}
	help := helpCommand(root)
	root.SetHelpCommand(help)
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		completion.GroupID = groupLook
		completion.Short = "Write the completion script for your shell (bash, zsh, fish, powershell)"
	}
	help.GroupID = groupLook
	root.SetUsageTemplate(usageTemplate)
	root.SetHelpTemplate(helpTemplate)
	root.SetFlagErrorFunc(flagError)
	return root
}

// onlySubcommands is what a command runs that only groups others: without
// arguments it helps, with a misspelt one it says which was meant.
func (a *app) onlySubcommands(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	err := &usageError{What: fmt.Sprintf("there is no command %q", strings.TrimSpace(cmd.CommandPath()+" "+args[0]))}
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		err.Cure = fmt.Sprintf("did you mean `%s %s`?", cmd.CommandPath(), near[0])
	} else {
		err.Cure = fmt.Sprintf("see `%s --help` for all of them", cmd.CommandPath())
	}
	return err
}

// usageError is a mistake of use: one sentence and its cure. Exit 2.
type usageError struct{ What, Cure string }

func (e *usageError) Error() string { return e.What }

// errNeedsYou ends a command whose work is done but that left something to
// the editor. What it is has been printed. Exit 3.
var errNeedsYou = errors.New("something needs you")

// flagError turns pflag's error into a sentence with a cure.
func flagError(cmd *cobra.Command, err error) error {
	out := &usageError{What: err.Error(), Cure: fmt.Sprintf("see `%s --help` for its flags", cmd.CommandPath())}
	if wrong, ok := strings.CutPrefix(err.Error(), "unknown flag: --"); ok {
		out.What = fmt.Sprintf("`%s` has no flag --%s", cmd.CommandPath(), wrong)
		best, limit := "", 3
		see := func(f *pflag.Flag) {
			if d := distance(wrong, f.Name); d < limit && !f.Hidden {
				best, limit = f.Name, d
			}
		}
		cmd.Flags().VisitAll(see)
		cmd.InheritedFlags().VisitAll(see)
		if best != "" {
			out.Cure = fmt.Sprintf("did you mean --%s?", best)
		}
	}
	return out
}

// distance is the number of single-letter changes between two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// exactly, atLeast and upTo are cobra's argument checks in our voice.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		if len(args) < n {
			return &usageError{fmt.Sprintf("`%s` needs %s", cmd.CommandPath(), what), "see the example: `" + cmd.CommandPath() + " --help`"}
		}
		return &usageError{fmt.Sprintf("`%s` takes only %s; %q is too much", cmd.CommandPath(), what, args[n]), "see the example: `" + cmd.CommandPath() + " --help`"}
	}
}

func atLeast(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= n {
			return nil
		}
		return exactly(n, what)(cmd, args)
	}
}

func upTo(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		return exactly(n, what)(cmd, args)
	}
}

// now is the clock of this run, as --at sets it.
func (a *app) now() time.Time {
	if t, err := parseAt(a.at); err == nil && a.at != "" {
		return t
	}
	return time.Now()
}

func parseAt(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("not a time: %q", s)
}

// options are the pipeline's, as flags and environment set them.
func (a *app) options() (pipeline.Options, error) {
	opts := pipeline.Options{Version: version()}
	if a.at != "" {
		if _, err := parseAt(a.at); err != nil {
			return opts, &usageError{fmt.Sprintf("--at %q is not a time", a.at), "write it like 2026-11-22 or 2026-11-22T18:00:00Z"}
		}
		opts.Now = a.now
	}
	if proxy := a.env("PULLQUOTE_PROXY"); proxy != "" {
		opts.Proxy = proxy
		if name := a.env("PULLQUOTE_PROXY_CA"); name != "" {
			pem, err := os.ReadFile(name)
			if err != nil {
				return opts, fmt.Errorf("reading PULLQUOTE_PROXY_CA: %w", err)
			}
			opts.ProxyCA = pem
		}
	}
	return opts, nil
}

// pipeline opens the workspace that --dir names or that lies around the
// current folder.
func (a *app) pipeline() (*pipeline.Pipeline, error) {
	if a.pipe != nil {
		return a.pipe, nil
	}
	opts, err := a.options()
	if err != nil {
		return nil, err
	}
	dir := a.dir
	if dir == "" {
		if dir, err = pipeline.FindWorkspace("."); err != nil {
			return nil, err
		}
	}
	ws, problems, err := pipeline.OpenWorkspace(dir)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, &pipeline.BrokenError{Problems: problems}
	}
	a.pipe = pipeline.New(ws, opts)
	return a.pipe, nil
}

// finish says how the run ended and gives the exit status.
func (a *app) finish(ctx context.Context, err error) int {
	a.clear()
	var usage *usageError
	var unknown *pipeline.UnknownError
	var broken *pipeline.BrokenError
	var quote *pipeline.QuoteError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errNeedsYou):
		return exitNeeds
	case errors.As(err, &usage):
		a.fault(usage.What, usage.Cure)
		return exitMisused
	case errors.As(err, &unknown):
		a.fault(unknown.Error(), unknown.Cure)
		return exitMisused
	case errors.Is(err, pipeline.ErrNoWorkspace):
		a.fault(err.Error(), "make one with `pullquote init`, go to yours with cd, or name it with --dir")
		return exitMisused
	case errors.As(err, &quote):
		cure := fmt.Sprintf("`pullquote show %d --text` prints the article", quote.ID)
		if near := quote.Finding.Source; near != "" {
			cure = fmt.Sprintf("the nearest it has is %q; %s", near, cure)
		}
		a.fault(err.Error(), cure)
		return exitMisused
	case errors.As(err, &broken):
		a.problems(broken.Problems)
		a.fault(err.Error(), "")
		return exitNeeds
	case ctx.Err() != nil:
		a.fault("stopped; what stood before still stands", "")
		return exitFailed
	default:
		a.fault(err.Error(), "")
		return exitFailed
	}
}

// fault prints an error as a sentence, with its cure.
func (a *app) fault(what, cure string) {
	a.tell("%s %s", paint(a.errColour, red, "pullquote:"), clean(what))
	if cure != "" {
		a.tell("    %s %s", paint(a.errColour, dim, "hint:"), clean(cure))
	}
}

// version gives the program's version from the module or the commit it was
// built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return strings.TrimPrefix(v, "v")
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "0.1.0-" + s.Value[:12]
		}
	}
	return "0.1.0"
}
