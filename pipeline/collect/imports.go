package collect

// Imports: what another program kept for the editor becomes feeds and links.
// What a file is, is told by what is in it, never by its name. A file that is
// none of these is an error, and gives nothing.

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	nethtml "golang.org/x/net/html"
)

const (
	maxImport      = 256 << 20 // bytes of a file
	maxImportFiles = 20_000    // files in an archive that are looked at
	maxImportLinks = 200_000
	maxJSONDepth   = 64
)

// Import is what an export of another program holds.
type Import struct {
	Kind  string   // what it is, to be put in a sentence: "a Pocket export"
	Feeds []Source // OPML only
	Links []Link   // each address once; highlights are Quotes
	Left  int      // what was in it without a usable address

	slugs map[string]string // in an archive: address -> what its highlights are filed under
}

// errDamaged is in the chain of the error about an export that is one, but not
// whole.
var errDamaged = errors.New("is damaged")

// ReadImport reads an export: OPML, Netscape bookmarks, the files that Pocket,
// Instapaper, Pinboard, Raindrop, Readwise, Wallabag, Omnivore and Notion give
// (CSV, JSON, HTML, or a zip of them), or a mail or mbox. The name is only for
// Link.From. The error says what the file is not, to be put after its name.
func ReadImport(name string, body []byte) (Import, error) {
	if len(body) > maxImport {
		return Import{}, fmt.Errorf("is larger than %d MB", maxImport>>20)
	}
	im := Import{}
	var err error
	if bytes.HasPrefix(body, []byte("PK\x03\x04")) {
		err = im.zip(body)
	} else {
		err = im.read(name, body)
	}
	if err != nil {
		return Import{}, err
	}
	im.merge()
	if len(im.Feeds)+len(im.Links) == 0 {
		return Import{}, errors.New("holds no link")
	}
	return im, nil
}

func (im *Import) read(name string, body []byte) error {
	if isMail(body) {
		return im.mail(body)
	}
	text := strings.TrimSpace(toUTF8(body, ""))
	head := strings.ToLower(text[:min(len(text), 4096)])
	switch {
	case text == "":
		return errors.New("is empty")
	case strings.IndexByte(head, 0) >= 0 || strings.HasPrefix(head, "%pdf"):
		return errors.New("is no export that is known here")
	case strings.Contains(head, "<opml"):
		return im.opml(name, body)
	case text[0] == '{' || text[0] == '[':
		return im.json(text)
	case strings.Contains(head, "netscape-bookmark-file"):
		im.Kind = "a bookmarks file"
		return im.html(text)
	case strings.HasPrefix(head, "<"):
		if posts().MatchString(head) {
			return im.posts(text)
		}
		early := strings.ToLower(text[:min(len(text), 256<<10)])
		for _, known := range []struct{ mark, kind string }{
			{"<title>pocket export", "a Pocket export"},
			{"<title>instapaper", "an Instapaper export"},
			{`class="page-body"`, "a Notion export"},
			{`class="page sans"`, "a Notion export"},
		} {
			if strings.Contains(early, known.mark) {
				im.Kind = known.kind
				return im.html(text)
			}
		}
		return errors.New("is a web page or XML, but no export that is known here")
	}
	return im.csv(text)
}

// opml takes the feeds of an OPML file.
func (im *Import) opml(name string, body []byte) error {
	r := sourcesReader{feeds: map[string]string{}, names: map[string]string{}, anyName: true}
	r.opml(name, body)
	for _, s := range r.slips {
		if s.Rule == "feed-twice" {
			continue
		}
		if s.Rule == "sources-syntax" {
			return fmt.Errorf("%w at line %d: %s", errDamaged, s.Line, s.What)
		}
		im.Left++
	}
	im.Kind, im.Feeds = "an OPML list of feeds", r.sources.Feeds
	for _, l := range r.sources.Links {
		im.add(l)
	}
	return nil
}

var posts = pattern(`<posts[\s>]`)

