package render

// This file makes the pages that the archive gives by itself: a page for every
// CVE, every source's host, every organisation or product that the titles of
// more than one issue name, and every tag.

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pullquote/pullquote/pipeline/issue"
)

// The kinds of topic, and the folders of their pages below topics/.
const (
	topicCVE    = "cve"
	topicSource = "source"
	topicName   = "name"
	topicTag    = "tag"
)

// topicKinds gives them in the order of the page about all.
var topicKinds = []struct{ kind, title, about string }{
	{topicName, "Names", "Organisations and products in the titles of more than one issue."},
	{topicTag, "Tags", "What the issues are filed under."},
	{topicCVE, "CVEs", "Every vulnerability that an issue names, the newest number first."},
	{topicSource, "Sources", "Every site that a story came from, the most used first."},
}

// TopicLink leads to a topic's page.
type TopicLink struct {
	Name  string
	Path  string // to be put behind Root
	Count int    // of its stories
}

// TopicGroup is the topics of one kind.
type TopicGroup struct {
	Kind   string // "cve", "source", "name" or "tag"
	Title  string // "CVEs"
	About  string // a sentence
	Path   string // of the page with all of them
	Count  int    // of all of them; Topics may be only the most used
	Topics []TopicLink
}

// Topic is one of them with its stories.
type Topic struct {
	TopicLink
	Kind     string
	Heading  template.HTML // its name, a host's with a break allowed behind each dot
	Group    string        // the group's title
	GroupURL string        // its page's path, to be put behind Root
	URL      string        // of the thing itself: a CVE's record, a source's first page; may be empty
	Items    []TopicItem
}

// TopicItem is one story on a topic's page, or a whole issue.
type TopicItem struct {
	Title string // of the story; empty when the issue as a whole is meant
	Host  string
	URL   string     // of the source; may be empty
	Path  string     // to its place in the issue, to be put behind Root
	Issue *IssueLink // that it stands in
}

// place is one story: the position of its issue in Heads and its own in the
// head's Items; -1 means the issue as a whole.
type place struct{ issue, item int32 }

// digest is what the pages about the whole archive keep of one issue.
type digest struct {
	minutes int    // reading time
	stories []byte // of lists, packed: see unpackStory
	cves    []cvePlace
	listed  Key         // stands for all that lists tell of it
	words   *storyWords // nil when they are known
	entry   []byte      // of the feeds, packed; nil where it is in none, or kept under the issue's key
}

type cvePlace struct {
	id   string
	item int32
}

var cvePattern = pattern(`^(?:CVE|cve)-[0-9]{4}-[0-9]{4,10}\b`)

