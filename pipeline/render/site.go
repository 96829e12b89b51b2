package render

// This file makes the site: which pages there are, where they lie and what
// each is given. How a page looks is in templates/site.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/pullquote/pullquote/pipeline/issue"
	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/css"
)

// Input is what a rendering is made from. The same input gives the same bytes.
type Input struct {
	Publication Publication
	Heads       []issue.Head // what is rendered, oldest first; their Items and Words are not asked for

	// Load gives the issue of one of Heads. Issues are loaded when they are
	// due and dropped at once, so that an archive of any length fits in
	// memory. It is called from several goroutines at the same time.
	Load func(head issue.Head) (*issue.Issue, error)

	// Done is told when nothing looks at an issue that Load gave any more; nil
	// when nobody listens. It is called from several goroutines.
	Done func(is *issue.Issue)

	// Pages are the newsletter's own pages besides the issues ("about"), as
	// issue.Parse gives them, in the order of the menu. Their number is 0.
	Pages []*issue.Issue

	// Evidence gives what publishing proved about an issue; nil when nothing
	// is known. It is called from several goroutines at the same time.
	Evidence func(number int) (issue.Evidence, bool)

	// Notice is told what a reader of an output should know of the issue in
	// file; nil when nobody listens. It is called from several goroutines.
	Notice func(file, what string)

	// Memory spares what was made before; nil makes all.
	Memory *Memory

	Templates fs.FS  // laid out as templates.Builtin: site/, email/
	Version   string // of the program, named as generator in the feed; empty names none
}

// How many issues the home page lists besides the newest, and the feed holds.
const (
	recentIssues = 8
	feedIssues   = 20
	feedItems    = 60
)

// wordsPerMinute is how fast non-fiction is read in English: Brysbaert 2019,
// "How many words do we read per minute?", 238, rounded down.
const wordsPerMinute = 230

// Page is what a site template is given. Text fields are plain text, to be
// escaped by the template as it does by itself; addresses are absolute unless
// they are called a path: a path is put behind Root.
type Page struct {
	Publication Publication
	Kind        string // "home", "issue", "archive", "page", "topics", "topic" or "404"
	Title       string // of the document
	Description string // plain text, at most 200 characters
	URL         string // this page's own absolute address; empty for 404
	FeedURL     string // absolute: the Atom feed's
	Feeds       []FeedLink
	ImageURL    string // absolute: the preview picture's; empty when there is none
	Updated     string // of an issue that was corrected: the day, "2026-04-05"; else empty
	LogoURL     string // of look.logo; empty when there is none
	Theme       Theme
	Root        string        // from this page to the site's first folder: "./", "../"
	Lang        string        // BCP 47
	Dir         string        // "ltr" or "rtl"
	Menu        []MenuLink    // complete: the archive, the pages, the newsletter's own entries
	Data        template.JS   // JSON-LD (schema.org)
	Head        template.HTML // all of that for <head>: description, sharing, feeds, JSON-LD
	Masthead    template.HTML // the templates "masthead" and "foot", of which neither is given
	Foot        template.HTML // what is of one page only; see site.frame

	Issue    *IssueView // of an issue page, and of one of the newsletter's own pages; nil elsewhere
	Previous *IssueLink // the older neighbour of an issue; nil when there is none
	Next     *IssueLink // the newer neighbour

	Newest *IssueLink  // of the home page; nil while there is no issue
	Recent []IssueLink // of the home page: the newest first, without Newest
	Years  []Year      // of the archive, newest first
	Count  int         // of issues in the archive

	Groups []TopicGroup // of "topics": lists of topics
	Topic  *Topic       // of "topic": one of them with its items
}

// MenuLink is one link of the menu.
type MenuLink struct {
	Name    string
	URL     string
	Current bool // it is the page itself
}

// FeedLink is one of the feeds.
type FeedLink struct {
	Type  string // media type
	Title string
	URL   string // absolute
}

// Theme is the colour of a browser's frame around the page.
type Theme struct{ Light, Dark string }

// Year is one year of the archive.
type Year struct {
	Name   string // "2026", or "Undated"
	Issues []IssueLink
}

// IssueLink is what a list tells of an issue.
type IssueLink struct {
	Number      int // 0 when it has none
	Title       string
	Date        time.Time // zero when unknown
	Day         string    // "5 April 2026"; empty when unknown
	ISODate     string    // "2026-04-05"; empty when unknown
	Description string    // plain text, whole
	Path        string    // "the-cloud-is-more-secure/"
	URL         string    // absolute
	Draft       bool
	Items       []string // the titles of its stories; filled in on the home page
	Minutes     int      // reading time, at least 1; 0 for an issue's neighbours, which may not have been read yet
}

// IssueView is a whole issue, its text already HTML.
type IssueView struct {
	IssueLink
	Intro template.HTML
	Items []ItemView
	Outro template.HTML

	Corrections []CorrectionView
	Tags        []TopicLink // empty in a mail
	DataURL     string      // the issue as JSON; empty in a mail and on pages
}

// CorrectionView says what was wrong in an issue.
type CorrectionView struct {
	Day     string // empty when unknown
	ISODate string
	What    string // plain text
	Was     string // plain text; may be empty
}

// Stories gives the items without the section titles.
func (v *IssueView) Stories() []*ItemView {
	stories := make([]*ItemView, 0, len(v.Items))
	for i := range v.Items {
		if item := &v.Items[i]; !item.Section {
			stories = append(stories, item)
		}
	}
	return stories
}

// ItemView is one story, or one section title between stories.
type ItemView struct {
	ID      string        // of its place in the page: "the-title"
	Number  int           // from 1, sections not counted
	Title   template.HTML // without links
	Link    template.HTML // the title, as a link to URL when there is one
	Text    string        // the title as plain text
	URL     string        // of the source; empty when the issue gives none that may be linked
	Host    string        // "theverge.com"; empty without URL
	Also    string        // the bare link's address, when it is another one
	Level   int           // of its heading: 2, or 3 below a section
	Section bool
	Parts   []PartView
	CVEs    []TopicLink // named in it; empty in a mail

	Cite template.HTMLAttr // cite="URL", for a quote; empty without URL

	untitled bool // the issue gives no title: Text is made from Host
}