// posts reads the XML of Pinboard and of Delicious before it (posts/all): one
// post element a link, all in its attributes.
func (im *Import) posts(text string) error {
	im.Kind = "a Pinboard export"
	z := nethtml.NewTokenizer(strings.NewReader(text))
	z.SetMaxBuf(1 << 20)
	for {
		switch z.Next() {
		case nethtml.ErrorToken:
			if err := z.Err(); err != io.EOF {
				return errors.New("has an element too large to be read")
			}
			return nil
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			t := z.Token()
			if t.Data != "post" {
				continue
			}
			l := Link{}
			for _, a := range t.Attr {
				switch a.Key {
				case "href":
					l.URL = a.Val
				case "description":
					l.Title = line(a.Val)
				case "extended":
					l.Note = strings.TrimSpace(a.Val)
				case "tag":
					l.Tags = splitTags(a.Val, " ")
				case "time":
					l.Added = importTime(a.Val)
				}
			}
			im.add(l)
		}
	}
}

// zip reads every file of an archive that is one of the kinds known, and the
// archives in it; pictures and the like are passed over.
func (im *Import) zip(body []byte) error {
	a := archive{slugs: map[string]string{}, passages: map[string]passages{}}
	if err := a.read(body, 0); err != nil {
		return err
	}
	if len(a.kinds) == 0 {
		return errors.New("is a zip archive without an export in it")
	}
	im.Kind, im.Links, im.Feeds, im.Left = a.kinds[0], a.im.Links, a.im.Feeds, a.im.Left
	for i := range im.Links {
		l := &im.Links[i]
		marked := a.passages[a.slugs[l.URL]]
		l.Quotes = append(l.Quotes, marked.quotes...)
		l.Note = strings.TrimSpace(l.Note + "\n\n" + marked.note)
	}
	return nil
}

// archive is what the files of a zip archive give together.
type archive struct {
	im       Import
	kinds    []string
	files    int
	total    int                 // bytes unpacked
	slugs    map[string]string   // Omnivore: address -> slug
	passages map[string]passages // Omnivore: slug -> what is marked
}

type passages struct {
	quotes []string
	note   string
}

func (a *archive) read(body []byte, depth int) error {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return errors.New("is a damaged zip archive")
	}
	for _, f := range z.File {
		if a.files++; a.files > maxImportFiles {
			return fmt.Errorf("holds more than %d files", maxImportFiles)
		}
		ending := strings.ToLower(path.Ext(f.Name))
		switch ending {
		case ".json", ".csv", ".html", ".opml":
		case ".md":
			if !strings.Contains(f.Name, "highlights/") {
				continue
			}
		case ".zip": // Notion packs its parts again
			if depth > 0 {
				continue
			}
		default:
			continue
		}
		in, err := f.Open()
		if err != nil {
			return fmt.Errorf("holds a file that can't be read: %w", err)
		}
		content, err := io.ReadAll(io.LimitReader(in, int64(maxImport-a.total)+1))
		in.Close()
		if a.total += len(content); a.total > maxImport {
			return fmt.Errorf("is larger than %d MB when unpacked", maxImport>>20)
		}
		if err != nil {
			return fmt.Errorf("holds a file that can't be read: %w", err)
		}
		switch ending {
		case ".zip":
			if err := a.read(content, depth+1); err != nil {
				return err
			}
			continue
		case ".md":
			a.passages[strings.TrimSuffix(path.Base(f.Name), path.Ext(f.Name))] = readPassages(toUTF8(content, ""))
			continue
		}
		part := Import{}
		if err := part.read(f.Name, content); errors.Is(err, errDamaged) {
			return fmt.Errorf("holds %.100q, which %w", f.Name, err)
		} else if err == nil {
			a.im.Links, a.im.Feeds = append(a.im.Links, part.Links...), append(a.im.Feeds, part.Feeds...)
			a.im.Left += part.Left
			a.kinds = append(a.kinds, part.Kind)
			maps.Copy(a.slugs, part.slugs)
		}
	}
	return nil
}

// readPassages reads the Markdown in which Omnivore gives highlights: each a
// blockquote, with its labels (#one) and its note below it.
func readPassages(text string) passages {
	var p passages
	var quote, note []string
	end := func() {
		if words := strings.TrimSpace(strings.Join(quote, "\n")); words != "" {
			p.quotes = append(p.quotes, words)
		}
		quote = nil
	}
	for _, l := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		l = strings.TrimRight(l, " \t")
		switch rest, quoted := strings.CutPrefix(l, ">"); {
		case quoted:
			quote = append(quote, strings.TrimPrefix(rest, " "))
		case l == "":
			end()
		case len(quote) > 0: // a line of the quote that its writer did not mark
			quote = append(quote, l)
		case strings.HasPrefix(l, "#"): // labels, and the heading "# Note"
		default:
			note = append(note, l)
		}
	}
	end()
	p.note = strings.Join(note, "\n")
	return p
}

