package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pullquote/pullquote/pipeline/collect"
	"github.com/pullquote/pullquote/pipeline/extract"
	"github.com/pullquote/pullquote/pipeline/inbox"
	"github.com/pullquote/pullquote/pipeline/issue"
	"github.com/pullquote/pullquote/templates"
)

// Options are what a Pipeline needs besides its workspace. The zero value works.
type Options struct {
	Version string
	Now     func() time.Time // the clock; nil means time.Now
	Proxy   string           // asked instead of pullquote.yaml's collect.proxy
	ProxyCA []byte           // PEM; with Proxy
}

// Pipeline is a workspace with the machine around it: one method a stage.
// Close it after use.
type Pipeline struct {
	Workspace
	opts  Options
	inbox *inbox.Inbox // opened by the first stage that needs it
}

// New puts the machine around a workspace.
func New(ws Workspace, opts Options) *Pipeline {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Pipeline{Workspace: ws, opts: opts}
}

// Close lets go of what the stages opened.
func (p *Pipeline) Close() error {
	if p.inbox == nil {
		return nil
	}
	return p.inbox.Close()
}

// openInbox opens inbox.db when a stage first needs it, and not before: render
// and check work without one.
func (p *Pipeline) openInbox(ctx context.Context) (*inbox.Inbox, error) {
	if p.inbox != nil {
		return p.inbox, nil
	}
	box, err := inbox.Open(ctx, p.path("inbox.db"), p.opts.Now)
	if err != nil {
		return nil, fmt.Errorf("opening inbox.db: %w", err)
	}
	p.inbox = box
	return box, nil
}

// Collector gives a collector as pullquote.yaml and the options want it.
func (p *Pipeline) Collector(force bool) (*collect.Collector, error) {
	cfg := collect.Config{
		Version: p.opts.Version, Contact: p.Newsletter.Collect.Contact, Allow: p.Newsletter.Collect.Allow,
		Proxy: p.Newsletter.Collect.Proxy, Workers: p.Newsletter.Collect.Workers, Now: p.opts.Now, Force: force,
	}
	if cfg.Contact == "" {
		cfg.Contact = p.Newsletter.URL
	}
	if name := p.Newsletter.Collect.ProxyCA; name != "" {
		pem, err := os.ReadFile(p.path(name))
		if err != nil {
			return nil, fmt.Errorf("reading proxy-ca of %s: %w", NewsletterFile, err)
		}
		cfg.ProxyCA = pem
	}
	if p.opts.Proxy != "" {
		cfg.Proxy, cfg.ProxyCA = p.opts.Proxy, p.opts.ProxyCA
	}
	return collect.New(cfg)
}

// ---- 1 collect: sources -> entries and raw pages

// CollectOptions say what to collect. The zero value asks every source that is
// due and fetches the pages of what is new.
type CollectOptions struct {
	Sources []string // names or addresses; empty means all
	NoPages bool     // feeds only
	Force   bool     // ask what is not due, too
	// Progress is called as things are done, from one goroutine at a time; may be nil.
	Progress func(Progress)
}

// Progress says how far a stage is.
type Progress struct {
	What        string // "feeds" or "pages"
	Done, Total int
	Busy        func() []collect.Waiting // gives what is waited for, longest first
}

// SourceReport is what one source gave in this run.
type SourceReport struct {
	collect.Result
	New int // candidates not seen before
}

// CollectReport is what a run of Collect gave.
type CollectReport struct {
	Sources     []SourceReport // in the order of sources/
	New         int            // candidates not seen before, links by hand included
	Pages       int            // fetched and kept
	FailedPages []collect.Page
	Slips       []issue.Problem // faults in sources/
	Stopped     bool            // by Ctrl-C, with what was in hand kept
	Left        int             // sources not come to when it was stopped
}

// Trouble tells whether anything of the run needs the editor.
func (r CollectReport) Trouble() bool {
	for _, s := range r.Sources {
		if s.Error != "" {
			return true
		}
	}
	return len(r.Slips) > 0
}

// A batch of results is stored in one transaction: it is full with so many of
// them, or so many entries.
const (
	batchResults = 50
	batchEntries = 2000
)