// StartsWithQuote says whether a quote follows the title at once.
func (v ItemView) StartsWithQuote() bool { return len(v.Parts) > 0 && v.Parts[0].Quote }

// PartView is one quote or one note.
type PartView struct {
	Quote  bool
	Editor string // of a note: the editor whose name opens it, "(Joel) ..."; empty when none does
	HTML   template.HTML
	Source string // of a quote: the address of the very sentence, when it is proved; else empty

	again []issue.Block // what a mail writes otherwise than the page
}

// Site renders all pages, the feed, the sitemap and the files of
// templates/site that are no pages, and hands each to emit in a fixed order.
// Paths start with "site/".
//
// It gives an error before anything is emitted when the publication has no
// name or no absolute address, when a permalink leads out of the site, when
// two pages have one address, or when a template can't be parsed; and stops at
// the first issue that can't be loaded or rendered, and at emit's first error.
// The memory of a Body is used again once emit has returned.
func Site(in Input, emit func(File) error) error { return build(in, nil, emit) }

// All is Site, and after each issue's page its email editions: "email/0096.html",
// "email/0096.txt", "email/0096.eml". The four digits are the issue's number; an
// issue without one goes by its permalink. Two issues with one name are an error
// before anything is emitted. own gives the texts that were edited by hand and may be
// nil; what such a text lacks of its issue is told to in's Notice.
func All(in Input, own TextOf, emit func(File) error) error {
	mails, err := newMailing(in, own)
	if err != nil {
		return err
	}
	return build(in, mails, emit)
}

// build renders the site, and the mails when there is a mailing.
func build(in Input, mails *mailing, emit func(File) error) error {
	s, err := newSite(in)
	if err != nil {
		return err
	}
	if mails != nil {
		mails.paper = s.paper
	}
	feedFrom := max(0, len(in.Heads)-s.feedLength())
	keys, err := s.issueKeys(feedFrom, mails)
	if err != nil {
		return err
	}
	if done, err := s.unchanged(keys, emit); done || err != nil {
		return err
	}
	facts := newFacts(s)
	for start := 0; start < len(in.Heads); start += blockIssues {
		block, err := facts.search.start(start)
		if err != nil {
			return err
		}
		if err := s.block(block, start, min(start+blockIssues, len(in.Heads)), keys, feedFrom, mails, facts, emit); err != nil {
			return err
		}
		if err := facts.search.done(block); err != nil {
			return err
		}
	}
	facts.search.block = wordBlock{} // large, and done with
	return s.wholes(facts, keys, emit)
}

// block renders the issues from start to end.
func (s *site) block(block *wordBlock, start, end int, keys []Key, feedFrom int, mails *mailing, facts *facts, emit func(File) error) error {
	in := s.Input
	return inOrder(end-start, func(k int) (rendered, error) {
		i := start + k
		scratch := s.scratch()
		defer s.scratches.Put(scratch)
		if share, ok := s.recall(keys[i], scratch); ok {
			if r, err := readFacts(share.Facts); err == nil {
				r.kept = share.Files
				if block.has(keys[i]) {
					return r, nil
				}
				is, err := in.Load(in.Heads[i])
				if err != nil {
					return rendered{}, fmt.Errorf("loading %s: %w", in.Heads[i].File, err)
				}
				view := viewOf(is, s.links[i], "/", nil)
				r.digest.words = s.words(is, &view)
				s.done(is)
				return r, nil
			}
		}
		is, err := in.Load(in.Heads[i])
		if err != nil {
			return rendered{}, fmt.Errorf("loading %s: %w", in.Heads[i].File, err)
		}
		defer s.done(is)
		r, err := s.issue(i, is, i >= feedFrom)
		if err != nil || mails == nil {
			r.view = nil
			return r, err
		}
		files, notices, err := mails.files(i, is, r.digest.minutes, r.view)
		r.notices, r.view = notices, nil
		r.files = append(r.files, files...)
		return r, err
	}, func(k int, r rendered) error {
		i := start + k
		if in.Notice != nil {
			for _, what := range r.notices {
				in.Notice(in.Heads[i].File, what)
			}
		}
		if r.kept != nil {
			if err := emitKept(r.kept, emit); err != nil {
				return err
			}
		} else {
			if err := emitAll(r.files, keys[i], emit); err != nil {
				return err
			}
			if s.Memory != nil && keys[i] != (Key{}) {
				if err := s.keep(keys[i], paths(r.files), r.facts()); err != nil {
					return err
				}
			}
			s.paper.giveAll(r.files)
		}
		facts.add(i, keys[i], r.digest)
		block.add(keys[i], r.digest.words)
		if r.digest.words != nil {
			s.gathered.Put(r.digest.words)
		}
		return facts.search.flush(emit)
	})
}

// scratch gives what facts are read into; it is put back to s.scratches.
func (s *site) scratch() *[]byte {
	if known, ok := s.scratches.Get().(*[]byte); ok {
		return known
	}
	return new([]byte)
}

func (s *site) done(is *issue.Issue) {
	if s.Done != nil {
		s.Done(is)
	}
}