// html takes the links of a list of bookmarks: <a href> with its attributes,
// and what follows in <dd> as the note.
func (im *Import) html(text string) error {
	z := nethtml.NewTokenizer(strings.NewReader(text))
	z.SetMaxBuf(1 << 20)
	var last *Link
	var words strings.Builder
	var folders []string
	in := ""
	finish := func() {
		content := strings.TrimSpace(words.String())
		switch {
		case in == "a" && last != nil:
			last.Title = line(content)
		case in == "dd" && last != nil:
			last.Note = content
		case in == "h3":
			folders = append(folders, line(content))
		}
		in = ""
		words.Reset()
	}
	for {
		switch z.Next() {
		case nethtml.ErrorToken:
			finish()
			if err := z.Err(); err != io.EOF {
				return errors.New("has an element too large to be read")
			}
			return nil
		case nethtml.TextToken:
			if in != "" {
				words.Write(z.Text())
			}
		case nethtml.EndTagToken:
			name, _ := z.TagName()
			switch string(name) {
			case in:
				finish()
			case "dl":
				finish()
				folders = folders[:max(0, len(folders)-1)]
			}
		case nethtml.StartTagToken:
			t := z.Token()
			switch t.Data {
			case "a":
				finish()
				l := Link{}
				for _, a := range t.Attr {
					switch a.Key {
					case "href":
						l.URL = a.Val
					case "add_date", "time_added":
						l.Added = importTime(a.Val)
					case "tags":
						l.Tags = append(l.Tags, splitTags(a.Val, ",")...)
					}
				}
				if strings.HasPrefix(strings.ToLower(l.URL), "place:") || strings.HasPrefix(l.URL, "#") { // Firefox's own searches; anchors
					last = nil
					continue
				}
				if len(l.Tags) == 0 && len(folders) > 0 {
					l.Tags = folderTags(folders[len(folders)-1])
				}
				if last = im.add(l); last != nil {
					in = "a"
				}
			case "dd", "h3":
				finish()
				in = t.Data
			case "dt", "li":
				finish()
			}
		}
	}
}

// dullFolders are those that browsers and readers make by themselves; they say
// nothing of a link.
var dullFolders = func() map[string]bool {
	set := wordSet("bookmarks unread archive inbox unsorted other pocket favorites favourites read bookmarksbar home starred liked")
	for _, name := range []string{
		"bookmarks bar", "bookmarks toolbar", "bookmarks menu", "other bookmarks", "mobile bookmarks", "favorites bar",
		"reading list", "read later", "my notes",
	} {
		set[name] = true
	}
	return set
}()

// folderTags gives a folder's name as a tag, if it says something.
func folderTags(name string) []string {
	if dullFolders[strings.ToLower(strings.TrimSpace(name))] {
		return nil
	}
	return splitTags(name, ",")
}

// add takes one link when its address is of use.
func (im *Import) add(l Link) *Link {
	l.URL = Unwrapped(resolve(l.URL, ""))
	if _, err := Canonical(l.URL); l.URL == "" || err != nil || len(im.Links) >= maxImportLinks {
		im.Left++
		return nil
	}
	im.Links = append(im.Links, l)
	return &im.Links[len(im.Links)-1]
}

// The names under which programs write the facts of a link.
var (
	urlNames   = strings.Fields("source_url given_url url href link resolved_url original_url origin_url uri userdefined:url")
	titleNames = strings.Fields("title given_title resolved_title name description document_title book_title")
	noteNames  = strings.Fields("note notes extended comment comments document_note")
	quoteNames = strings.Fields("highlight highlights selection quote quotes annotations text")
	tagNames   = strings.Fields("tags labels tag label document_tags book_tags")
	folderName = strings.Fields("folder collection")
	timeNames  = strings.Fields("time_added timestamp created created_at creation_date saved_at savedat saved_date time added date_added dateadded add_date highlighted_at created_time date")
)

