package issue

// This file holds the rules that need nothing but the issue file, or the list
// of all issues. Each has a name that never changes.

import (
	"bytes"
	"cmp"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Check gives what is odd in an issue that could be read, in file order. The
// problems of reading it are Parse's. The table of all rules is in rules.go, and
// docs/checks.md has a chapter on each.
func Check(is *Issue) []Problem { return CheckLimits(is, Limits{}) }

// CheckLimits is Check with the newsletter's own limits.
func CheckLimits(is *Issue, limits Limits) []Problem {
	c := &checker{is: is, limits: limits.OrDefault()}
	c.matter()
	c.text(is.Intro)
	story := 0
	for _, it := range is.Items {
		c.item = 0
		if !it.Section {
			story++
			c.item = story
		}
		c.story(it)
	}
	c.item = 0
	c.text(is.Outro)
	c.invisible()
	slices.SortStableFunc(c.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return c.problems
}

type checker struct {
	is       *Issue
	limits   Limits
	item     int
	problems []Problem
}

func (c *checker) say(at int, rule string, severity Severity, what, hint string) *Problem {
	p := c.is.problem(at, rule, severity, what, hint)
	p.Item = c.item
	c.problems = append(c.problems, p)
	return &c.problems[len(c.problems)-1]
}

// keyAt gives where a front matter key stands, or where the file begins.
func (c *checker) keyAt(key string) int { return c.is.Keys[key].Start }

func (c *checker) matter() {
	is := c.is
	if is.Number == 0 {
		c.say(c.keyAt("title"), "number-missing", Warning, "the title has no number", "begin the title with it: title: \"96 - "+shorten(is.Title, 40)+"\"")
	}
	if is.Date.IsZero() {
		severity := Warning
		if is.Draft {
			severity = Advice
		}
		c.say(c.keyAt("date"), "date-missing", severity, "the issue has no date", "add a line like: date: 2020-04-05")
	}
	if is.Description == "" {
		c.say(c.keyAt("description"), "description-missing", Warning, "the issue has no description", "add one or two sentences that a reader sees before opening it")
	}
	subject := is.Title
	if is.Number > 0 {
		subject = fmt.Sprintf("%d - %s", is.Number, is.Title)
	}
	if n := utf8.RuneCountInString(subject); c.limits.TitleLength > 0 && n > c.limits.TitleLength {
		c.say(c.keyAt("title"), "title-long", Advice, fmt.Sprintf("the subject has %d characters; an inbox shows about %d", n, c.limits.TitleLength), "say the most important words first, or shorten it")
	}
	if m := placeholderSlug().FindString(strings.Trim(is.Permalink, "/")); m != "" {
		at := "permalink"
		if _, stated := is.Keys[at]; !stated {
			at = "slug"
		}
		if _, stated := is.Keys[at]; !stated {
			at = "title"
		}
		c.say(c.keyAt(at), "slug-placeholder", Warning, fmt.Sprintf("the permalink %s is a placeholder", is.Permalink), "give it the words of the title before anybody links to it")
	}
	for _, key := range []string{"title", "description"} {
		if k, ok := is.Keys[key]; ok {
			c.blanks(k)
		}
	}
	c.names()
}

// placeholderSlug are permalinks that somebody meant to change. A draft without
// a title gets issue-N.
var placeholderSlug = pattern(`(?i)(?:^|/)(?:todo(?:-.*)?|untitled(?:-.*)?|placeholder|new-(?:post|issue|newsletter|page)|my-(?:first-)?post|test(?:ing)?|slug|draft|lorem-ipsum|(?:the-|your-|issue-)?title(?:-(?:goes-)?here)?|insert-.*-here|url|permalink|path|x{3,}|tb[dac]|te?mp|none|null|undefined|na|n-a|example|sample|foo(?:-?bar)?|asdf.*|change-?me|fixme|copy-of-.*|issue-[0-9]+)$`)

// names compares what the issue is called in its three places.
func (c *checker) names() {
	is := c.is
	title := Slug(is.Title)
	if title == "" || todoMark().MatchString(is.Title) {
		return
	}
	link := strings.Trim(is.Permalink, "/")
	if _, stated := is.Keys["permalink"]; !stated {
		link = ""
	}
	file := strings.TrimSuffix(path.Base(is.File), ".md")
	file = datePrefix().ReplaceAllString(file, "")
	number := numberPrefix().FindString(file)
	file = strings.TrimPrefix(file, number)
	switch {
	case number != "" && is.Number > 0 && strings.TrimLeft(strings.Trim(number, "-"), "0") != fmt.Sprint(is.Number):
		c.say(c.keyAt("title"), "name-differs", Advice, fmt.Sprintf("the title has the number %d, the file name %s", is.Number, strings.Trim(number, "-")), "rename the file or change the title")
	case link != "" && !strings.Contains(link, "/") && link != title:
		c.say(c.keyAt("permalink"), "name-differs", Advice, fmt.Sprintf("the permalink %s does not say the title", is.Permalink), fmt.Sprintf("the title gives /%s/", title))
	case number != "" && file != "" && file != title:
		c.say(c.keyAt("title"), "name-differs", Advice, fmt.Sprintf("the file name says %q, the title gives %q", file, title), "rename the file or change the title")
	}
}

func (c *checker) story(it Item) {
	c.blanks(it.Heading)
	c.siteName(it)
	if m := strayMarks().FindString(PlainInlines(it.Title)); m != "" {
		c.say(it.Heading.Start, "title-marks", Advice, fmt.Sprintf("the title shows %q to the reader", strings.TrimSpace(m)), "put emphasis around the whole link or inside it, on both sides, or leave it out")
	}
	c.fair(it)
	heading := 2
	c.inlines(it.Heading, it.Title)
	if it.Section {
		if title := PlainInlines(it.Title); strings.Contains(title, "](") {
			c.say(it.Heading.Start, "link-placeholder", Warning, "the heading's link is broken", "write it as ## [title](https://...)")
		}
	} else {
		c.storyLinks(it)
	}
	note := false
	for _, p := range it.Parts {
		text := PlainBlocks(p.Blocks)
		if !p.Quote {
			note = note || !saysNothing(text)
			c.blocks(p.Blocks)
			c.headings(p.Blocks, &heading)
			c.indicators(p.Span)
			continue
		}
		if text == "" {
			c.say(p.Span.Start, "quote-empty", Warning, "the quote is empty", "put the quoted words there, or remove the \">\"")
		}
		if at := c.openQuoteLine(p); at >= 0 {
			c.say(at, "quote-open", Advice, "this line is read as part of the quote above it", "put an empty line before it, or \">\" if it belongs to the quote")
		}
		c.indented(p.Blocks)
		c.marks(p.Blocks)
		c.furniture(p)
		c.indicators(p.Span)
	}
	if !note && !it.Section {
		c.say(it.Heading.Start, "note-empty", Warning, fmt.Sprintf("%q has no note", shorten(PlainInlines(it.Title), 60)), "say in your own words why it matters")
	}
}

// strayMarks are emphasis that does not close: it opens outside of the link and
// ends inside, or has one side only.
var strayMarks = pattern(`^[*_]{1,3}[^*_\s]+|[^*_\s]+[*_]{1,3}$`)

func (c *checker) storyLinks(it Item) {
	bad := c.link(it.Heading.Start, it.URL)
	if it.Bare == "" {
		p := c.say(it.Heading.Start, "link-missing", Advice, "the bare link under the heading is missing", fmt.Sprintf("add a line: [%s](%s)", it.URL, it.URL))
		if target, err := linkTarget(it.URL); err == nil && !bad && bytes.HasPrefix(c.is.src[it.Heading.Start:], []byte("#")) {
			eol := "\n"
			end := lineEnd(c.is.src, it.Heading.Start)
			if end >= 2 && c.is.src[end-2] == '\r' {
				eol = "\r\n"
			}
			line := eol + "[" + escapeMarkdown(unescape(target), true) + "](" + target + ")" + eol
			if c.is.src[max(0, end-1)] != '\n' {
				line = eol + line
			}
			p.Fix = []Edit{{Start: end, End: end, New: line}}
		}
		return
	}
	at := lineEnd(c.is.src, it.Heading.End)
	for at < it.Span.End && strings.TrimSpace(string(c.is.src[at:lineEnd(c.is.src, at)])) == "" {
		at = lineEnd(c.is.src, at)
	}
	if it.Bare == it.URL {
		return
	}
	if !c.link(at, it.Bare) && !bad {
		p := c.say(at, "link-differs", Advice, fmt.Sprintf("the heading leads to %s, this line to %s", shorten(it.URL, 80), shorten(it.Bare, 80)), "make them one address")
		end := lineEnd(c.is.src, at)
		line := bytes.TrimRight(c.is.src[at:end], "\r\n")
		if target, err := linkTarget(it.URL); err == nil && at < end {
			p.Fix = []Edit{{Start: at, End: at + len(line), New: "[" + escapeMarkdown(unescape(target), true) + "](" + target + ")"}}
		}
	}
}

// unsafeSchemes are those of links that run a program or show a page made of
// the link itself.
var unsafeSchemes = []string{"javascript:", "vbscript:", "data:", "blob:", "file:", "filesystem:", "about:", "view-source:"}

// link checks where a link leads and says whether something was wrong.
func (c *checker) link(at int, address string) bool {
	plain := strings.ToLower(strings.Map(func(r rune) rune {
		if r <= ' ' {
			return -1 // browsers leave these out (URL Standard, 4.4)
		}
		return r
	}, address))
	for _, s := range unsafeSchemes {
		if strings.HasPrefix(plain, s) {
			c.say(at, "link-unsafe", Warning, fmt.Sprintf("the link %q would run or open something on the reader's machine", shorten(address, 60)), "use the https address of the page")
			return true
		}
	}
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		c.say(at, "link-placeholder", Warning, fmt.Sprintf("the link leads to %q, which is no web address", shorten(address, 60)), "put the page's address there, beginning with https://")
		return true
	}
	return false
}

// text checks intro or outro.
func (c *checker) text(blocks []Block) {
	c.blocks(blocks)
	heading := 1
	c.headings(blocks, &heading)
	for _, b := range blocks {
		c.indicators(b.Span)
	}
}

// headings looks for levels that are skipped (WCAG 2.2, technique G141). The
// page's own title is the first level, an item's heading the second.
func (c *checker) headings(blocks []Block, level *int) {
	for _, b := range blocks {
		if b.Kind != BlockHead {
			continue
		}
		switch {
		case b.Level == 1:
			c.say(b.Span.Start, "heading-order", Advice, "this heading stands as high as the title of the page", "begin it with ##, or ### inside an item")
		case b.Level > *level+1:
			c.say(b.Span.Start, "heading-order", Advice, fmt.Sprintf("this heading is of level %d, the one above it of level %d", b.Level, *level), fmt.Sprintf("begin it with %s", strings.Repeat("#", *level+1)))
		}
		*level = b.Level
	}
}

// furnitureWords stand alone in a line of a page and belong to no article. Each
// is a whole paragraph, in lower case, without marks at its end.
var furnitureWords = []string{
	"advertisement", "advertisements", "advertising", "sponsored", "sponsored content", "promoted", "story continues below advertisement",
	"article continues after advertisement", "article continues below", "continue reading", "continue reading below", "continue reading the main story", "read more", "read more here", "read the full article",
	"read the full story", "more on this story", "related", "related articles", "related content", "related stories", "related topics", "recommended", "recommended reading", "see also", "you may also like",
	"sign up", "sign up now", "sign up here", "sign in", "log in", "subscribe", "subscribe now", "subscribe to our newsletter", "subscribe today", "sign up for our newsletter", "already a subscriber",
	"share", "share this", "share this article", "share this story", "share on facebook", "share on twitter", "tweet", "tweet this", "click to tweet", "follow us", "follow us on twitter", "print", "email", "save", "comments", "leave a comment",
	"accept cookies", "accept all", "we use cookies", "cookie policy", "privacy policy", "skip to content", "skip to main content", "back to top", "load more", "show more", "view comments", "listen to this article",
	"image credit", "photo credit", "getty images", "play video", "watch now", "enlarge", "view image in fullscreen", "view in fullscreen",
}

var furnitureForm = pattern(`(?i)^(?:read (?:more|next|also|the full (?:story|article))\s*:|(?:sign up|subscribe) (?:for|to) (?:our|the|my) [\p{L} -]{0,30}newsletter|(?:enlarge|image|photo(?:graph)?|picture|image credit|photo credit)\s*[:/|]\s|[0-9]+ (?:min(?:ute)?s? read|comments?|shares?)$|©|all rights reserved)`)

// furniture looks for what a page shows around an article and a copy takes along.
func (c *checker) furniture(p Part) {
	for _, q := range p.Paragraphs() {
		plain := strings.TrimRight(strings.ToLower(q.Text), " .:!?…>»→|")
		if slices.Contains(furnitureWords, plain) || len(q.Text) < 120 && furnitureForm().MatchString(q.Text) {
			c.say(c.is.offset(q.Line, q.Column), "quote-furniture", Advice, fmt.Sprintf("%q looks like a part of the page around the article", shorten(q.Text, 60)), "take it out of the quote")
		}
	}
}

// titleTail is what stands behind the last mark of a title: "... | The Site".
var titleTail = pattern(`^(.*\S)(\s+(?:[-–—|·•:»]|::)\s+|\s*[|]\s*)([^-–—|·•»]{2,60})$`)

// siteName looks for the name of the site at the end of a title.
func (c *checker) siteName(it Item) {
	title := PlainInlines(it.Title)
	m := titleTail().FindStringSubmatch(title)
	u, err := url.Parse(it.URL)
	if m == nil || err != nil || u.Host == "" || !namesHost(m[3], u.Hostname()) {
		return
	}
	p := c.say(it.Heading.Start, "title-site-name", Advice, fmt.Sprintf("the title ends in the name of the site: %q", shorten(m[3], 40)), "leave it out; the address says it")
	// Only where the heading says it in so many bytes.
	heading := c.is.src[it.Heading.Start:it.Heading.End]
	if i := bytes.LastIndex(heading, []byte(m[2]+m[3])); i >= 0 && bytes.Count(heading, []byte(m[2]+m[3])) == 1 {
		p.Fix = []Edit{{Start: it.Heading.Start + i, End: it.Heading.Start + i + len(m[2]+m[3])}}
	}
}

// namesHost tells whether a name is that of a host: its letters are the host's
// ("The Verge", theverge.com; "NCSC.GOV.UK", www.ncsc.gov.uk), or its words begin with them.
func namesHost(name, host string) bool {
	host = strings.TrimPrefix(strings.ToLower(host), "www.")
	letters := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, strings.ToLower(s))
	}
	said := letters(name)
	if len(said) < 2 {
		return false
	}
	if said == letters(host) {
		return true
	}
	labels := strings.Split(host, ".")
	for i, l := range labels[:max(0, len(labels)-1)] {
		l = letters(l)
		if len(l) < 3 && !(i == 0 && len(l) == 2) {
			continue
		}
		switch {
		case said == l, said == "the"+l, "the"+said == l, said == l+"blog", said == l+"news", said == l+"com", said == l+"uk":
			return true
		case len(l) >= 5 && strings.HasPrefix(said, l) && len(said) <= len(l)+8:
			return true
		}
	}
	// A subdomain and its domain: "Google Cloud Blog", cloud.google.com.
	return false
}

