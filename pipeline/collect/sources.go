package collect

// What the editor reads: sources/*.yaml and *.opml, and the links she gives by
// hand. A fault in a file is a Slip at its place; what is right beside it is
// still read.

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Sources is everything the sources folder states.
type Sources struct {
	Feeds []Source
	Links []Link
}

// maxSources bounds one file of the sources folder, in bytes.
const maxSources = 8 << 20

// ReadSources reads every *.yaml, *.yml and *.opml file in the root of fsys, in
// the order of their names. Off sources are kept and marked. A folder that is
// absent is empty.
func ReadSources(fsys fs.FS) (Sources, []Slip) {
	r := sourcesReader{feeds: map[string]string{}, names: map[string]string{}}
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.slip(".", 1, 1, "sources-unreadable", "the folder can't be read: "+err.Error(), "look at its permissions")
	}
	for _, e := range entries {
		name := e.Name()
		ending := strings.ToLower(path.Ext(name))
		if e.IsDir() || strings.HasPrefix(name, ".") || ending != ".yaml" && ending != ".yml" && ending != ".opml" {
			continue
		}
		body, err := readBounded(fsys, name)
		switch {
		case err != nil:
			r.slip(name, 1, 1, "sources-unreadable", err.Error(), "look at the file")
		case ending == ".opml":
			r.opml(name, body)
		default:
			r.yaml(name, body)
		}
	}
	return r.sources, r.slips
}

func readBounded(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("the file can't be read: %w", err)
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, maxSources+1))
	if err != nil {
		return nil, fmt.Errorf("the file can't be read: %w", err)
	}
	if len(body) > maxSources {
		return nil, fmt.Errorf("the file is larger than %d MB", maxSources>>20)
	}
	return body, nil
}

// sourcesReader gathers what the files of one folder state.
type sourcesReader struct {
	sources Sources
	slips   []Slip
	feeds   map[string]string // canonical feed address -> where it was stated
	names   map[string]string // lower-case name -> where
	anyName bool              // a name may stand twice
}

func (r *sourcesReader) slip(file string, line, column int, rule, what, hint string) {
	r.slips = append(r.slips, Slip{File: file, Line: line, Column: column, Rule: rule, What: what, Hint: hint})
}

// yaml reads one file of `feeds:` and `links:`.
func (r *sourcesReader) yaml(file string, body []byte) {
	if !utf8.Valid(body) {
		at := 0
		for at < len(body) {
			c, size := utf8.DecodeRune(body[at:])
			if c == utf8.RuneError && size <= 1 {
				break
			}
			at += size
		}
		start := bytes.LastIndexByte(body[:at], '\n') + 1
		r.slip(file, 1+bytes.Count(body[:at], []byte("\n")), 1+utf8.RuneCount(body[start:at]), "sources-syntax",
			"the file is not UTF-8 from here on", "save it as UTF-8 in your editor")
		return
	}
	var doc, second yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(body))
	err := dec.Decode(&doc)
	if err == io.EOF { // empty, or comments only
		return
	}
	if err != nil {
		line, what := yamlFault(err)
		hint := "YAML wants `key: value`, the same indent within a list, and quotation marks round text with a colon in it"
		if lines := strings.Split(string(body), "\n"); line <= len(lines) && strings.HasPrefix(strings.TrimLeft(lines[line-1], " "), "\t") {
			what, hint = "the YAML can't be read: the line begins with a tab", "indent with blanks"
		}
		r.slip(file, line, 1, "sources-syntax", what, hint)
		return
	}
	if err := dec.Decode(&second); err == nil && second.Line > 0 {
		r.slip(file, second.Line, max(1, second.Column), "sources-syntax", "what stands below `---` is not read", "take the line `---` away, or put the rest into a file of its own")
	}
	if len(doc.Content) == 0 { // empty, or comments only
		return
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return
	}
	if root.Kind != yaml.MappingNode {
		r.slip(file, root.Line, root.Column, "sources-syntax", "the file is not a list of feeds or links", "begin with `feeds:` or `links:`")
		return
	}
	for key, value := range r.pairs(file, root, "feeds", "links") {
		if value.Kind == yaml.ScalarNode && value.Tag == "!!null" { // a heading with nothing under it yet
			continue
		}
		if value.Kind != yaml.SequenceNode {
			r.slip(file, value.Line, value.Column, "sources-syntax", fmt.Sprintf("%s is not a list", key.Value), "begin each entry with `  - `")
			continue
		}
		for _, item := range value.Content {
			if item.Kind == yaml.AliasNode && item.Alias != nil {
				item = item.Alias
			}
			if item.Kind != yaml.MappingNode {
				r.slip(file, item.Line, item.Column, "sources-syntax", "this entry of "+key.Value+" has no keys", map[string]string{
					"feeds": "write `- name: ...` and under it `feed: https://...`", "links": "write `- url: https://...`",
				}[key.Value])
				continue
			}
			if key.Value == "feeds" {
				r.feed(file, item)
			} else {
				r.link(file, item)
			}
		}
	}
}

