package issue

// This file writes: a new draft, new items into an old one, and the two lines
// that publishing changes. What stands in a file is never written anew, only
// spliced; and before anything is given back it is read again, to see that it
// says what it should.

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Templates are the two texts a draft is made from, in text/template syntax:
// templates/draft.md and templates/item.md. An empty text stands for the
// built-in one.
//
// Draft gets a DraftData, Item an ItemData. Both have the function quoted,
// which gives a text in YAML quotation marks.
type Templates struct {
	Draft, Item string
}

// DraftData is what the draft template is given.
type DraftData struct {
	Heading     string // "96 - The cloud is more secure"
	Number      int
	Title       string // without the number
	Date        string // 2020-04-05, or empty
	Description string
	Permalink   string
	Corrections string // what has been corrected in earlier issues, a paragraph each, or empty
	Items       string // the items, each made by the item template
}

// ItemData is what the item template is given; everything but Note is escaped
// for the place it has in the built-in template.
type ItemData struct {
	Title  string // Markdown for a link's text
	URL    string // Markdown for a link's target
	Label  string // the address as Markdown for a link's text
	Quotes string // a blockquote, or empty
	Note   string // the editor's Markdown, or empty
	More   string // further passages, as one comment that no reader sees, or empty
}

const builtinDraft = `---
title: {{ quoted .Heading }}
date:{{ with .Date }} {{ . }}{{ end }}
description: {{ quoted .Description }}
permalink: {{ .Permalink }}
draft: true
---

TODO: say what this week was about, in a few paragraphs of your own
{{ with .Corrections }}
{{ . }}
{{ end }}{{ with .Items }}
{{ . }}
{{- end }}
`

const builtinItem = `## [{{ .Title }}]({{ .URL }})

[{{ .Label }}]({{ .URL }})
{{ with .Quotes }}
{{ . }}

{{ end }}
{{ or .Note "TODO: say in your own words why this matters and what to do about it" }}
{{ with .More }}
{{ . }}
{{ end }}
`

const (
	todoTitle       = "TODO: a title for this issue"
	todoDescription = "TODO: one or two sentences that make somebody open this issue"
)

// Compose gives the text of a new draft with the given items, in LF lines. A
// missing title, description, note or intro is a TODO that says what is
// wanted. It is an error when a template can't be carried out, when a link is
// not an http(s) address, or when the text, read again, does not say what it
// was made from.
func Compose(m Matter, items []NewItem, t Templates) ([]byte, error) {
	rendered, err := renderItems(items, t)
	if err != nil {
		return nil, err
	}
	d := DraftData{
		Number: m.Number, Title: oneLine(m.Title), Description: oneLine(m.Description), Permalink: m.Permalink,
		Items: strings.Join(rendered, "\n\n"),
	}
	var corrections []string
	for _, c := range m.Corrections {
		if c = oneLine(c); c != "" {
			corrections = append(corrections, c)
		}
	}
	d.Corrections = strings.Join(corrections, "\n\n")
	if d.Title == "" {
		d.Title = todoTitle
	}
	if d.Description == "" {
		d.Description = todoDescription
	}
	if d.Permalink == "" {
		slug := Slug(m.Title)
		if slug == "" {
			slug = "issue-" + strconv.Itoa(m.Number)
		}
		d.Permalink = "/" + slug + "/"
	}
	d.Heading = d.Title
	if m.Number > 0 {
		d.Heading = fmt.Sprintf("%d - %s", m.Number, d.Title)
	}
	if !m.Date.IsZero() {
		d.Date = m.Date.Format(time.DateOnly)
	}
	if t.Draft == "" {
		t.Draft = builtinDraft
	}
	text, err := carryOut("draft.md", t.Draft, d)
	if err != nil {
		return nil, err
	}
	src := []byte(strings.TrimRight(text, "\n") + "\n")
	is, problems := Parse("the new draft", src)
	for _, p := range problems {
		if p.Severity == Error {
			return nil, fmt.Errorf("composing a draft: line %d: %s (%s)", p.Line, p.What, p.Hint)
		}
	}
	if is.Title != d.Title || is.Number != m.Number {
		return nil, fmt.Errorf("composing a draft: templates/draft.md gives the title %q, not %q", is.Title, d.Heading)
	}
	if !is.Draft {
		return nil, errors.New("composing a draft: templates/draft.md has no line \"draft: true\"")
	}
	if err := sameItems(is.Stories(), items); err != nil {
		return nil, err
	}
	return src, nil
}

