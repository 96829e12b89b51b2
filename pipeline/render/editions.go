package render

// This file proves that the editions of an issue say the same: page, HTML mail
// and plain text hold every item, quote, note and link of the issue's file.

import (
	"fmt"
	"html"
	"strings"
	"unicode"

	"github.com/pullquote/pullquote/pipeline/issue"
)

// Difference is something that an edition and its issue don't have in common.
type Difference struct {
	Edition string // "page", "mail" or "text"
	Kind    string // "title", "quote", "note", "link", "correction"
	Item    int    // of the story, from 1; 0 for what belongs to none
	What    string // the text or address
	How     How
}

// How says what is different.
type How int

const (
	Lacks How = iota // the edition lacks it
	Moved            // it stands in another place than in the issue
	Adds             // the edition has it, and the issue does not
)

// String is the difference as a sentence without its full stop.
func (d Difference) String() string {
	where := ""
	if d.Item > 0 {
		where = fmt.Sprintf(" of story %d", d.Item)
	}
	switch d.How {
	case Moved:
		return fmt.Sprintf("the %s has a %s%s in another place: %q", d.Edition, d.Kind, where, shorten(clean(d.What), 80))
	case Adds:
		return fmt.Sprintf("the %s has a %s that the issue lacks: %q", d.Edition, d.Kind, shorten(clean(d.What), 80))
	}
	return fmt.Sprintf("the %s lacks a %s%s: %q", d.Edition, d.Kind, where, shorten(clean(d.What), 80))
}

// Editions holds the three editions of an issue against its file and gives
// what is missing in each, in the order of the file, then what stands in another
// place, and what links the text has more (of page and mail a template may have
// links of its own). Only words and addresses count; marks, breaks and the numbers
// of links don't. An edition that is nil is not looked at. It gives an error when
// in is no newsletter.
func Editions(in Input, is *issue.Issue, page, mail, text []byte) ([]Difference, error) {
	base, err := baseURL(in.Publication)
	if err != nil {
		return nil, err
	}
	var editions []edition
	for _, e := range []struct {
		name string
		body []byte
	}{{"page", page}, {"mail", mail}, {"text", text}} {
		if e.body != nil {
			editions = append(editions, readEdition(e.name, e.body, base))
		}
	}
	folder, err := permalinkFolder(is.Permalink)
	if err != nil {
		return nil, err
	}
	own := base + folder + "/" // the page's own address
	var out []Difference
	order := make([]reading, len(editions))
	known := map[string]bool{}
	say := func(kind string, item int, what string) {
		words := plainWords(what)
		if words == "" {
			return
		}
		for i, e := range editions {
			looked := words
			if e.links == nil {
				looked = plainWords(noteMark().ReplaceAllString(what, "")) // "[2]" may be a link's number
			}
			looked = " " + looked + " "
			at := strings.Index(e.words, looked)
			switch {
			case at < 0:
				out = append(out, Difference{e.name, kind, item, what, Lacks})
			case strings.Count(looked, " ") > fewWords && strings.LastIndex(e.words, looked) == at:
				order[i] = append(order[i], stand{at, Difference{e.name, kind, item, what, Moved}})
			}
		}
	}
	link := func(item int, address string) {
		href := resolve(address, base)
		if href == "" {
			return
		}
		known[sameLink(href)] = true
		within, inside := strings.CutPrefix(href, own)
		for _, e := range editions {
			if inside && e.links[within] {
				continue // it stays within the edition
			}
			if !e.hasLink(href, base) {
				out = append(out, Difference{e.name, "link", item, href, Lacks})
			}
		}
	}
	run := func(kind string, item int, blocks []issue.Block) {
		for _, q := range (issue.Part{Blocks: blocks}).Paragraphs() {
			if !isComment(q.Text) {
				say(kind, item, q.Text)
			}
		}
		eachLink(blocks, func(address string) { link(item, address) })
	}
	run("note", 0, is.Intro)
	story := 0
	for i := range is.Items {
		item, number := &is.Items[i], 0
		if !item.Section {
			story++
			number = story
			link(number, item.URL)
			link(number, item.Bare)
		}
		say("title", number, plainInlines(item.Title))
		for _, part := range item.Parts {
			kind := "note"
			if part.Quote {
				kind = "quote"
			}
			run(kind, number, part.Blocks)
		}
	}
	run("note", 0, is.Outro)
	for _, c := range is.Corrections {
		say("correction", 0, c.What)
	}
	for i, e := range editions {
		out = append(out, order[i].moved()...)
		if e.links == nil {
			out = append(out, e.adds(in, base, is, known)...)
		}
	}
	return out, nil
}

// fewWords is how many words a passage must have more than for its place to
// count: a shorter one may stand anywhere by chance.
const fewWords = 6

// reading is where the passages of an issue stand in an edition, in the order
// of the issue.
type reading []stand

type stand struct {
	at   int
	what Difference
}

// moved gives the fewest passages without which the others stand in order: those
// outside a longest rising run.
func (r reading) moved() []Difference {
	longest, before, last := make([]int, len(r)), make([]int, len(r)), -1
	for i := range r {
		longest[i], before[i] = 1, -1
		for j := range i {
			if r[j].at < r[i].at && longest[j] >= longest[i] {
				longest[i], before[i] = longest[j]+1, j
			}
		}
		if last < 0 || longest[i] > longest[last] {
			last = i
		}
	}
	kept := make([]bool, len(r))
	for ; last >= 0; last = before[last] {
		kept[last] = true
	}
	var out []Difference
	for i := range r {
		if !kept[i] {
			out = append(out, r[i].what)
		}
	}
	return out
}