// csv reads a table by the names of its columns.
func (im *Import) csv(text string) error {
	notCSV := errors.New("is no export that is known here")
	firstLine, _, _ := strings.Cut(text, "\n")
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = -1, true, true
	for _, c := range []rune{';', '\t'} {
		if strings.Count(firstLine, string(c)) > strings.Count(firstLine, ",") {
			r.Comma = c
		}
	}
	header, err := r.Read()
	if err != nil {
		return notCSV
	}
	columns := map[string]int{}
	for i, name := range header {
		name = jsonName(name)
		if _, twice := columns[name]; !twice {
			columns[name] = i
		}
	}
	if _, ok := columns["highlight"]; ok {
		if _, title := columns["book_title"]; title && !anyColumn(columns, urlNames) {
			return errors.New("is a Readwise table without addresses: export it as JSON, whose documents have a source_url")
		}
	}
	if !anyColumn(columns, urlNames) || len(header) < 2 {
		return notCSV
	}
	im.Kind = "a table of links"
	for _, known := range []struct{ column, kind string }{
		{"time_added", "a Pocket export"},
		{"selection", "an Instapaper export"},
		{"cover", "a Raindrop export"},
		{"reading_progress", "a Readwise export"},
		{"is_archived", "a Wallabag export"},
		{"mime_type", "a Wallabag export"},
	} {
		if _, ok := columns[known.column]; ok {
			im.Kind = known.kind
			break
		}
	}
	for {
		row, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w as a table: %w", errDamaged, err)
		}
		get := func(names []string) string {
			for _, n := range names {
				if i, ok := columns[n]; ok && i < len(row) && strings.TrimSpace(row[i]) != "" {
					return row[i]
				}
			}
			return ""
		}
		l := Link{URL: get(urlNames), Title: line(get(titleNames)), Note: strings.TrimSpace(get(noteNames)), Added: importTime(get(timeNames))}
		if quotes := get([]string{"highlight", "highlights", "selection", "quote", "quotes"}); strings.HasPrefix(quotes, "Highlight:") { // Raindrop
			for _, part := range strings.Split(quotes, "Highlight:") {
				part, _, _ = strings.Cut(part, "\nColor:")
				passage, note, _ := strings.Cut(part, "\nNote:")
				l.Quotes = append(l.Quotes, passage)
				l.addNote(note)
			}
		} else {
			l.Quotes = []string{quotes}
		}
		l.Quotes = trimmed(l.Quotes)
		tags := strings.Trim(get(tagNames), "[]")
		separator := ","
		if strings.Contains(tags, "|") {
			separator = "|"
		}
		if l.Tags = splitTags(strings.ReplaceAll(tags, `"`, ""), separator); len(l.Tags) == 0 {
			l.Tags = folderTags(get(folderName))
		}
		im.add(l)
	}
}

// addNote puts what was written beside a passage to the note of the link.
func (l *Link) addNote(text string) {
	if text = strings.TrimSpace(text); text != "" {
		l.Note = strings.TrimSpace(l.Note + "\n\n" + text)
	}
}

func anyColumn(columns map[string]int, names []string) bool {
	for _, n := range names {
		if _, ok := columns[n]; ok {
			return true
		}
	}
	return false
}

// jsonName folds the ways a name is written: "Time Added", "timeAdded".
func jsonName(name string) string {
	name = strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))
	return strings.ReplaceAll(strings.ToLower(name), " ", "_")
}

// json reads any shape of lists and objects: an object with a web address
// under one of the known names is a link, what is named in it belongs to it.
func (im *Import) json(text string) error {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	for {
		var v any
		if err := dec.Decode(&v); err == io.EOF { // several documents, one a line, are read too
			break
		} else if err != nil {
			return fmt.Errorf("%w JSON", errDamaged)
		}
		im.value(v, 0)
	}
	if len(im.Links) == 0 {
		return errors.New("is JSON, but no export that is known here")
	}
	im.Kind = first(im.Kind, "an export in JSON")
	return nil
}

func (im *Import) value(v any, depth int) {
	if depth > maxJSONDepth {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			im.value(x, depth+1)
		}
	case map[string]any:
		o := map[string]any{}
		keys := slices.Sorted(maps.Keys(v))
		for _, k := range keys {
			if name := jsonName(k); o[name] == nil {
				o[name] = v[k]
			}
		}
		if properties, ok := o["properties"].(map[string]any); ok {
			im.Kind = "a Notion export"
			im.notion(properties, o)
			return
		}
		if link, ok := jsonLink(o); ok {
			im.Kind = first(im.Kind, jsonKind(o))
			if slug, ok := o["slug"].(string); ok && slug != "" {
				if im.slugs == nil {
					im.slugs = map[string]string{}
				}
				im.slugs[link.URL] = slug
			}
			im.add(link)
			return
		}
		if o["given_url"] != nil || o["source_url"] != nil || o["href"] != nil || o["url"] != nil {
			im.Left++
		}
		for _, k := range keys {
			im.value(v[k], depth+1)
		}
	}
}