// unchanged hands out everything as it stands, when nothing in it has changed.
func (s *site) unchanged(keys []Key, emit func(File) error) (done bool, err error) {
	var scratch []byte
	whole, ok := s.recall(s.archiveKey(keys), &scratch)
	if !ok {
		return false, nil
	}
	files, notices := make([][]string, len(keys)), make([][]string, len(keys))
	for i, key := range keys {
		share, ok := s.recall(key, &scratch)
		if !ok {
			return false, nil
		}
		u := unpacker{rest: share.Facts}
		u.bytes(1)
		files[i], notices[i] = share.Files, u.strings()
	}
	for i, list := range notices {
		for _, what := range list {
			if s.Notice != nil {
				s.Notice(s.Heads[i].File, what)
			}
		}
	}
	for _, list := range files {
		if err := emitKept(list, emit); err != nil {
			return false, err
		}
	}
	return true, emitKept(whole.Files, emit)
}

// wholes makes the pages and files about the whole archive.
func (s *site) wholes(facts *facts, keys []Key, emit func(File) error) error {
	var made []string
	last := emit
	emit = func(f File) error {
		made = append(made, f.Path)
		return last(f)
	}
	made = append(made, facts.search.handed...)
	for i, n := range facts.minutes {
		s.links[i].Minutes = n
	}
	topics := sync.OnceValue(facts.topics) // which are large: not before the archive, which is large, too
	lists := facts.listsKey()
	var scratch []byte
	for _, part := range []struct {
		key     Key
		produce func() ([]File, error)
	}{
		{s.partKey("home", keys[max(0, len(keys)-recentIssues-1):]), func() ([]File, error) { return s.home(facts) }},
		{lists("archive"), s.archive},
		{lists("missing"), s.missing},
		{lists("own pages"), s.ownPages},
		{s.partKey("feeds", keys[max(0, len(keys)-s.feedLength()):]), func() ([]File, error) {
			entries, err := facts.feedEntries(max(0, len(keys)-s.feedLength()))
			if err != nil {
				return nil, err
			}
			return s.feeds(entries)
		}},
		{lists("topic lists"), func() ([]File, error) { return s.topicLists(topics()) }},
		{lists("data"), func() ([]File, error) { return s.data(facts, topics()) }},
		{lists("sitemap"), func() ([]File, error) { return s.sitemap(topics()) }},
		{lists("robots"), s.robots},
		{lists("redirects"), s.redirects},
		{lists("headers"), s.headers},
		{lists("picture"), s.picture},
	} {
		if share, ok := s.recall(part.key, &scratch); ok {
			if err := emitKept(share.Files, emit); err != nil {
				return err
			}
			continue
		}
		files, err := part.produce()
		if err != nil {
			return err
		}
		if err := emitAll(files, part.key, emit); err != nil {
			return err
		}
		if err := s.keep(part.key, paths(files), nil); err != nil {
			return err
		}
	}
	if err := facts.topicPages(lists("topics"), topics, emit); err != nil {
		return err
	}
	if facts.broken.Load() {
		return fmt.Errorf("reading the stories of the archive: %w", ErrMemory)
	}
	if err := facts.search.write(emit); err != nil {
		return err
	}
	if err := s.copies(emit); err != nil {
		return err
	}
	if !s.sound {
		if err := s.keep(s.soundKey(), nil, nil); err != nil {
			return err
		}
	}
	return s.keep(s.archiveKey(keys), made, nil)
}

// copies hands out the files that are copied.
func (s *site) copies(emit func(File) error) error {
	for _, name := range s.static {
		key := Key{}
		if s.Memory != nil {
			key = s.key("copy", s.Memory.Copied, name)
		}
		file, ok := s.stands(name, key)
		if !ok {
			body, err := s.staticFile(name)
			if err != nil {
				return err
			}
			file = File{Path: name, Body: body, Key: key}
		}
		if err := emit(file); err != nil {
			return err
		}
	}
	return nil
}

// soundKey says of the templates that a rendering came to its end with them.
func (s *site) soundKey() Key { return s.key("sound templates") }

// emitAll hands out what was made under a key, which is zero where there is none.
func emitAll(files []File, key Key, emit func(File) error) error {
	for _, file := range files {
		if !file.Kept && file.Key == (Key{}) {
			file.Key = key
		}
		if err := emit(file); err != nil {
			return err
		}
	}
	return nil
}

// rendered is what one issue comes to: its own files, and what the pages
// about the whole archive need of it.
type rendered struct {
	files   []File
	digest  digest
	notices []string
	view    *IssueView // of the page, for the mails
	kept    []string   // instead of files: the paths of those that stand already
}

func (s *site) issue(i int, is *issue.Issue, inFeed bool) (rendered, error) {
	page, view, words, err := s.issuePage(i, is)
	if err != nil {
		return rendered{}, err
	}
	folder := "site/" + s.folders[i]
	r := rendered{
		files:  []File{page, {Path: folder + "/issue.json", Body: s.issueJSON(s.paper.take(), i, view)}},
		digest: s.digest(i, is, view, words), view: view,
	}
	if !s.links[i].Draft {
		r.files = append(r.files, s.issuePicture(folder+"/preview.png", s.pictureOf(s.links[i])))
	}
	if inFeed {
		var packed packer
		packed.entries(s.feedEntry(i, is))
		r.digest.entry = packed
	}
	return r, nil
}

// issuePicture draws a preview picture that does not stand yet: that of an issue
// whose text alone changed does.
func (s *site) issuePicture(name string, what picture) File {
	key := s.key("picture", what.name, what.line, what.title, what.host)
	if file, ok := s.stands(name, key); ok {
		return file
	}
	return File{Path: name, Body: s.painter.paint(s.paper.take(), what), Key: key}
}

// site is one rendering under way. It doesn't change after newSite, so that
// pages can be made side by side.
type site struct {
	Input
	base      string // absolute, with a slash at its end
	links     []IssueLink
	folders   []string // of each issue, below site/
	own       []IssueLink
	pages     map[string]func() (*program, error)
	static    []string          // files copied as they are, sorted
	sound     bool              // the templates are those of a rendering that came to its end
	moved     map[string]string // an alias, as a file below site/ -> the path it leads to
	css       string            // what look adds to style.css
	painter   *painter
	names     func() names // that titles are searched for
	common    Page         // of every page
	paper     *paper
	seed      [4]uint64 // of the hashes of words, on which nothing depends that is written
	gathered  sync.Pool // of *storyWords
	scratches sync.Pool // of *[]byte, that facts are read into
	frames    sync.Map  // what frame has made
	counted   bool      // an issue's page may show how many issues there are
}

