package collect

// A feed document becomes a Feed: decoded, mended, read by gofeed, translated.
//
// Everything in it is a stranger's. What leaves here is bounded, its links are
// absolute http or https, its texts are one line of plain text or sanitised
// HTML, and its dates are certain or absent.

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/mmcdole/gofeed/atom"
	ext "github.com/mmcdole/gofeed/extensions"
	jsonfeed "github.com/mmcdole/gofeed/json"
	"github.com/mmcdole/gofeed/rss"
	nethtml "golang.org/x/net/html"
)

const (
	maxLine       = 300 // characters of a title or name
	maxLinkBytes  = 8 << 10
	maxNames      = 20  // authors of an entry
	maxCategories = 100 // categories of an entry
	maxEnclosures = 20  // enclosures of an entry
)

// errHTML says that a web page came where a feed was promised.
var errHTML = errors.New("is a web page, not a feed")

// pageError is errHTML for a page that names its feeds.
type pageError struct{ feeds []string }

func (e *pageError) Error() string { return errHTML.Error() + "; its feed is " + e.feeds[0] }
func (e *pageError) Unwrap() error { return errHTML }

// ParseFeed reads a feed document of any kind: RSS 0.9x, 1.0 and 2.0, Atom 0.3
// and 1.0, JSON Feed 1.x, in any encoding, damaged or not. contentType is the
// answer's Content-Type, base the address the document came from, against which
// relative links are resolved; both may be empty. At most the 1,000 newest
// entries are returned, in the document's order. The error says in a few words
// what the document is instead, to be put after a name: "is a sitemap, not a
// feed".
func ParseFeed(body []byte, contentType, base string) (Feed, error) {
	feed, _, err := newReader().read(body, contentType, base)
	return feed, err
}

// reader holds what is costly to make and safe to share between goroutines.
type reader struct {
	policy *bluemonday.Policy
	brief  bool // of summaries and contents only the beginning, as text: see summary
}

func newReader() *reader {
	policy := bluemonday.UGCPolicy()
	policy.AllowElements("figure", "figcaption", "picture", "center", "font", "u", "address")
	policy.RequireNoFollowOnLinks(false)
	policy.AllowRelativeURLs(false)
	return &reader{policy: policy}
}

func (r *reader) read(body []byte, contentType, base string) (feed Feed, p pace, err error) {
	if len(body) > maxFeedBytes {
		return Feed{}, pace{}, fmt.Errorf("is larger than %d MB", maxFeedBytes>>20)
	}
	// gofeed is other people's code on a stranger's bytes: should it fall, one
	// feed is lost and not the run.
	defer func() {
		if fault := recover(); fault != nil {
			feed, p, err = Feed{}, pace{}, errors.New("is damaged beyond reading")
		}
	}()
	if bytes.HasPrefix(body, []byte{0x1F, 0x8B, 8}) { // gzip that no header names
		unpacked, err := gunzip(body)
		if err != nil {
			return Feed{}, pace{}, err
		}
		body = unpacked
	}
	text := withoutControls(toUTF8(body, contentType))
	trimmed := strings.TrimLeftFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r < 0x20 || r == 0xFEFF })
	if trimmed == "" {
		return Feed{}, pace{}, errors.New("is empty")
	}
	if inner, ok := insideCall(trimmed); ok {
		trimmed = inner
	}
	if trimmed[0] == '{' {
		feed, err = r.readJSON(trimmed, base)
		return feed, pace{}, err
	}
	if trimmed[0] == '[' {
		return Feed{}, pace{}, errors.New("is JSON, but no JSON Feed")
	}
	mended, err := mendXML(trimmed, base, r.brief)
	if errors.Is(err, errHTML) {
		if links := feedLinks(trimmed, base); len(links) > 0 {
			err = &pageError{links}
		}
	}
	if err != nil {
		return Feed{}, pace{}, err
	}
	if mended.kind == "atom" {
		parsed, perr := (&atom.Parser{}).Parse(strings.NewReader(mended.doc))
		if perr != nil {
			return Feed{}, pace{}, fmt.Errorf("can't be read as Atom: %w", perr)
		}
		feed = r.fromAtom(parsed, mended)
	} else {
		parsed, perr := (&rss.Parser{}).Parse(strings.NewReader(mended.doc))
		if perr != nil {
			return Feed{}, pace{}, fmt.Errorf("can't be read as RSS: %w", perr)
		}
		feed = r.fromRSS(parsed, mended)
	}
	feed.Kind = mended.kind
	feed.language = line(first(feed.language, mended.lang))
	feed.Flags = mended.flags
	return feed, mended.pace, nil
}

