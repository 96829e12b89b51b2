package main

import (
	"path/filepath"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline"
)

func renderCommand(a *app) *cobra.Command {
	var opts pipeline.RenderOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "render [-o DIR]",
		Short: "Make the site and the emails",
		Long: `Makes out/site (pages, archive, feed, sitemap) and out/email (NNNN.html, NNNN.txt,
NNNN.eml) from issues/. The same issues give the same bytes. Files that are as
they were are not written; files that are no longer made are removed; what
others put there is never touched. A broken issue stops it before anything is
written: the old output stands whole.

With --site the emails are neither made nor touched. A host that builds the site
needs none, and sending makes its own.`,
		Example: `  pullquote render
  pullquote render --site
  pullquote render -o try --drafts --base http://localhost:8000/`,
		Annotations: exits("an issue is broken; nothing was written"),
		Args:        exactly(0, "flags"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			// Little of what a render makes stays: to collect garbage only where memory
			// is short is a fifth of the time. There is room for what is kept of each
			// issue until the end, some 2 KB, and 1 KB more with its mails; the site of ten
			// thousand issues takes 64 MiB in all, with 20 of the program itself.
			if a.env("GOGC") == "" {
				files, err := filepath.Glob(p.IssuePath("*.md"))
				if err != nil {
					return err
				}
				each := int64(3 << 10)
				if opts.Site {
					each = 2 << 10
				}
				defer debug.SetGCPercent(debug.SetGCPercent(-1))
				defer debug.SetMemoryLimit(debug.SetMemoryLimit(max(40<<20, 28<<20+int64(len(files))*each)))
			}
			report, err := p.Render(cmd.Context(), opts)
			if err != nil {
				return err
			}
			if asJSON {
				return a.json(map[string]any{
					"out": report.Out, "issues": report.Issues, "files": report.Files,
					"written": report.Written, "removed": report.Removed, "problems": orEmpty(report.Problems),
				})
			}
			a.problems(report.Problems)
			a.say("%s, %s in %s: %d written, %d removed.", count(report.Issues, "issue"), count(report.Files, "file"),
				report.Out, report.Written, report.Removed)
			a.next("open %s", filepath.Join(report.Out, "site", "index.html"))
			return nil
		},
	}
	cmd.Flags().StringVarP(&opts.Out, "out", "o", "", "write to `DIR` instead of out/ in the workspace")
	cmd.Flags().BoolVar(&opts.Site, "site", false, "make the site alone")
	cmd.Flags().BoolVar(&opts.Drafts, "drafts", false, "render drafts, too")
	cmd.Flags().StringVar(&opts.Base, "base", "", "the site's `URL`, instead of the one in pullquote.yaml")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what was done as JSON")
	return cmd
}