func newSite(in Input) (*site, error) {
	s := &site{Input: in, pages: map[string]func() (*program, error){}, names: sync.OnceValue(func() names { return knownNames(in.Publication.Names) }), seed: [4]uint64{rand.Uint64(), rand.Uint64(), rand.Uint64(), rand.Uint64()}, paper: &paper{}}
	var err error
	if s.base, err = baseURL(in.Publication); err != nil {
		return nil, err
	}
	if s.static, err = staticFiles(in.Templates); err != nil {
		return nil, err
	}
	if s.css, err = in.Publication.Look.css(in.Templates); err != nil {
		return nil, err
	}
	if s.painter, err = newPainter(in.Publication); err != nil {
		return nil, err
	}
	taken := map[string]string{}
	for _, name := range append([]string{
		"site/index.html", "site/archive/index.html", "site/404.html",
		"site/feed.xml", "site/rss.xml", "site/feed.json", "site/items.xml", "site/sitemap.xml", "site/robots.txt",
		"site/_redirects", "site/_headers", "site/preview.png",
	}, s.static...) {
		taken[strings.ToLower(name)] = "the site's own " + strings.TrimPrefix(name, "site/")
	}
	s.links, s.folders = make([]IssueLink, len(in.Heads)), make([]string, len(in.Heads))
	var texts issue.Texts
	for i, head := range in.Heads {
		if s.folders[i], err = s.claim(taken, head.File, head.Permalink); err != nil {
			return nil, err
		}
		s.links[i] = s.linkTo(head, s.folders[i]).in(&texts, head)
		s.links[i].Minutes = 0 // not known before it is read
	}
	for _, page := range in.Pages {
		folder, err := s.claim(taken, page.File, page.Permalink)
		if err != nil {
			return nil, err
		}
		s.own = append(s.own, s.linkTo(issue.HeadOf(page), folder))
	}
	if err := s.claimAliases(taken); err != nil {
		return nil, err
	}
	// A broken template stops the rendering before it begins. With these templates
	// one came to its end before: then those alone are parsed that are needed.
	_, s.sound = s.facts(s.soundKey(), new([]byte))
	for _, name := range []string{"home", "archive", "issue", "page", "topics", "topic", "404"} {
		s.pages[name] = sync.OnceValues(func() (*program, error) {
			set, err := parseTemplates(in.Templates, "site/layout.html", "site/"+name+".html")
			return &program{template: set, many: name == "issue" || name == "topic"}, err
		})
		if s.sound {
			continue
		}
		if _, err := s.pages[name](); err != nil {
			return nil, err
		}
	}
	s.common = s.commonPage()
	s.counted, err = countsIssues(in.Templates)
	return s, err
}

// ownFolders are where the site's own pages and files lie: no permalink may
// lead into them.
var ownFolders = []string{"archive", "topics", "data", "search"}

// claim gives the folder of a permalink, and an error when it can't have it.
func (s *site) claim(taken map[string]string, file, permalink string) (string, error) {
	folder, err := permalinkFolder(permalink)
	if err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	lower := strings.ToLower(folder) // some disks and hosts don't tell upper from lower case
	for _, own := range ownFolders {
		if strings.HasPrefix(lower, own+"/") {
			return "", fmt.Errorf("%s: permalink %s is in the site's own folder %s/", file, permalink, own)
		}
	}
	if lower == "topics" {
		return "", fmt.Errorf("%s: permalink %s is the address of the site's own topics/index.html too", file, permalink)
	}
	for _, name := range []string{"site/" + lower, "site/" + lower + "/index.html"} {
		if other, twice := taken[name]; twice {
			return "", fmt.Errorf("%s: permalink %s is the address of %s too", file, permalink, other)
		}
	}
	taken["site/"+lower+"/index.html"] = file
	return folder, nil
}

// baseURL gives the publication's address with a slash at its end.
func baseURL(p Publication) (string, error) {
	if clean(p.Name) == "" {
		return "", fmt.Errorf("the newsletter has no name")
	}
	base := safeURL(p.URL)
	if base == "" || !strings.HasPrefix(base, "http") || strings.ContainsAny(base, "?#") {
		return "", fmt.Errorf("the newsletter's url %q is no absolute http or https address", p.URL)
	}
	return strings.TrimRight(base, "/") + "/", nil
}

// permalinkFolder gives the folder below site/ that a permalink stands for.
func permalinkFolder(permalink string) (string, error) {
	folder := strings.Trim(permalink, "/")
	bad := func(why string) (string, error) {
		return "", fmt.Errorf("permalink %q %s", permalink, why)
	}
	if folder == "" {
		return bad("names no page")
	}
	if !utf8.ValidString(folder) || len(folder) > 1000 {
		return bad("is no readable address")
	}
	for _, part := range strings.Split(folder, "/") {
		switch {
		case part == "." || part == "..":
			return bad("leads out of the site")
		case part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, "."):
			return bad("has an empty or dotted part")
		case len(part) > 200:
			return bad("has a part of more than 200 bytes")
		}
	}
	for _, r := range folder {
		if !allowed(r) || strings.ContainsRune("\\%?#:*\"<>|\t\n", r) {
			return bad(fmt.Sprintf("has %q in it, which not every host can serve", r))
		}
	}
	return folder, nil
}

// The style sheet, and the file that is put behind it: a look that changes a
// few of its rules without repeating the others.
const (
	styleFile = "site/style.css"
	lookFile  = "site/look.css"
)