// Collect asks the sources that are due, puts what is new into the inbox and
// fetches the pages of what is new. What goes wrong with a source is a fact in
// the report; the error is ours (the disk, the database).
func (p *Pipeline) Collect(ctx context.Context, opts CollectOptions) (CollectReport, error) {
	var report CollectReport
	sources, slips := p.ReadSources()
	report.Slips = slips
	chosen, err := choose(sources.Feeds, opts.Sources)
	if err != nil {
		return report, err
	}
	box, err := p.openInbox(ctx)
	if err != nil {
		return report, err
	}
	if len(opts.Sources) == 0 {
		fresh, err := p.saveLinks(ctx, box, sources.Links)
		if err != nil {
			return report, err
		}
		report.New += fresh
	}
	collector, err := p.Collector(opts.Force)
	if err != nil {
		return report, err
	}
	// Two people's cron jobs ask one after the other: what the first has asked is
	// not due when the second looks.
	unlock, err := p.lockCollecting(ctx)
	if err != nil {
		return report, err
	}
	defer unlock()
	states, err := box.States(ctx)
	if err != nil {
		return report, err
	}
	// Who wanted to be left alone yesterday may still want it.
	if err := p.recallHosts(ctx, collector); err != nil {
		return report, err
	}
	var polls []collect.Poll
	order := map[string]int{}
	for i, s := range chosen {
		polls = append(polls, collect.Poll{Source: s, State: states[s.Feed]})
		order[s.Feed] = i
	}

	// Results are kept in batches as they come, each while the next one fills: a run
	// killed at any point has lost at most these two, and asking again doubles nothing.
	keep := context.WithoutCancel(ctx) // Ctrl-C stops the asking, not the keeping
	save := func(batch []collect.Result) error {
		added, err := box.SaveResults(keep, batch)
		if err != nil {
			return fmt.Errorf("keeping what the feeds gave: %w", err)
		}
		for _, r := range batch {
			r.Feed.Entries, r.State.Memo = nil, "" // kept now; a report of 5,000 feeds stays small
			report.Sources = append(report.Sources, SourceReport{Result: r, New: added[r.Source.Feed]})
			report.New += added[r.Source.Feed]
		}
		return nil
	}
	saved := make(chan error, 1) // what became of the batch before; until it is there, report is not ours
	saved <- nil
	var batch []collect.Result
	entries := 0
	flush := func() error {
		err := <-saved
		if err != nil {
			saved <- err
			return err
		}
		full := batch
		batch, entries = make([]collect.Result, 0, batchResults), 0
		go func() { saved <- save(full) }()
		return nil
	}
	done := 0
	err = collector.Feeds(ctx, polls, func(r collect.Result) error {
		batch = append(batch, r)
		entries += len(r.Feed.Entries)
		done++
		if opts.Progress != nil {
			opts.Progress(Progress{"feeds", done, len(polls), collector.Busy})
		}
		if len(batch) >= batchResults || entries >= batchEntries {
			return flush()
		}
		return nil
	})
	ferr := flush()
	if ferr == nil {
		ferr = <-saved
	}
	if ferr != nil {
		return report, ferr
	}
	if herr := p.saveHosts(keep, collector); herr != nil {
		return report, herr
	}
	sort.SliceStable(report.Sources, func(i, j int) bool {
		return order[report.Sources[i].Source.Feed] < order[report.Sources[j].Source.Feed]
	})
	if errors.Is(err, context.Canceled) {
		report.Stopped, report.Left = true, len(polls)-done
		return report, nil
	}
	if err != nil {
		return report, fmt.Errorf("asking the feeds: %w", err)
	}
	if opts.NoPages {
		return report, nil
	}
	days := p.Newsletter.Collect.Days
	if days == 0 {
		days = 14
	}
	wanted, err := box.WantPages(ctx, p.opts.Now().AddDate(0, 0, -days), 30)
	if err != nil {
		return report, err
	}
	err = p.fetchPages(ctx, collector, box, wanted, &report, opts.Progress)
	if errors.Is(err, context.Canceled) {
		report.Stopped = true
		err = nil
	}
	return report, err
}

// saveLinks puts the links of sources/links.yaml into the inbox and tells how
// many were new. What is known already only gains quotes: a note that the
// editor has rewritten since is not brought back.
func (p *Pipeline) saveLinks(ctx context.Context, box *inbox.Inbox, links []collect.Link) (fresh int, err error) {
	if len(links) == 0 {
		return 0, nil
	}
	before, err := box.List(ctx, inbox.Filter{Place: inbox.All, Source: inbox.ByHand})
	if err != nil {
		return 0, err
	}
	known := map[string]bool{}
	for _, c := range before {
		known[c.URL] = true
	}
	list := slices.Clone(links)
	for i, l := range list {
		if key, err := collect.Canonical(l.URL); err == nil && known[key] {
			list[i].Note = ""
		}
	}
	after, err := box.SaveLinks(ctx, list)
	for _, c := range after {
		if !known[c.URL] {
			fresh++
			known[c.URL] = true
		}
	}
	return fresh, err
}

