package issue

// This file reads the front matter: the YAML between two lines of three
// dashes that opens an issue file. adrg/frontmatter finds and decodes it with
// our own strict format; what that library takes silently (a block that is
// never closed, a byte-order mark, an indented fence) is looked for here
// first, because each of them turns matter into published text.

import (
	"bufio"
	"bytes"
	"fmt"
	"net/url"
	"path"
	"reflect"
	"strings"
	"sync"
	"unicode"

	"github.com/adrg/frontmatter"
	"go.yaml.in/yaml/v4"
)

// knownKeys are the front matter keys that mean something here. Hugo's `url`
// is read as permalink; corrections, embargo and tlp belong to publishing.
var knownKeys = []string{
	"title", "number", "date", "description", "permalink", "url", "slug", "aliases", "tags", "draft", "layout",
	"corrections", "embargo", "tlp",
}

// innocentKeys are keys of other site builders that look like a slip for one
// of ours but are not.
var innocentKeys = map[string]bool{"data": true, "taxonomies": true, "titles": true, "layouts": true}

var byteOrderMark = []byte("\xef\xbb\xbf")

// matterPlace is where the front matter stands in a file.
type matterPlace struct {
	yaml Span // between the fences
	body int  // where the body begins
}

// findMatter looks for the front matter. Blank lines may stand before it. A
// fence stands at the start of its line; spaces may follow it. ok is false
// when there is no front matter; closed is false when it has no end.
func findMatter(src []byte) (m matterPlace, ok, closed bool) {
	at := 0
	if bytes.HasPrefix(src, byteOrderMark) {
		at = len(byteOrderMark)
	}
	opened := false
	for at < len(src) {
		end := lineEnd(src, at)
		line := bytes.TrimRight(src[at:end], " \t\r\n")
		fence := string(line) == "---"
		switch {
		case !opened && fence:
			opened = true
			m.yaml.Start = end
		case !opened && len(bytes.TrimSpace(line)) > 0:
			return m, false, false
		case opened && fence:
			m.yaml.End, m.body = at, end
			return m, true, true
		}
		at = end
	}
	return m, opened, false
}

// readMatter fills is from its front matter and returns the problems with it.
// It sets is.Body, also when there is no front matter.
func (is *Issue) readMatter() []Problem {
	w := &yamlText{file: is.File, whole: is.src}
	at := 0
	if bytes.HasPrefix(is.src, byteOrderMark) {
		at = len(byteOrderMark)
		p := w.problem(0, "byte-order-mark", "the file begins with an invisible byte-order mark, which hides the front matter from other programs", "save the file as UTF-8 without BOM")
		p.Severity, p.Fix = Advice, []Edit{{Start: 0, End: at}}
		w.problems = append(w.problems, p)
	}
	place, ok, closed := findMatter(is.src)
	if !ok {
		what, hint := "the file has no front matter", "begin the file with a line of three dashes, then title and date, then three dashes again"
		switch kind := foreign(bytes.TrimLeft(is.src[at:], " \t\r\n")); kind {
		case "":
		case "YAML":
			what, hint = "the line that opens the front matter has more than its three dashes", "write --- and nothing else on it"
		default:
			what, hint = "the front matter is written in "+kind, "write it in YAML between two lines of three dashes; `pullquote import archive` does so with a whole folder"
		}
		is.Body = Span{at, len(is.src)}
		w.complain(at, "matter-missing", what, hint)
		return w.problems
	}
	if !closed {
		// Nothing after the opening fence can be told to be text, so nothing is.
		is.Body = Span{len(is.src), len(is.src)}
		w.complain(lineStart(is.src, max(at, place.yaml.Start-1)), "matter-unclosed", "the front matter is never closed", "put a line of three dashes after its last line")
		return w.problems
	}
	is.Body = Span{place.body, len(is.src)}
	w.src, w.base = is.src[place.yaml.Start:place.yaml.End], place.yaml.Start
	if p, large := w.tooLarge(); large {
		return append(w.problems, p)
	}

	if at == 0 && place.yaml.Start == len("---\n") {
		if root := plainMatter(w.src); root != nil {
			is.takeMatter(w, root)
			return w.problems
		}
	}

	// The library hands our decoder what it takes for the front matter. Should
	// it have stopped at an indented fence, ours is right by YAML.
	var root *yaml.Node
	decode := func(data []byte, _ any) error {
		if len(data) != len(w.src) {
			line, column := position(is.src, place.yaml.Start+len(data))
			w.problems = append(w.problems, Problem{
				Rule: "matter-fence", Severity: Warning, File: is.File, Line: line, Column: column,
				What: "an indented line of three dashes stands inside the front matter, and other programs take it for its end",
				Hint: "write that line in another way",
			})
		}
		root = w.parse()
		return nil
	}
	fences := frontmatter.NewFormat("---", "---", decode)
	in := matterReaders.Get().(*bufio.Reader) // which it takes as it is, and not one of its own
	defer matterReaders.Put(in)
	in.Reset(bytes.NewReader(is.src[at:place.body]))
	if _, err := frontmatter.MustParse(in, nil, fences); err != nil {
		w.complain(at, "matter-missing", "the front matter can't be read: "+err.Error(), "begin the file with a line of three dashes")
	}
	if root != nil {
		is.takeMatter(w, root)
	}
	return w.problems
}