// gunzip unpacks a body, within the bound of one.
func gunzip(body []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("is damaged gzip")
	}
	out, err := io.ReadAll(io.LimitReader(z, maxFeedBytes+1))
	if len(out) > maxFeedBytes {
		return nil, fmt.Errorf("is larger than %d MB", maxFeedBytes>>20)
	}
	if err != nil && len(out) == 0 {
		return nil, errors.New("is damaged gzip")
	}
	return out, nil // what came before a fault is of use
}

var callHead = pattern(`^(?:/\*[^*]*\*/\s*|\)\]\}',?\s*|(?:[A-Za-z_$][\w.$]{0,80}\s*\(\s*)){1,3}\{`)

// insideCall takes JSON out of the function call, comment or guard that some
// servers put round it.
func insideCall(text string) (string, bool) {
	head := callHead().FindString(text[:min(len(text), 1024)])
	if head == "" {
		return "", false
	}
	return strings.TrimRight(text[len(head)-1:], " \t\r\n);"), true
}

func (r *reader) fromRSS(f *rss.Feed, doc mended) Feed {
	feed := Feed{Title: plain(f.Title), Link: f.Link, language: first(f.Language, extFirst(f.Extensions, "dc", "language"))}
	if feed.Link == "" {
		feed.Link = alternate(extLinks(f.Extensions))
	}
	authors := names(extValues(f.Extensions, "itunes", "author"), extValues(f.Extensions, "dc", "creator"),
		people(f.Extensions, "author"), []string{f.ManagingEditor})
	for _, item := range f.Items {
		if item == nil {
			continue
		}
		x := item.Extensions
		title := first(item.Title, extFirst(x, "atom", "title"), extFirst(x, "dc", "title"), extFirst(x, "itunes", "title"),
			extFirst(x, "media", "title"))
		e := Entry{
			Title: plain(title),
			Authors: names(extValues(x, "mend", "author"), people(x, "author"), extValues(x, "dc", "creator"),
				extValues(x, "itunes", "author")),
		}
		links := extLinks(x)
		guid, permalink := "", false
		if item.GUID != nil {
			guid = item.GUID.Value
			permalink = !strings.EqualFold(item.GUID.IsPermalink, "false")
		}
		e.Link = first(extFirst(x, "feedburner", "origLink"), item.Link, alternate(links))
		if e.Link == "" && permalink {
			e.Link = first(extFirst(x, "mend", "permalink"), linkText(guid))
			if !isWeb(e.Link) {
				e.Link = ""
			}
		}
		e.ID = first(guid, extFirst(x, "mend", "id"), e.Link)
		e.Content = first(item.Content, extFirst(x, "content", "encoded"), extFirst(x, "atom", "content"))
		if summary := extFirst(x, "atom", "summary"); e.Content == "" && item.Description != "" && summary != item.Description {
			e.Content = summary // two texts of one item: neither is lost
		}
		e.Summary = first(item.Description, extFirst(x, "atom", "summary"), extFirst(x, "dc", "description"),
			extFirst(x, "itunes", "summary"), extFirst(x, "itunes", "subtitle"), mediaText(x))
		for _, c := range item.Categories {
			if c != nil {
				e.Categories = append(e.Categories, c.Value)
			}
		}
		e.Categories = append(e.Categories, extValues(x, "dc", "subject")...)
		e.Categories = append(e.Categories, extValues(x, "media", "category")...)
		for _, k := range append(extValues(x, "itunes", "keywords"), extValues(x, "media", "keywords")...) {
			e.Categories = append(e.Categories, strings.FieldsFunc(k, func(r rune) bool { return r == ',' })...)
		}
		for _, enc := range item.Enclosures {
			if enc != nil {
				e.Enclosures = append(e.Enclosures, Enclosure{enc.URL, enc.Type, length(enc.Length)})
			}
		}
		e.Enclosures = append(e.Enclosures, enclosures(links)...)
		e.Enclosures = append(e.Enclosures, mediaFiles(x)...)
		e.Summary, e.Content = doc.text(e.Summary), doc.text(e.Content)
		r.finish(&e, x)
		if len(e.Authors) == 0 {
			e.Authors = authors
		}
		feed.Entries = append(feed.Entries, e)
	}
	return feed.tidied()
}

