package pipeline

// Extract, the stage as a command: which kept pages give an article, and what a
// newer extractor changes in them.

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/pullquote/pullquote/pipeline/collect"
	"github.com/pullquote/pullquote/pipeline/extract"
	"github.com/pullquote/pullquote/pipeline/inbox"
)

// ExtractOptions say which pages to read. The zero value tells of all kept pages.
type ExtractOptions struct {
	IDs      []int64 // candidates; empty means all
	Again    bool    // read every page anew and remember what it gives now
	Progress func(Progress)
}

// Extracted is one kept page with what could be made of it.
type Extracted struct {
	ID    int64          `json:"id"`
	Link  string         `json:"link"`
	Now   inbox.Reading  `json:"now"`
	Was   *inbox.Reading `json:"was,omitempty"` // what was remembered of the same page; nil when it is read for the first time
	Notes []string       `json:"notes,omitempty"`
	// Changes says in words what is other than it was; empty when nothing is.
	Changes []string `json:"changes,omitempty"`
	// Lost are quotes picked from the article that are not in it (any more).
	Lost []string `json:"lost_quotes,omitempty"`
}

// ExtractReport is what a run of Extract gave.
type ExtractReport struct {
	Extractor string      `json:"extractor"`
	Pages     []Extracted `json:"pages"` // by ID
	Articles  int         `json:"articles"`
	Failed    int         `json:"failed"`  // pages that give no article
	Changed   int         `json:"changed"` // of the pages read before
	Lost      int         `json:"lost_quotes"`
}

// Trouble tells whether anything of the run needs the editor.
func (r ExtractReport) Trouble() bool { return r.Failed > 0 || r.Lost > 0 }

// Extract makes the articles of kept pages, on all cores, and tells which pages
// give none. It keeps no article; of each it remembers what it looked like, so
// that with Again it can say what a newer extractor changes. What is remembered
// of this extractor is believed unless Again is set. The error is ours (the
// database); a page that gives no article is a row.
func (p *Pipeline) Extract(ctx context.Context, opts ExtractOptions) (ExtractReport, error) {
	report := ExtractReport{Extractor: extract.Version, Pages: []Extracted{}}
	box, err := p.openInbox(ctx)
	if err != nil {
		return report, err
	}
	for _, id := range opts.IDs {
		if _, err := p.candidate(ctx, id); err != nil {
			return report, err
		}
	}
	all, err := box.List(ctx, inbox.Filter{Place: inbox.All})
	if err != nil {
		return report, err
	}
	known, err := box.Readings(ctx)
	if err != nil {
		return report, err
	}
	picks, err := box.Picks(ctx)
	if err != nil {
		return report, err
	}
	quotes := map[int64][]extract.Quote{}
	for _, pick := range picks {
		quotes[pick.Candidate.ID] = pick.Quotes
	}
	slices.SortFunc(all, func(a, b inbox.Candidate) int { return int(a.ID - b.ID) })
	var jobs []extractJob
	for _, c := range all {
		if !c.Page.Kept || len(opts.IDs) > 0 && !slices.Contains(opts.IDs, c.ID) {
			continue
		}
		j := extractJob{candidate: c, quotes: quotes[c.ID], again: opts.Again}
		if was, ok := known[c.URL]; ok && was.Fetched.Equal(c.Page.Fetched) {
			j.was = &was
		}
		jobs = append(jobs, j)
	}

	rows := make([]Extracted, len(jobs))
	var fresh []inbox.Reading
	flush := func() error {
		err := box.SaveReadings(context.WithoutCancel(ctx), fresh)
		fresh = fresh[:0]
		return err
	}
	done := 0
	err = p.extractAll(ctx, box, jobs, func(i int, row Extracted) error {
		rows[i] = row
		if row.Was == nil || opts.Again {
			fresh = append(fresh, row.Now)
		}
		done++
		if opts.Progress != nil {
			opts.Progress(Progress{What: "pages", Done: done, Total: len(jobs)})
		}
		if len(fresh) >= 50 {
			return flush()
		}
		return nil
	})
	if ferr := flush(); err == nil {
		err = ferr
	}
	if err != nil {
		return report, err
	}
	for _, row := range rows {
		report.add(row)
	}
	return report, nil
}

func (r *ExtractReport) add(row Extracted) {
	r.Pages = append(r.Pages, row)
	if row.Now.Error != "" {
		r.Failed++
	} else {
		r.Articles++
	}
	if len(row.Changes) > 0 {
		r.Changed++
	}
	r.Lost += len(row.Lost)
}

// extractJob is one page to read.
type extractJob struct {
	candidate inbox.Candidate
	quotes    []extract.Quote // picked from it
	was       *inbox.Reading
	again     bool
}