// saysNothing tells whether a note is only what a program or a form puts where
// there is none.
func saysNothing(text string) bool {
	return slices.Contains([]string{"", "none", "null", "nil", "undefined", "n/a", "na", "tbd", "tba", "-", "–", "—", "...", "…", "."}, strings.ToLower(strings.TrimSpace(text)))
}

// quotedWords and noteWords count the words of an item.
func quotedWords(it Item) (n int) {
	for _, p := range it.Parts {
		if p.Quote {
			n += WordsInBlocks(p.Blocks)
		}
	}
	return n
}

func noteWords(it Item) (n int) {
	for _, p := range it.Parts {
		if text := PlainBlocks(p.Blocks); !p.Quote && !saysNothing(text) {
			n += len(strings.Fields(text))
		}
	}
	return n
}

// fair holds how much an item quotes against the limits.
func (c *checker) fair(it Item) {
	quoted, own := quotedWords(it), noteWords(it)
	if limit := c.limits.ItemWords; limit > 0 && quoted > limit {
		c.say(it.Heading.Start, "fair-item", Advice, fmt.Sprintf("this item quotes %d words, the limit is %d", quoted, limit), "quote what the note speaks of, and link to the rest")
	}
	if limit := c.limits.Ratio; limit > 0 && own > 0 && quoted > 50 && float64(quoted) > limit*float64(own) {
		c.say(it.Heading.Start, "fair-ratio", Advice, fmt.Sprintf("this item quotes %d words and says %d", quoted, own), "say more of your own, or quote less")
	}
}