// findCVEs gives the CVE numbers in texts, in the order in which they stand,
// once each. The pattern is slow, and is tried only where a dash may be the first
// one of a number.
func findCVEs(texts ...[]byte) []string {
	var ids []string
	for _, text := range texts {
		for at := 0; ; at++ {
			dash := bytes.IndexByte(text[at:], '-')
			if dash < 0 {
				break
			}
			at += dash
			start := max(0, at-len("CVE"))
			if name := string(text[start:at]); name != "CVE" && name != "cve" {
				continue
			}
			if start > 0 && (text[start-1] == '_' || text[start-1] < utf8.RuneSelf && isWordRune(rune(text[start-1]))) {
				continue // it ends a longer name
			}
			if id := strings.ToUpper(string(cvePattern().Find(text[start:]))); id != "" && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// tagLinks gives the links to the pages of an issue's tags.
func (s *site) tagLinks(tags []string) []TopicLink {
	var links []TopicLink
	for _, tag := range tags {
		if name := clean(tag); name != "" && topicSlug(topicTag, name) != "" {
			links = append(links, TopicLink{Name: name, Path: topicPath(topicTag, name)})
		}
	}
	return links
}

// topicSlug gives the last part of a topic's path; empty when none can be made.
func topicSlug(kind, name string) string {
	if kind != topicSource {
		return issue.Slug(name)
	}
	for _, r := range name {
		if !unicode.IsLower(r) && !unicode.IsDigit(r) && r != '.' && r != '-' {
			return issue.Slug(name)
		}
	}
	return strings.Trim(name, ".")
}

func topicPath(kind, name string) string {
	return (&url.URL{Path: "topics/" + kind + "/" + topicSlug(kind, name) + "/"}).EscapedPath()
}

// digest takes from an issue what is kept after it is dropped.
func (s *site) digest(i int, is *issue.Issue, view *IssueView, words *storyWords) digest {
	d := digest{minutes: view.Minutes, words: words}
	stories := make(packer, 0, 256*len(is.Items)) // of which one takes some 220
	for k := range is.Items {
		if item := &is.Items[k]; !item.Section {
			v := &view.Items[k]
			title, address := v.Text, v.URL
			if v.untitled {
				title = ""
			}
			if strings.HasPrefix(item.URL, "/") { // a place of the site itself is no source
				address = ""
			}
			stories.string(title)
			stories.string(address)
			stories.string(v.ID)
			stories.strings(s.names().in(title))
		}
	}
	d.stories = stories
	d.cves = s.cvesIn(is, view)
	d.listed = s.listedKey(i, d)
	return d
}

// cvesIn gives the vulnerabilities that an issue names, with their places.
func (s *site) cvesIn(is *issue.Issue, view *IssueView) (cves []cvePlace) {
	if is.Draft {
		return nil
	}
	scratch := htmlScratch.Get().(*[]byte)
	text := append(append(append((*scratch)[:0], is.Title...), ' '), is.Description...)
	text = issue.AppendPlainBlocks(issue.AppendPlainBlocks(text, is.Intro), is.Outro)
	for _, id := range findCVEs(text) {
		cves = append(cves, cvePlace{id, -1})
	}
	*scratch = text
	htmlScratch.Put(scratch)
	n := int32(-1)
	for k := range view.Items {
		v := &view.Items[k]
		if v.Section {
			continue
		}
		n++
		for _, c := range v.CVEs {
			cves = append(cves, cvePlace{c.Name, n})
		}
	}
	return cves
}

// facts are kept of all issues while they pass by.
type facts struct {
	site    *site
	minutes []int    // of each issue
	packed  [][]byte // stories of each issue; nil where they are read again under its key
	spots   storySpots
	broken  atomic.Bool // something that is read again could not be
	keys    []Key
	listed  []Key // of each issue: all that lists tell of it
	cves    map[string][]place
	search  *searchIndex
	entries map[int][]byte // packed, of issues whose own are not kept
}

// storySpots say where each story lies in the facts that were kept of its issue, so
// that it is read without the others: behind[first[i]+k] is how many bytes of them are
// behind the start of story k of issue i, and the next one how many behind its end.
type storySpots struct{ first, behind []uint32 }

// of gives how many bytes are behind the start of a story, and how many it has; not ok
// for one that was not seen.
func (s storySpots) of(p place) (behind, size int, ok bool) {
	if int(p.issue) >= len(s.first) {
		return 0, 0, false
	}
	at, end := int(s.first[p.issue])+int(p.item), len(s.behind)
	if int(p.issue)+1 < len(s.first) {
		end = int(s.first[p.issue+1])
	}
	if at+1 >= end {
		return 0, 0, false
	}
	return int(s.behind[at]), int(s.behind[at] - s.behind[at+1]), true
}

// mostAtHand is how many issues an archive has whose stories are all at hand, of
// some 3 KB each. Those of a longer one are read again when they are due.
const mostAtHand = 1 << 10

func newFacts(s *site) *facts {
	return &facts{site: s, cves: map[string][]place{}, entries: map[int][]byte{}, search: newSearchIndex(s)}
}

// story is what lists tell of one.
type story struct {
	title string // plain text; may be empty
	url   string // of the source; empty when there is none that may be linked
	id    string // of its place in the page
}

// unpackStory gives the first of packed stories, calls each with the names in its
// title unless that is nil, and gives the others.
func unpackStory(packed []byte, each func(name string)) (s story, others []byte) {
	others = skipStory(packed)
	text := string(packed[:len(packed)-len(others)]) // once, for all that is cut from it
	u := unpacker{rest: packed}
	part := func() string {
		n := u.count()
		start := len(packed) - len(u.rest)
		u.bytes(n)
		return text[start : start+n]
	}
	s = story{title: part(), url: part(), id: part()}
	if each != nil {
		for range u.count() {
			each(part())
		}
	}
	return s, others
}

// skipStory gives packed stories without the first.
func skipStory(packed []byte) []byte {
	u := unpacker{rest: packed}
	for range 3 {
		u.skip()
	}
	u.skipAll()
	return u.rest
}

// withStories calls use with the packed stories of an issue, which hold until it
// returns, and with the count of bytes that are behind them in what was kept.
func (f *facts) withStories(i int, use func(packed []byte, behind int)) {
	if packed := f.packed[i]; packed != nil {
		use(packed, 0)
		return
	}
	scratch := f.site.scratch()
	defer f.site.scratches.Put(scratch)
	body, ok := f.site.facts(f.keys[i], scratch)
	packed, behind, err := storiesIn(body)
	if !ok || err != nil {
		f.broken.Store(true)
		packed = nil
	}
	use(packed, behind)
}

// story gives one. Of those that are read again topics has told where they lie.
func (f *facts) story(p place) (s story) {
	if packed := f.packed[p.issue]; packed != nil {
		for range p.item {
			packed = skipStory(packed)
		}
		s, _ = unpackStory(packed, nil)
		return s
	}
	scratch := f.site.scratch()
	defer f.site.scratches.Put(scratch)
	behind, size, ok := f.spots.of(p)
	var packed []byte
	if ok {
		packed, ok = f.site.Memory.Piece(f.keys[p.issue], behind, size, scratch)
	}
	if !ok {
		f.broken.Store(true)
		return story{}
	}
	s, _ = unpackStory(packed, nil)
	return s
}

// add keeps what one issue says; issues come in the order of Heads.
func (f *facts) add(i int, key Key, d digest) {
	f.minutes, f.keys = append(f.minutes, d.minutes), append(f.keys, key)
	if f.packed = append(f.packed, d.stories); key != (Key{}) && len(f.site.Heads) > mostAtHand {
		f.packed[i] = nil // which the memory has
	}
	for _, c := range d.cves {
		f.cves[c.id] = append(f.cves[c.id], place{int32(i), c.item})
	}
	if d.entry != nil && key == (Key{}) {
		f.entries[i] = d.entry
	}
	f.listed = append(f.listed, d.listed)
	if !f.site.Heads[i].Draft {
		f.search.stories(i, d.listed, d.stories)
	}
}

// listedKey stands for all that lists tell of an issue.
func (s *site) listedKey(i int, d digest) Key {
	if s.Memory == nil {
		return Key{}
	}
	head, link := &s.Heads[i], s.links[i]
	link.Minutes = d.minutes
	scratch := htmlScratch.Get().(*[]byte)
	defer htmlScratch.Put(scratch)
	all := packer((*scratch)[:0])
	all.link(&link)
	all = updatedHead(*head).AppendFormat(all, time.RFC3339Nano)
	all.strings(head.Tags)
	all.strings(head.Aliases)
	for _, c := range d.cves {
		all.string(c.id)
		all.number(uint64(c.item + 1))
	}
	all = append(all, d.stories...)
	*scratch = all
	sum := sha256.Sum256(all)
	return Key(sum[:])
}

// listsKey gives what makes the keys of pages about all issues.
func (f *facts) listsKey() func(name string) Key {
	if f.site.Memory == nil {
		return func(string) Key { return Key{} }
	}
	all := joinKeys(f.listed)
	sum := KeyOf(all)
	return func(name string) Key { return f.site.key(name, string(sum[:])) }
}

// feedEntries gives those of the issues from start on that feeds are made of.
func (f *facts) feedEntries(start int) (all []entry, err error) {
	scratch := new([]byte)
	for i := start; i < len(f.keys); i++ {
		u := unpacker{rest: f.entries[i]}
		if body, ok := f.site.facts(f.keys[i], scratch); ok {
			u.rest = entryIn(body)
		}
		if all = append(all, u.entries()...); u.err != nil {
			return nil, fmt.Errorf("reading the feeds' entry of %s: %w", f.site.Heads[i].File, u.err)
		}
	}
	return all, nil
}

// topics are all topics with their places, sorted.
type topics struct{ kinds map[string][]topic }

type topic struct {
	kind, name string
	places     []place // oldest first
}

func (t *topics) all() []topic {
	var all []topic
	for _, k := range topicKinds {
		all = append(all, t.kinds[k.kind]...)
	}
	return all
}

func (f *facts) topics() *topics {
	bySlug := map[string]*topic{}
	add := func(kind, name string, p place) {
		slug := topicSlug(kind, name)
		if slug == "" {
			return
		}
		t := bySlug[kind+"/"+slug]
		if t == nil {
			t = &topic{kind: kind, name: name}
			bySlug[kind+"/"+slug] = t
		}
		if n := len(t.places); n == 0 || t.places[n-1] != p {
			t.places = append(t.places, p)
		}
	}
	var names []string
	f.spots.first = make([]uint32, len(f.site.Heads))
	for i, head := range f.site.Heads {
		f.spots.first[i] = uint32(len(f.spots.behind))
		if head.Draft {
			continue
		}
		for _, tag := range head.Tags {
			if tag = clean(tag); tag != "" {
				add(topicTag, tag, place{int32(i), -1})
			}
		}
		f.withStories(i, func(packed []byte, behind int) {
			for k := int32(0); len(packed) > 0; k++ {
				f.spots.behind = append(f.spots.behind, uint32(behind+len(packed)))
				var story story
				names = names[:0]
				story, packed = unpackStory(packed, func(name string) { names = append(names, name) })
				if host := hostOf(story.url); host != "" {
					add(topicSource, host, place{int32(i), k})
				}
				for _, name := range names {
					add(topicName, name, place{int32(i), k})
				}
			}
			f.spots.behind = append(f.spots.behind, uint32(behind))
		})
	}
	for id, places := range f.cves {
		for _, p := range places {
			add(topicCVE, id, p)
		}
	}
	t := &topics{kinds: map[string][]topic{}}
	for _, found := range bySlug {
		if found.kind == topicName && found.places[0].issue == found.places[len(found.places)-1].issue {
			continue
		}
		t.kinds[found.kind] = append(t.kinds[found.kind], *found)
	}
	for kind, list := range t.kinds {
		slices.SortFunc(list, func(a, b topic) int {
			if kind == topicCVE {
				return compareCVE(b.name, a.name)
			}
			if n := len(b.places) - len(a.places); n != 0 {
				return n
			}
			return strings.Compare(strings.ToLower(a.name)+a.name, strings.ToLower(b.name)+b.name)
		})
	}
	return t
}

// compareCVE orders CVE numbers by year and then number, which may have any
// count of digits.
func compareCVE(a, b string) int {
	if a[:8] != b[:8] || len(a) == len(b) {
		return strings.Compare(a, b)
	}
	return len(a) - len(b)
}

// topicLists makes the page about all topics and one for each kind.
func (s *site) topicLists(t *topics) ([]File, error) {
	const most = 30 // of a kind, on the page about all
	var files []File
	var groups []TopicGroup
	for _, k := range topicKinds {
		list := t.kinds[k.kind]
		if len(list) == 0 {
			continue
		}
		group := TopicGroup{Kind: k.kind, Title: k.title, About: k.about, Path: "topics/" + k.kind + "/", Count: len(list)}
		for _, found := range list {
			group.Topics = append(group.Topics, found.link())
		}
		p := s.page("topics", group.Path)
		p.Title = k.title + " · " + p.Publication.Name
		p.Description = shorten(k.about, 200)
		p.Groups = []TopicGroup{group}
		p.Data = s.siteData(p.Description)
		file, err := s.execute("site/topics/"+k.kind+"/index.html", p)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
		if len(group.Topics) > most {
			group.Topics = group.Topics[:most]
		}
		groups = append(groups, group)
	}
	p := s.page("topics", "topics/")
	p.Title = "Topics · " + p.Publication.Name
	p.Description = shorten("What "+p.Publication.Name+" has written about: names, vulnerabilities and sources.", 200)
	p.Groups = groups
	p.Data = s.siteData(p.Description)
	file, err := s.execute("site/topics/index.html", p)
	return append(files, file), err
}

func (t topic) link() TopicLink {
	return TopicLink{Name: t.name, Path: topicPath(t.kind, t.name), Count: len(t.places)}
}

// topicFile is the page of a topic and what it is kept under.
type topicFile struct {
	file File
	key  Key
}

// topicPages makes the page of every topic. What is known of all of them is kept
// together, as they are many and small: behind the key of all lists that of each.
func (f *facts) topicPages(lists Key, topics func() *topics, emit func(File) error) error {
	s := f.site
	keptUnder := s.key("topics")
	known := map[string]Key{} // by path
	was, ok := s.recall(keptUnder, new([]byte))
	if ok = ok && len(was.Facts) == (1+len(was.Files))*len(Key{}); ok {
		if lists != (Key{}) && lists == Key(was.Facts) {
			return emitKept(was.Files, emit)
		}
		for i, name := range was.Files {
			known[name] = Key(was.Facts[(1+i)*len(Key{}):])
		}
	}
	all := topics().all()
	names, keys := make([]string, 0, len(all)), append(make([]byte, 0, (1+len(all))*len(lists)), lists[:]...)
	// Most are small: a worker makes some before it hands them over.
	var parts [][]topic
	for start, places := 0, 0; start < len(all); places = 0 {
		end := start
		for ; end < len(all) && places < 32; end++ {
			places += len(all[end].places)
		}
		parts = append(parts, all[start:end])
		start = end
	}
	pagesOf := func(part []topic) (pages []topicFile, err error) {
		for _, t := range part {
			page, err := f.topicPage(t, known)
			if err != nil {
				return nil, err
			}
			pages = append(pages, page)
		}
		return pages, nil
	}
	// A page of a megabyte waits for no other: it is made when it is its turn.
	const large = 512
	err := inOrder(len(parts), func(i int) ([]topicFile, error) {
		if len(parts[i][0].places) > large {
			return nil, nil
		}
		return pagesOf(parts[i])
	}, func(i int, pages []topicFile) error {
		if pages == nil {
			var err error
			if pages, err = pagesOf(parts[i]); err != nil {
				return err
			}
		}
		for _, made := range pages {
			names, keys = append(names, made.file.Path), append(keys, made.key[:]...)
			if made.file.Key = made.key; made.file.Kept {
				made.file.Key = Key{}
			}
			if err := emit(made.file); err != nil {
				return err
			}
			s.paper.give(made.file.Body)
		}
		return nil
	})
	if err != nil || ok && bytes.Equal(was.Facts, keys) && slices.Equal(was.Files, names) {
		return err
	}
	return s.keep(keptUnder, names, keys)
}

// topicPage makes the page of one topic, the newest story first. One that is
// known under its key stands as it was made.
func (f *facts) topicPage(t topic, known map[string]Key) (topicFile, error) {
	s := f.site
	name := "site/topics/" + t.kind + "/" + topicSlug(t.kind, t.name) + "/index.html"
	key := f.topicKey(t)
	if was, ok := known[name]; ok && was == key && key != (Key{}) {
		return topicFile{file: File{Path: name, Kept: true}, key: key}, nil
	}
	view := Topic{TopicLink: t.link(), Kind: t.kind, GroupURL: "topics/" + t.kind + "/", Items: make([]TopicItem, 0, len(t.places))}
	view.Heading = template.HTML(template.HTMLEscapeString(t.name))
	for _, k := range topicKinds {
		if k.kind == t.kind {
			view.Group = k.title
		}
	}
	switch t.kind {
	case topicCVE:
		view.URL = "https://www.cve.org/CVERecord?id=" + t.name
	case topicSource:
		view.URL = safeURL("https://" + t.name + "/")
		// A narrow page would break a long name where there is no room for a letter more.
		view.Heading = template.HTML(strings.ReplaceAll(string(view.Heading), ".", ".<wbr>"))
	}
	for _, p := range slices.Backward(t.places) {
		view.Items = append(view.Items, f.topicItem(p))
	}
	p := s.page("topic", view.Path)
	p.Title = t.name + " · " + p.Publication.Name
	p.Description = shorten(plural(len(t.places), "story", "stories")+" in "+p.Publication.Name+" about or from "+t.name+".", 200)
	p.Topic = &view
	p.Data = s.siteData(p.Description)
	file, err := s.execute(name, p)
	return topicFile{file, key}, err
}

// topicKey stands for all that a topic's page says: its name, and the stories that
// it lists.
func (f *facts) topicKey(t topic) Key {
	if f.site.Memory == nil {
		return Key{}
	}
	all := make(packer, 0, 16+len(t.places)*(len(Key{})+1))
	// The page itself knows how many issues there are.
	all.number(uint64(len(f.site.links)))
	for _, p := range t.places {
		all = append(all, f.listed[p.issue][:]...)
		all.number(uint64(p.item + 1))
	}
	return f.site.key("topic", t.kind, t.name, string(all))
}

func plural(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + more
}

func (f *facts) topicItem(p place) TopicItem {
	link := &f.site.links[p.issue]
	if p.item < 0 {
		return TopicItem{Path: link.Path, Issue: link}
	}
	known := f.story(p)
	item := TopicItem{Title: known.title, URL: known.url, Path: link.Path + "#" + known.id, Issue: link}
	item.Host = hostOf(item.URL)
	if item.Title == "" {
		item.Title = orUntitled(item.Host)
	}
	return item
}

// cveTable writes every CVE with its stories as CSV (RFC 4180).
func (f *facts) cveTable(t *topics) (File, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"cve", "issue", "date", "story", "page", "source"}}
	for _, found := range t.kinds[topicCVE] {
		for _, p := range found.places {
			item := f.topicItem(p)
			number := ""
			if item.Issue.Number > 0 {
				number = strconv.Itoa(item.Issue.Number)
			}
			rows = append(rows, []string{found.name, number, item.Issue.ISODate, cell(item.Title), f.site.base + item.Path, item.URL})
		}
	}
	err := w.WriteAll(rows)
	return File{Path: "site/data/cves.csv", Body: b.Bytes()}, err
}

// cell gives a text as it may stand in a table that people open in a
// spreadsheet: one that would be read as a formula is not.
func cell(s string) string {
	if s != "" && strings.IndexByte("=+-@\t", s[0]) >= 0 {
		return "'" + s
	}
	return s
}

// names knows organisations and products by the words of their names.
type names map[string][]knownName // by lower-case first word, the longest first

type knownName struct {
	name  string // as written
	words []string
}

// knownNames gives the built-in names and the newsletter's own.
func knownNames(own []string) names {
	n := names{}
	for _, name := range slices.Concat(own, builtinNames) {
		if name = clean(name); len(titleWords(nil, name)) > 0 {
			known := knownName{name, titleWords(nil, name)}
			key := strings.ToLower(known.words[0])
			n[key] = append(n[key], known)
		}
	}
	for _, list := range n {
		slices.SortStableFunc(list, func(a, b knownName) int { return len(b.name) - len(a.name) })
	}
	return n
}

// in gives the names in a title, once each. The words must be written with a
// capital letter as the name is, or in capitals throughout. The source's own
// name at the end ("... | Fastly") is who says it, not what it is about.
func (n names) in(title string) []string {
	var room [24]string // as most titles have
	words := titleWords(room[:0], subjectOf(title))
	var found []string
	for i := 0; i < len(words); i++ {
		for _, known := range n.startingWith(ownerOf(words[i])) {
			if i+len(known.words) > len(words) || !slices.EqualFunc(words[i:i+len(known.words)], known.words, sameName) {
				continue
			}
			if !slices.Contains(found, known.name) {
				found = append(found, known.name)
			}
			i += len(known.words) - 1
			break
		}
	}
	return found
}

// startingWith gives those whose first word is a word, in whatever case. Most
// words are none, and cost no memory.
func (n names) startingWith(word string) []knownName {
	var lower [32]byte
	if len(word) > len(lower) {
		return n[strings.ToLower(word)]
	}
	for i := range len(word) {
		c := word[i]
		if c >= utf8.RuneSelf {
			return n[strings.ToLower(word)]
		}
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	return n[string(lower[:len(word)])]
}

func sameName(written, name string) bool {
	written = ownerOf(written)
	if written == name || written == strings.ToUpper(name) {
		return true
	}
	first, _ := utf8.DecodeRuneInString(written)
	return strings.EqualFold(written, name) && unicode.IsUpper(first)
}

// ownerOf gives a word without its possessive "'s".
func ownerOf(word string) string {
	return strings.TrimSuffix(strings.TrimSuffix(word, "'s"), "’s")
}

// subjectOf cuts the name of a site from the end of a title.
func subjectOf(title string) string {
	for _, sep := range []string{" | ", " – ", " — ", " - ", " · "} {
		if strings.IndexByte(title, sep[1]) < 0 { // which is told fastest
			continue
		}
		if i := strings.LastIndex(title, sep); i > 0 && len(strings.Fields(title[i:])) <= 5 {
			return title[:i]
		}
	}
	return title
}

// titleWords cuts a title into words, without the punctuation around them, and appends
// them to words.
func titleWords(words []string, title string) []string {
	for i := 0; i < len(title); {
		from := i
		for i < len(title) {
			size := 1
			if c := title[i]; c >= utf8.RuneSelf {
				var r rune
				if r, size = utf8.DecodeRuneInString(title[i:]); !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '’' {
					break
				}
			} else if addressBytes[c]&inTitle == 0 {
				break
			}
			i += size
		}
		word := title[from:i]
		if i == from {
			_, size := utf8.DecodeRuneInString(title[i:])
			i += size
			continue
		}
		if addressBytes[word[0]]&addressBytes[word[len(word)-1]]&inWord == 0 {
			word = strings.Trim(word, "'’.-&")
		}
		if word != "" {
			words = append(words, word)
		}
	}
	return words
}

// builtinNames are organisations and products that security newsletters write
// about. Words that are a name only at times (Signal, Target) are left out
// unless a second word says which is meant; a newsletter names its own under
// `names` in pullquote.yaml.
var builtinNames = strings.Split(`1Password|Accellion|Adobe|Airbnb|Akamai|Alibaba|Amazon|AMD|Android|Ansible|Anthropic|Apache|Apple|Asus|AT&T|Atlassian|Auth0|Avast|AWS|Azure|Backblaze|BBC|BitLocker|Bitwarden|BlackBerry|Bloomberg|Bluetooth|Boeing|Bitcoin|British Airways|BT|Bugcrowd|Capital One|Check Point|ChatGPT|Chrome|Chromium|CIA|CISA|Cisco|Citrix|Cloudflare|Codecov|Coinbase|Colonial Pipeline|Confluence|CrowdStrike|Debian|Dell|Discord|Disney|Docker|DoorDash|Dropbox|Drupal|DuckDuckGo|eBay|Elasticsearch|Emotet|ENISA|Equifax|Ethereum|Europol|F5|Facebook|FastCompany|Fastly|FBI|Fedora|FireEye|Firefox|Fitbit|Fortinet|FortiGate|GCHQ|GCP|Gmail|GitHub|GitLab|GoDaddy|Google|GOV.UK|Grafana|HackerOne|HashiCorp|Have I Been Pwned|Heroku|HP|HTC|Huawei|IBM|Imperva|Instagram|Intel|Internet Explorer|Interpol|iOS|iPhone|Ivanti|Java|Jenkins|Juniper|Kaseya|Kaspersky|Kubernetes|LastPass|Lazarus|Lenovo|Let's Encrypt|LinkedIn|Linux|Log4j|Log4Shell|Lapsus$|macOS|Mailchimp|Mandiant|Marriott|Mastercard|McAfee|Meltdown|Meta|Microsoft|MITRE|MoneyGram|MongoDB|MOVEit|Mozilla|MySQL|NASA|NCSC|NetApp|Netflix|Netgear|NHS|Nintendo|NIST|Nokia|npm|NSA|NSO|Nvidia|Office 365|Okta|OpenAI|OpenBSD|OpenSSF|OpenSSH|OpenSSL|Oracle|Outlook|OWASP|Palo Alto|PayPal|Pegasus|Peloton|PHP|PostgreSQL|PowerShell|Proofpoint|PyPI|Python|Qualcomm|Quora|RansomHub|Rapid7|Raspberry Pi|Red Hat|Reddit|REvil|Rubygems|Ryanair|Salesforce|Samsung|SAP|Shodan|Siemens|Skype|Slack|Snowflake|Snyk|SolarWinds|SonicWall|Sony|Sophos|Spectre|Spotify|Splunk|SQLite|Stripe|Stuxnet|Sudo|Symantec|T-Mobile|TalkTalk|TeamViewer|Telegram|Tesla|Thunderbird|TikTok|Tor|Toyota|Travelex|Trello|Trend Micro|TrickBot|TSB|Twilio|Twitch|Twitter|Uber|Ubuntu|Ubiquiti|UnitedHealth|Verizon|VMware|Vodafone|WannaCry|WhatsApp|WikiLeaks|Windows|WireGuard|WordPress|Yahoo|YouTube|YubiKey|Zendesk|Zoom|Zscaler`, "|")