// matterReaders lends what the library reads from, of the size that it asks for.
var matterReaders = sync.Pool{New: func() any { return bufio.NewReader(nil) }}

// takeMatter puts what the front matter says into is.
func (is *Issue) takeMatter(w *yamlText, root *yaml.Node) {
	pairs := w.pairs(root, "")
	if root.Style&yaml.FlowStyle == 0 {
		is.Keys = keySpans(w, pairs)
	}
	var title, slug, permalink, hugoURL string
	for _, p := range pairs {
		at := w.at(p.value)
		ok := true
		switch p.name {
		case "title":
			title, _ = w.text(p)
		case "number":
			var n int
			if p.value.Kind != yaml.ScalarNode || p.value.Decode(&n) != nil || n < 0 || n > maxNumber {
				w.complain(at, "number-bad", "the number is not a whole number", "write number: 96, without quotation marks")
				continue
			}
			is.Number = n
		case "date":
			s, stated := w.text(p)
			if !stated || s == "" {
				continue
			}
			if is.Date, ok = parseDate(s); !ok {
				w.complain(at, "date-bad", fmt.Sprintf("%q is not a date", shorten(s, 40)), "write year, month and day: date: 2020-04-05")
			}
		case "description":
			s, _ := w.text(p)
			is.Description = strings.Join(strings.Fields(s), " ")
		case "slug":
			slug, _ = w.text(p)
		case "permalink":
			if p.value.Tag == "!!bool" { // Eleventy's word for a page that is not written
				w.complain(at, "value-wrong", "\"permalink\" wants a path, not "+kindWord(p.value), "write a path like /the-cloud-is-more-secure/, or draft: true")
				continue
			}
			permalink, _ = w.text(p)
			w.checkPath("permalink", permalink, at)
		case "url":
			hugoURL, _ = w.text(p)
			w.checkPath("url", hugoURL, at)
		case "aliases":
			is.Aliases = w.texts(p)
			for _, a := range is.Aliases {
				w.checkPath("aliases", a, at)
			}
		case "tags":
			is.Tags = w.texts(p)
		case "draft":
			if p.value.Kind == yaml.ScalarNode && p.value.Tag == "!!null" {
				continue
			}
			if p.value.Kind != yaml.ScalarNode || p.value.Decode(&is.Draft) != nil {
				is.Draft = true // the careful reading: not to be published
				w.complain(at, "value-wrong", "\"draft\" wants true or false, not "+kindWord(p.value), "write draft: true, or remove the line")
			}
		case "layout":
			// understood, and of no meaning here; kept for whoever made it
			if is.Extra == nil {
				is.Extra = map[string]any{}
			}
			is.Extra[p.name] = w.value(p.value, 0)
		case "corrections":
			is.Corrections = w.corrections(p)
		case "tlp":
			s, _ := w.text(p)
			if is.Mark.TLP, ok = readTLP(s); !ok {
				w.complain(at, "mark-unreadable", fmt.Sprintf("%q is no mark of the Traffic Light Protocol, so it counts as red", shorten(s, 40)), markHint)
			}
		case "embargo":
			s, _ := w.text(p)
			if is.Mark.Embargo, ok = readEmbargo(s); !ok {
				w.complain(at, "mark-unreadable", fmt.Sprintf("%q is no date, so the embargo never ends", shorten(s, 40)), markHint)
			}
		default:
			near := nearest(p.name, knownKeys)
			if _, mark := readTLP(p.value.Value); mark && distance(strings.ToLower(p.name), "tlp") == 1 { // too short to be told by its name alone
				near = "tlp"
			}
			if near != "" && near != p.name && !innocentKeys[p.name] {
				w.complain(w.at(p.key), "key-misspelt", fmt.Sprintf("%q is not a key I know", p.name), fmt.Sprintf("did you mean %q?", near))
			}
			if is.Extra == nil {
				is.Extra = map[string]any{}
			}
			is.Extra[p.name] = w.value(p.value, 0)
		}
	}
	is.takeTitle(title)
	is.Permalink = permalinkOf(permalink, hugoURL, slug, is.File, is.Title)
}

