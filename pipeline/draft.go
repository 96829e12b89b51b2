package pipeline

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pullquote/pullquote/pipeline/collect"
	"github.com/pullquote/pullquote/pipeline/extract"
	"github.com/pullquote/pullquote/pipeline/inbox"
	"github.com/pullquote/pullquote/pipeline/issue"
)

// draft.go is one of the two places where reading and publishing meet: picks
// become items. What is decided here is decided by pure functions;
// Pipeline.Draft brings picks, archive and file together.

// DraftReport is what Draft did.
type DraftReport struct {
	File    string   // in issues/
	Created bool     // false: added to a draft that was there
	Added   []string // titles of the items written
	There   int      // picks whose items the draft has already
	Dropped []string // titles of items in the draft whose candidate was dropped since: left standing
}

// Draft writes the picks into the newest draft, or into a new one when there
// is none. A draft is never overwritten: its every byte stays, in order.
func (p *Pipeline) Draft(ctx context.Context, title string) (DraftReport, error) {
	var report DraftReport
	unlock, err := p.lock()
	if err != nil {
		return report, fmt.Errorf("waiting for the workspace's lock: %w", err)
	}
	defer unlock()
	box, err := p.openInbox(ctx)
	if err != nil {
		return report, err
	}
	picks, err := box.Picks(ctx)
	if err != nil {
		return report, err
	}
	all, err := box.List(ctx, inbox.Filter{Place: inbox.Dropped})
	if err != nil {
		return report, err
	}
	archive, problems := p.Archive()
	if err := blocking(problems); err != nil {
		return report, err
	}
	layouts, err := p.draftTemplates()
	if err != nil {
		return report, err
	}
	articles := func(url string) (extract.Article, bool) {
		a, _, ok, err := p.Article(ctx, url)
		return a, ok && err == nil
	}
	items, there := Items(picks, archive, articles, p.Newsletter.Drafting.suggest())
	for _, item := range items {
		report.Added = append(report.Added, item.Title)
	}
	report.There = there

	head, ok := newestDraft(archive)
	if !ok || !head.Draft {
		if len(items) == 0 {
			return report, nil
		}
		report.Created = true
		matter := NewMatter(archive.Next(), title, p.nextDate(archive))
		matter.Corrections = NewCorrections(archive)
		report.File = issue.FileName(matter.Number, matter.Title)
		body, err := issue.Compose(matter, items, layouts)
		if err != nil {
			return report, err
		}
		if _, err := os.Stat(p.IssuePath(report.File)); err == nil {
			return report, fmt.Errorf("issues/%s is there already: give the draft another title", report.File)
		}
		return report, WriteFile(p.IssuePath(report.File), body)
	}
	report.File = head.File
	report.Dropped = DroppedItems(head, all)
	if len(items) == 0 {
		return report, nil
	}
	src, err := os.ReadFile(p.IssuePath(head.File))
	if err != nil {
		return report, err
	}
	body, err := issue.Append(src, items, layouts)
	if err != nil {
		return report, fmt.Errorf("adding to issues/%s: %w", head.File, err)
	}
	return report, p.replace(head.File, src, body)
}

// nextDate gives the date of a new draft: the next sending day that no issue
// has yet.
func (p *Pipeline) nextDate(archive issue.Archive) time.Time {
	day := p.Newsletter.Sending.NextSendingDay(p.opts.Now())
	if newest, ok := archive.Newest(); ok && newest.Date.Sub(day) < 7*24*time.Hour { // one far ahead is a slip
		for !day.After(newest.Date) {
			day = day.AddDate(0, 0, 7)
		}
	}
	return day
}

// suggest gives how many further passages an item gets.
func (d Drafting) suggest() int {
	if d.Suggest == 0 {
		return 3
	}
	return max(0, d.Suggest)
}

// NewCorrections gives, for the next draft, what has been corrected in
// published issues since the newest of them went out, one sentence each.
func NewCorrections(archive issue.Archive) []string {
	newest, ok := archive.Newest()
	if !ok {
		return nil
	}
	var out []string
	for _, head := range archive.Heads {
		for _, c := range head.Corrections {
			if head.Draft || c.Date.Before(newest.Date) {
				continue
			}
			line := fmt.Sprintf("Correction to [#%d](%s): %s", head.Number, head.Permalink, c.What)
			if c.Was != "" {
				line += fmt.Sprintf(" (It said: %s)", c.Was)
			}
			out = append(out, line)
		}
	}
	return out
}

// further gives up to n passages of an article that are worth quoting and have
// not been chosen.
func further(a extract.Article, chosen []extract.Quote, n int) []string {
	var out []string
	for _, offer := range a.Quotes() {
		if len(out) >= n {
			break
		}
		if !slices.ContainsFunc(chosen, func(q extract.Quote) bool {
			return strings.Contains(q.Exact, offer.Exact) || strings.Contains(offer.Exact, q.Exact)
		}) {
			out = append(out, offer.Exact)
		}
	}
	return out
}