func (r *reader) fromAtom(f *atom.Feed, doc mended) Feed {
	feed := Feed{Title: plain(f.Title), Link: alternate(f.Links)}
	authors := names(atomNames(f.Authors), extValues(f.Extensions, "dc", "creator"))
	for _, entry := range f.Entries {
		if entry == nil {
			continue
		}
		x := entry.Extensions
		title := first(entry.Title, extFirst(x, "dc", "title"))
		e := Entry{
			Title: plain(title),
			Authors: names(atomNames(entry.Authors), extValues(x, "dc", "creator"), extValues(x, "itunes", "author"),
				extValues(x, "mend", "sourceauthor")),
			Link:    first(extFirst(x, "feedburner", "origLink"), alternate(entry.Links)),
			Summary: first(entry.Summary, extFirst(x, "dc", "description"), mediaText(x)),
		}
		e.ID = extFirst(x, "mend", "id")
		if entry.Content != nil {
			e.Content = entry.Content.Value
		}
		if src := x["mend"]["src"]; len(src) > 0 {
			address := src[0].Attrs["url"]
			if e.Link == "" {
				e.Link = address
			}
		}
		for _, c := range entry.Categories {
			if c != nil {
				e.Categories = append(e.Categories, first(c.Term, c.Label))
			}
		}
		e.Categories = append(e.Categories, extValues(x, "dc", "subject")...)
		e.Enclosures = append(enclosures(entry.Links), mediaFiles(x)...)
		e.Summary, e.Content = doc.text(e.Summary), doc.text(e.Content)
		r.finish(&e, x)
		if len(e.Authors) == 0 {
			e.Authors = authors
		}
		feed.Entries = append(feed.Entries, e)
	}
	return feed.tidied()
}

// finish does what all kinds of entries need.
func (r *reader) finish(e *Entry, x ext.Extensions) {
	e.Flags = append(e.Flags, distinct(extValues(x, "mend", "flag"), 4, line)...)
	for _, given := range extValues(x, "mend", "published") {
		if when, ok := parseDate(given); ok {
			e.Published = when
			break
		}
	}
	for _, given := range extValues(x, "mend", "updated") {
		if when, ok := parseDate(given); ok {
			e.Updated = when
			break
		}
	}
	if e.Published.IsZero() {
		for _, given := range extValues(x, "mend", "created") {
			if when, ok := parseDate(given); ok {
				e.Published = when
				break
			}
		}
	}
	if len(extValues(x, "mend", "published"))+len(extValues(x, "mend", "updated"))+len(extValues(x, "mend", "created")) > 0 &&
		e.Published.IsZero() && e.Updated.IsZero() {
		e.Flags = append(e.Flags, "date unreadable")
	}
	for _, dropped := range extValues(x, "mend", "dropped") {
		e.Flags = append(e.Flags, "link dropped: "+line(dropped))
	}
	r.settle(e)
}

// settle bounds and cleans an entry; what it does holds for JSON Feed too.
func (r *reader) settle(e *Entry) {
	if !isWeb(e.Link) {
		e.Link = ""
	}
	if target := Unwrapped(e.Link); target != e.Link { // neither the program nor a reader calls the tracker
		if e.ID == e.Link {
			e.ID = target
		}
		e.Link = target
	}
	if r.brief {
		e.Summary, e.Content = first(e.Summary, e.Content), ""
		if strings.IndexByte(e.Summary, '<') >= 0 || len(e.Summary) > 8*maxSummary { // JSON Feed: mendXML has not seen it
			e.Summary = summary(e.Summary)
		}
	} else {
		e.Summary, e.Content = r.sanitise(e.Summary), r.sanitise(e.Content)
	}
	if e.Categories = distinct(e.Categories, maxCategories+1, plain); len(e.Categories) > maxCategories {
		e.Categories = e.Categories[:maxCategories]
		e.Flags = append(e.Flags, fmt.Sprintf("first %d categories kept", maxCategories))
	}
	if len(e.Authors) > maxNames {
		e.Authors = e.Authors[:maxNames]
		e.Flags = append(e.Flags, fmt.Sprintf("first %d authors kept", maxNames))
	}
	var kept []Enclosure
	seen := map[string]bool{}
	for _, enc := range e.Enclosures {
		if !isWeb(enc.URL) || seen[enc.URL] {
			continue
		}
		seen[enc.URL] = true
		enc.Type = line(enc.Type)
		kept = append(kept, enc)
	}
	if len(kept) > maxEnclosures {
		kept = kept[:maxEnclosures]
		e.Flags = append(e.Flags, fmt.Sprintf("first %d enclosures kept", maxEnclosures))
	}
	e.Enclosures = kept
	if id := strings.TrimSpace(e.ID); utf8.RuneCountInString(id) > maxLine {
		e.ID = "sha256:" + hash([]byte(id)) // cut, two could become one
	}
	e.ID = line(e.ID)
	if e.ID == "" {
		e.ID = e.Link
	}
	if e.ID == "" { // neither id nor link: known by what it says
		e.ID = "sha256:" + hash([]byte(e.Title+"\n"+e.Summary+"\n"+e.Content))
	}
}