// yamlFault takes the place out of the decoder's message, which is all it gives.
func yamlFault(err error) (line int, what string) {
	what = strings.TrimSpace(err.Error())
	line = 1
	if i := strings.Index(what, "line "); i >= 0 {
		n := 0
		for _, d := range what[i+len("line "):] {
			if d < '0' || d > '9' || n > 1<<20 {
				break
			}
			n = 10*n + int(d-'0')
		}
		line = max(1, n)
		if _, rest, ok := strings.Cut(what[i:], ": "); ok {
			what = rest
		}
	}
	if i := strings.IndexByte(what, '\n'); i >= 0 {
		what = what[:i]
	}
	return line, "the YAML can't be read: " + strings.TrimPrefix(what, "yaml: ")
}

// pairs gives the keys and values of a mapping, in order; a key that is not
// known or stands twice is a slip and left out.
func (r *sourcesReader) pairs(file string, node *yaml.Node, known ...string) func(yield func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		seen := map[string]int{}
		for i := 0; i+1 < len(node.Content); i += 2 {
			key, value := node.Content[i], node.Content[i+1]
			if value.Kind == yaml.AliasNode && value.Alias != nil {
				value = value.Alias
			}
			if first, twice := seen[key.Value]; twice {
				r.slip(file, key.Line, key.Column, "key-twice", fmt.Sprintf("the key %q stands twice; the first is on line %d", key.Value, first), "take one of them away")
				continue
			}
			seen[key.Value] = key.Line
			if !slices.Contains(known, key.Value) {
				hint := "the keys are " + strings.Join(known, ", ")
				near := nearestKey(key.Value, known)
				if same := sameKeys[strings.ToLower(key.Value)]; near == "" && slices.Contains(known, same) {
					near = same
				} else if near == "" && same == "feed" && slices.Contains(known, "url") {
					near = "url"
				}
				if near != "" {
					hint = fmt.Sprintf("did you mean %q?", near)
				}
				r.slip(file, key.Line, key.Column, "key-unknown", fmt.Sprintf("there is no key %q", key.Value), hint)
				continue
			}
			if !yield(key, value) {
				return
			}
		}
	}
}

// sameKeys are words that other programs use for a key.
var sameKeys = map[string]string{
	"url": "feed", "xmlurl": "feed", "rss": "feed", "link": "feed", "href": "feed", "address": "feed",
	"title": "name", "htmlurl": "site", "homepage": "site", "website": "site", "description": "about",
	"folder": "group", "category": "group", "disabled": "off",
	"comment": "note", "quote": "quotes", "tag": "tags", "date": "added", "source": "from",
}

// nearestKey gives the known key that at most two letters part from the one
// that was typed.
func nearestKey(typed string, known []string) string {
	best, limit := "", 3
	for _, k := range known {
		if d := letters(strings.ToLower(typed), k); d < limit && d < len(k) {
			best, limit = k, d
		}
	}
	return best
}