func jsonKind(o map[string]any) string {
	for _, known := range []struct{ name, kind string }{
		{"is_archived", "a Wallabag export"}, // before Pocket: it has a given_url, too
		{"given_url", "a Pocket export"},
		{"resolved_url", "a Pocket export"},
		{"extended", "a Pinboard export"},
		{"shared", "a Pinboard export"},
		{"readingprogress", "an Omnivore export"},
		{"book_tags", "a Readwise export"},
		{"user_book_id", "a Readwise export"},
		{"reading_progress", "a Readwise export"},
		{"raindropid", "a Raindrop export"},
		{"excerpt", "a Raindrop export"},
	} {
		if _, ok := o[known.name]; ok {
			return known.kind
		}
	}
	return ""
}

// ownPages are where a program shows what it keeps; the story lies elsewhere.
var ownPages = wordSet("read.readwise.io readwise.io")

// jsonLink makes a link of one object.
func jsonLink(o map[string]any) (Link, bool) {
	l := Link{}
	for _, n := range urlNames {
		if s, ok := o[n].(string); ok && isWeb(strings.TrimSpace(s)) && !ownPages[strings.ToLower(linkHost(strings.TrimSpace(s)))] {
			l.URL = strings.TrimSpace(s)
			break
		}
	}
	if l.URL == "" {
		return l, false
	}
	for _, n := range titleNames {
		if l.Title = line(jsonText(o[n])); l.Title != "" {
			break
		}
	}
	for _, n := range noteNames {
		if l.Note = strings.TrimSpace(jsonText(o[n])); l.Note != "" {
			break
		}
	}
	for _, n := range quoteNames {
		if n != "text" { // of a highlight, not of a page
			quotes, notes := jsonQuotes(o[n])
			l.Quotes = append(l.Quotes, quotes...)
			for _, note := range notes {
				l.addNote(note)
			}
		}
	}
	for _, n := range tagNames {
		if l.Tags = jsonTags(o[n]); len(l.Tags) > 0 {
			break
		}
	}
	if folder := jsonText(o["folder"]); len(l.Tags) == 0 && folder != "" {
		l.Tags = folderTags(folder)
	}
	for _, n := range timeNames {
		if l.Added = importTime(jsonText(o[n])); !l.Added.IsZero() {
			break
		}
	}
	l.Quotes = trimmed(l.Quotes)
	return l, true
}

func jsonText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// jsonQuotes takes passages: texts, or objects with the passage in them and
// perhaps a note on it. Where there is a quote, text is the note (Wallabag).
func jsonQuotes(v any) (quotes, notes []string) {
	switch v := v.(type) {
	case string:
		return []string{v}, nil
	case []any:
		for _, x := range v {
			o, ok := x.(map[string]any)
			if !ok {
				quotes = append(quotes, jsonText(x))
				continue
			}
			noteNames := []string{"note", "annotation", "comment"}
			for _, n := range []string{"quote", "text", "highlight"} {
				if s := jsonText(o[n]); s != "" {
					quotes = append(quotes, s)
					if n == "quote" {
						noteNames = append(noteNames, "text")
					}
					break
				}
			}
			for _, n := range noteNames {
				if s := jsonText(o[n]); s != "" {
					notes = append(notes, s)
				}
			}
		}
	}
	return quotes, notes
}

// jsonTags takes tags: one text, texts, objects with a name, or an object whose
// keys they are (Pocket).
func jsonTags(v any) []string {
	switch v := v.(type) {
	case string:
		if strings.Contains(v, ",") {
			return splitTags(v, ",")
		}
		return splitTags(v, " ") // Pinboard
	case []any:
		var out []string
		for _, x := range v {
			if o, ok := x.(map[string]any); ok {
				for _, n := range []string{"name", "label", "tag", "slug"} {
					if s := jsonText(o[n]); s != "" {
						out = append(out, splitTags(s, "\n")...)
						break
					}
				}
				continue
			}
			out = append(out, splitTags(jsonText(x), "\n")...)
		}
		return out
	case map[string]any:
		var out []string
		for k := range v {
			out = append(out, splitTags(k, "\n")...)
		}
		sort.Strings(out)
		return out
	}
	return nil
}