// Append gives src with items put in after its last item, before its outro.
// Every byte of src stays, in order: the new text is one insertion, in the
// line ending of its surroundings. It is an error when src can't be rendered,
// and when the new items would not be read as items there (because a code
// block above them is not closed, say).
func Append(src []byte, items []NewItem, t Templates) ([]byte, error) {
	if len(items) == 0 {
		return bytes.Clone(src), nil
	}
	old, problems := Parse("the draft", src)
	for _, p := range problems {
		if p.Severity == Error {
			return nil, fmt.Errorf("adding to a draft: line %d: %s (%s)", p.Line, p.What, p.Hint)
		}
	}
	rendered, err := renderItems(items, t)
	if err != nil {
		return nil, err
	}
	at := old.insertAt
	before := src[:at]
	text := strings.Join(rendered, "\n\n")
	// Two empty lines stand between items; what is there already counts.
	gap := 3
	if len(old.Items) == 0 {
		gap = 2
	}
	space := before[len(bytes.TrimRight(before, " \t\r\n")):]
	if len(space) < len(before) {
		text = strings.Repeat("\n", max(0, gap-bytes.Count(space, []byte("\n")))) + text
	}
	if at < len(src) {
		text += "\n\n"
	}
	if i := bytes.LastIndexByte(before, '\n'); i > 0 && before[i-1] == '\r' {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	out := make([]byte, 0, len(src)+len(text))
	out = append(append(append(out, before...), text...), src[at:]...)

	is, _ := Parse("the draft", out)
	was, now := old.Stories(), is.Stories()
	if len(now) != len(was)+len(items) || len(is.Outro) != len(old.Outro) {
		line, _ := position(src, at)
		return nil, fmt.Errorf("adding to a draft: what is put in before line %d would not be read as items: look above it for a code block or comment that is not closed", line)
	}
	if err := sameItems(now[len(was):], items); err != nil {
		return nil, err
	}
	return out, nil
}

// Stories gives the items that are stories, in order: those that are numbered
// from 1 for people. Section titles are left out.
func (is *Issue) Stories() []Item {
	var out []Item
	for _, it := range is.Items {
		if !it.Section {
			out = append(out, it)
		}
	}
	return out
}

// sameItems says in what items that were read differ from those that were
// meant.
func sameItems(got []Item, want []NewItem) error {
	if len(got) != len(want) {
		return fmt.Errorf("composing items: %d were written but %d are read: does a note hold a heading or an open code block, or has templates/item.md no \"## [title](url)\" line?", len(want), len(got))
	}
	for i, w := range want {
		title := itemTitle(w)
		if PlainInlines(got[i].Title) != title {
			return fmt.Errorf("composing items: the title %q is read as %q: look at templates/item.md", title, PlainInlines(got[i].Title))
		}
		if address, err := linkTarget(w.URL); err != nil || got[i].URL != unescape(address) {
			return fmt.Errorf("composing items: the address %q is read as %q: look at templates/item.md", w.URL, got[i].URL)
		}
		if len(quoteParagraphs(w.Quotes)) == 0 {
			continue
		}
		wanted := strings.Join(quoteParagraphs(w.Quotes), "\n\n")
		found := false
		for _, p := range got[i].Parts {
			found = found || p.Quote && PlainBlocks(p.Blocks) == wanted
		}
		if !found {
			return fmt.Errorf("composing items: the quotes of %q are not read as they were written: look at templates/item.md", title)
		}
	}
	return nil
}

// renderItems makes each item's text; each ends in one line feed.
func renderItems(items []NewItem, t Templates) ([]string, error) {
	if t.Item == "" {
		t.Item = builtinItem
	}
	var out []string
	for _, it := range items {
		target, err := linkTarget(it.URL)
		if err != nil {
			return nil, fmt.Errorf("composing item %q: %w", shorten(it.Title, 60), err)
		}
		text, err := carryOut("item.md", t.Item, ItemData{
			Title:  escapeMarkdown(itemTitle(it), true),
			URL:    target,
			Label:  escapeMarkdown(unescape(target), true),
			Quotes: blockquote(it.Quotes),
			Note:   strings.Trim(normalLines(it.Note), "\n"),
			More:   further(it.More),
		})
		if err != nil {
			return nil, err
		}
		out = append(out, strings.Trim(text, "\n")+"\n")
	}
	return out, nil
}

func carryOut(name, text string, data any) (string, error) {
	t, err := template.New(name).Funcs(template.FuncMap{"quoted": quotedYAML}).Option("missingkey=error").Parse(normalLines(text))
	if err != nil {
		return "", fmt.Errorf("reading templates/%s: %w", name, err)
	}
	var sb strings.Builder
	if err := t.Execute(&sb, data); err != nil {
		return "", fmt.Errorf("carrying out templates/%s: %w", name, err)
	}
	return sb.String(), nil
}

// normalLines gives every line ending as LF.
func normalLines(s string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
}

// cleanText removes from a text of other people what has no place in a file
// of text: broken UTF-8, control characters, and the marks that turn the
// direction of writing (Unicode 9, "Trojan Source").
func cleanText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			return ' '
		case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\u200e', r == '\u200f', r == '\ufeff', r == '\u061c':
			return -1
		}
		return r
	}, strings.ToValidUTF8(normalLines(s), "\ufffd"))
}