func (r *reader) sanitise(markup string) string {
	if markup == "" {
		return ""
	}
	markup = strings.Map(func(c rune) rune {
		if invisible(c) {
			return -1
		}
		return c
	}, markup)
	if strings.IndexByte(markup, '<') < 0 { // no element: only references may stand in it
		return strings.TrimSpace(html.EscapeString(html.UnescapeString(markup)))
	}
	return strings.TrimSpace(r.policy.Sanitize(markup))
}

// tidied keeps entries apart that share one id.
func (f Feed) tidied() Feed {
	if !isWeb(f.Link) {
		f.Link = ""
	}
	count := map[string]int{}
	for _, e := range f.Entries {
		count[e.ID]++
	}
	for i := range f.Entries {
		e := &f.Entries[i]
		if count[e.ID] < 2 {
			continue
		}
		if e.Link != "" && e.Link != e.ID {
			e.ID = e.Link // one guid for all: the link tells them apart
		} else if !strings.HasPrefix(e.ID, "sha256:") && e.Link == "" && e.Title != "" {
			e.ID = cutRunes(e.ID, maxLine-17) + "#" + hash([]byte(e.Title))[:16]
		}
	}
	return f
}

// readJSON reads JSON Feed 1.x. Items are read one by one, so that a document
// that breaks off still gives the whole ones, and an item of the wrong shape
// costs only itself.
func (r *reader) readJSON(text, base string) (Feed, error) {
	feed, broken, err := r.readOneJSON(text, base, 0)
	if err != nil || !broken {
		return feed, err
	}
	// Commas too many, bare line ends and controls in texts: strict JSON no
	// more, but only one thing can be meant.
	mended, again, err := r.readOneJSON(soundJSON(text), base, 0)
	if err != nil || again && len(mended.Entries) <= len(feed.Entries) {
		return feed, nil
	}
	mended.Flags = append(mended.Flags, "JSON mended")
	return mended, nil
}

// readOneJSON says whether the document broke off; depth counts the documents
// before it.
func (r *reader) readOneJSON(text, base string, depth int) (feed Feed, broken bool, err error) {
	dec := json.NewDecoder(strings.NewReader(text))
	if _, err := dec.Token(); err != nil {
		return Feed{}, false, errors.New("is neither a feed nor JSON")
	}
	fields := map[string]json.RawMessage{}
	feed = Feed{Kind: "json"}
	odd := 0
	take := func(raw json.RawMessage) {
		if e, ok := r.jsonEntry(raw, base); ok {
			feed.Entries = append(feed.Entries, e)
		} else {
			odd++
		}
		if len(feed.Entries) >= 4*maxEntries {
			feed.Entries = newestEntries(feed.Entries)
		}
	}
	var flags []string
	hasItems := false
	total := 0
	for !broken && dec.More() {
		token, err := dec.Token()
		key, isKey := token.(string)
		if err != nil || !isKey {
			broken = true
			break
		}
		if key != "items" {
			var raw json.RawMessage
			if err := dec.Decode(&raw); err != nil {
				broken = true
				break
			}
			if len(fields) < 100 {
				fields[key] = raw
			}
			continue
		}
		if open, err := dec.Token(); err != nil || open != json.Delim('[') {
			return Feed{}, false, errors.New("is JSON, but its items are no list")
		}
		hasItems = true
		for dec.More() {
			var raw json.RawMessage
			if err := dec.Decode(&raw); err != nil {
				broken = true
				break
			}
			total++
			take(raw)
		}
		if !broken {
			if _, err := dec.Token(); err != nil {
				broken = true
			}
		}
	}
	if _, err := dec.Token(); err != nil {
		broken = true
	}
	if !hasItems {
		return Feed{}, false, errors.New("is JSON, but no JSON Feed")
	}
	if rest := strings.TrimLeft(text[dec.InputOffset():], " \t\r\n"); !broken && rest != "" {
		if rest[0] == '{' && depth < 8 { // one document behind another
			if more, _, err := r.readOneJSON(rest, base, depth+1); err == nil {
				feed.Entries = append(feed.Entries, more.Entries...)
				total += len(more.Entries)
			}
		}
		flags = append(flags, "something stood behind the feed")
	}
	if broken {
		flags = append(flags, fmt.Sprintf("cut off after %d items", total))
	}
	var home string
	_ = json.Unmarshal(fields["title"], &feed.Title) // a title of another type is no title
	_ = json.Unmarshal(fields["home_page_url"], &home)
	feed.Title, feed.Link = line(feed.Title), resolve(home, base)
	_ = json.Unmarshal(fields["language"], &feed.language)
	feed.language = line(feed.language)
	var top jsonfeed.Item // author and authors have the same shape at the top
	_ = json.Unmarshal(fields["author"], &top.Author)
	_ = json.Unmarshal(fields["authors"], &top.Authors)
	authors := jsonNames(&top)
	if odd > 0 {
		flags = append(flags, fmt.Sprintf("%d items are no JSON Feed items", odd))
	}
	if n := total - odd; n > maxEntries {
		flags = append(flags, fmt.Sprintf("newest %d of %d entries kept", maxEntries, n))
		feed.Entries = newestEntries(feed.Entries)
	}
	for i := range feed.Entries {
		if len(feed.Entries[i].Authors) == 0 {
			feed.Entries[i].Authors = authors
		}
	}
	feed.Flags = flags
	return feed.tidied(), broken, nil
}

