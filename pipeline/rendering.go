package pipeline

// This file is the stage Render: issues/ becomes out/. What the last render
// made and still holds is neither parsed nor made again (kept.go, output.go).

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/pullquote/pullquote/pipeline/issue"
	"github.com/pullquote/pullquote/pipeline/render"
)

// RenderOptions say what to render. The zero value renders every published
// issue to out/.
type RenderOptions struct {
	Out      string // folder; empty means out/ in the workspace
	Drafts   bool   // drafts, too
	Site     bool   // only the site: the emails stay as they are
	Base     string // address to render for, instead of pullquote.yaml's url
	Progress func(Progress)
}

// RenderReport is what Render did.
type RenderReport struct {
	Out      string // folder
	Issues   int
	Files    int // in the output
	Written  int // new or changed
	Removed  int // no longer made
	Problems []issue.Problem
}

// ownPages reads the newsletter's own pages, pages/*.md, in the order of their
// file names. They are no issues, so only what makes one unusable is said.
func (p *Pipeline) ownPages() ([]*issue.Issue, []issue.Problem, error) {
	folder := p.folder("pages")
	names, err := fs.Glob(folder, "*.md")
	if err != nil {
		return nil, nil, err
	}
	var pages []*issue.Issue
	var problems []issue.Problem
	for _, name := range names {
		if name == "README.md" {
			continue
		}
		page, found, err := issue.Load(folder, name)
		if err != nil {
			return nil, nil, fmt.Errorf("reading pages/%s: %w", name, err)
		}
		for _, pr := range found {
			if pr.Severity == issue.Error {
				pr.File = path.Join("pages", name)
				problems = append(problems, pr)
			}
		}
		pages = append(pages, page)
	}
	return pages, problems, nil
}

