package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline"
	"github.com/pullquote/pullquote/pipeline/collect"
	"github.com/pullquote/pullquote/pipeline/extract"
)

// maxFile is the largest file that read and sources test take, decompressed:
// what collect takes from the network is less.
const maxFile = 64 << 20

func readCommand(a *app) *cobra.Command {
	var base string
	var asJSON, quotesOnly bool
	cmd := &cobra.Command{
		Use:   "read FILE|URL...",
		Short: "Read pages alone: the article and the quotes it offers",
		Long: `Reads pages from files (.html, .pdf, .txt, each also with .gz) or addresses, and
shows the article and the quotes it offers. Nothing is kept. With --json one line a
page: file, url, title, site, authors, published, modified, language, canonical, text, blocks
of kind and text, quotes of exact, prefix, suffix, score and reasons, error.
Many files are read on all cores; the lines keep the order of the arguments.`,
		Example: `  pullquote read https://blog.example/2026/tokens
  pullquote read page.html --base https://blog.example/2026/tokens
  pullquote read --json pages/*.html.gz | jq -r .title`,
		Annotations: exits("a page could not be read"),
		Args:        atLeast(1, "a file or address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if base != "" && len(args) > 1 {
				return &usageError{"--base goes with one file", "read the files one at a time"}
			}
			failed := 0
			err := a.readAll(cmd.Context(), args, base, func(r pageRead) error {
				if r.Error != "" {
					failed++
				}
				if asJSON {
					return a.jsonLine(r)
				}
				a.article(r, quotesOnly, len(args) > 1)
				return nil
			})
			if err != nil {
				return err
			}
			if failed > 0 && (failed < len(args) || asJSON) {
				return errNeedsYou
			}
			if failed > 0 {
				return errNeedsYou
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&base, "base", "", "the `URL` the file came from")
	cmd.Flags().BoolVar(&quotesOnly, "quotes", false, "print the quotes only, not the article")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one line of JSON a page")
	return cmd
}

// pageRead is one page as read --json prints it.
type pageRead struct {
	File string `json:"file"`
	extract.Article
	Text   string          `json:"text"`
	Quotes []extract.Quote `json:"quotes"`
	// Indicators are places in text.
	Indicators []extract.Indicator `json:"indicators"`
	Error      string              `json:"error"`
}

// readAll reads pages on all cores and gives them in the order of the arguments.
func (a *app) readAll(ctx context.Context, args []string, base string, give func(pageRead) error) error {
	type job struct {
		arg  string
		done chan pageRead
	}
	workers := runtime.GOMAXPROCS(0)
	jobs := make(chan job)
	queue := make(chan job, 2*workers) // bounds what is read ahead
	var wg sync.WaitGroup
	for range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := range jobs {
				j.done <- a.readOne(ctx, j.arg, base)
			}
		}()
	}
	stop := make(chan struct{})
	go func() {
		defer close(queue)
		defer close(jobs)
		for _, arg := range args {
			j := job{arg, make(chan pageRead, 1)}
			select {
			case queue <- j:
			case <-stop:
				return
			}
			select {
			case jobs <- j:
			case <-stop:
				j.done <- pageRead{}
				return
			}
		}
	}()
	var err error
	for j := range queue {
		if err != nil {
			continue
		}
		r := <-j.done
		if err = give(r); err == nil {
			err = ctx.Err()
		}
		if err != nil {
			close(stop)
		}
	}
	wg.Wait()
	return err
}