func newestEntries(entries []Entry) []Entry {
	sort.SliceStable(entries, func(i, k int) bool { return newest(entries[i]).After(newest(entries[k])) })
	return entries[:min(len(entries), maxEntries)]
}

// jsonEntry reads one item.
func (r *reader) jsonEntry(raw json.RawMessage, base string) (e Entry, ok bool) {
	if len(raw) > maxItemText {
		return Entry{}, false
	}
	parser := jsonfeed.Parser{}
	asItem := func(raw []byte) io.Reader {
		return io.MultiReader(strings.NewReader(`{"items":[`), bytes.NewReader(raw), strings.NewReader("]}"))
	}
	parsed, err := parser.Parse(asItem(raw))
	if err != nil {
		parsed, err = parser.Parse(asItem(soundItem(raw)))
	}
	if err != nil || len(parsed.Items) != 1 || parsed.Items[0] == nil {
		return Entry{}, false
	}
	item := parsed.Items[0]
	e = Entry{ID: item.ID, Title: line(item.Title), Authors: jsonNames(item), Categories: item.Tags}
	given := first(item.URL, item.ExternalURL)
	if e.Link = resolve(given, base); e.Link == "" && given != "" {
		e.Flags = append(e.Flags, "link dropped: "+scheme(given))
	}
	e.ID = first(e.ID, e.Link)
	e.Published, _ = parseDate(item.DatePublished)
	e.Updated, _ = parseDate(item.DateModified)
	if e.Published.IsZero() && e.Updated.IsZero() && item.DatePublished+item.DateModified != "" {
		e.Flags = append(e.Flags, "date unreadable")
	}
	e.Content = absoluteHTML(item.ContentHTML, first(e.Link, base))
	if e.Content == "" {
		e.Content = html.EscapeString(item.ContentText)
	}
	e.Summary = html.EscapeString(item.Summary)
	if item.Attachments != nil {
		for _, a := range *item.Attachments {
			e.Enclosures = append(e.Enclosures, Enclosure{resolve(a.URL, base), a.MimeType, max(a.SizeInBytes, 0)})
		}
	}
	for _, text := range []*string{&e.Summary, &e.Content} {
		sound, mended := soundHTML(*text)
		if *text = sound; mended {
			e.Flags = append(e.Flags, "markup of the text mended")
		}
	}
	r.settle(&e)
	return e, true
}