// Render makes the site and the emails, or the site alone. Nothing is written over the output
// that stands until all of it is made; a broken issue stops it before.
func (p *Pipeline) Render(ctx context.Context, opts RenderOptions) (RenderReport, error) {
	report := RenderReport{Out: opts.Out}
	if report.Out == "" {
		report.Out = p.path("out")
	}
	unlock, err := p.lock()
	if err != nil {
		return report, fmt.Errorf("waiting for the workspace's lock: %w", err)
	}
	defer unlock()
	in := render.Input{Publication: p.Newsletter.Publication, Templates: p.Templates(), Version: p.opts.Version}
	if opts.Base != "" {
		in.Publication.URL = opts.Base
	}
	pages, pageProblems, err := p.ownPages()
	if err != nil {
		return report, err
	}
	in.Pages = pages
	out, err := openOutput(report.Out)
	if err != nil {
		return report, err
	}
	defer out.discard()
	// What has not changed since the last render is neither parsed nor made again.
	known := openKept(out)
	defer known.close()
	basis, copied, err := p.basis(in, opts)
	if err != nil {
		return report, err
	}
	issues := p.folder("issues")
	read, problems, err := readIssues(issues, known, basis)
	if err != nil {
		return report, err
	}
	if err := blocking(problems); err != nil {
		return report, err
	}
	report.Problems = append(report.Problems, pageProblems...)
	if err := blocking(pageProblems); err != nil {
		return report, err
	}
	in.Memory = &render.Memory{Basis: basis, Copied: copied, Recall: known.recall, Keep: known.keep, Facts: known.get, Piece: known.piece, Stands: out.standsUnder, Open: known.open}
	// Where nothing may be kept, the key of what is odd is zero.
	oddKey := func(head issue.Head) (key render.Key) {
		if head.Hash != "" {
			key = render.KeyOf("odd", basis, head.File, head.Hash)
		}
		return key
	}
	in.Heads = read.archive.Heads[:0]
	for _, head := range read.archive.Heads {
		// What an embargo or a TLP mark holds back reaches no output.
		head, showable := head.Withheld(p.opts.Now())
		if !showable || head.Draft && !opts.Drafts {
			continue
		}
		if read.unkept[head.File] {
			head.Hash = ""
		}
		head.Items = nil
		in.Heads = append(in.Heads, head)
	}
	report.Issues = len(in.Heads)
	// Each issue is loaded as it is rendered, by several workers at once, and
	// what is odd in it is said.
	var mu sync.Mutex
	looked := make([]bool, len(in.Heads))
	pagesThere := sync.OnceValue(func() sitePages { return pagesOf(in) }) // which most issues don't ask for
	say := func(file string, odd keptOdd) {
		report.Problems = append(report.Problems, odd.Problems...)
		for _, link := range odd.Local {
			if pagesThere().lacks(link.Address) {
				report.Problems = append(report.Problems, dropProblem(path.Join("issues", file), "page-missing", link, "the site has no page at %s", "put the permalink of the page there"))
			}
		}
	}
	var sources sync.Pool // of *[]byte: what issues were read into that are done with
	in.Done = func(is *issue.Issue) {
		src := is.Source()
		is.Release()
		sources.Put(&src)
	}
	in.Load = func(head issue.Head) (*issue.Issue, error) {
		mu.Lock()
		opened := read.open[head.File]
		delete(read.open, head.File)
		mu.Unlock()
		if opened == nil {
			into, _ := sources.Get().(*[]byte)
			if into == nil {
				into = new([]byte)
			}
			src, err := issue.ReadSource(issues, head.File, *into)
			if err != nil {
				return nil, err
			}
			if read.flawed[head.File] {
				opened = issue.Open(head.File, src)
			} else if same, unmarked := read.same(head.File, src); same && head.Hash != "" {
				opened = issue.OpenSame(head, src, unmarked)
			} else {
				opened = issue.OpenKnown(head, src)
			}
			if head.Hash != "" && head.Hash != opened.Hash() {
				return nil, errors.New("the file was saved while it was rendered: render again")
			}
		}
		is, found := opened.Issue()
		if err := blocking(inFolder(slices.Clone(found))); err != nil {
			return is, err
		}
		odd := p.oddIn(is, found, in.Templates)
		if key := oddKey(head); key != (render.Key{}) {
			if err := known.keepOddities(key, odd); err != nil {
				return is, err
			}
		}
		mu.Lock()
		say(head.File, odd)
		if at, ok := slices.BinarySearchFunc(in.Heads, head, issue.CompareHeads); ok {
			looked[at] = true
		}
		mu.Unlock()
		issue.Withhold(is, p.opts.Now())
		return is, nil
	}
	// Most issues have no evidence or no text of their own: what is there is listed
	// once, and not asked for one by one.
	beside := map[string]bool{}
	for _, pattern := range []string{"*.txt", "evidence/*.json"} {
		names, err := fs.Glob(issues, pattern)
		if err != nil {
			return report, fmt.Errorf("listing issues: %w", err)
		}
		for _, name := range names {
			beside[name] = true
		}
	}
	ownText := func(file string) ([]byte, error) {
		if !beside[render.TextFile(file)] {
			return nil, nil
		}
		return p.OwnText(file)
	}
	in.Evidence = func(number int) (issue.Evidence, bool) {
		if !beside[evidenceName(number)] {
			return issue.Evidence{}, false
		}
		e, err := p.evidence(number) // check says what is wrong with it; a page does without
		return e.Evidence, err == nil && len(e.Items) > 0
	}
	in.Notice = func(file, what string) {
		mu.Lock()
		defer mu.Unlock()
		report.Problems = append(report.Problems, noticed(file, what))
	}
	emit := func(f render.File) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return out.add(f)
	}
	all := func() error { return render.All(in, ownText, emit) }
	if opts.Site {
		all = func() error { return render.Site(in, emit) }
	}
	if err := all(); err != nil {
		var broken *BrokenError
		if _, found := p.Archive(); errors.As(err, &broken) && blocking(found) != nil {
			return report, blocking(found) // what is broken in every issue, not only in the first
		}
		if errors.Is(err, render.ErrMemory) {
			err = fmt.Errorf("%w: delete %s and render again; nothing else is lost with it", err, filepath.Join(report.Out, keptName))
		}
		return report, err
	}
	var scratch []byte // what one was read into
	for i, head := range in.Heads {
		if looked[i] {
			continue
		}
		odd, ok := known.oddities(oddKey(head), &scratch)
		if ok {
			say(head.File, odd)
		} else if _, err := in.Load(head); err != nil {
			return report, err
		}
	}
	sortProblems(report.Problems)
	report.Files = out.made.count
	if opts.Site {
		out.leave("email/")
	}
	if report.Written, report.Removed, err = out.commit(); err != nil {
		return report, err
	}
	return report, known.save()
}

