package render

// This file proves that the editions of an issue say the same: page, HTML mail
// and plain text hold every item, quote, note and link of the issue's file.

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode"

	"github.com/pullquote/pullquote/pipeline/issue"
)

// Difference is something of an issue that an edition lacks.
type Difference struct {
	Edition string // "page", "mail" or "text"
	Kind    string // "title", "quote", "note", "link", "correction"
	Item    int    // of the story, from 1; 0 for what belongs to none
	What    string // the text or address that is missing
}

func (d Difference) String() string {
	where := ""
	if d.Item > 0 {
		where = fmt.Sprintf(" of story %d", d.Item)
	}
	return fmt.Sprintf("the %s lacks a %s%s: %q", d.Edition, d.Kind, where, shorten(clean(d.What), 80))
}

// Editions holds the three editions of an issue against its file and gives
// what is missing in each, in the order of the file. Only words and addresses
// count; marks, breaks and the numbers of links don't. An edition that is nil
// is not looked at. It gives an error when in is no newsletter.
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
	var out []Difference
	say := func(kind string, item int, what string) {
		words := plainWords(what)
		if words == "" {
			return
		}
		for _, e := range editions {
			looked := words
			if e.links == nil {
				looked = plainWords(noteMark.ReplaceAllString(what, "")) // "[2]" may be a link's number
			}
			if !strings.Contains(e.words, " "+looked+" ") {
				out = append(out, Difference{e.name, kind, item, what})
			}
		}
	}
	link := func(item int, address string) {
		href := resolve(address, base)
		if href == "" {
			return
		}
		for _, e := range editions {
			if !e.hasLink(href, base) {
				out = append(out, Difference{e.name, "link", item, href})
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
	return out, nil
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
	unread    = regexp.MustCompile(`(?is)<!--.*?-->|<(style|script|head)\b.*?</(style|script|head)>`)
	anyTag    = regexp.MustCompile(`(?s)<[^>]*>`)
	inlineTag = regexp.MustCompile(`(?i)</?(?:a|b|em|strong|s|code|span)(?:\s[^>]*)?>`)
	hrefOf    = regexp.MustCompile(`(?i)\shref="([^"]*)"`)
	noteMark  = regexp.MustCompile(`\[[0-9]+\]`)
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
		e.words = " " + plainWords(noteMark.ReplaceAllString(strings.Join(lines, "\n"), "")) + " "
		return e
	}
	text := unread.ReplaceAllString(e.raw, " ")
	e.links = map[string]bool{}
	for _, found := range hrefOf.FindAllStringSubmatch(text, -1) {
		address := html.UnescapeString(found[1])
		for strings.HasPrefix(address, "../") || strings.HasPrefix(address, "./") {
			address = strings.TrimPrefix(strings.TrimPrefix(address, "../"), "./")
			if !strings.HasPrefix(address, ".") {
				address = base + address
			}
		}
		e.links[sameLink(address)] = true
	}
	text = inlineTag.ReplaceAllString(text, "")
	e.words = " " + plainWords(html.UnescapeString(anyTag.ReplaceAllString(text, " "))) + " "
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
	file, _, err := s.issuePage(0, is, plainTexts(is))
	return file.Body, err
}