// blocks checks what the editor wrote.
func (c *checker) blocks(blocks []Block) {
	for _, b := range blocks {
		c.blanks(b.Span)
	}
	c.marks(blocks)
}

// marks looks at links and HTML in blocks.
func (c *checker) marks(blocks []Block) {
	for _, b := range blocks {
		if b.Kind == BlockRaw {
			if strings.HasPrefix(b.Text, "<!--") {
				c.say(b.Span.Start, "comment-open", Warning, "this comment is never closed", "put --> at its end")
			} else {
				c.say(b.Span.Start, "raw-html", Advice, "HTML is shown to the reader as text", "write it in Markdown, or put it between backquotes")
			}
		}
		c.inlines(b.Span, b.Inlines)
		for _, row := range b.Rows {
			for _, cell := range row {
				c.inlines(b.Span, cell)
			}
		}
		c.marks(b.Blocks)
	}
}

// inlines checks running text that stands in the piece within.
func (c *checker) inlines(within Span, in []Inline) {
	from := within.Start
	c.running(within, &from, in)
}

// find gives where a mark and the words after it stand next; the beginning of
// the piece when the file writes them in another way.
func (c *checker) find(within Span, from *int, what string) int {
	if i := bytes.Index(c.is.src[min(*from, within.End):within.End], []byte(what)); i >= 0 {
		at := *from + i
		*from = at + 1
		return at
	}
	return within.Start
}