// notion reads the page of a Notion database: each property says its type.
func (im *Import) notion(properties, page map[string]any) {
	l := Link{Added: importTime(jsonText(page["created_time"]))}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		o, ok := properties[name].(map[string]any)
		if !ok {
			continue
		}
		switch o["type"] {
		case "url":
			l.URL = first(l.URL, jsonText(o["url"]))
		case "title":
			l.Title = line(notionText(o["title"]))
		case "multi_select":
			l.Tags = jsonTags(o["multi_select"])
		case "rich_text":
			text := strings.TrimSpace(notionText(o["rich_text"]))
			switch jsonName(name) {
			case "quote", "quotes", "highlight", "highlights":
				l.Quotes = trimmed([]string{text})
			default:
				l.Note = first(l.Note, text)
			}
		}
	}
	im.add(l)
}

func notionText(v any) string {
	list, _ := v.([]any)
	var out strings.Builder
	for _, x := range list {
		if o, ok := x.(map[string]any); ok {
			out.WriteString(jsonText(o["plain_text"]))
		}
	}
	return out.String()
}

func splitTags(s, separator string) []string {
	var out []string
	seen := map[string]bool{}
	for _, t := range strings.Split(s, separator) {
		if t = line(t); t != "" && !seen[t] && len(out) < 50 {
			seen[t] = true
			out = append(out, t)
		}
	}
	return out
}

// importTime reads seconds, milli- or microseconds since 1970 and the usual
// forms of dates; zero when it is none.
func importTime(s string) time.Time {
	s = strings.TrimSpace(s)
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		if n > 1e16 && n < 1.5e16 { // Chrome: microseconds since 1601
			n = n/1e6 - 11_644_473_600
		}
		for n > 1e11 { // finer than seconds
			n /= 1000
		}
		if n < 1e8 {
			return time.Time{}
		}
		return time.Unix(n, 0).UTC()
	}
	when, _ := parseDate(s)
	return when
}

// merge makes links with one canonical address one link.
func (im *Import) merge() {
	at := map[string]int{}
	var out []Link
	for _, l := range im.Links {
		key, err := Canonical(l.URL)
		if err != nil {
			continue
		}
		i, known := at[key]
		if !known {
			at[key] = len(out)
			out = append(out, l)
			continue
		}
		o := &out[i]
		o.Title, o.Note = first(o.Title, l.Title), first(o.Note, l.Note)
		o.Quotes = distinct(append(o.Quotes, l.Quotes...), 1000, strings.TrimSpace)
		o.Tags = distinct(append(o.Tags, l.Tags...), 50, line)
		if o.Added.IsZero() {
			o.Added = l.Added
		}
	}
	im.Links = out
}

var webAddress = pattern(`https?://[^\s<>"'` + "`" + `]+`)

// ReadLinks reads links written by hand, one a line: an address, after it its
// title. A line that begins with > is a passage of the link above it, any other
// line a note on it; empty lines and lines that begin with # are passed over.
func ReadLinks(text string) ([]Link, error) {
	var out []Link
	for n, l := range strings.Split(toUTF8([]byte(text), ""), "\n") {
		l = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(l), "- "), "* "))
		address, title, _ := strings.Cut(l, " ")
		switch {
		case l == "" || strings.HasPrefix(l, "#"):
		case isWeb(address):
			out = append(out, Link{URL: address, Title: line(title), Line: n + 1})
		case strings.Contains(address, "://"):
			return nil, fmt.Errorf("line %d: %.100q is not a web address", n+1, line(withoutCredentials(address)))
		case len(out) == 0:
			return nil, fmt.Errorf("line %d: %.60q is not a web address, and nothing stands above it that it could be a note on", n+1, line(l))
		case strings.HasPrefix(l, ">"):
			last := &out[len(out)-1]
			last.Quotes = append(last.Quotes, strings.TrimSpace(l[1:]))
		default:
			last := &out[len(out)-1]
			last.Note = strings.TrimSpace(last.Note + "\n" + l)
		}
	}
	return out, nil
}