// oneLine gives a text of other people as one clean line.
func oneLine(s string) string { return strings.Join(strings.Fields(cleanText(s)), " ") }

const maxItemTitle = 300

// itemTitle gives the title as it will be read: one line, never empty.
func itemTitle(it NewItem) string {
	title := oneLine(it.Title)
	if utf8.RuneCountInString(title) > maxItemTitle {
		title = strings.TrimSpace(string([]rune(title)[:maxItemTitle-1])) + "…"
	}
	if title == "" {
		title = oneLine(strings.ToValidUTF8(it.URL, ""))
	}
	return title
}

// quoteParagraphs gives the paragraphs of all quotes, with "[...]" between two
// quotes.
func quoteParagraphs(quotes []string) []string {
	var out []string
	for _, q := range quotes {
		var of []string
		for p := range strings.SplitSeq(cleanText(q), "\n\n") {
			if p = strings.Join(strings.Fields(p), " "); p != "" {
				of = append(of, p)
			}
		}
		if len(out) > 0 && len(of) > 0 {
			out = append(out, "[...]")
		}
		out = append(out, of...)
	}
	return out
}

// blockquote gives quotes as one Markdown blockquote, each paragraph on one
// line, without a line feed at its end.
func blockquote(quotes []string) string {
	var lines []string
	for _, p := range quoteParagraphs(quotes) {
		lines = append(lines, "> "+escapeLine(p))
	}
	return strings.Join(lines, "\n> \n")
}

// commentEnds are the two ends of a comment that browsers know (HTML, 13.2.5.52);
// a text may hold both.
var commentEnds = strings.NewReplacer("-->", `--\>`, "--!>", `--\!>`)