func (p *Pipeline) fetchPages(ctx context.Context, collector *collect.Collector, box *inbox.Inbox, urls []string, report *CollectReport, progress func(Progress)) error {
	keep := context.WithoutCancel(ctx)
	var batch []collect.Page
	size := 0
	flush := func() error {
		err := box.SavePages(keep, batch)
		batch, size = batch[:0], 0
		return err
	}
	hosts, err := box.Hosts(keep, p.opts.Now().AddDate(0, 0, -1))
	if err != nil {
		return err
	}
	collector.Recall(hosts)
	done := 0
	err = collector.Pages(ctx, urls, func(page collect.Page) error {
		done++
		if page.Error != "" {
			report.FailedPages = append(report.FailedPages, page)
		} else {
			report.Pages++
		}
		if progress != nil {
			progress(Progress{"pages", done, len(urls), collector.Busy})
		}
		batch = append(batch, page)
		size += len(page.Body)
		if len(batch) >= 20 || size > 8<<20 { // memory is bounded by what is in flight
			return flush()
		}
		return nil
	})
	if ferr := flush(); ferr != nil {
		return fmt.Errorf("keeping pages: %w", ferr)
	}
	if herr := box.SaveHosts(keep, collector.Learned()); herr != nil {
		return herr
	}
	if terr := p.titleLinks(keep, box); terr != nil {
		return terr
	}
	return err
}

// choose gives the sources of these names or addresses, all when there are none.
func choose(all []collect.Source, names []string) ([]collect.Source, error) {
	if len(names) == 0 {
		return all, nil
	}
	var out []collect.Source
	for _, name := range names {
		found := false
		for _, s := range all {
			if strings.EqualFold(s.Name, name) || s.Feed == name || s.Site == name {
				out, found = append(out, s), true
				break
			}
		}
		if !found {
			return nil, &UnknownError{What: "source", Name: name, Cure: "see `pullquote sources` for their names"}
		}
	}
	return out, nil
}

// UnknownError says that something named by the editor is not there: a
// mistake of use, with its cure.
type UnknownError struct{ What, Name, Cure string }

func (e *UnknownError) Error() string { return fmt.Sprintf("there is no %s %q", e.What, e.Name) }

// ReadSources reads sources/; slips in its files come back as problems.
func (p *Pipeline) ReadSources() (collect.Sources, []issue.Problem) {
	sources, slips := collect.ReadSources(p.folder("sources"))
	var problems []issue.Problem
	for _, s := range slips {
		problems = append(problems, issue.Problem{
			Rule: s.Rule, Severity: issue.Warning, File: path.Join("sources", s.File),
			Line: s.Line, Column: s.Column, What: s.What, Hint: s.Hint,
		})
	}
	return sources, problems
}

// Add keeps links given by hand in sources/links.yaml, puts them into the
// inbox and fetches their pages. A link that is there already is not written
// again; its candidate is given all the same.
func (p *Pipeline) Add(ctx context.Context, links []collect.Link) ([]inbox.Candidate, CollectReport, error) {
	var report CollectReport
	unlock, err := p.lock()
	if err != nil {
		return nil, report, fmt.Errorf("waiting for the workspace's lock: %w", err)
	}
	defer unlock()
	name := p.path("sources/links.yaml")
	file, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, report, err
	}
	for i := range links {
		links[i].URL = collect.Unwrapped(links[i].URL) // neither the program nor a reader calls a tracker
		links[i].Added = p.opts.Now().UTC().Truncate(time.Second)
	}
	changed, _, err := collect.AppendLinks(file, links)
	if err != nil {
		return nil, report, err
	}
	box, err := p.openInbox(ctx)
	if err != nil {
		return nil, report, err
	}
	if len(changed) != len(file) {
		if err := WriteFile(name, changed); err != nil {
			return nil, report, err
		}
	}
	found, err := box.SaveLinks(ctx, links)
	if err != nil {
		return nil, report, err
	}
	collector, err := p.Collector(false)
	if err != nil {
		return nil, report, err
	}
	var urls []string
	for _, c := range found {
		if !c.Page.Kept {
			urls = append(urls, c.Link)
		}
	}
	err = p.fetchPages(ctx, collector, box, urls, &report, nil)
	for i, c := range found {
		if again, gerr := box.Get(context.WithoutCancel(ctx), c.ID); gerr == nil {
			found[i] = again
		}
	}
	return found, report, err
}