// staticFiles lists what lies in templates/site and is no page: copied as it is.
func staticFiles(fsys fs.FS) ([]string, error) {
	var names []string
	err := fs.WalkDir(fsys, "site", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(path.Base(name), ".") {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.Type().IsRegular() && path.Ext(name) != ".html" && name != lookFile {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing the templates of the site: %w", err)
	}
	return names, nil
}

// staticFile gives a file to copy. Style sheets lose their comments and spaces,
// a tenth of what a reader's phone fetches for a page.
func (s *site) staticFile(name string) ([]byte, error) {
	body, err := fs.ReadFile(s.Templates, name)
	if err != nil {
		return nil, fmt.Errorf("reading template %s: %w", name, err)
	}
	if path.Ext(name) != ".css" {
		return body, nil
	}
	if name == styleFile {
		// A look of the user's, and then pullquote.yaml, have the last word.
		look, err := fs.ReadFile(s.Templates, lookFile)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("reading template %s: %w", lookFile, err)
		}
		body = slices.Concat(body, []byte("\n"), look, []byte(s.css))
	}
	var small bytes.Buffer
	if err := css.Minify(minify.New(), &small, bytes.NewReader(body), nil); err != nil {
		return nil, fmt.Errorf("minifying %s: %w", name, err)
	}
	return small.Bytes(), nil
}

// parseTemplates parses files as one set; the first is the one to execute.
// An error names the file, the line and what is wrong there.
func parseTemplates(fsys fs.FS, names ...string) (*template.Template, error) {
	var set *template.Template
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("reading template %s: %w", name, err)
		}
		t := set
		if t == nil {
			set = template.New(name).Option("missingkey=error")
			t = set
		} else {
			t = set.New(name)
		}
		if _, err := t.Parse(string(text)); err != nil {
			return nil, fmt.Errorf("parsing templates: %w", err)
		}
	}
	return set, nil
}

func (s *site) linkTo(head issue.Head, folder string) IssueLink {
	link := IssueLink{
		Number:      head.Number,
		Title:       orUntitled(head.Title),
		Date:        head.Date,
		Description: plainMarkdown(head.Description),
		Draft:       head.Draft,
		Minutes:     minutes(head.Words),
	}
	link.URL, link.Day, link.ISODate = s.base+(&url.URL{Path: folder + "/"}).EscapedPath(), dayOf(head.Date), isoDate(head.Date)
	link.Path = link.URL[len(s.base):]
	return link
}

// in gives the link with its strings in texts, but for those that are the head's:
// there is one link an issue until the end.
func (l IssueLink) in(texts *issue.Texts, head issue.Head) IssueLink {
	base := len(l.URL) - len(l.Path)
	texts.Keep(&l.URL, &l.Day, &l.ISODate)
	l.Path = l.URL[base:]
	if l.Title != head.Title {
		texts.Keep(&l.Title)
	}
	if l.Description != head.Description {
		texts.Keep(&l.Description)
	}
	return l
}

func orUntitled(title string) string {
	if title = clean(title); title != "" {
		return title
	}
	return "Untitled"
}

func minutes(words int) int { return max(1, (words+wordsPerMinute-1)/wordsPerMinute) }

// page gives what every page has.
func (s *site) page(kind, path string) Page {
	depth := strings.Count(path, "/")
	p := s.common
	p.Kind, p.URL, p.Root = kind, s.base+path, "./"
	if depth > 0 {
		p.Root = strings.Repeat("../", depth)
	}
	return p
}

// commonPage is what no page has otherwise.
func (s *site) commonPage() Page {
	p := Page{
		Publication: s.Publication,
		FeedURL:     s.base + "feed.xml",
		Feeds:       s.feedLinks(),
		Lang:        language(s.Publication),
		Dir:         direction(s.Publication),
		Description: shorten(s.about(), 200),
		Count:       len(s.links),
		Theme:       s.Publication.Look.theme(),
		ImageURL:    s.base + "preview.png",
	}
	p.Publication.Name = clean(p.Publication.Name)
	return p
}

// about is one text about the publication.
func (s *site) about() string {
	for _, text := range []string{s.Publication.Description, s.Publication.Tagline} {
		if text = plainMarkdown(text); text != "" {
			return text
		}
	}
	return clean(s.Publication.Name)
}

// one renders a page as the only one.
func (s *site) one(name string, p Page) ([]File, error) {
	file, err := s.execute(name, p)
	return []File{file}, err
}

// execute renders a page. It fills in what depends on Root.
func (s *site) execute(name string, p Page) (File, error) {
	page, err := s.pages[p.Kind]()
	if err != nil {
		return File{}, err
	}
	p.Menu = s.menu(p)
	if logo := s.Publication.Look.Logo; logo != "" {
		p.LogoURL = p.Root + escapeURL(logo)
	}
	p.Publication.Subscribe = resolve(s.Publication.Subscribe, p.Root)
	p.Publication.Editor.URL = resolve(s.Publication.Editor.URL, p.Root)
	p.Head = headOf(&p)
	if p.Masthead, err = s.frame(page.template, &p, "masthead"); err != nil {
		return File{}, fmt.Errorf("rendering %s: %w", name, err)
	}
	if p.Foot, err = s.frame(page.template, &p, "foot"); err != nil {
		return File{}, fmt.Errorf("rendering %s: %w", name, err)
	}
	// A long list has room at once: growing to its size takes twice the room.
	paper := s.paper.take()
	switch {
	case p.Kind == "archive":
		paper = slices.Grow(paper, 180*len(s.links))
	case p.Topic != nil:
		paper = slices.Grow(paper, 310*len(p.Topic.Items))
	}
	body, err := page.execute(paper, &p)
	if err != nil {
		return File{}, fmt.Errorf("rendering %s: %w", name, err)
	}
	return File{Path: name, Body: body}, nil
}