// basis stands for all that decides what a render makes, besides the issues and
// their evidence; copied stands for the files that are copied as they are, of
// which no page depends on what is in them.
func (p *Pipeline) basis(in render.Input, opts RenderOptions) (basis, copied string, err error) {
	h, others := sha256.New(), sha256.New()
	// A program that was built again may render otherwise under the same name.
	if name, err := os.Executable(); err == nil {
		if info, err := os.Stat(name); err == nil {
			fmt.Fprintf(h, "%d %d\n", info.Size(), info.ModTime().UnixNano())
		}
	}
	facts, err := json.Marshal([]any{in.Publication, p.Newsletter.Checks, p.Newsletter.Limits})
	if err != nil {
		return "", "", fmt.Errorf("reading the newsletter's facts: %w", err)
	}
	fmt.Fprintf(h, "%q %v %d\n%s\n", in.Version, opts.Drafts, len(facts), facts)
	for _, page := range in.Pages {
		fmt.Fprintf(h, "%q %s\n", page.File, page.Hash())
	}
	for _, folder := range []string{"site", "email"} {
		err := fs.WalkDir(in.Templates, folder, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			body, err := fs.ReadFile(in.Templates, name)
			if err != nil {
				return err
			}
			into := h
			if path.Ext(name) != ".html" {
				into = others
				fmt.Fprintf(h, "%q\n", name) // a permalink may not be its address
			}
			fmt.Fprintf(into, "%q %x\n", name, sha256.Sum256(body))
			return nil
		})
		if err != nil {
			return "", "", fmt.Errorf("reading the templates: %w", err)
		}
	}
	return string(h.Sum(nil)), string(others.Sum(nil)), nil
}

// keptHead is what is kept of an issue file by itself.
type keptHead struct {
	Head     issue.Head      `json:"h"`
	Problems []issue.Problem `json:"p,omitempty"`
	Marked   bool            `json:"m,omitempty"` // what is shown of it depends on the day
}

// What the bytes of a keptHead begin with.
const (
	keptPlain = 0 // a head alone, and nothing marked
	keptJSON  = 1
)

func (h keptHead) bytes() ([]byte, error) {
	if len(h.Problems) == 0 && !h.Marked {
		if plain, ok := h.Head.AppendPlain([]byte{keptPlain}); ok {
			return plain, nil
		}
	}
	body, err := json.Marshal(h)
	return append([]byte{keptJSON}, body...), err
}

// readKeptHead is the other way round.
func readKeptHead(body []byte) (h keptHead, ok bool) {
	switch {
	case len(body) == 0:
		return h, false
	case body[0] == keptPlain:
		h.Head, ok = issue.PlainHead(body[1:])
		return h, ok
	}
	return h, json.Unmarshal(body[1:], &h) == nil
}

// keptOdd is what is kept of what is odd in an issue.
type keptOdd struct {
	Problems []issue.Problem  `json:"p,omitempty"`
	Local    []render.Dropped `json:"l,omitempty"` // links to pages of the site
}

// oddIn says what stands in the file of an issue and reaches no reader, or not
// as it stands there. What could be written better is not said here: that is
// Check's to say.
func (p *Pipeline) oddIn(is *issue.Issue, parsed []issue.Problem, templates fs.FS) (odd keptOdd) {
	problems := append(parsed[:len(parsed):len(parsed)], issue.CheckMarks(is, p.opts.Now())...)
	dropped := false
	for _, drop := range render.Drops(is, templates) {
		switch drop.Kind {
		case render.DropLink:
			dropped = true
		case render.DropLocal:
			odd.Local = append(odd.Local, drop)
		case render.DropPicture:
			problems = append(problems, dropProblem(is.File, "image-missing", drop, "there is no picture at %s", "put it into templates/site, or give its whole address"))
		}
	}
	if dropped { // which most issues don't need to be asked
		whole, _ := issue.Parse(is.File, is.Source()) // is may be of OpenKnown
		for _, pr := range issue.CheckLimits(whole, p.Newsletter.Limits) {
			if pr.Rule == "link-unsafe" || pr.Rule == "link-placeholder" {
				problems = append(problems, pr)
			}
		}
	}
	problems = issue.Settle(is, problems, p.Newsletter.settings())
	odd.Problems = inFolder(slices.DeleteFunc(problems, func(pr issue.Problem) bool { return pr.Severity == issue.Advice }))
	return odd
}