// titleLinks gives links by hand that came without a title the one of their
// page.
func (p *Pipeline) titleLinks(ctx context.Context, box *inbox.Inbox) error {
	list, err := box.List(ctx, inbox.Filter{Place: inbox.All, Source: inbox.ByHand})
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.Title != "" || !c.Page.Kept {
			continue
		}
		if article, ok, err := p.firstReading(ctx, c.URL); ok && err == nil && article.Title != "" {
			if _, err := box.SaveLinks(ctx, []collect.Link{{URL: c.Link, Title: article.Title}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// ---- 2 extract: page -> article -> quotes

// Article makes the article of a candidate from its kept page. ok is false
// when no page is kept.
func (p *Pipeline) Article(ctx context.Context, url string) (article extract.Article, page collect.Page, ok bool, err error) {
	box, err := p.openInbox(ctx)
	if err != nil {
		return article, page, false, err
	}
	page, ok, err = box.Page(ctx, url)
	if err != nil || !ok || page.Error != "" {
		return article, page, false, err
	}
	article, err = ReadPage(page)
	return article, page, err == nil, err
}

// ReadPage makes the article of one page.
func ReadPage(page collect.Page) (extract.Article, error) {
	contentType := ""
	if v := page.Header["Content-Type"]; len(v) > 0 {
		contentType = v[0]
	}
	address := page.FinalURL
	if address == "" {
		address = page.URL
	}
	return extract.Read(extract.Input{URL: address, ContentType: contentType, Body: page.Body})
}

// ---- 4 inbox: what waits for the editor

// Waiting is a candidate with what the archive knows of it.
type Waiting struct {
	inbox.Candidate
	UsedIn []int `json:"used_in,omitempty"` // issues that have an item with this address
}

// Inbox lists candidates. Those used in an issue already are left out unless
// the filter asks for all places.
func (p *Pipeline) Inbox(ctx context.Context, f inbox.Filter) ([]Waiting, error) {
	box, err := p.openInbox(ctx)
	if err != nil {
		return nil, err
	}
	limit := f.Limit
	f.Limit = 0
	list, err := box.List(ctx, f)
	if err != nil {
		return nil, err
	}
	archive, _ := p.Archive()
	used := UsedIn(archive)
	var out []Waiting
	for _, c := range list {
		in := used[c.URL]
		if len(in) > 0 && f.Place != inbox.All {
			continue
		}
		out = append(out, Waiting{Candidate: c, UsedIn: in})
		if limit > 0 && len(out) == limit {
			break
		}
	}
	return out, nil
}

// Shown is one candidate whole: its article and the quotes it proposes.
type Shown struct {
	Waiting
	Article *extract.Article `json:"article,omitempty"`
	Offers  []extract.Quote  `json:"offers,omitempty"`
	Chosen  []extract.Quote  `json:"chosen,omitempty"` // quotes picked from it
}

// Show gives one candidate with its article. When its page was never fetched,
// it is fetched now.
func (p *Pipeline) Show(ctx context.Context, id int64) (Shown, error) {
	box, err := p.openInbox(ctx)
	if err != nil {
		return Shown{}, err
	}
	c, err := p.candidate(ctx, id)
	if err != nil {
		return Shown{}, err
	}
	if !c.Page.Kept && c.Page.Fetched.IsZero() {
		collector, err := p.Collector(false)
		if err != nil {
			return Shown{}, err
		}
		var report CollectReport
		if err := p.fetchPages(ctx, collector, box, []string{c.Link}, &report, nil); err != nil {
			return Shown{}, err
		}
		if c, err = box.Get(ctx, id); err != nil {
			return Shown{}, err
		}
	}
	archive, _ := p.Archive()
	shown := Shown{Waiting: Waiting{Candidate: c, UsedIn: UsedIn(archive)[c.URL]}}
	article, ok, err := p.firstReading(ctx, c.URL)
	if err != nil {
		shown.Page.Error = err.Error() // the page is kept; what can't be read in it is a fact, not our fault
	}
	if ok {
		shown.Article = &article
		shape, earlier := p.shape(archive, c.URL)
		elsewhere, err := p.elsewhere(ctx, c)
		if err != nil {
			return Shown{}, err
		}
		shown.Offers = article.QuotesFor(shape, extract.Around{Earlier: earlier, Elsewhere: elsewhere})
	}
	picks, err := box.Picks(ctx)
	if err != nil {
		return Shown{}, err
	}
	for _, pick := range picks {
		if pick.Candidate.ID == id {
			shown.Chosen = pick.Quotes
		}
	}
	return shown, nil
}

// shapeIssues is how many of the newest issues the shape of the editor's quotes
// is learned from: what she does now, at a cost that does not grow.
const shapeIssues = 60

// shape learns from the newest issues how long the editor's quotes are, how
// many paragraphs they have and how often they leave something out. earlier are
// those from the site of address.
func (p *Pipeline) shape(archive issue.Archive, address string) (shape extract.Shape, earlier []string) {
	var quotes []string
	home := hostOf(address)
	heads := archive.Heads[max(0, len(archive.Heads)-shapeIssues):]
	for _, head := range heads {
		if head.Draft {
			continue
		}
		is, _, err := issue.Load(p.folder("issues"), head.File)
		if err != nil {
			continue // it is said when the issue itself is asked for
		}
		for _, item := range is.Items {
			var parts []string
			for _, part := range item.Parts {
				if part.Quote {
					parts = append(parts, issue.PlainBlocks(part.Blocks))
				}
			}
			if len(parts) > 0 {
				quote := strings.Join(parts, "\n\n")
				quotes = append(quotes, quote)
				if home != "" && hostOf(item.URL) == home {
					earlier = append(earlier, quote)
				}
			}
		}
	}
	return extract.LearnShape(quotes), earlier
}

const (
	sameDays = 4 * 24 * time.Hour // how far apart two reports of one event may be
	nearby   = 2_000              // the newest candidates that are looked at for them
)

// elsewhere gives the headlines of other outlets near a candidate's day, by
// outlet.
func (p *Pipeline) elsewhere(ctx context.Context, c inbox.Candidate) ([][]string, error) {
	list, err := p.inbox.List(ctx, inbox.Filter{Place: inbox.All, Limit: nearby})
	if err != nil {
		return nil, err
	}
	day := func(c inbox.Candidate) time.Time {
		if c.Published.IsZero() {
			return c.Seen
		}
		return c.Published
	}
	own := hostOf(c.URL)
	at := map[string]int{} // of each outlet in out
	var out [][]string
	for _, other := range list {
		host := hostOf(other.URL)
		if apart := day(other).Sub(day(c)); host == own || apart > sameDays || apart < -sameDays {
			continue
		}
		i, known := at[host]
		if !known {
			i = len(out)
			at[host], out = i, append(out, nil)
		}
		out[i] = append(out[i], other.Title)
	}
	return out, nil
}

// hostOf is the host of an address, without "www."; empty when it has none.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

func (p *Pipeline) candidate(ctx context.Context, id int64) (inbox.Candidate, error) {
	box, err := p.openInbox(ctx)
	if err != nil {
		return inbox.Candidate{}, err
	}
	c, err := box.Get(ctx, id)
	if errors.Is(err, inbox.ErrUnknown) {
		return c, &UnknownError{What: "candidate", Name: strconv.FormatInt(id, 10), Cure: "see `pullquote inbox` for their numbers"}
	}
	return c, err
}

// Pick chooses a candidate with quotes. A quote is the number of one that Show
// offers, or words of the article itself, which are matched to its text by the
// same matcher that Check uses; without any, the quotes given with `add` are
// taken, and without those the first offer. What can't be found in the article
// is an error, and nothing is picked.
func (p *Pipeline) Pick(ctx context.Context, id int64, quotes []string, note string) (inbox.Pick, error) {
	shown, err := p.Show(ctx, id)
	if err != nil {
		return inbox.Pick{}, err
	}
	if len(quotes) == 0 && len(shown.Chosen) == 0 {
		quotes = shown.Quotes
		if len(quotes) == 0 && len(shown.Offers) > 0 {
			quotes = []string{"1"}
		}
	}
	var chosen []extract.Quote
	for _, q := range quotes {
		quote, err := chooseQuote(shown, q)
		if err != nil {
			return inbox.Pick{}, err
		}
		chosen = append(chosen, quote)
	}
	return p.inbox.Pick(ctx, id, chosen, note)
}

// chooseQuote turns what the editor typed into a quote of the article.
func chooseQuote(shown Shown, typed string) (extract.Quote, error) {
	if n, err := strconv.Atoi(typed); err == nil {
		if n < 1 || n > len(shown.Offers) {
			return extract.Quote{}, &UnknownError{
				What: "quote", Name: typed,
				Cure: fmt.Sprintf("`pullquote show %d` offers %d; or type words of the article", shown.ID, len(shown.Offers)),
			}
		}
		return shown.Offers[n-1], nil
	}
	if shown.Article == nil {
		// Nothing to hold it against: kept as typed, and check will say that no source is stored.
		return extract.Quote{Exact: typed, Reasons: []string{"typed by hand, no source stored"}}, nil
	}
	text := shown.Article.Text()
	var parts []string
	start, end := -1, -1
	for _, para := range strings.Split(typed, "\n\n") {
		f := extract.Find(text, para)
		if !f.Verdict.OK() {
			return extract.Quote{}, &QuoteError{Quote: para, Finding: f, ID: shown.ID}
		}
		if start < 0 {
			start = f.Start
		}
		end = f.End
		if f.Verdict == extract.Exact || f.Verdict == extract.Typographic {
			para = f.Source // the source's own typography
		}
		parts = append(parts, para)
	}
	quote := extract.Select(text, start, end)
	quote.Exact = strings.Join(parts, "\n\n") // with the editor's own elisions
	quote.Reasons = []string{"chosen by hand"}
	return quote, nil
}

// QuoteError says that words the editor typed are not in the article.
type QuoteError struct {
	Quote   string
	Finding extract.Finding
	ID      int64
}

func (e *QuoteError) Error() string {
	if e.Finding.Verdict == extract.Altered {
		return fmt.Sprintf("the article has other words: %q is %q in it", e.Finding.Quoted, e.Finding.Stated)
	}
	return fmt.Sprintf("the article does not have the words %q", e.Quote)
}

// Drop says no to a candidate; nothing is deleted, and picking it takes the no back.
func (p *Pipeline) Drop(ctx context.Context, id int64) (inbox.Candidate, error) {
	c, err := p.candidate(ctx, id)
	if err != nil {
		return c, err
	}
	return c, p.inbox.Drop(ctx, id)
}

// ---- 5 issue: picks -> draft (draft.go) -> issues/NNNN-slug.md

func (p *Pipeline) draftTemplates() (issue.Templates, error) {
	over := p.Templates()
	draft, err := fs.ReadFile(over, "draft.md")
	if err != nil {
		return issue.Templates{}, err
	}
	item, err := fs.ReadFile(over, "item.md")
	if err != nil {
		return issue.Templates{}, err
	}
	return issue.Templates{Draft: string(draft), Item: string(item)}, nil
}

// Templates gives the templates: the workspace's own files over the built-in ones.
func (p *Pipeline) Templates() fs.FS {
	return templates.Overlay(p.folder("templates"))
}

// Archive reads what issues/ holds, without the bodies.
func (p *Pipeline) Archive() (issue.Archive, []issue.Problem) {
	archive, problems := issue.ReadArchive(p.folder("issues"))
	return archive, inFolder(problems)
}

// inFolder names files as the editor sees them, from the workspace's root.
func inFolder(problems []issue.Problem) []issue.Problem {
	for i := range problems {
		if !strings.HasPrefix(problems[i].File, "issues/") {
			problems[i].File = path.Join("issues", problems[i].File)
		}
	}
	return problems
}

// BrokenError says that files can't be worked with as they stand.
type BrokenError struct{ Problems []issue.Problem }

func (e *BrokenError) Error() string {
	if len(e.Problems) == 1 {
		return "one problem must be cured first"
	}
	return fmt.Sprintf("%d problems must be cured first", len(e.Problems))
}

// blocking gives an error when any problem makes a file unusable.
func blocking(problems []issue.Problem) error {
	var bad []issue.Problem
	for _, pr := range problems {
		if pr.Severity == issue.Error {
			bad = append(bad, pr)
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return &BrokenError{Problems: bad}
}

// Issue finds an issue by number ("12", "#12"), file name or path, and loads it.
func (p *Pipeline) Issue(ref string) (*issue.Issue, []issue.Problem, error) {
	archive, _ := p.Archive()
	return p.load(archive, ref)
}

// Check (check.go) holds issues against the rules, Publish (evidence.go) makes a
// draft an issue, and edit.go has what changes an issue file besides.

// ---- 6 render: issues -> out/site, out/email (rendering.go)

// pattern gives a regular expression that is compiled when it is first asked
// for: a command pays for those it uses, not for all of them as it starts. It
// panics then if expr is none; TestPatterns compiles them all.
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