// frame executes a template for what stands around a page's own text; empty when
// nobody defines it. Those of issues and topics, of which there are many, are
// the same for all at one depth and made once.
func (s *site) frame(of *template.Template, p *Page, name string) (template.HTML, error) {
	t := of.Lookup(name)
	if t == nil {
		return "", nil
	}
	key := [...]string{name, p.Kind, p.Root}
	many := p.Kind == "issue" || p.Kind == "topic"
	if many {
		if known, ok := s.frames.Load(key); ok {
			return known.(template.HTML), nil
		}
	}
	var b strings.Builder
	if err := t.Execute(&b, &Page{
		Publication: p.Publication, Kind: p.Kind, FeedURL: p.FeedURL, Feeds: p.Feeds, LogoURL: p.LogoURL, Theme: p.Theme,
		Root: p.Root, Lang: p.Lang, Dir: p.Dir, Menu: p.Menu,
	}); err != nil {
		return "", err
	}
	made := template.HTML(b.String())
	if many {
		s.frames.Store(key, made)
	}
	return made, nil
}

// menu gives the archive, the newsletter's own pages and its own entries;
// without any entry, where to subscribe.
func (s *site) menu(p Page) []MenuLink {
	var menu []MenuLink
	add := func(name, address string, current bool) {
		for _, there := range menu {
			if there.URL == address {
				return
			}
		}
		if name = clean(name); name != "" && address != "" {
			menu = append(menu, MenuLink{name, address, current})
		}
	}
	add("Archive", p.Root+"archive/", p.Kind == "archive")
	for _, own := range s.own {
		add(own.Title, p.Root+own.Path, p.URL == own.URL)
	}
	for _, entry := range s.Publication.Menu {
		add(entry.Name, resolve(entry.URL, p.Root), false)
	}
	if len(s.Publication.Menu) == 0 {
		add("Subscribe", resolve(s.Publication.Subscribe, p.Root), false)
		add("Feed", p.FeedURL, false)
	}
	return menu
}

func (s *site) issuePage(i int, is *issue.Issue) (File, *IssueView, *storyWords, error) {
	link := s.links[i]
	p := s.page("issue", link.Path)
	view := viewOf(is, link, p.Root, nil)
	view.Tags = s.tagLinks(is.Tags)
	view.DataURL = link.URL + "issue.json"
	words := s.words(is, &view)
	view.Minutes = minutes(issue.WordsInBlocks(is.Intro) + words.read)
	if s.Evidence != nil && is.Number > 0 {
		if proof, ok := s.Evidence(is.Number); ok {
			linkQuotes(is, &view, proof)
		}
	}
	p.Issue = &view
	p.Title = link.Title
	if link.Number > 0 {
		p.Title = strconv.Itoa(link.Number) + " · " + link.Title
	}
	if link.Description != "" {
		p.Description = shorten(link.Description, 200)
	}
	if i > 0 {
		p.Previous = &s.links[i-1]
	}
	if i+1 < len(s.links) {
		p.Next = &s.links[i+1]
	}
	if p.ImageURL = ""; !link.Draft {
		p.ImageURL = link.URL + "preview.png"
	}
	if updated := updatedOn(is); updated.After(is.Date) {
		p.Updated = isoDate(updated)
	}
	p.Data = s.issueData(is, link, p.ImageURL)
	file, err := s.execute("site/"+s.folders[i]+"/index.html", p)
	return file, &view, words, err
}