func dropProblem(file, rule string, drop render.Dropped, what, hint string) issue.Problem {
	return issue.Problem{
		Rule: rule, Severity: issue.Warning, File: file, Line: max(1, drop.Line), Column: max(1, drop.Column), Item: drop.Item,
		What: fmt.Sprintf(what, drop.Address), Hint: hint,
	}
}

// sitePages knows the addresses of the site, in lower case without slashes around.
type sitePages struct {
	known     map[string]bool
	moved     []string // what old addresses begin with
	templates fs.FS
}

func pagesOf(in render.Input) sitePages {
	s := sitePages{known: map[string]bool{"": true}, templates: in.Templates}
	add := func(permalink string, aliases []string) {
		s.known[sitePath(permalink)] = true
		for _, alias := range aliases {
			s.known[sitePath(alias)] = true
		}
	}
	for _, pattern := range in.Publication.Redirects {
		start, _, _ := strings.Cut(pattern, "{")
		s.moved = append(s.moved, strings.ToLower(strings.TrimLeft(start, "/")))
	}
	for _, head := range in.Heads {
		add(head.Permalink, head.Aliases)
	}
	for _, page := range in.Pages {
		add(page.Permalink, page.Aliases)
	}
	return s
}

func sitePath(address string) string {
	if end := strings.IndexAny(address, "?#"); end >= 0 {
		address = address[:end]
	}
	return strings.TrimSuffix(strings.ToLower(strings.Trim(address, "/")), "/index.html")
}

// lacks tells whether a link of the site leads nowhere, as far as can be told
// without rendering: what render makes by itself is taken as there.
func (s sitePages) lacks(address string) bool {
	name := sitePath(address)
	first, _, _ := strings.Cut(name, "/")
	if s.known[name] || slices.Contains([]string{"archive", "topics", "search", "data", "feed.xml", "rss.xml", "feed.json", "items.xml", "sitemap.xml"}, first) {
		return false
	}
	if slices.ContainsFunc(s.moved, func(start string) bool { return start != "" && strings.HasPrefix(name, start) }) {
		return false
	}
	_, err := fs.Stat(s.templates, "site/"+name)
	return err != nil
}

// issuesRead is the archive as a render reads it.
type issuesRead struct {
	archive issue.Archive
	unkept  map[string]bool          // files of which nothing may be kept
	flawed  map[string]bool          // files whose front matter has a problem
	open    map[string]*issue.Opened // files whose text is still to be read
	files   []string                 // all, sorted
	sums    []uint64                 // of the bytes of those that are not kept open; else zero
	bare    []bool                   // of those with a sum: issue.Opened.Unmarked
	seed    maphash.Seed
}

// same tells whether a file has the bytes that it had when readIssues read it, and
// then whether it is without marks. A hash that is a secret of this process tells so
// in a fifth of SHA-256's time.
func (r *issuesRead) same(file string, src []byte) (same, unmarked bool) {
	at, ok := slices.BinarySearch(r.files, file)
	if !ok || r.sums[at] == 0 || r.sums[at] != maphash.Bytes(r.seed, src) {
		return false, false
	}
	return true, r.bare[at]
}

// mostOpen is how many bytes of files readIssues keeps, so that they need not be
// read again.
const mostOpen = 8 << 20