func (c *checker) running(within Span, from *int, in []Inline) {
	for _, x := range in {
		var at int
		switch x.Kind {
		case InlineRaw:
			first, _, _ := strings.Cut(x.Text, "\n")
			c.say(c.find(within, from, first), "raw-html", Advice, fmt.Sprintf("%s is shown to the reader as text", shorten(x.Text, 40)), "put it between backquotes, so that every program shows it")
		case InlineLink, InlineImage:
			mark := "[" + leadingText(x.Inlines)
			if x.Kind == InlineImage {
				mark = "!["
			} else if label := PlainInlines(x.Inlines); label == x.URL && isAddress(label) && !bytes.Contains(c.is.src[within.Start:within.End], []byte("["+label)) {
				mark = "<" + label
			}
			at = c.find(within, from, mark)
			if x.Kind == InlineImage && strings.TrimSpace(x.Text) == "" {
				c.say(at, "image-alt", Advice, "this image has no alternative text", "say between the square brackets what it shows: ![a graph of ...](...)")
			}
			if x.Kind == InlineLink && slices.Contains(emptyLinkTexts, strings.Trim(strings.ToLower(PlainInlines(x.Inlines)), " .,:;!?()")) {
				c.say(at, "link-text", Advice, fmt.Sprintf("the link text %q does not say where it leads", shorten(PlainInlines(x.Inlines), 30)), "link the words that name the thing")
			}
			u, err := url.Parse(x.URL)
			ours := err == nil && u.Host == "" && (strings.HasPrefix(x.URL, "/") || strings.HasPrefix(x.URL, "#") && len(x.URL) > 1 || u.Scheme == "mailto" || u.Scheme == "tel")
			if !ours {
				c.link(at, x.URL)
			}
		}
		c.running(within, from, x.Inlines)
	}
}