// ownPages makes the newsletter's own pages.
func (s *site) ownPages() ([]File, error) {
	var files []File
	for i, is := range s.Pages {
		link := s.own[i]
		p := s.page("page", link.Path)
		view := viewOf(is, link, p.Root, nil)
		p.Issue = &view
		p.Title = link.Title + " · " + p.Publication.Name
		if link.Description != "" {
			p.Description = shorten(link.Description, 200)
		} else if text := plainBlocks(is.Intro); text != "" {
			p.Description = shorten(text, 200)
		}
		p.Data = s.siteData(p.Description)
		folder, err := permalinkFolder(is.Permalink)
		if err != nil {
			return nil, err
		}
		file, err := s.execute("site/"+folder+"/index.html", p)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// withStories gives the link of an issue with the titles of its stories, which
// most lists don't need.
func (s *site) withStories(f *facts, i int) *IssueLink {
	link := s.links[i]
	f.withStories(i, func(packed []byte, _ int) {
		for len(packed) > 0 {
			var story story
			if story, packed = unpackStory(packed, nil); story.title != "" {
				link.Items = append(link.Items, story.title)
			}
		}
	})
	return &link
}

func (s *site) home(f *facts) ([]File, error) {
	p := s.page("home", "")
	p.Title = p.Publication.Name
	if tagline := clean(s.Publication.Tagline); tagline != "" {
		p.Title += ": " + tagline
	}
	for i := len(s.links) - 1; i >= 0 && len(p.Recent) < recentIssues; i-- {
		if p.Newest == nil {
			p.Newest = s.withStories(f, i)
			continue
		}
		p.Recent = append(p.Recent, *s.withStories(f, i))
	}
	p.Data = s.siteData(p.Description)
	return s.one("site/index.html", p)
}

func (s *site) archive() ([]File, error) {
	p := s.page("archive", "archive/")
	p.Title = "Archive · " + p.Publication.Name
	p.Description = shorten("All "+strconv.Itoa(len(s.links))+" issues of "+p.Publication.Name+", by year.", 200)
	yearOf := func(i int) string {
		if date := s.links[i].Date; !date.IsZero() {
			return strconv.Itoa(date.Year())
		}
		return undated
	}
	for i := len(s.links) - 1; i >= 0; {
		first := i
		for name := yearOf(i); i >= 0 && yearOf(i) == name; {
			i--
		}
		year := Year{Name: yearOf(first), Issues: slices.Clone(s.links[i+1 : first+1])}
		slices.Reverse(year.Issues)
		p.Years = append(p.Years, year)
	}
	// The order is by number, not by date: a year may come twice.
	p.Years = mergeYears(p.Years)
	slices.SortStableFunc(p.Years, func(a, b Year) int { return strings.Compare(b.Name, a.Name) })
	if last := len(p.Years) - 1; last > 0 && p.Years[0].Name == undated {
		p.Years = append(p.Years[1:], p.Years[0])
	}
	p.Data = s.siteData(p.Description)
	return s.one("site/archive/index.html", p)
}

// undated names the year of what has none; letters sort behind digits.
const undated = "Undated"

func mergeYears(years []Year) []Year {
	at := map[string]int{}
	merged := years[:0]
	for _, year := range years {
		if i, seen := at[year.Name]; seen {
			merged[i].Issues = append(merged[i].Issues, year.Issues...)
			continue
		}
		at[year.Name] = len(merged)
		merged = append(merged, year)
	}
	return merged
}

// picture draws the preview picture of every page but the issues'.
func (s *site) picture() ([]File, error) {
	name := clean(s.Publication.Name)
	what := picture{title: name, host: hostOf(s.base)}
	if tagline := clean(s.Publication.Tagline); tagline != "" {
		what.name, what.title = name, tagline
	}
	return []File{{Path: "site/preview.png", Body: s.painter.paint(nil, what)}}, nil
}

func (s *site) missing() ([]File, error) {
	p := s.page("404", "")
	p.ImageURL = ""
	// A host shows this page at any depth, so nothing in it can be relative.
	p.URL = ""
	p.Root = "/"
	if base, err := url.Parse(s.base); err == nil {
		p.Root = base.EscapedPath()
	}
	p.Title = "Page not found · " + p.Publication.Name
	p.Data = s.siteData(p.Description)
	return s.one("site/404.html", p)
}

// thing is a thing of schema.org, in the order in which its fields are written.
type thing struct {
	Context       string  `json:"@context,omitempty"`
	Type          string  `json:"@type"`
	Name          string  `json:"name,omitempty"`
	Headline      string  `json:"headline,omitempty"`
	Description   string  `json:"description,omitempty"`
	URL           string  `json:"url,omitempty"`
	Language      string  `json:"inLanguage,omitempty"`
	DatePublished string  `json:"datePublished,omitempty"`
	DateModified  string  `json:"dateModified,omitempty"`
	Image         string  `json:"image,omitempty"`
	Page          string  `json:"mainEntityOfPage,omitempty"`
	Author        []thing `json:"author,omitempty"`
	Publisher     *thing  `json:"publisher,omitempty"`
}

func (t thing) json() template.JS {
	// encoding/json escapes <, > and &, so that no text can end the element.
	b, err := json.Marshal(t)
	if err != nil {
		return "{}"
	}
	return template.JS(b)
}

func (s *site) publisher() *thing {
	return &thing{Type: "Organization", Name: clean(s.Publication.Name), URL: s.base}
}

func (s *site) issueData(is *issue.Issue, link IssueLink, image string) template.JS {
	author := *s.publisher()
	if name := clean(s.Publication.Editor.Name); name != "" {
		author = thing{Type: "Person", Name: name, URL: resolve(s.Publication.Editor.URL, s.base)}
	}
	return thing{
		Context: "https://schema.org", Type: "Article", Headline: shorten(link.Title, 110),
		URL: link.URL, Page: link.URL, Language: language(s.Publication), DatePublished: link.ISODate, Image: image,
		Author: []thing{author}, Publisher: s.publisher(), DateModified: isoDate(updatedOn(is)),
	}.json()
}

func (s *site) siteData(description string) template.JS {
	return thing{
		Context: "https://schema.org", Type: "WebSite", Name: clean(s.Publication.Name), Description: description,
		URL: s.base, Language: language(s.Publication), Publisher: s.publisher(),
	}.json()
}

// viewOf writes an issue's text as HTML. root is what addresses within the
// site are resolved against; style gives the mail's style of an element.
//
// The pieces of HTML, of which an issue has a hundred, are written one after the
// other and cut from one string.
func viewOf(is *issue.Issue, link IssueLink, root string, style func(string) string) IssueView {
	view := IssueView{IssueLink: link, Items: make([]ItemView, len(is.Items))}
	scratch := viewScratch.Get().(*viewNotes)
	w := htmlWriter{buf: scratch.html[:0], root: root, style: style}
	sizes := scratch.sizes[:0] // of the pieces, in the order in which they are cut
	intro, _ := w.piece(is.Intro, 2, false)
	outro, _ := w.piece(is.Outro, 2, false)
	sizes = append(sizes, intro, outro)
	ids := make(map[string]int, 3+len(is.Items))
	ids["main"], ids["contents"], ids["top"] = 1, 1, 1
	level, number := 2, 0
	for i := range is.Items {
		item, v := &is.Items[i], &view.Items[i]
		*v = ItemView{
			Text:    plainInlines(item.Title),
			URL:     resolve(item.URL, root),
			Section: item.Section,
			Level:   level,
		}
		v.Host = hostOf(v.URL)
		start := len(w.buf)
		if v.URL != "" {
			w.raw(`cite="`)
			w.buf = appendAttributeURL(w.buf, v.URL)
			w.raw(`"`)
			sizes = append(sizes, len(w.buf)-start)
			start = len(w.buf)
			w.raw(`<a href="`)
			w.buf = appendAttributeURL(w.buf, v.URL)
			w.raw(`">`)
		}
		before, title := len(w.buf)-start, 0
		if v.Text != "" {
			title = w.linkText(item.Title)
		} else {
			v.Text, v.untitled = orUntitled(v.Host), true
			w.raw(template.HTMLEscapeString(v.Text))
			title = len(w.buf) - start - before
		}
		if v.URL != "" {
			w.raw("</a>")
		}
		sizes = append(sizes, len(w.buf)-start, before, title)
		if item.Section {
			v.Level, level = 2, 3
		} else {
			number++
			v.Number = number
		}
		if also := safeURL(item.Bare); also != "" && strings.TrimRight(also, "/") != strings.TrimRight(v.URL, "/") {
			v.Also = also
		}
		v.ID = issue.Slug(v.Text)
		if v.ID == "" {
			v.ID = "item-" + strconv.Itoa(i+1)
		}
		for {
			if ids[v.ID]++; ids[v.ID] == 1 {
				break
			}
			v.ID += "-" + strconv.Itoa(ids[v.ID])
		}
		if len(item.Parts) > 0 {
			v.Parts = make([]PartView, 0, len(item.Parts))
		}
		for k := range item.Parts {
			part := &item.Parts[k]
			if n, ofPage := w.piece(part.Blocks, v.Level+1, part.Quote); n > 0 {
				sizes = append(sizes, n)
				v.Parts = append(v.Parts, PartView{Quote: part.Quote, Editor: clean(part.Author)})
				if ofPage {
					v.Parts[len(v.Parts)-1].again = part.Blocks
				}
			}
		}
	}
	cut := cutter{string(w.buf), sizes}
	view.Intro, view.Outro = template.HTML(cut.next()), template.HTML(cut.next())
	for i := range view.Items {
		v := &view.Items[i]
		if v.URL != "" {
			v.Cite = template.HTMLAttr(cut.next())
		}
		v.Link = template.HTML(cut.next())
		before, title := cut.size(), cut.size()
		v.Title = v.Link[before : before+title]
		for k := range v.Parts {
			v.Parts[k].HTML = template.HTML(cut.next())
		}
	}
	scratch.html, scratch.sizes = w.buf, sizes
	viewScratch.Put(scratch)
	for _, c := range is.Corrections {
		if what := clean(c.What); what != "" {
			view.Corrections = append(view.Corrections, CorrectionView{Day: dayOf(c.Date), ISODate: isoDate(c.Date), What: what, Was: clean(c.Was)})
		}
	}
	return view
}

// viewNotes is what viewOf writes into.
type viewNotes struct {
	html  []byte
	sizes []int
}

var viewScratch = sync.Pool{New: func() any { return new(viewNotes) }}

// cutter cuts pieces from a text, each of the next size.
type cutter struct {
	text  string
	sizes []int
}

func (c *cutter) size() int {
	n := c.sizes[0]
	c.sizes = c.sizes[1:]
	return n
}

func (c *cutter) next() string {
	n := c.size()
	piece := c.text[:n]
	c.text = c.text[n:]
	return piece
}

// updatedOn is the day an issue's text last changed: of its last correction,
// or its own. It is zero when neither is known.
func updatedOn(is *issue.Issue) time.Time {
	last := is.Date
	for _, c := range is.Corrections {
		if c.Date.After(last) {
			last = c.Date
		}
	}
	return last
}

func dayOf(date time.Time) string {
	if date.IsZero() {
		return ""
	}
	return date.Format("2 January 2006")
}

func isoDate(date time.Time) string {
	if date.IsZero() {
		return ""
	}
	return date.Format(time.DateOnly)
}

func language(p Publication) string {
	// A tag is letters, digits and dashes (RFC 5646, section 2.1).
	for _, r := range p.Language {
		if r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return "en"
		}
	}
	if p.Language == "" {
		return "en"
	}
	return p.Language
}

func direction(p Publication) string {
	primary, _, _ := strings.Cut(strings.ToLower(p.Language), "-")
	switch primary {
	case "ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi":
		return "rtl"
	}
	return "ltr"
}

// shorten cuts s after at most n characters, between two words.
func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	runes := []rune(s)[:n-1]
	cut := string(runes)
	if space := strings.LastIndexByte(cut, ' '); space > len(cut)/2 {
		cut = cut[:space]
	}
	return strings.TrimRight(cut, " ,;:.") + "…"
}