// letters counts the single-letter changes between two words.
func letters(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, change)
		}
	}
	return row[len(b)]
}

func (r *sourcesReader) feed(file string, node *yaml.Node) {
	s := Source{File: file, Line: node.Line}
	place := node
	broken := false
	before := len(r.slips)
	for key, value := range r.pairs(file, node, "name", "feed", "site", "about", "group", "off") {
		if value.Kind != yaml.ScalarNode {
			r.slip(file, value.Line, value.Column, "sources-syntax", key.Value+" is not a single value", "write it on one line: "+key.Value+": ...")
			broken = true
			continue
		}
		text := strings.TrimSpace(value.Value)
		switch key.Value {
		case "name":
			s.Name = line(text)
		case "feed":
			s.Feed, place = text, value
		case "site":
			s.Site = text
			if fault := badAddress(text); text != "" && fault != "" {
				r.slip(file, value.Line, value.Column, "address-bad", "the site "+fault, "write it whole: https://host/")
				s.Site = ""
			}
		case "about":
			s.About = line(text)
		case "group":
			s.Group = line(text)
		case "off":
			if value.Tag != "!!bool" {
				r.slip(file, value.Line, value.Column, "sources-syntax", fmt.Sprintf("off is %q", text), "write `off: true` or take it away")
				broken = true
			}
			s.Off = strings.EqualFold(text, "true")
		}
	}
	if broken {
		return
	}
	if s.Feed == "" && len(r.slips) > before {
		return // a misspelt key has been said: the feed may well be behind it
	}
	if s.Feed == "" {
		r.slip(file, node.Line, node.Column, "feed-missing", fmt.Sprintf("the source %q has no feed", s.Name), "write its address under it: feed: https://...")
		return
	}
	r.addFeed(s, place.Line, place.Column)
}

// addFeed takes a source unless its address is bad or known already.
func (r *sourcesReader) addFeed(s Source, line, column int) {
	if fault := badAddress(s.Feed); fault != "" {
		r.slip(s.File, line, column, "address-bad", "the feed "+fault, "write it whole: https://host/feed.xml")
		return
	}
	if s.Name == "" {
		if u, err := url.Parse(s.Feed); err == nil {
			s.Name = u.Hostname()
		}
	}
	key := s.Feed
	if c, err := Canonical(s.Feed); err == nil {
		key = c
	}
	where := fmt.Sprintf("%s:%d", s.File, s.Line)
	if first, twice := r.feeds[key]; twice {
		r.slip(s.File, line, column, "feed-twice", "this feed is at "+first+" already", "take one of them away")
		return
	}
	name := strings.ToLower(s.Name)
	if first, twice := r.names[name]; twice && !r.anyName {
		r.slip(s.File, s.Line, column, "name-twice", fmt.Sprintf("the name %q is at %s already", s.Name, first), "give this one another name")
		return
	}
	r.feeds[key], r.names[name] = where, where
	r.sources.Feeds = append(r.sources.Feeds, s)
}

// badAddress says what is wrong with an address; empty when nothing is.
func badAddress(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", strings.ContainsAny(text, " \t\r\n"):
		return fmt.Sprintf("%.100q is not a web address", text)
	case u.Port() != "" && number(u.Port()) > 65535:
		return fmt.Sprintf("%.100q has a port that does not exist", text)
	case u.User != nil:
		return "has a name or password in its address"
	}
	return ""
}