// leadingText gives the first word of running text, as far as the file has it
// in the same bytes.
func leadingText(in []Inline) string {
	if len(in) == 0 || in[0].Kind != InlineText {
		return ""
	}
	word, _, _ := strings.Cut(in[0].Text, " ")
	return word
}

// emptyLinkTexts say nothing to somebody who hears the links of a page alone
// (WCAG 2.2, 2.4.4).
var emptyLinkTexts = []string{
	"here", "click here", "click", "this", "this link", "link", "the link", "read more", "more", "more here", "see here", "this one", "read this", "that", "it", "there", "this page", "over here", "go here", "check it out",
}

var todoMark = pattern(`\bTODO\b:?|\bXXX\b|(?i:\blorem ipsum\b)`)

// blanks looks for what was left to be filled in.
func (c *checker) blanks(s Span) {
	text := c.is.src[s.Start:s.End]
	if !bytes.Contains(text, []byte("TODO")) && !bytes.Contains(text, []byte("XXX")) && !bytes.Contains(text, []byte("psum")) && !bytes.Contains(text, []byte("PSUM")) {
		return // the common case, told cheaply
	}
	for _, m := range todoMark().FindAllIndex(text, 20) {
		rest, _, _ := strings.Cut(string(text[m[0]:]), "\n")
		c.say(s.Start+m[0], "blank-left", Warning, fmt.Sprintf("%q is still there", shorten(rest, 60)), "write what is wanted there, or remove it")
	}
}