// soundItem gives the fields of an item the types that JSON Feed wants, where
// only one thing can be meant; a field of another shape is left out.
func soundItem(raw json.RawMessage) []byte {
	var given map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if dec.Decode(&given) != nil || given == nil {
		return raw
	}
	item := map[string]any{}
	text := func(v any) any {
		switch v := v.(type) {
		case string:
			return v
		case json.Number:
			return v.String()
		}
		return nil
	}
	list := func(v any) []any {
		switch v := v.(type) {
		case nil:
			return nil
		case []any:
			return v
		}
		return []any{v}
	}
	for _, name := range []string{"id", "url", "external_url", "title", "summary", "content_html", "content_text", "date_published", "date_modified"} {
		if v := text(given[name]); v != nil {
			item[name] = v
		}
	}
	if v, ok := given["id"].(bool); ok {
		item["id"] = strconv.FormatBool(v)
	}
	var tags, authors, files []any
	for _, v := range list(given["tags"]) {
		if v := text(v); v != nil {
			tags = append(tags, v)
		}
	}
	for _, v := range append(list(given["authors"]), list(given["author"])...) {
		if o, ok := v.(map[string]any); ok {
			v = o["name"]
		}
		if v := text(v); v != nil {
			authors = append(authors, map[string]any{"name": v})
		}
	}
	for _, v := range list(given["attachments"]) {
		if o, ok := v.(map[string]any); ok && text(o["url"]) != nil {
			file := map[string]any{"url": text(o["url"])}
			if v := text(o["mime_type"]); v != nil {
				file["mime_type"] = v
			}
			if v, ok := text(o["size_in_bytes"]).(string); ok {
				file["size_in_bytes"] = length(v)
			}
			files = append(files, file)
		}
	}
	item["tags"], item["authors"], item["attachments"] = tags, authors, files
	out, err := json.Marshal(item)
	if err != nil {
		return raw
	}
	return out
}