func (r *sourcesReader) link(file string, node *yaml.Node) {
	l := Link{File: file, Line: node.Line}
	place := node
	for key, value := range r.pairs(file, node, "url", "title", "note", "quotes", "tags", "added", "from") {
		list, single := texts(value)
		switch key.Value {
		case "quotes":
			l.Quotes = list
		case "tags":
			l.Tags = list
		default:
			if !single {
				r.slip(file, value.Line, value.Column, "sources-syntax", key.Value+" is not a single value", "write one text: "+key.Value+": ...")
				continue
			}
			text := strings.TrimSpace(value.Value)
			switch key.Value {
			case "url":
				l.URL, place = text, value
			case "title":
				l.Title = line(text)
			case "note":
				l.Note = text
			case "from":
				l.From = line(text)
			case "added":
				added, ok := addedTime(text)
				if !ok && text != "" {
					r.slip(file, value.Line, value.Column, "date-bad", fmt.Sprintf("added is %q, which is no date", text), "write it like 2026-11-22 or 2026-11-22T18:00:00Z")
				}
				l.Added = added
			}
		}
	}
	if l.URL == "" {
		r.slip(file, node.Line, node.Column, "url-missing", "the link has no url", "write its address: url: https://...")
		return
	}
	if fault := badAddress(l.URL); fault != "" {
		r.slip(file, place.Line, place.Column, "address-bad", "the link "+fault, "write it whole: https://host/path")
		return
	}
	if _, err := Canonical(l.URL); err != nil {
		r.slip(file, place.Line, place.Column, "address-bad", fmt.Sprintf("the link can't be read: %v", err), "copy it again from the browser")
		return
	}
	r.sources.Links = append(r.sources.Links, l)
}

// texts gives the texts of a value: one, or a list of them.
func texts(node *yaml.Node) (list []string, single bool) {
	if node.Kind == yaml.SequenceNode {
		for _, n := range node.Content {
			if t := strings.TrimSpace(n.Value); n.Kind == yaml.ScalarNode && t != "" {
				list = append(list, t)
			}
		}
		return list, false
	}
	if t := strings.TrimSpace(node.Value); node.Kind == yaml.ScalarNode && t != "" && node.Tag != "!!null" {
		list = []string{t}
	}
	return list, node.Kind == yaml.ScalarNode
}