// indented looks for quoted words that four spaces before them make code
// (CommonMark 4.4).
func (c *checker) indented(blocks []Block) {
	for _, b := range blocks {
		if b.Kind == BlockCode && b.Span.Start < b.Span.End && !strings.ContainsRune("`~", rune(c.is.src[b.Span.Start])) {
			c.say(b.Span.Start, "quote-code", Advice, "the spaces before these words make a code block of them", "remove them, or put ``` lines around what is code")
		}
		c.indented(b.Blocks)
	}
}

// openQuoteLine gives the first line of a quote that is in it only because no
// empty line parts it from the quote (CommonMark 5.1, laziness); -1 if none.
func (c *checker) openQuoteLine(p Part) int {
	for at := p.Span.Start; at < p.Span.End; at = lineEnd(c.is.src, at) {
		line := strings.TrimSpace(string(c.is.src[at:lineEnd(c.is.src, at)]))
		if line != "" && line[0] != '>' {
			return at
		}
	}
	return -1
}

// invisible looks for characters that nobody sees: zero-width ones, soft
// hyphens, marks of direction, private use, and the one that stands for a
// broken character. The joiners inside emoji and Indic words are none.
func (c *checker) invisible() {
	c.item = 0
	src, found, at := c.is.src, 0, 0
	if bytes.HasPrefix(src, byteOrderMark) {
		at = len(byteOrderMark) // Parse says it
	}
	for at < len(src) && found < 50 {
		if src[at] < utf8.RuneSelf {
			at++
			continue
		}
		r, n := utf8.DecodeRune(src[at:])
		name, remove := invisibleName(r)
		if r == utf8.RuneError && n == 1 {
			name = "a byte that is not UTF-8"
		}
		if name != "" {
			p := c.say(at, "invisible-character", Advice, name+" stands here", "remove it or type it anew")
			if remove {
				p.Fix = []Edit{{Start: at, End: at + n}}
			}
			found++
		}
		at += n
	}
}