// soundJSON mends what breaks a JSON document without changing its sense: a
// comma before a closing bracket goes, a line end or tab within a text is
// escaped, other controls go, a backslash that escapes nothing is one.
func soundJSON(text string) string {
	var out strings.Builder
	out.Grow(len(text) + 64)
	inText := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case inText && c == '\\' && i+1 < len(text):
			i++
			switch next := text[i]; {
			case next == '\'':
				out.WriteByte('\'')
			case strings.IndexByte(`"\/bfnrtu`, next) >= 0:
				out.WriteByte('\\')
				out.WriteByte(next)
			default:
				out.WriteString(`\\`)
				i--
			}
		case c == '"':
			inText = !inText
			out.WriteByte(c)
		case inText && c == '\n':
			out.WriteString(`\n`)
		case inText && c == '\t':
			out.WriteString(`\t`)
		case inText && c < ' ', c < ' ' && c != '\n' && c != '\r' && c != '\t':
		case !inText && c == ',':
			next := strings.TrimLeft(text[i+1:min(len(text), i+1024)], " \t\r\n")
			if next != "" && (next[0] == ']' || next[0] == '}' || next[0] == ',') {
				continue
			}
			out.WriteByte(c)
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

func newest(e Entry) time.Time {
	if e.Updated.After(e.Published) {
		return e.Updated
	}
	return e.Published
}

func jsonNames(item *jsonfeed.Item) []string {
	var given []string
	for _, a := range append(item.Authors, item.Author) {
		if a != nil {
			given = append(given, html.EscapeString(a.Name))
		}
	}
	return names(given)
}

// extValues gives the texts of all elements prefix:name.
func extValues(x ext.Extensions, prefix, name string) []string {
	var values []string
	for _, e := range x[prefix][name] {
		if e.Value != "" {
			values = append(values, e.Value)
		}
	}
	return values
}

func extFirst(x ext.Extensions, prefix, name string) string {
	return first(extValues(x, prefix, name)...)
}

// extLinks gives the atom:link elements of an RSS feed or item.
func extLinks(x ext.Extensions) []*atom.Link {
	var links []*atom.Link
	for _, e := range x["atom"]["link"] {
		links = append(links, &atom.Link{Href: e.Attrs["href"], Rel: e.Attrs["rel"], Type: e.Attrs["type"], Length: e.Attrs["length"]})
	}
	return links
}

// alternate is the link that stands for the thing itself (RFC 4287 4.2.7.2);
// of several the first that is a web page.
func alternate(links []*atom.Link) string {
	var found string
	for _, l := range links {
		if l == nil || l.Rel != "alternate" && l.Rel != "" {
			continue
		}
		if l.Type == "" || strings.Contains(l.Type, "html") {
			return l.Href
		}
		found = first(found, l.Href)
	}
	return found
}

func enclosures(links []*atom.Link) []Enclosure {
	var found []Enclosure
	for _, l := range links {
		if l != nil && l.Rel == "enclosure" {
			found = append(found, Enclosure{l.Href, l.Type, length(l.Length)})
		}
	}
	return found
}

// mediaFiles gives media:content that is sound or film; pictures illustrate.
func mediaFiles(x ext.Extensions) []Enclosure {
	var found []Enclosure
	for _, e := range x["media"]["content"] {
		medium := e.Attrs["medium"]
		if typ := e.Attrs["type"]; strings.HasPrefix(typ, "audio/") || strings.HasPrefix(typ, "video/") ||
			typ == "" && (medium == "audio" || medium == "video") {
			found = append(found, Enclosure{e.Attrs["url"], typ, length(e.Attrs["length"])})
		}
	}
	return found
}

func mediaText(x ext.Extensions) string { return extFirst(x, "media", "description") }

func length(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func atomNames(persons []*atom.Person) []string {
	var given []string
	for _, p := range persons {
		if p != nil {
			given = append(given, html.EscapeString(first(p.Name, p.Email)))
		}
	}
	return given
}

// people gives the names of atom:author elements in RSS.
func people(x ext.Extensions, role string) []string {
	var given []string
	for _, e := range x["atom"][role] {
		for _, field := range []string{"name", "email"} {
			if c := e.Children[field]; len(c) > 0 && c[0].Value != "" {
				given = append(given, html.EscapeString(c[0].Value))
				break
			}
		}
	}
	return given
}

// names gives the first list that has a name in it, as plain names.
func names(lists ...[]string) []string {
	for _, list := range lists {
		if found := distinct(list, maxNames, personName); len(found) > 0 {
			return found
		}
	}
	return nil
}

// personName takes the name out of "ann@x.example (Ann Lee)" and
// "Ann Lee <ann@x.example>"; an address alone stands for the name.
func personName(given string) string {
	if _, after, ok := strings.Cut(given, "<name>"); ok { // Atom's shape inside RSS
		given, _, _ = strings.Cut(after, "</name>")
	}
	text := line(html.UnescapeString(given))
	if open := strings.IndexByte(text, '('); open > 0 && strings.HasSuffix(text, ")") && strings.Contains(text[:open], "@") {
		if name := strings.TrimSpace(text[open+1 : len(text)-1]); name != "" {
			return name
		}
		return strings.TrimSpace(text[:open])
	}
	if open := strings.IndexByte(text, '<'); open > 0 && strings.HasSuffix(text, ">") && strings.Contains(text[open:], "@") {
		return strings.Trim(strings.TrimSpace(text[:open]), `"`)
	}
	if open := strings.IndexByte(text, '('); open > 0 && strings.HasSuffix(text, ")") && strings.Contains(text[open:], "@") {
		return strings.TrimSpace(text[:open])
	}
	return plain(given)
}

func distinct(list []string, most int, clean func(string) string) []string {
	var kept []string
	seen := map[string]bool{}
	for _, s := range list {
		if s = strings.TrimSpace(clean(s)); s != "" && !seen[s] && len(kept) < most {
			seen[s] = true
			kept = append(kept, s)
		}
	}
	return kept
}

// invisible are characters that only deceive the eye: controls, zero-width
// marks, bidirectional overrides and isolates (Unicode TR 36 section 2.10.2),
// the replacement character and non-characters. ZWJ and ZWNJ go too: titles
// are compared.
func invisible(r rune) bool {
	switch {
	case r == '\t' || r == '\n' || r == '\r':
		return false
	case unicode.IsControl(r),
		r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x206F,
		r == 0x061C, r == 0x00AD, r == 0x180E, r == 0xFEFF, r == 0xFFFD, r&0xFFFE == 0xFFFE, r >= 0xE0000 && r <= 0xE0FFF:
		return true
	}
	return false
}

// line makes one line of at most 300 characters, without what can't be seen.
func line(s string) string {
	var out strings.Builder
	space, count := false, 0
	for _, r := range s {
		if r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == 0x2028 || r == 0x2029 || r == 0x85 {
			space = out.Len() > 0
			continue
		}
		if invisible(r) {
			continue
		}
		if space {
			out.WriteByte(' ')
			space = false
			count++
		}
		if count++; count > maxLine {
			return strings.TrimSpace(cutRunes(out.String(), maxLine-1)) + "…"
		}
		out.WriteRune(r)
	}
	return out.String()
}

func cutRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// plain gives the text of an HTML fragment as one line.
func plain(markup string) string {
	if strings.IndexByte(markup, '<') < 0 {
		return line(html.UnescapeString(markup))
	}
	if len(markup) > 64<<10 { // 300 characters are wanted of it
		markup = strings.ToValidUTF8(markup[:64<<10], "")
	}
	markup, _ = soundHTML(markup)
	var out strings.Builder
	z := nethtml.NewTokenizer(strings.NewReader(markup))
	silent := ""
	for {
		switch z.Next() {
		case nethtml.ErrorToken:
			return line(out.String())
		case nethtml.TextToken:
			if silent == "" {
				out.Write(z.Text())
			}
		case nethtml.StartTagToken:
			name, _ := z.TagName()
			switch string(name) {
			case "script", "style", "iframe", "object", "noscript", "template":
				if silent == "" {
					silent = string(name)
				}
			case "br", "p", "div", "li":
				out.WriteByte(' ')
			}
		case nethtml.EndTagToken:
			if name, _ := z.TagName(); string(name) == silent {
				silent = ""
			}
		case nethtml.SelfClosingTagToken:
			if name, _ := z.TagName(); string(name) == "br" {
				out.WriteByte(' ')
			}
		}
	}
}

// resolve gives the absolute http or https address of a link found in a
// document with the given base, or "" when there is none.
func resolve(link, base string) string {
	link = strings.Map(func(r rune) rune { // as the URL Standard strips them
		if r == '\t' || r == '\n' || r == '\r' || invisible(r) {
			return -1
		}
		return r
	}, strings.TrimSpace(link))
	if link == "" || len(link) > maxLinkBytes {
		return ""
	}
	link = strings.ReplaceAll(strings.ReplaceAll(slashes(link), " ", "%20"), `"`, "%22")
	u, err := url.Parse(link)
	if err != nil {
		u, err = url.Parse(repairPercent(link))
		if err != nil {
			return ""
		}
		link = repairPercent(link)
	}
	if u.IsAbs() {
		if isWebURL(u) {
			if isASCII(link) {
				return link // as given
			}
			return u.String()
		}
		return ""
	}
	b, err := url.Parse(strings.TrimSpace(base))
	if err != nil || !isWebURL(b) {
		return ""
	}
	if u = b.ResolveReference(u); !isWebURL(u) {
		return ""
	}
	return u.String()
}

// slashes writes the slashes of a web address as the URL Standard reads them
// (4.4, special authority slashes state): backslashes are slashes, and there are
// two before the host, however many stand there. A host that begins with "www."
// is one, and a scheme that stands twice is one scheme.
func slashes(link string) string {
	head := strings.ToLower(link[:min(len(link), 24)])
	if strings.HasPrefix(head, "www.") {
		return "http://" + link
	}
	scheme := "http:"
	if strings.HasPrefix(head, "https:") {
		scheme = "https:"
	}
	rest, path := "", link
	if strings.HasPrefix(head, scheme) {
		if rest = link[len(scheme):]; rest == "" || rest[0] != '/' && rest[0] != '\\' {
			return link
		}
		path = strings.TrimLeft(rest, `/\`)
		if again := strings.ToLower(path[:min(len(path), 8)]); strings.HasPrefix(again, "http://") || strings.HasPrefix(again, "https://") {
			return path
		}
	}
	if strings.IndexByte(path, '\\') >= 0 {
		end := strings.IndexAny(path, "?#")
		if end < 0 {
			end = len(path)
		}
		path = strings.ReplaceAll(path[:end], `\`, "/") + path[end:]
	}
	if rest == "" {
		return path
	}
	return link[:len(scheme)] + "//" + path
}

// repairPercent writes a percent sign that begins no escape as %25.
func repairPercent(link string) string {
	var out strings.Builder
	for i := 0; i < len(link); i++ {
		out.WriteByte(link[i])
		if link[i] == '%' && (i+2 >= len(link) || !isHex(link[i+1]) || !isHex(link[i+2])) {
			out.WriteString("25")
		}
	}
	return out.String()
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isWebURL(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil
}

func isWeb(link string) bool {
	u, err := url.Parse(link)
	return err == nil && isWebURL(u)
}

// scheme names the kind of an address for a flag: "javascript", "relative".
func scheme(link string) string {
	name, _, ok := strings.Cut(strings.ToLower(strings.TrimSpace(link)), ":")
	if !ok || len(name) > 20 || strings.ContainsAny(name, "/?# ") {
		return "relative"
	}
	if name == "http" || name == "https" {
		return "malformed"
	}
	return name
}
