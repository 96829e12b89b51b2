package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline"
	"github.com/pullquote/pullquote/pipeline/render"
)

func previewCommand(a *app) *cobra.Command {
	var show bool
	cmd := &cobra.Command{
		Use:   "preview [ISSUE]",
		Short: "All editions of an issue side by side",
		Long: `Renders everything, drafts included, into out/preview and lays the editions of one
issue side by side: the mail light, dark, inverted, on a phone and without its
style, the plain text, and the web page; with what differs between them and what
mail clients lose. Without ISSUE it takes the newest. It is opened in your
browser ($BROWSER, or the system's own); --no-open only writes it.`,
		Example: `  pullquote preview 12
  pullquote preview --no-open`,
		Annotations:       exits("the editions differ"),
		Args:              upTo(1, "one issue"),
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
				if len(archive.Heads) == 0 {
					return &usageError{"there is no issue to preview", "make a draft first: pullquote draft"}
				}
				ref = archive.Heads[len(archive.Heads)-1].File
			}
			is, _, err := p.Issue(ref)
			if err != nil {
				return err
			}
			out := filepath.Join(p.Dir, "out", "preview")
			if _, err := p.Render(cmd.Context(), pipeline.RenderOptions{Out: out, Drafts: true, Site: true}); err != nil {
				return err
			}
			in := render.Input{Publication: p.Newsletter.Publication, Templates: p.Templates()}
			html, text, _, err := render.EmailWithText(in, is, p.OwnText)
			if err != nil {
				return err
			}
			page, err := os.ReadFile(filepath.Join(out, "site", filepath.FromSlash(is.Permalink), "index.html"))
			if err != nil {
				return fmt.Errorf("reading the rendered page: %w", err)
			}
			differences, err := render.Editions(in, is, page, html, text)
			if err != nil {
				return err
			}
			address := (&url.URL{Path: path.Join("site", is.Permalink, "index.html")}).String()
			name := filepath.Join(out, strings.TrimSuffix(is.File, ".md")+".html")
			if err := pipeline.WriteFile(name, render.Preview(is.Title, address, html, text, differences)); err != nil {
				return err
			}
			a.say("%s shows every edition of %s.", name, is.File)
			for _, d := range differences {
				a.say("%s", d)
			}
			if show {
				a.browse(name)
			}
			if len(differences) > 0 {
				return errNeedsYou
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&show, "open", true, "open it in the browser")
	noOpen := cmd.Flags().Bool("no-open", false, "only write it")
	cmd.PreRun = func(*cobra.Command, []string) { show = show && !*noOpen }
	_ = cmd.Flags().MarkHidden("open")
	return cmd
}

// browse opens a file in the browser; where there is none, its name has been
// printed.
func (a *app) browse(name string) {
	command := []string{"xdg-open"}
	switch runtime.GOOS {
	case "darwin":
		command = []string{"open"}
	case "windows":
		command = []string{"rundll32", "url.dll,FileProtocolHandler"}
	}
	if own := strings.Fields(a.env("BROWSER")); len(own) > 0 {
		command = own
	}
	if err := exec.Command(command[0], append(command[1:], name)...).Start(); err != nil {
		a.say("No browser could be started; open the file yourself.")
	}
}
