package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote"
	"github.com/pullquote/pullquote/pipeline"
	"github.com/pullquote/pullquote/pipeline/collect"
	"github.com/pullquote/pullquote/pipeline/inbox"
	"github.com/pullquote/pullquote/pipeline/issue"
	"github.com/pullquote/pullquote/pipeline/testkit"
)

// demoFiles are the sample web, and what the demo's editor decides and writes.
//
//go:embed all:demo
var demoFiles embed.FS

// demoDay is the Sunday on which the demo is played: the sample web's week ends there.
var demoDay = time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC)

func demoCommand(a *app) *cobra.Command {
	var serve bool
	cmd := &cobra.Command{
		Use:   "demo [DIR]",
		Short: "Watch a week of a newsletter happen, on a sample web of its own",
		Long: `Plays a whole week of a sample newsletter in DIR, or in a new folder of its own:
makes a workspace, serves a small web of feeds and articles on this machine's
loopback, and runs collect, inbox, pick, draft, check, publish and render on it.
The stages are the ones the commands run; only the editor's part (which stories,
which quotes, which notes) is read from a script. It needs no network.`,
		Example: `  pullquote demo
  pullquote demo --serve`,
		Annotations: exits(""),
		Args:        upTo(1, "one folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := ""
			if len(args) == 1 {
				dir = filepath.Join(a.dir, args[0])
				if err := emptyFolder(dir); err != nil {
					return err
				}
			} else {
				var err error
				if dir, err = os.MkdirTemp("", "pullquote-demo-"); err != nil {
					return err
				}
			}
			d, err := newDemo(a, dir)
			if err != nil {
				return err
			}
			defer d.close()
			if err := d.play(cmd.Context()); err != nil {
				return err
			}
			if serve {
				return a.serveSite(cmd.Context(), filepath.Join(dir, "out", "site"))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&serve, "serve", false, "then keep the rendered site open in a browser until Ctrl-C")
	return cmd
}

// emptyFolder makes sure that a demo overwrites nothing.
func emptyFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		return &usageError{fmt.Sprintf("%s is not empty", dir), "name a new folder, or none: the demo then makes one"}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// script is what the demo's editor decides and writes: demo/picks.yaml.
type script struct {
	Title       string       `yaml:"title"`
	Description string       `yaml:"description"`
	Intro       string       `yaml:"intro"`
	Items       []scriptItem `yaml:"items"`
}

type scriptItem struct {
	URL    string   `yaml:"url"`
	Quotes []string `yaml:"quotes"`
	Note   string   `yaml:"note"`
}

// demo is a week being played.
type demo struct {
	*app
	dir    string
	script script
	web    *testkit.Web
	pipe   *pipeline.Pipeline
}

// newDemo makes the workspace and serves the sample web.
func newDemo(a *app, dir string) (*demo, error) {
	d := &demo{app: a, dir: dir}
	src, err := demoFiles.ReadFile("demo/picks.yaml")
	if err != nil {
		return nil, err
	}
	if problems := issue.DecodeYAML("demo/picks.yaml", src, &d.script); len(problems) > 0 {
		return nil, &pipeline.BrokenError{Problems: problems}
	}
	for _, part := range []struct {
		fsys fs.FS
		root string
	}{{pullquote.Sample(), "."}, {demoFiles, "demo/workspace"}} {
		sub, err := fs.Sub(part.fsys, part.root)
		if err != nil {
			return nil, err
		}
		if err := copyTree(dir, sub); err != nil {
			return nil, fmt.Errorf("making the demo's workspace: %w", err)
		}
	}
	files, err := fs.Sub(demoFiles, "demo/web")
	if err != nil {
		return nil, err
	}
	if d.web, err = testkit.NewWeb(files); err != nil {
		return nil, fmt.Errorf("serving the sample web: %w", err)
	}
	ws, problems, err := pipeline.OpenWorkspace(dir)
	if err == nil && len(problems) > 0 {
		err = &pipeline.BrokenError{Problems: problems}
	}
	if err != nil {
		d.web.Close()
		return nil, err
	}
	d.pipe = pipeline.New(ws, pipeline.Options{
		Version: version(), Now: func() time.Time { return demoDay },
		Proxy: d.web.Proxy(), ProxyCA: d.web.CA(),
	})
	return d, nil
}

func (d *demo) close() {
	d.pipe.Close()
	d.web.Close()
}

// copyTree writes the files of fsys into dir.
func copyTree(dir string, fsys fs.FS) error {
	return fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		body, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		return pipeline.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), body)
	})
}