func invisibleName(r rune) (name string, remove bool) {
	switch {
	case r == '\u200b' || r == '\u2060':
		return fmt.Sprintf("a zero-width space (U+%04X)", r), true
	case r == '\u00ad':
		return "a soft hyphen (U+00AD)", true
	case r == '\ufeff':
		return "a byte-order mark (U+FEFF)", true
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\u200e', r == '\u200f':
		return fmt.Sprintf("a mark that turns the direction of writing (U+%04X)", r), true
	case r == utf8.RuneError:
		return "the sign for a character that was lost (U+FFFD)", false
	case r >= '\ue000' && r <= '\uf8ff', r >= 0xF0000:
		return fmt.Sprintf("a private-use character (U+%04X)", r), false
	}
	return "", false
}

// CheckArchive gives what is odd between issues: a number or a path used twice
// (the same Errors that ReadArchive gives), a number that does not follow its
// predecessor (number-gap, advice), a date before the previous issue's
// (date-order, warning) or the same (date-twice, advice).
func CheckArchive(a Archive) []Problem {
	out := append(a.shared(), checkShapes(a)...)
	var before, dated Head
	for _, h := range a.Heads {
		if h.Number == 0 {
			continue
		}
		if before.Number > 0 && h.Number > before.Number+1 {
			out = append(out, archiveProblem(h, h.TitleLine, "number-gap", Advice,
				fmt.Sprintf("the number goes from %d to %d", before.Number, h.Number), fmt.Sprintf("the next number after %s is %d", before.File, before.Number+1)))
		}
		before = h
		if h.Date.IsZero() {
			continue
		}
		if dated.Number > 0 && h.Number > dated.Number {
			day, last := h.Date.Format(time.DateOnly), dated.Date.Format(time.DateOnly)
			switch {
			case h.Date.Before(dated.Date):
				out = append(out, archiveProblem(h, h.DateLine, "date-order", Warning,
					fmt.Sprintf("issue %d is dated %s, before issue %d of %s", h.Number, day, dated.Number, last), "look which of the two dates is right"))
			case day == last:
				out = append(out, archiveProblem(h, h.DateLine, "date-twice", Advice,
					fmt.Sprintf("issues %d and %d are both dated %s", dated.Number, h.Number, day), "look whether both went out on that day"))
			}
		}
		dated = h
	}
	return out
}

// shape gives how a permalink is built: /2020/04/05/a-b/ is /0/0/0/s/.
func shape(permalink string) string {
	var out []string
	for _, part := range strings.Split(strings.Trim(permalink, "/"), "/") {
		if strings.Trim(part, "0123456789") == "" {
			out = append(out, "0")
		} else {
			out = append(out, "s")
		}
	}
	return "/" + strings.Join(out, "/") + "/"
}

// checkShapes says whose permalink is built unlike nearly all others.
func checkShapes(a Archive) []Problem {
	counts := map[string]int{}
	for _, h := range a.Heads {
		counts[shape(h.Permalink)]++
	}
	usual, total := "", len(a.Heads)
	for s, n := range counts {
		if n*10 >= total*9 {
			usual = s
		}
	}
	if usual == "" || total < 5 {
		return nil
	}
	var out []Problem
	for _, h := range a.Heads {
		if s := shape(h.Permalink); s != usual && h.Permalink != "" {
			out = append(out, archiveProblem(h, cmp.Or(h.PermalinkLine, h.TitleLine), "permalink-moved", Advice,
				fmt.Sprintf("the permalink %s is not built like those of the archive", h.Permalink), "they look like "+strings.NewReplacer("0", "12", "s", "the-title").Replace(usual)))
		}
	}
	return out
}

func archiveProblem(h Head, line int, rule string, severity Severity, what, hint string) Problem {
	return Problem{Rule: rule, Severity: severity, File: h.File, Line: max(1, line), Column: 1, What: what, Hint: hint}
}