var textAddress = pattern(`https?://[\p{L}\p{N}][^\s<>"]*`)

// afterAddress is what may stand behind an address and belongs to the sentence.
const afterAddress = ".,;:!?)]*_`'’”"

// adds gives the addresses of a text that neither its issue has nor what stands
// around every text.
func (e edition) adds(in Input, base string, is *issue.Issue, known map[string]bool) []Difference {
	said := e.raw
	for _, written := range everyWord(is) {
		for _, address := range textAddress().FindAllString(written, -1) {
			known[sameLink(strings.TrimRight(address, afterAddress))] = true
		}
	}
	known[sameLink(safeURL(in.Publication.Mail.Unsubscribe))] = true
	var out []Difference
	for _, address := range textAddress().FindAllString(said, -1) {
		whole, bare := sameLink(address), sameLink(strings.TrimRight(address, afterAddress))
		if !known[whole] && !known[bare] && !strings.HasPrefix(address, base) && sameLink(base) != bare {
			known[bare] = true // said once
			out = append(out, Difference{e.name, "link", 0, bare, Adds})
		}
	}
	return out
}

// everyWord gives all running text of an issue, a piece a block: an address in
// it that is no link to Markdown is text.
func everyWord(is *issue.Issue) []string {
	out := []string{issue.PlainBlocks(is.Intro), issue.PlainBlocks(is.Outro)}
	for i := range is.Items {
		out = append(out, issue.PlainInlines(is.Items[i].Title))
		for _, part := range is.Items[i].Parts {
			out = append(out, issue.PlainBlocks(part.Blocks))
		}
	}
	for _, c := range is.Corrections {
		out = append(out, c.What, c.Was)
	}
	return append(out, is.Title, is.Description)
}

func eachLink(blocks []issue.Block, visit func(string)) {
	var inlines func([]issue.Inline)
	inlines = func(list []issue.Inline) {
		for i := range list {
			if list[i].Kind == issue.InlineLink && !blankInlines(list[i].Inlines) || list[i].Kind == issue.InlineImage {
				visit(list[i].URL)
			}
			inlines(list[i].Inlines)
		}
	}
	for i := range blocks {
		inlines(blocks[i].Inlines)
		for _, row := range blocks[i].Rows {
			for _, cell := range row {
				inlines(cell)
			}
		}
		eachLink(blocks[i].Blocks, visit)
	}
}

// edition is what a reader gets of one edition: its words and addresses.
type edition struct {
	name  string
	words string
	links map[string]bool // nil for text
	raw   string
}

var (
	unread    = pattern(`(?is)<!--.*?-->|<(style|script|head)\b.*?</(style|script|head)>`)
	anyTag    = pattern(`(?s)<[^>]*>`)
	inlineTag = pattern(`(?i)</?(?:a|b|em|strong|s|code|span)(?:\s[^>]*)?>`)
	hrefOf    = pattern(`(?i)\shref="([^"]*)"`)
	noteMark  = pattern(`\[[0-9]+\]`)
)

// readEdition reads what we or a template of the user's made: attributes in
// double quotes, no ">" within them.
func readEdition(name string, body []byte, base string) edition {
	e := edition{name: name, raw: string(body)}
	if name == "text" {
		lines := strings.Split(e.raw, "\n")
		for i := range lines {
			lines[i] = strings.TrimLeft(lines[i], "> ")
		}
		e.words = " " + plainWords(noteMark().ReplaceAllString(strings.Join(lines, "\n"), "")) + " "
		return e
	}
	text := unread().ReplaceAllString(e.raw, " ")
	e.links = map[string]bool{}
	for _, found := range hrefOf().FindAllStringSubmatch(text, -1) {
		address := html.UnescapeString(found[1])
		for strings.HasPrefix(address, "../") || strings.HasPrefix(address, "./") {
			address = strings.TrimPrefix(strings.TrimPrefix(address, "../"), "./")
			if !strings.HasPrefix(address, ".") {
				address = base + address
			}
		}
		e.links[sameLink(address)] = true
	}
	text = inlineTag().ReplaceAllString(text, "")
	e.words = " " + plainWords(html.UnescapeString(anyTag().ReplaceAllString(text, " "))) + " "
	return e
}

func (e edition) hasLink(href, base string) bool {
	if e.links != nil {
		return e.links[sameLink(href)]
	}
	if strings.Contains(e.raw, href) || strings.Contains(e.raw, strings.TrimSuffix(href, "/")) {
		return true
	}
	_, bare, _ := strings.Cut(href, ":")
	bare = strings.TrimSuffix(strings.TrimPrefix(bare, "//"), "/")
	// An address that is its own text stands as it was written: wrapping leaves
	// it whole, but its escapes may differ.
	return strings.Contains(plainWords(e.raw), plainWords(bare)) && href != base
}

func sameLink(address string) string { return strings.TrimSuffix(address, "/") }

// plainWords gives a text as its letters and digits, with one space between
// two words.
func plainWords(s string) string {
	return strings.ToLower(strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " "))
}

// IssuePage renders the web page of one issue alone. The issue need not be in the
// archive; it has no neighbours then.
func IssuePage(in Input, is *issue.Issue) ([]byte, error) {
	in.Heads, in.Pages = []issue.Head{issue.HeadOf(is)}, nil
	s, err := newSite(in)
	if err != nil {
		return nil, err
	}
	file, _, _, err := s.issuePage(0, is)
	return file.Body, err
}