func addedTime(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// opml reads the feeds of an OPML file (OPML 2.0, "Subscription lists"): an
// outline with xmlUrl is a feed, one without is the group of those below it.
func (r *sourcesReader) opml(file string, body []byte) {
	// encoding/xml expands no entity of a document's own and keeps no tree, so a
	// bounded file is all the guard it needs.
	dec := xml.NewDecoder(strings.NewReader(toUTF8(body, "")))
	dec.Strict = false
	dec.Entity = xml.HTMLEntity
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // decoded already
	var groups []string
	isOPML := false
	for {
		token, err := dec.Token()
		if err == io.EOF {
			break
		}
		lineNo, column := dec.InputPos()
		if err != nil {
			r.slip(file, max(1, lineNo), max(1, column), "sources-syntax", "the OPML can't be read from here on: "+line(err.Error()), "export it again from the program it came from")
			break
		}
		switch el := token.(type) {
		case xml.StartElement:
			switch strings.ToLower(el.Name.Local) {
			case "opml":
				isOPML = true
			case "outline":
				at := map[string]string{}
				for _, a := range el.Attr {
					at[strings.ToLower(a.Name.Local)] = strings.TrimSpace(a.Value)
				}
				text := line(first(at["title"], at["text"]))
				group := text
				if strings.EqualFold(at["iscomment"], "true") { // OPML 2.0, "Common attributes"
					groups = append(groups, "")
					continue
				}
				if at["xmlurl"] == "" && at["type"] == "link" && at["url"] != "" && r.anyName {
					r.sources.Links = append(r.sources.Links, Link{URL: at["url"], Title: text, Added: importTime(at["created"])})
					group = ""
				}
				if at["xmlurl"] != "" {
					group = ""
					s := Source{Name: text, Feed: at["xmlurl"], Site: at["htmlurl"], About: line(at["description"]), File: file, Line: lineNo}
					for _, g := range groups {
						s.Group = first(g, s.Group)
					}
					if badAddress(s.Site) != "" {
						s.Site = ""
					}
					r.addFeed(s, lineNo, column)
				}
				groups = append(groups, group)
			}
		case xml.EndElement:
			if strings.EqualFold(el.Name.Local, "outline") && len(groups) > 0 {
				groups = groups[:len(groups)-1]
			}
		}
	}
	if !isOPML {
		r.slip(file, 1, 1, "sources-syntax", "the file is not OPML", "export it again, or give it another ending")
	}
}

// AppendLinks adds links at the end of the links of a links.yaml text. The old
// bytes stay, in their order; the result reads back as the old links and the
// new ones, or nothing is changed and the error says why. A text without
// `links:` gets it. Links whose canonical address is in the file already, or
// twice in links, are passed over; added are those that were written.
func AppendLinks(file []byte, links []Link) (out []byte, added []Link, err error) {
	before, err := readText("links.yaml", file)
	if err != nil {
		return file, nil, err
	}
	known := map[string]bool{}
	for _, l := range before.Links {
		if c, err := Canonical(l.URL); err == nil {
			known[c] = true
		}
	}
	for _, l := range links {
		if fault := badAddress(l.URL); fault != "" {
			return file, nil, errors.New("the link " + fault)
		}
		key, err := Canonical(l.URL)
		if err != nil {
			return file, nil, fmt.Errorf("reading the address %s: %w", l.URL, err)
		}
		if !known[key] {
			known[key] = true
			added = append(added, l)
		}
	}
	if len(added) == 0 {
		return file, nil, nil
	}
	out = appendEntries(file, "links", func(b *strings.Builder, indent string) {
		for _, l := range added {
			b.WriteString(linkYAML(l, indent))
		}
	})
	after, err := readText("links.yaml", out)
	fault := errors.New("sources/links.yaml is written in a way that a link can't be added to: put `links:` and a list of `- url: ...` in it")
	if err != nil || len(after.Links) != len(before.Links)+len(added) {
		return file, nil, fault
	}
	written := map[string]Link{}
	for _, l := range after.Links {
		written[l.URL] = l
	}
	for _, l := range added {
		got, ok := written[l.URL]
		if !ok || !slices.Equal(got.Quotes, trimmed(l.Quotes)) || got.Note != strings.TrimSpace(l.Note) {
			return file, nil, fault
		}
	}
	return out, added, nil
}

// AppendFeeds adds feeds at the end of the feeds of a feeds.yaml text, as
// AppendLinks does links. Feeds of the text are passed over; a name that is
// taken gets the host after it. others are the feeds of other files.
func AppendFeeds(file []byte, feeds, others []Source) (out []byte, added []Source, err error) {
	before, err := readText("feeds.yaml", file)
	if err != nil {
		return file, nil, err
	}
	r := sourcesReader{feeds: map[string]string{}, names: map[string]string{}}
	for _, s := range append(slices.Clone(before.Feeds), others...) {
		r.addFeed(s, 1, 1)
	}
	r.slips, r.sources = nil, Sources{}
	for _, s := range feeds {
		s.Name = first(s.Name, linkHost(s.Feed))
		name := s.Name
		for n := 2; r.names[strings.ToLower(s.Name)] != "" && n < 100; n++ {
			s.Name = name + " (" + linkHost(s.Feed) + ")"
			if n > 2 {
				s.Name = fmt.Sprintf("%s (%s, %d)", name, linkHost(s.Feed), n-1)
			}
		}
		r.addFeed(s, 1, 1)
	}
	if added = r.sources.Feeds; len(added) == 0 {
		return file, nil, nil
	}
	out = appendEntries(file, "feeds", func(b *strings.Builder, indent string) {
		for _, s := range added {
			fmt.Fprintf(b, "\n%s- name: %s\n%s  feed: %s\n", indent, quoteYAML(s.Name), indent, quoteYAML(s.Feed))
			for _, pair := range [][2]string{{"site", s.Site}, {"about", line(s.About)}, {"group", line(s.Group)}} {
				if pair[1] != "" {
					fmt.Fprintf(b, "%s  %s: %s\n", indent, pair[0], quoteYAML(pair[1]))
				}
			}
		}
	})
	after, err := readText("feeds.yaml", out)
	if err != nil || len(after.Feeds) != len(before.Feeds)+len(added) {
		return file, nil, errors.New("sources/feeds.yaml is written in a way that a feed can't be added to: put `feeds:` and a list of `- name: ...` in it")
	}
	return out, added, nil
}

// readText reads one sources file alone; only a file that is no YAML is an error.
func readText(name string, file []byte) (Sources, error) {
	r := sourcesReader{feeds: map[string]string{}, names: map[string]string{}}
	r.yaml(name, file)
	for _, s := range r.slips {
		if s.Rule == "sources-syntax" {
			return Sources{}, fmt.Errorf("reading sources/%s, line %d: %s", name, s.Line, s.What)
		}
	}
	return r.sources, nil
}

// appendEntries writes entries at the end of the list under a key.
func appendEntries(file []byte, key string, entries func(b *strings.Builder, indent string)) []byte {
	at, indent, header := entriesEnd(file, key)
	newline := "\n"
	if bytes.Contains(file, []byte("\r\n")) {
		newline = "\r\n"
	}
	var b strings.Builder
	if header {
		b.WriteString(key + ":\n")
	}
	entries(&b, indent)
	out := append([]byte(nil), file[:at]...)
	if at > 0 && file[at-1] != '\n' {
		out = append(out, newline...)
	}
	out = append(out, strings.ReplaceAll(b.String(), "\n", newline)...)
	return append(out, file[at:]...)
}

// ReplaceFeed writes another address for the feed of one source into the text
// of its file; nothing else changes. The source's line says which entry.
func ReplaceFeed(file []byte, s Source, address string) ([]byte, error) {
	lines := bytes.SplitAfter(file, []byte("\n"))
	for i := max(0, s.Line-1); i < len(lines); i++ {
		if at := bytes.Index(lines[i], []byte(s.Feed)); at >= 0 {
			rest := lines[i][at+len(s.Feed):]
			if len(rest) > 0 && !bytes.ContainsAny(rest[:1], " \t\r\n\"',}<") { // a longer address that begins so
				continue
			}
			out := append([]byte(nil), bytes.Join(lines[:i], nil)...)
			out = append(out, lines[i][:at]...)
			out = append(out, address...)
			out = append(out, rest...)
			return append(out, bytes.Join(lines[i+1:], nil)...), nil
		}
	}
	return file, fmt.Errorf("the address %s is not written whole below line %d", s.Feed, s.Line)
}

// WriteOPML writes feeds as OPML 2.0, grouped as the sources are; any feed
// reader takes it.
func WriteOPML(title string, feeds []Source) []byte {
	var b strings.Builder
	text := func(s string) string {
		var e strings.Builder
		_ = xml.EscapeText(&e, []byte(line(s))) // a Builder does not fail
		return e.String()
	}
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head><title>%s</title></head>\n  <body>\n", text(title))
	for _, group := range (Sources{Feeds: feeds}).Groups() {
		indent := "    "
		if group != "" {
			fmt.Fprintf(&b, "    <outline text=\"%s\">\n", text(group))
			indent += "  "
		}
		for _, s := range feeds {
			if s.Group != group {
				continue
			}
			fmt.Fprintf(&b, "%s<outline type=\"rss\" text=\"%s\" title=\"%s\" xmlUrl=\"%s\"", indent, text(s.Name), text(s.Name), text(s.Feed))
			if s.Site != "" {
				fmt.Fprintf(&b, " htmlUrl=\"%s\"", text(s.Site))
			}
			if s.About != "" {
				fmt.Fprintf(&b, " description=\"%s\"", text(s.About))
			}
			b.WriteString("/>\n")
		}
		if group != "" {
			b.WriteString("    </outline>\n")
		}
	}
	b.WriteString("  </body>\n</opml>\n")
	return []byte(b.String())
}

func trimmed(list []string) []string {
	var out []string
	for _, t := range list {
		if t = strings.TrimSpace(t); t != "" {
			out = append(out, t)
		}
	}
	return out
}

// entriesEnd finds where a new entry under a key goes: after the last line of the
// last entry, before comments and keys that follow. header: the key itself is
// missing.
func entriesEnd(file []byte, key string) (at int, indent string, header bool) {
	indent = "  "
	in, found := false, false
	offset := 0
	for _, l := range bytes.SplitAfter(file, []byte("\n")) {
		text := strings.TrimRight(string(l), " \t\r\n")
		body := strings.TrimLeft(text, " \t")
		offset += len(l)
		switch {
		case body == "" || strings.HasPrefix(body, "#") && !in:
		case strings.HasPrefix(text, key+":"):
			in, found, at = true, true, offset
		case in && strings.HasPrefix(body, "#"):
		case in && strings.HasPrefix(body, "- ") || in && text != body:
			if rest, ok := strings.CutSuffix(text, body); ok && strings.HasPrefix(body, "- ") && (at == 0 || len(rest) <= len(indent)) {
				indent = rest
			}
			at = offset
		case in:
			in = false
		}
	}
	if !found {
		return len(file), "  ", true
	}
	return at, indent, false
}

// linkYAML writes one link as an entry of links.yaml.
func linkYAML(l Link, indent string) string {
	var b strings.Builder
	key := func(lead, name, value string) { fmt.Fprintf(&b, "%s%s%s: %s\n", indent, lead, name, value) }
	key("- ", "url", quoteYAML(l.URL))
	if t := line(l.Title); t != "" {
		key("  ", "title", quoteYAML(t))
	}
	if n := strings.TrimSpace(l.Note); n != "" {
		key("  ", "note", quoteYAML(n))
	}
	if quotes := trimmed(l.Quotes); len(quotes) > 0 {
		fmt.Fprintf(&b, "%s  quotes:\n", indent)
		for _, q := range quotes {
			fmt.Fprintf(&b, "%s    - %s\n", indent, quoteYAML(q))
		}
	}
	if tags := trimmed(l.Tags); len(tags) > 0 {
		fmt.Fprintf(&b, "%s  tags:\n", indent)
		for _, t := range tags {
			fmt.Fprintf(&b, "%s    - %s\n", indent, quoteYAML(t))
		}
	}
	if !l.Added.IsZero() {
		key("  ", "added", l.Added.Format(time.RFC3339))
	}
	if f := line(l.From); f != "" {
		key("  ", "from", quoteYAML(f))
	}
	return b.String()
}

// quoteYAML writes a text as a YAML scalar: plain where that is safe, else in
// double quotation marks (YAML 1.2.2, section 7.3.1).
func quoteYAML(s string) string {
	plain := s != "" && utf8.ValidString(s) && !strings.ContainsAny(s, "\n\r\t\"'\\#{}[],&*!|>%@`") && !strings.Contains(s, ": ") &&
		!strings.HasSuffix(s, ":") && !strings.HasPrefix(s, "- ") && !strings.HasPrefix(s, "?") && strings.TrimSpace(s) == s
	if plain {
		var n yaml.Node
		if err := yaml.Unmarshal([]byte(s), &n); err == nil && len(n.Content) == 1 && n.Content[0].Tag == "!!str" && n.Content[0].Value == s {
			return s
		}
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r == utf8.RuneError:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Groups gives the groups of the sources, in the order of their names.
func (s Sources) Groups() []string {
	var out []string
	for _, f := range s.Feeds {
		if !slices.Contains(out, f.Group) {
			out = append(out, f.Group)
		}
	}
	sort.Strings(out)
	return out
}