// plainMarkdown takes links out of a description, which is Markdown now and
// then: "[text](address)" becomes "text".
func plainMarkdown(s string) string {
	if !strings.Contains(s, "](") {
		return clean(s)
	}
	var b strings.Builder
	for {
		middle := strings.Index(s, "](")
		if middle < 0 {
			break
		}
		open := strings.LastIndexByte(s[:middle], '[')
		end := strings.IndexByte(s[middle:], ')')
		if open < 0 || end < 0 {
			b.WriteString(s[:middle+2])
			s = s[middle+2:]
			continue
		}
		b.WriteString(s[:open])
		b.WriteString(s[open+1 : middle])
		s = s[middle+end+1:]
	}
	b.WriteString(s)
	return clean(b.String())
}

// inOrder makes n things side by side and hands them to take in order. At most
// a few are under way or waiting at any time. Nothing of it runs on when it
// returns.
func inOrder[T any](n int, produce func(i int) (T, error), take func(i int, made T) error) error {
	type result struct {
		made T
		err  error
	}
	workers := min(runtime.GOMAXPROCS(0), n)
	waiting := make([]chan result, 2*workers) // by the number of the thing, round and round
	for i := range waiting {
		waiting[i] = make(chan result, 1)
	}
	room := make(chan struct{}, len(waiting)) // has one of each that is under way or waiting
	stop := make(chan struct{})
	var next atomic.Int64
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for {
				select {
				case <-stop:
					return
				case room <- struct{}{}:
				}
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				made, err := produce(i)
				waiting[i%len(waiting)] <- result{made, err}
			}
		})
	}
	defer running.Wait()
	defer close(stop)
	for i := range n {
		r := <-waiting[i%len(waiting)]
		<-room
		if r.err != nil {
			return r.err
		}
		if err := take(i, r.made); err != nil {
			return err
		}
	}
	return nil
}

// updatedHead is updatedOn, from what the archive keeps of an issue.
func updatedHead(head issue.Head) time.Time {
	return updatedOn(&issue.Issue{Date: head.Date, Corrections: head.Corrections})
}