// readOne reads one page; what goes wrong is a fact on its row.
func (a *app) readOne(ctx context.Context, arg, base string) pageRead {
	out := pageRead{File: arg}
	var err error
	if isAddress(arg) {
		var page collect.Page
		if page, err = a.fetch(ctx, arg); err == nil {
			out.Article, err = pipeline.ReadPage(page)
		}
	} else {
		var body []byte
		if body, err = readFile(arg); err == nil {
			contentType := ""
			if strings.HasSuffix(strings.TrimSuffix(arg, ".gz"), ".txt") {
				contentType = "text/plain"
			}
			out.Article, err = extract.Read(extract.Input{URL: base, ContentType: contentType, Body: body})
		}
	}
	if err != nil {
		out.Error = err.Error()
	}
	out.Text = out.Article.Text()
	out.Authors, out.Blocks = orEmpty(out.Authors), orEmpty(out.Blocks)
	out.Quotes = orEmpty(out.Article.Quotes())
	out.Indicators = orEmpty(out.Article.Indicators())
	return out
}

func isAddress(arg string) bool {
	return strings.HasPrefix(arg, "http://") || strings.HasPrefix(arg, "https://")
}

// fetch gets one page by the rules of the workspace, or of none.
func (a *app) fetch(ctx context.Context, url string) (collect.Page, error) {
	collector, err := a.collector()
	if err != nil {
		return collect.Page{}, err
	}
	var page collect.Page
	err = collector.Pages(ctx, []string{url}, func(p collect.Page) error { page = p; return nil })
	if err == nil && page.Error != "" {
		err = errors.New(page.Error)
	}
	return page, err
}

// collector is the workspace's when there is one, else a plain one.
func (a *app) collector() (*collect.Collector, error) {
	p, err := a.pipeline()
	if errors.Is(err, pipeline.ErrNoWorkspace) && a.dir == "" {
		opts, oerr := a.options()
		if oerr != nil {
			return nil, oerr
		}
		p, err = pipeline.New(pipeline.Workspace{}, opts), nil
	}
	if err != nil {
		return nil, err
	}
	return p.Collector(true)
}

// readFile reads a file, decompressed when its name ends in .gz; "-" is
// standard input's place in other programs and means a file here, too.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, &usageError{fmt.Sprintf("there is no file %s", name), "an address begins with https:// or http://"}
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		r = z
	}
	var b bytes.Buffer
	n, err := io.Copy(&b, io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if n > maxFile {
		return nil, fmt.Errorf("%s is larger than %d MB", name, maxFile>>20)
	}
	return b.Bytes(), nil
}

// article prints one page as a person reads it.
func (a *app) article(r pageRead, quotesOnly, named bool) {
	if r.Error != "" {
		a.tell("%s: %s", r.File, clean(r.Error))
		return
	}
	width := min(a.width, 88)
	if named {
		a.say("%s", a.style(dim, r.File))
	}
	a.say("%s", a.style(bold, clean(r.Title)))
	var facts []string
	for _, f := range []string{r.Site, strings.Join(r.Authors, ", "), r.Published, r.Language, fmt.Sprintf("%d words", r.Words), r.Canonical} {
		if f != "" {
			facts = append(facts, f)
		}
	}
	a.say("%s", a.style(dim, clean(strings.Join(facts, " · "))))
	for _, n := range r.Notes {
		a.say("%s", a.style(yellow, clean(n)))
	}
	if !quotesOnly {
		for _, b := range r.Blocks {
			a.say("")
			prefix, rest := "", ""
			switch b.Kind {
			case extract.Heading:
				prefix = "## "
			case extract.List:
				prefix, rest = "- ", "  "
			case extract.Blockquote:
				prefix, rest = "> ", "> "
			case extract.Code:
				a.say("%s", cleanText(b.Text))
				continue
			}
			for i, l := range wrap(clean(b.Text), width-len(prefix)) {
				if i == 0 {
					a.say("%s%s", prefix, l)
				} else {
					a.say("%s%s", rest, l)
				}
			}
		}
	}
	for i, q := range r.Quotes {
		a.say("")
		a.say("%s %s", a.style(bold, fmt.Sprintf("[%d]", i+1)), a.style(dim, clean(strings.Join(q.Reasons, ", "))))
		for _, l := range wrap(clean(q.Exact), width-4) {
			a.say("    %s", l)
		}
	}
}