// stage prints the heading of a stage, with the command that does the same.
func (d *demo) stage(command, says string) {
	d.say("")
	d.say("%s  %s", d.style(bold, "$ pullquote "+command), d.style(dim, says))
}

// play is the week, stage by stage.
func (d *demo) play(ctx context.Context) error {
	name := d.pipe.Newsletter.Name
	d.say("A week of %q, in %s", name, d.dir)
	d.say("It is %s. The web it reads is served on this machine only.", demoDay.Format("Sunday 2 January 2006"))

	d.stage("collect", "ask every feed, fetch the pages of what is new")
	report, err := d.pipe.Collect(ctx, pipeline.CollectOptions{Progress: func(p pipeline.Progress) { d.progressLine(p, time.Now()) }})
	if err != nil {
		return err
	}
	if report.Stopped {
		return context.Canceled
	}
	d.collected(report, false)

	d.stage("inbox -n 8", "what waits for the editor, newest first")
	list, err := d.pipe.Inbox(ctx, inbox.Filter{Limit: 8})
	if err != nil {
		return err
	}
	d.inbox(list)

	ids, err := d.ids(ctx)
	if err != nil {
		return err
	}
	first := ids[0]
	d.stage(fmt.Sprintf("show %d", first), "one story, and the passages of it worth quoting")
	shown, err := d.pipe.Show(ctx, first)
	if err != nil {
		return err
	}
	shown.Offers = shown.Offers[:min(2, len(shown.Offers))]
	d.shown(shown)

	last := len(ids) - 1
	for i, id := range ids[:last] {
		if err := d.pick(ctx, id, d.script.Items[i]); err != nil {
			return err
		}
	}
	d.stage(fmt.Sprintf("draft %q", d.script.Title), "the picks become a numbered issue with blanks for the notes")
	drafted, err := d.draft(ctx, d.script.Title)
	if err != nil {
		return err
	}
	file := filepath.Join("issues", drafted.File)

	d.stage("check", "what is left to do: nothing is published with a blank in it")
	if err := d.check(ctx, drafted.File, 3); err != nil {
		return err
	}

	d.say("")
	d.say("%s", d.style(dim, fmt.Sprintf("... the editor writes her notes in %s; then one more story comes in ...", file)))
	if err := d.write(drafted.File, append([]string{d.script.Description, d.script.Intro}, notes(d.script.Items[:last])...)); err != nil {
		return err
	}
	if err := d.pick(ctx, ids[last], d.script.Items[last]); err != nil {
		return err
	}
	d.stage("draft", "only adds: every byte she typed stays")
	if _, err := d.draft(ctx, ""); err != nil {
		return err
	}
	if err := d.write(drafted.File, notes(d.script.Items[last:])); err != nil {
		return err
	}

	d.stage("check", "every quote is held against the page it came from")
	if err := d.check(ctx, drafted.File, 0); err != nil {
		return err
	}
	number := strconv.Itoa(issueNumber(drafted.File))
	d.stage("publish "+number, "with the evidence of each quote")
	published, err := d.pipe.Publish(ctx, drafted.File)
	if err != nil {
		return err
	}
	d.say("published issues/%s, dated %s", published.File, published.Date.Format("2 January 2006"))
	d.say("evidence in issues/%s", published.Evidence)

	d.stage("render", "the site, and each issue as HTML mail, plain text and .eml")
	rendered, err := d.pipe.Render(ctx, pipeline.RenderOptions{})
	if err != nil {
		return err
	}
	d.say("%s, %s: %d written.", count(rendered.Issues, "issue"), count(rendered.Files, "file"), rendered.Written)
	is, _, err := d.pipe.Issue(drafted.File)
	if err != nil {
		return err
	}
	d.say("")
	d.say("%s", d.style(bold, "Where to look"))
	for _, row := range [][2]string{
		{"the draft she wrote in", file},
		{"the proof of its quotes", filepath.Join("issues", filepath.FromSlash(published.Evidence))},
		{"the page", filepath.Join("out", "site", filepath.FromSlash(strings.Trim(is.Permalink, "/")), "index.html")},
		{"the archive", filepath.Join("out", "site", "archive", "index.html")},
		{"the mail", filepath.Join("out", "email", fmt.Sprintf("%04d.html", is.Number))},
		{"the mail as plain text", filepath.Join("out", "email", fmt.Sprintf("%04d.txt", is.Number))},
	} {
		d.say("  %-24s %s", row[0], filepath.Join(d.dir, row[1]))
	}
	d.next("cd %s && pullquote issues; then make your own: pullquote init news", d.dir)
	return nil
}