// extractAll reads pages on all cores and gives the rows as they are done, from
// one goroutine. One page a core is in memory.
func (p *Pipeline) extractAll(ctx context.Context, box *inbox.Inbox, jobs []extractJob, give func(int, Extracted) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		i   int
		row Extracted
		err error
	}
	next, results := make(chan int), make(chan result)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				row, err := extractOne(ctx, box, jobs[i])
				results <- result{i, row, err}
			}
		})
	}
	go func() {
		defer close(results)
		for i := range jobs {
			select {
			case next <- i:
				continue
			case <-ctx.Done():
			}
			break
		}
		close(next)
		workers.Wait()
	}()
	var failed error
	for r := range results {
		if failed == nil {
			if failed = r.err; failed == nil {
				failed = give(r.i, r.row)
			}
			if failed != nil {
				cancel()
			}
		}
	}
	if failed == nil {
		failed = ctx.Err()
	}
	return failed
}

// extractOne reads one page, unless this extractor has read it and need not
// look for quotes in it.
func extractOne(ctx context.Context, box *inbox.Inbox, j extractJob) (Extracted, error) {
	row := Extracted{ID: j.candidate.ID, Link: j.candidate.Link, Was: j.was}
	if j.was != nil && j.was.Extractor == extract.Version && !j.again && len(j.quotes) == 0 {
		row.Now = *j.was
		return row, nil
	}
	page, ok, err := box.Page(ctx, j.candidate.URL)
	if err != nil {
		return row, err
	}
	if !ok {
		row.Now = inbox.Reading{URL: j.candidate.URL, Fetched: j.candidate.Page.Fetched, Extractor: extract.Version, Authors: []string{}, Error: "its page is no longer kept"}
		return row, nil
	}
	article, err := ReadPage(page)
	row.Now, row.Notes = readingOf(j.candidate.URL, page, article, err), article.Notes
	if j.was != nil {
		row.Changes = changesOf(*j.was, row.Now)
	}
	if len(j.quotes) > 0 {
		source := extract.NewSource(article.Text())
		for _, q := range j.quotes {
			for part := range strings.SplitSeq(q.Exact, "\n\n") {
				if !source.Find(part).Verdict.OK() {
					row.Lost = append(row.Lost, q.Exact)
					break
				}
			}
		}
	}
	return row, nil
}

// readingOf is what is remembered of an article.
func readingOf(url string, page collect.Page, a extract.Article, err error) inbox.Reading {
	r := inbox.Reading{URL: url, Fetched: page.Fetched, Extractor: extract.Version, Authors: []string{}}
	if err != nil {
		r.Error = err.Error()
		return r
	}
	r.Title, r.Authors, r.Published, r.Words, r.Blocks = a.Title, a.Authors, a.Published, a.Words, len(a.Blocks)
	if body, err := json.Marshal(a); err == nil {
		sum := sha256.Sum256(body)
		r.Hash = hex.EncodeToString(sum[:])
	}
	return r
}

// changesOf says in words what is other than it was.
func changesOf(was, now inbox.Reading) []string {
	var out []string
	say := func(what, before, after string) {
		if before == "" {
			before = "none"
		}
		if after == "" {
			after = "none"
		}
		if before != after {
			out = append(out, fmt.Sprintf("%s: %s, was %s", what, after, before))
		}
	}
	switch {
	case was.Error != "" && now.Error == "":
		return []string{fmt.Sprintf("has an article now (%d words); before: %s", now.Words, was.Error)}
	case was.Error == "" && now.Error != "":
		return []string{fmt.Sprintf("has no article any more (it had %d words): %s", was.Words, now.Error)}
	case was.Error != "":
		say("reason", was.Error, now.Error)
		return out
	}
	say("title", was.Title, now.Title)
	say("authors", strings.Join(was.Authors, ", "), strings.Join(now.Authors, ", "))
	say("published", was.Published, now.Published)
	say("words", fmt.Sprint(was.Words), fmt.Sprint(now.Words))
	say("blocks", fmt.Sprint(was.Blocks), fmt.Sprint(now.Blocks))
	if len(out) == 0 && was.Hash != now.Hash {
		out = append(out, "its wording or other facts")
	}
	return out
}

// firstReading makes the article of a candidate and remembers what it looks
// like, if that is not known yet.
func (p *Pipeline) firstReading(ctx context.Context, url string) (extract.Article, bool, error) {
	article, page, ok, err := p.Article(ctx, url)
	if page.URL == "" || page.Error != "" {
		return article, ok, err // no page is kept
	}
	if serr := p.inbox.FirstReading(ctx, readingOf(url, page, article, err)); serr != nil {
		return article, false, serr
	}
	return article, ok, err
}