// further gives passages as one comment that no reader sees, each after "> " so
// that it can be moved up as it is. A comment can't hold its own end.
func further(passages []string) string {
	var out []string
	for _, q := range passages {
		if text := blockquote([]string{q}); text != "" {
			out = append(out, commentEnds.Replace(text))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "<!-- Also worth quoting:\n\n" + strings.Join(out, "\n\n") + "\n-->"
}

var (
	listMark   = pattern(`^(?:[-+](?:\s|-|$)|#{1,6}(?:\s|$)|>|=+\s*$)`)
	numberMark = pattern(`^([0-9]{1,9})([.)])(\s|$)`)
	entityMark = pattern(`^&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);`)
)

// escapeLine escapes plain text that stands alone on a line of Markdown.
func escapeLine(s string) string {
	switch {
	case listMark().MatchString(s):
		return `\` + s[:1] + escapeMarkdown(s[1:], false)
	case numberMark().MatchString(s):
		m := numberMark().FindStringSubmatch(s)
		return m[1] + `\` + m[2] + escapeMarkdown(s[len(m[1])+1:], false)
	}
	return escapeMarkdown(s, false)
}

// escapeMarkdown escapes plain text so that Markdown reads it as that text, in
// as few marks as are safe: the editor will work on it. In a link's text
// brackets are escaped too, and so is every bracket that is not an elision.
func escapeMarkdown(s string, inLink bool) string {
	var sb strings.Builder
	var before rune
	for i, r := range s {
		rest := s[i+utf8.RuneLen(r):]
		next, _ := utf8.DecodeRuneInString(rest)
		escape := false
		switch r {
		case '\\', '`', '*', '~':
			escape = true
		case '_': // inside a word it is never emphasis (CommonMark 6.2)
			escape = !isWordRune(before) || !isWordRune(next)
		case '<':
			escape = next == '/' || next == '!' || next == '?' || unicode.IsLetter(next)
		case '&':
			escape = entityMark().MatchString(s[i:])
		case '[':
			escape = inLink || !elision(rest)
		case ']':
			escape = inLink
		}
		if escape {
			sb.WriteByte('\\')
		}
		sb.WriteRune(r)
		before = r
	}
	return sb.String()
}

// elision says whether what follows a bracket makes it "[...]" and no link.
func elision(rest string) bool {
	for _, dots := range []string{"...]", "…]"} {
		if after, ok := strings.CutPrefix(rest, dots); ok {
			return after == "" || !strings.ContainsRune("([:", rune(after[0]))
		}
	}
	return false
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

const maxAddress = 4096

// linkTarget gives an address as the target of a Markdown link.
func linkTarget(address string) (string, error) {
	address = strings.TrimSpace(address)
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || !strings.EqualFold(u.Scheme, "http") && !strings.EqualFold(u.Scheme, "https") {
		return "", fmt.Errorf("%q is not an http or https address", shorten(address, 80))
	}
	if len(address) > maxAddress {
		return "", fmt.Errorf("the address is longer than %d bytes", maxAddress)
	}
	var sb strings.Builder
	escapeBrackets := !balanced(address)
	for i, r := range address {
		_, width := utf8.DecodeRuneInString(address[i:])
		raw := address[i : i+width]
		switch {
		case r == utf8.RuneError && width == 1, r == '<', r == '>', unicode.IsSpace(r), unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp):
			for _, c := range []byte(raw) {
				fmt.Fprintf(&sb, "%%%02X", c)
			}
		case r == '\\', (r == '(' || r == ')') && escapeBrackets, r == '&' && entityMark().MatchString(address[i:]):
			sb.WriteString(`\` + raw)
		default:
			sb.WriteString(raw)
		}
	}
	return sb.String(), nil
}

// balanced says whether brackets in an address need no escape.
func balanced(s string) bool {
	depth := 0
	for _, c := range s {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth < 0 || depth > 3 {
			return false
		}
	}
	return depth == 0
}

// quotedYAML gives a text in YAML double quotation marks, on one line.
func quotedYAML(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(oneLine(s)) + `"`
}

// Publish gives src as a published issue: its date set to the day of date and
// the `draft:` line gone. No other byte changes; a date that had a time of day
// gets date's. A missing `date:` line is put in after the title. It is an
// error when the front matter can't be read or can't be changed in this way.
func Publish(src []byte, date time.Time) ([]byte, error) {
	is, problems := Parse("the issue", src)
	for _, p := range problems {
		if p.Severity == Error {
			return nil, fmt.Errorf("publishing: line %d: %s (%s)", p.Line, p.What, p.Hint)
		}
	}
	if is.Keys == nil {
		return nil, errors.New("publishing: the front matter stands in braces: write one \"key: value\" a line")
	}
	edits, err := is.publishEdits(date)
	if err != nil {
		return nil, fmt.Errorf("publishing: %w", err)
	}
	out := splice(src, edits)
	now, problems := Parse("the issue", out)
	if hasErrors(problems) || now.Draft || now.Date.Format(time.DateOnly) != date.Format(time.DateOnly) ||
		!bytes.Equal(now.src[now.Body.Start:], src[is.Body.Start:]) || now.Title != is.Title || now.Permalink != is.Permalink {
		return nil, errors.New("publishing: the date and draft lines of the front matter can't be changed safely: write them plainly, as in \"date: 2020-04-05\"")
	}
	return out, nil
}

func (is *Issue) publishEdits(date time.Time) ([]Edit, error) {
	var edits []Edit
	if k, ok := is.Keys["draft"]; ok {
		edits = append(edits, Edit{Start: k.Start, End: k.End})
	}
	day := date.Format(time.DateOnly)
	k, ok := is.Keys["date"]
	if !ok {
		title, ok := is.Keys["title"]
		if !ok {
			return nil, errors.New("there is no title line to put the date after")
		}
		eol := "\n"
		if bytes.HasSuffix(is.src[title.Start:title.End], []byte("\r\n")) {
			eol = "\r\n"
		}
		return append(edits, Edit{Start: title.End, End: title.End, New: "date: " + day + eol}), nil
	}
	var entry yaml.Node
	if err := yaml.Load(is.src[k.Start:k.End], &entry); err != nil || len(entry.Content) == 0 || len(entry.Content[0].Content) != 2 {
		return nil, errors.New("the date line can't be read")
	}
	value := entry.Content[0].Content[1]
	if value.Value == "" && value.Style == 0 { // "date:" and nothing after it
		colon := k.Start + bytes.IndexByte(is.src[k.Start:k.End], ':') + 1
		return append(edits, Edit{Start: colon, End: colon, New: " " + day}), nil
	}
	w := yamlText{src: is.src[k.Start:k.End], base: k.Start}
	start := w.at(value)
	switch is.src[start] {
	case '"', '\'':
		start++
	}
	end := start + len(value.Value)
	if end > k.End || string(is.src[start:end]) != value.Value {
		return nil, errors.New("the date is not written plainly")
	}
	if strings.ContainsRune(value.Value, ':') {
		day = date.Format(time.RFC3339)
	}
	return append(edits, Edit{Start: start, End: end, New: day}), nil
}

// splice carries out edits, which must not overlap.
func splice(src []byte, edits []Edit) []byte {
	sorted := slices.Clone(edits)
	slices.SortStableFunc(sorted, func(a, b Edit) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End)) })
	out := make([]byte, 0, len(src)+64)
	at := 0
	for _, e := range sorted {
		out = append(append(out, src[at:e.Start]...), e.New...)
		at = e.End
	}
	return append(out, src[at:]...)
}