// corrections reads the list of corrections: date, what, was.
func (w *yamlText) corrections(p yamlPair) []Correction {
	if p.value.Kind == yaml.ScalarNode && p.value.Tag == "!!null" {
		return nil
	}
	if p.value.Kind != yaml.SequenceNode {
		w.complain(w.at(p.value), "value-wrong", "\"corrections\" wants a list, not "+kindWord(p.value), correctionHint)
		return nil
	}
	var out []Correction
	for _, n := range p.value.Content {
		var c Correction
		n = w.follow(n)
		if n.Kind != yaml.MappingNode {
			w.complain(w.at(n), "value-wrong", "a correction wants date, what and was, not "+kindWord(n), correctionHint)
			continue
		}
		w.decode(n, reflect.ValueOf(&c).Elem(), "corrections", 0)
		c.What, c.Was = strings.Join(strings.Fields(c.What), " "), strings.Join(strings.Fields(c.Was), " ")
		if c.Date.IsZero() || c.What == "" {
			w.complain(w.at(n), "value-wrong", "a correction wants at least its date and what is right", correctionHint)
			continue
		}
		out = append(out, c)
	}
	return out
}

const correctionHint = "write: corrections: [{date: 2026-12-01, what: \"The figure was 14.\", was: \"15 keys\"}]"

// maxNumber bounds issue numbers: a file name and a page need some end.
const maxNumber = 999_999

var numberedTitle = pattern(`^#?([0-9]{1,6})\s+[-–—](?:\s+(.*))?$`)

// takeTitle parts "96 - The cloud is more secure". With a `number:` the title
// loses its number only when it is the same one.
func (is *Issue) takeTitle(s string) {
	is.Title = strings.Join(strings.Fields(s), " ")
	m := numberedTitle().FindStringSubmatch(is.Title)
	if m == nil {
		return
	}
	n := 0
	for _, c := range m[1] {
		n = n*10 + int(c-'0')
	}
	if is.Number == 0 || is.Number == n {
		is.Number, is.Title = n, m[2]
	}
}

// text gives the value of a key that holds text.
func (w *yamlText) text(p yamlPair) (string, bool) {
	if p.value.Kind != yaml.ScalarNode {
		w.complain(w.at(p.value), "value-wrong", fmt.Sprintf("%q wants text, not %s", p.name, kindWord(p.value)), "write it on one line, in quotation marks")
		return "", false
	}
	if p.value.Tag == "!!null" {
		return "", true
	}
	return strings.TrimSpace(p.value.Value), true
}

// texts gives the value of a key that holds a list of texts; one text alone is
// a list of one.
func (w *yamlText) texts(p yamlPair) []string {
	nodes := []*yaml.Node{p.value}
	if p.value.Kind == yaml.SequenceNode {
		nodes = p.value.Content
	}
	var out []string
	for _, n := range nodes {
		s, ok := w.text(yamlPair{p.name, p.key, w.follow(n)})
		if ok && s != "" {
			out = append(out, s)
		}
	}
	return out
}

var scheme = pattern(`^[A-Za-z][A-Za-z0-9+.-]*:`)