// readIssues is issue.ReadArchive without the texts, and with what k remembers:
// a file is always read, and its front matter only when its bytes are new.
func readIssues(folder fs.FS, k *kept, basis string) (*issuesRead, []issue.Problem, error) {
	names, err := issue.Files(folder)
	if err != nil {
		return nil, nil, fmt.Errorf("reading issues: %w", err)
	}
	read := &issuesRead{
		unkept: map[string]bool{}, flawed: map[string]bool{}, open: map[string]*issue.Opened{},
		files: make([]string, len(names)), sums: make([]uint64, len(names)), bare: make([]bool, len(names)), seed: maphash.MakeSeed(),
	}
	size := 0
	heads := make([]issue.Head, len(names))
	problems := make([][]issue.Problem, len(names))
	var texts issue.Texts
	var scratch, record []byte // what one was read into, and the next may be
	for i, name := range names {
		src, err := issue.ReadSource(folder, name, scratch)
		scratch = src
		if err != nil {
			heads[i] = issue.Head{File: name}
			problems[i] = []issue.Problem{{Rule: "file-unreadable", Severity: issue.Error, File: name, Line: 1, Column: 1, What: "the file can't be read: " + err.Error(), Hint: "look at its permissions"}}
			continue
		}
		opened := issue.Open(name, src)
		key := render.KeyOf("head", basis, name, opened.Hash())
		if body, ok := k.get(key, &record); ok {
			if known, ok := readKeptHead(body); ok {
				heads[i], problems[i] = known.Head.In(&texts), known.Problems
				if known.Marked {
					read.unkept[name] = true
				}
				continue
			}
		}
		head, found := opened.Head()
		heads[i], problems[i] = head.In(&texts), found
		switch size += len(src); {
		case size <= mostOpen:
			read.open[name], scratch = opened, nil
		case size > 4*mostOpen:
			clear(read.open) // of so long an archive a few files save nothing, and take room
			fallthrough
		default:
			read.sums[i], read.bare[i] = maphash.Bytes(read.seed, src), opened.Unmarked()
		}
		// JSON can't state bytes that are no text.
		if !utf8.Valid(src) {
			read.unkept[name] = true
			continue
		}
		marked := isMarked(head)
		if marked {
			read.unkept[name] = true
		}
		body, err := keptHead{head, found, marked}.bytes()
		if err != nil {
			read.unkept[name] = true // a date that JSON can't state
			continue
		}
		if err := k.keep(key, nil, body); err != nil {
			return nil, nil, err
		}
	}
	byFile := map[string][]issue.Problem{}
	for i, name := range names {
		read.files[i] = heads[i].File
		if len(problems[i]) > 0 {
			byFile[name], read.flawed[name] = problems[i], true
		}
	}
	var shared []issue.Problem
	read.archive, shared = issue.ArchiveOf(heads)
	var all []issue.Problem
	for _, head := range read.archive.Heads {
		all = append(all, byFile[head.File]...)
	}
	return read, inFolder(append(all, shared...)), nil
}

// isMarked tells whether an embargo or a TLP mark stands in an issue.
func isMarked(head issue.Head) bool {
	none := issue.Mark{}
	return head.Mark != none || slices.ContainsFunc(head.Items, func(it issue.ItemHead) bool { return it.Mark != none })
}

// oddities gives what was odd in an issue when it was last looked at.
func (k *kept) oddities(key render.Key, into *[]byte) (odd keptOdd, ok bool) {
	if k.empty(key) {
		return odd, true
	}
	body, ok := k.get(key, into)
	if !ok || len(body) == 0 { // nothing is odd, as in most
		return odd, ok
	}
	return odd, json.Unmarshal(body, &odd) == nil
}

// keepOddities is the other way round.
func (k *kept) keepOddities(key render.Key, odd keptOdd) error {
	if len(odd.Problems) == 0 && len(odd.Local) == 0 {
		return k.keep(key, nil, nil)
	}
	body, err := json.Marshal(odd)
	if err != nil {
		return fmt.Errorf("keeping what is odd in an issue: %w", err)
	}
	return k.keep(key, nil, body)
}

// noticed makes the problem of what render says about an issue's output: a mail
// that was cut, a text edited by hand that lacks something.
func noticed(file, what string) issue.Problem {
	return issue.Problem{
		Rule: "edition-differs", Severity: issue.Warning, File: path.Join("issues", file), Line: 1, Column: 1,
		What: what, Hint: "look at the editions: pullquote preview",
	}
}