// ids finds the candidates that the script names by address.
func (d *demo) ids(ctx context.Context) ([]int64, error) {
	all, err := d.pipe.Inbox(ctx, inbox.Filter{})
	if err != nil {
		return nil, err
	}
	byURL := map[string]int64{}
	for _, c := range all {
		byURL[c.URL] = c.ID
	}
	var ids []int64
	for _, item := range d.script.Items {
		key, err := collect.Canonical(item.URL)
		if err != nil {
			return nil, err
		}
		id, ok := byURL[key]
		if !ok {
			return nil, fmt.Errorf("the demo's inbox has no %s", item.URL)
		}
		ids = append(ids, id)
	}
	if len(ids) < 2 {
		return nil, errors.New("the demo's script has too few stories")
	}
	return ids, nil
}

func (d *demo) pick(ctx context.Context, id int64, item scriptItem) error {
	pick, err := d.pipe.Pick(ctx, id, item.Quotes, "")
	if err != nil {
		return err
	}
	d.stage(fmt.Sprintf("pick %d %q", id, cut(item.Quotes[0], 36)), "")
	d.say("picked %d with %s: %s", id, count(len(pick.Quotes), "quote"), clean(title(pick.Candidate)))
	return nil
}

func (d *demo) draft(ctx context.Context, title string) (pipeline.DraftReport, error) {
	report, err := d.pipe.Draft(ctx, title)
	if err != nil {
		return report, err
	}
	if report.Created {
		d.say("wrote issues/%s with %s", report.File, count(len(report.Added), "item"))
	} else {
		d.say("added %s to issues/%s; what stood there stands", count(len(report.Added), "item"), report.File)
	}
	for _, t := range report.Added {
		d.say("  + %s", clean(t))
	}
	return report, nil
}

// check prints at most show problems; the rest are counted.
func (d *demo) check(ctx context.Context, file string, show int) error {
	checked, err := d.pipe.Check(ctx, []string{file})
	if err != nil {
		return err
	}
	left := pipeline.Refusing(checked.Problems)
	if show == 0 && len(left) > 0 {
		return &pipeline.BrokenError{Problems: left}
	}
	d.problems(left[:min(show, len(left))])
	if len(left) > show {
		d.say("... and %d more", len(left)-show)
	}
	if len(left) == 0 {
		d.say("%s: nothing to cure.", strings.Join(checked.Files, ", "))
	}
	return nil
}

// write is the editor at her text editor: each blank of the file, in order,
// becomes what she writes there.
func (d *demo) write(file string, texts []string) error {
	name := d.pipe.IssuePath(file)
	body, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	lines := strings.Split(string(body), "\n")
	for i, line := range lines {
		before, rest, blank := strings.Cut(line, "TODO:")
		if !blank || len(texts) == 0 {
			continue
		}
		after := ""
		if strings.HasSuffix(before, `"`) && strings.HasSuffix(rest, `"`) {
			after = `"` // a quoted value of the front matter
		}
		lines[i] = before + texts[0] + after
		texts = texts[1:]
	}
	if len(texts) > 0 {
		return fmt.Errorf("the demo has %d texts more than issues/%s has blanks", len(texts), file)
	}
	return pipeline.WriteFile(name, []byte(strings.Join(lines, "\n")))
}

func notes(items []scriptItem) []string {
	var out []string
	for _, item := range items {
		out = append(out, item.Note)
	}
	return out
}

// issueNumber reads the number a file name begins with.
func issueNumber(file string) int {
	digits, _, _ := strings.Cut(file, "-")
	n, _ := strconv.Atoi(digits)
	return n
}

// serveSite serves a rendered site on loopback until Ctrl-C and opens it in a
// browser when there is a person to see it.
func (a *app) serveSite(ctx context.Context, dir string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("serving the site: %w", err)
	}
	address := "http://" + listener.Addr().String() + "/"
	server := &http.Server{Handler: http.FileServer(http.Dir(dir)), ReadHeaderTimeout: 10 * time.Second}
	a.say("")
	a.say("The site is at %s until you press Ctrl-C.", address)
	if a.progress {
		openBrowser(address)
	}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// openBrowser asks the desktop to open an address; where there is none,
// nothing happens, and the address has been printed.
func openBrowser(address string) {
	name, args := "xdg-open", []string{address}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", address}
	}
	cmd := exec.Command(name, args...)
	if cmd.Start() == nil {
		go func() { _ = cmd.Wait() }()
	}
}