// checkPath complains of a path that would leave the site, or that no file
// can bear.
func (w *yamlText) checkPath(key, p string, at int) {
	if p == "" {
		return
	}
	why := ""
	// A percent sign may hide what it means, once or twice over.
	plain := p
	for range 3 {
		if u, err := url.PathUnescape(plain); err == nil {
			plain = u
		}
	}
	has := func(f func(rune) bool) bool { return strings.ContainsFunc(p, f) || strings.ContainsFunc(plain, f) }
	segments := strings.Split(plain, "/")
	switch {
	case scheme().MatchString(plain) || strings.HasPrefix(plain, "//"):
		why = "is a whole address, not a path on this site"
	case has(func(r rune) bool { return r == '\\' }):
		why = "has a backslash in it"
	case has(func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }):
		why = "has an invisible control character in it"
	case strings.Contains("/"+plain+"/", "/../") || strings.Contains("/"+plain+"/", "/./"):
		why = "climbs out of its folder"
	case has(func(r rune) bool { return strings.ContainsRune("{}<>\"'`|?#*:", r) || unicode.IsSpace(r) }):
		why = "has a character in it that a path can't bear"
	case strings.Trim(plain, "/") == "":
		why = "is the home page"
	case len(p) > 200:
		why = "is longer than 200 bytes"
	}
	for _, s := range segments {
		if why == "" && (strings.HasPrefix(s, ".") || strings.HasSuffix(s, ".")) {
			why = "has a part that begins or ends with a dot"
		}
	}
	if why != "" {
		w.complain(at, "permalink-bad", fmt.Sprintf("%s %q %s", key, shorten(p, 60), why), "write a path like /the-cloud-is-more-secure/")
	}
}

var (
	datePrefix   = pattern(`^[0-9]{4}-[0-9]{2}-[0-9]{2}-`)
	numberPrefix = pattern(`^[0-9]+-`)
)

// permalinkOf gives the path of an issue: the one stated, else one made from
// the slug, the file name or the title. Always with both slashes.
func permalinkOf(permalink, hugoURL, slug, file, title string) string {
	p := permalink
	if p == "" {
		p = hugoURL
	}
	if p == "" && slug != "" {
		p = Slug(slug)
	}
	if p == "" {
		name := strings.TrimSuffix(path.Base(file), ".md")
		name = numberPrefix().ReplaceAllString(datePrefix().ReplaceAllString(name, ""), "")
		p = Slug(name)
	}
	if p == "" {
		p = Slug(title)
	}
	p = strings.Trim(strings.TrimSuffix(p, "index.html"), "/")
	if p == "" {
		return ""
	}
	return "/" + p + "/"
}

// keySpans says where the entry of each key stands: from the start of its line
// to the end of the last line of its value. Comments and blank lines between
// two entries belong to neither.
func keySpans(w *yamlText, pairs []yamlPair) map[string]Span {
	spans := map[string]Span{}
	end := w.base + len(w.src)
	for i := len(pairs) - 1; i >= 0; i-- {
		start := lineStart(w.whole, w.at(pairs[i].key))
		stop := end
		for stop > start {
			before := lineStart(w.whole, stop-1)
			line := w.whole[before:stop]
			if before <= start || !(len(bytes.TrimSpace(line)) == 0 || line[0] == '#') {
				break
			}
			stop = before
		}
		spans[pairs[i].name] = Span{start, stop}
		end = start
	}
	return spans
}

// lineStart gives where the line that holds src[at] begins.
func lineStart(src []byte, at int) int {
	return bytes.LastIndexByte(src[:min(at, len(src))], '\n') + 1
}

// lineEnd gives where the line that holds src[at] ends, its line ending
// included.
func lineEnd(src []byte, at int) int {
	if i := bytes.IndexByte(src[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(src)
}

// position gives the line and the column of a byte, both from 1, the column in
// bytes. A line ends at LF; a CR before it belongs to the ending. A lone CR is
// a character of its line: so count vim, emacs, nano, grep -n and git.
func position(src []byte, at int) (line, column int) {
	at = max(0, min(at, len(src)))
	return bytes.Count(src[:at], []byte("\n")) + 1, at - lineStart(src, at) + 1
}