// Items gives the items to be written for picks, in the order picked, each
// with up to suggest further passages. A pick whose address, or the one its
// page leads to, stands in any issue already is not written again; there counts
// those that stand in a draft. The article of a pick gives the title without
// the site's name; without one the feed's title is used.
func Items(picks []inbox.Pick, archive issue.Archive, article func(url string) (extract.Article, bool), suggest int) (items []issue.NewItem, there int) {
	used := UsedIn(archive)
	draft := map[int]bool{}
	for _, head := range archive.Heads {
		draft[head.Number] = head.Draft
	}
	for _, pick := range picks {
		in := issuesWith(used, pick.Candidate.URL)
		var a extract.Article
		read := false
		if len(in) == 0 { // reading takes time
			a, read = article(pick.Candidate.URL)
			in = issuesWith(used, a.URL, a.Canonical)
		}
		if len(in) > 0 {
			if slices.ContainsFunc(in, func(n int) bool { return draft[n] }) {
				there++
			}
			continue
		}
		item := issue.NewItem{Title: pick.Candidate.Title, URL: pick.Candidate.Link, Note: pick.Note}
		if item.Note == "" {
			item.Note = pick.Candidate.Note
		}
		// The reader gets a clean address: the canonical one, unless it only
		// differs in what canonicalisation folds.
		item.URL = pick.Candidate.URL
		if read {
			if a.Title != "" {
				item.Title = a.Title
			}
			item.Quotes = inTextOrder(a.Text(), pick.Quotes)
			item.More = further(a, pick.Quotes, suggest)
		} else {
			for _, q := range pick.Quotes {
				item.Quotes = append(item.Quotes, q.Exact)
			}
		}
		if strings.TrimSpace(item.Title) == "" {
			item.Title = item.URL
		}
		items = append(items, item)
	}
	return items, there
}

// issuesWith gives the issues that have an item with one of the addresses: the
// editor may have put the one that a page redirects to, or calls its own, in
// the place of the one that was collected.
func issuesWith(used map[string][]int, addresses ...string) (in []int) {
	for _, address := range addresses {
		if key, err := collect.Canonical(address); err == nil {
			in = append(in, used[key]...)
		}
	}
	return in
}

// inTextOrder puts quotes into the order in which the article has them, so
// that the elision marks between them tell the truth. Two that touch (only
// white space between them) become one.
func inTextOrder(text string, quotes []extract.Quote) []string {
	type placed struct {
		text       string
		start, end int
	}
	var list []placed
	for _, q := range quotes {
		start, end := -1, -1
		for _, para := range strings.Split(q.Exact, "\n\n") {
			f := extract.Find(text, para)
			if f.Start >= 0 && start < 0 {
				start = f.Start
			}
			end = max(end, f.End)
		}
		at := len(list)
		for at > 0 && start >= 0 && list[at-1].start > start {
			at--
		}
		list = append(list, placed{})
		copy(list[at+1:], list[at:])
		list[at] = placed{q.Exact, start, end}
	}
	var out []string
	for i, p := range list {
		if i > 0 && p.start >= 0 && list[i-1].end >= 0 && p.start >= list[i-1].end &&
			strings.TrimSpace(text[list[i-1].end:p.start]) == "" {
			out[len(out)-1] += "\n\n" + p.text
			continue
		}
		out = append(out, p.text)
	}
	return out
}

// NewMatter is the front matter of a new draft. Without a title it gets a
// blank that check and publish refuse.
func NewMatter(number int, title string, date time.Time) issue.Matter {
	title = strings.TrimSpace(title)
	title = strings.TrimSpace(strings.TrimPrefix(title, fmt.Sprintf("%d - ", number)))
	m := issue.Matter{Number: number, Title: title, Date: date}
	if title != "" {
		m.Permalink = "/" + issue.Slug(title) + "/"
	}
	return m
}

// UsedIn tells, by canonical address, in which issues an address has an item.
// It is read from the archive each time and stored nowhere.
func UsedIn(archive issue.Archive) map[string][]int {
	used := map[string][]int{}
	for _, head := range archive.Heads {
		for _, item := range head.Items {
			if key, err := collect.Canonical(item.URL); err == nil {
				used[key] = append(used[key], head.Number)
			}
		}
	}
	return used
}

// DroppedItems gives the titles of a draft's items whose candidates the editor
// has dropped since: their text is hers and stays, but she is told.
func DroppedItems(head issue.Head, dropped []inbox.Candidate) []string {
	gone := map[string]bool{}
	for _, c := range dropped {
		gone[c.URL] = true
	}
	var out []string
	for _, item := range head.Items {
		if key, err := collect.Canonical(item.URL); err == nil && gone[key] {
			out = append(out, item.Title)
		}
	}
	return out
}

// newestDraft gives the draft with the highest number.
func newestDraft(archive issue.Archive) (issue.Head, bool) {
	return issue.NewestDraft(archive)
}
