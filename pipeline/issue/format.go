package issue

// This file changes the shape of an issue file and not what it says: the
// canonical form, and an item moved or removed. Each change is a set of
// splices; each set is carried out only when the file, read again, says the
// same as before.

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Format gives an issue file in its canonical form: LF lines without spaces at
// their end, one empty line between two blocks, two before an item and between
// a quote and its note, "## " before a title, the bare link as a link to
// itself, "> " before each line of a quote. What a reader sees does not change:
// a step that would change it is left out. Formatting twice is formatting
// once. It is an error when the file can't be rendered, or is so odd that too
// much of it would have to be left.
func Format(src []byte) ([]byte, error) {
	is, problems := Parse("the issue", src)
	for _, p := range problems {
		if p.Severity == Error {
			return nil, fmt.Errorf("formatting: line %d: %s (%s)", p.Line, p.What, p.Hint)
		}
	}
	want := shown(is)
	budget := maxFormatParses
	steps := []func(*Issue) []Edit{lineEndings, topAndBottom, headings, bareLines, quoteMarks, lineTails, gaps}
	for range 8 { // one step may make room for another
		before := is.src
		for _, step := range steps {
			is = sayingTheSame(is, step(is), want, &budget)
		}
		if budget <= 0 {
			return nil, errors.New("formatting: the file has too many places that can't be written in another way: look for blocks that are not closed")
		}
		if bytes.Equal(is.src, before) {
			break
		}
	}
	return is.src, nil
}

// maxFormatParses bounds how often one file is read again while it is
// formatted: an ordinary one is read twenty times.
const maxFormatParses = 400

// sayingTheSame carries out edits. When together they change what a reader
// sees, each half is tried alone, down to the one that does.
func sayingTheSame(is *Issue, edits []Edit, want *Issue, budget *int) *Issue {
	var try func(is *Issue, edits []Edit) (*Issue, int)
	try = func(is *Issue, edits []Edit) (*Issue, int) {
		if len(edits) == 0 || *budget <= 0 {
			return is, 0
		}
		*budget--
		now, problems := Parse(is.File, splice(is.src, edits))
		if !hasErrors(problems) && reflect.DeepEqual(shown(now), want) {
			return now, len(now.src) - len(is.src)
		}
		if len(edits) == 1 {
			return is, 0
		}
		// The later half first, so that the offsets of the earlier one stay true.
		half := len(edits) / 2
		after, late := try(is, edits[half:])
		after, early := try(after, edits[:half])
		return after, late + early
	}
	slices.SortStableFunc(edits, func(a, b Edit) int { return a.Start - b.Start })
	out, _ := try(is, edits)
	return out
}

// shown gives an issue without the places where its parts stand: what is left
// is what a reader can see, and what the program knows of it.
func shown(is *Issue) *Issue {
	out := &Issue{
		Number: is.Number, Title: is.Title, Date: is.Date, Description: is.Description, Permalink: is.Permalink,
		Aliases: is.Aliases, Tags: is.Tags, Draft: is.Draft, Corrections: is.Corrections, Mark: is.Mark, Extra: is.Extra,
		Intro: placeless(is.Intro), Outro: placeless(is.Outro),
	}
	for _, c := range is.comments {
		out.comments = append(out.comments, comment{text: strings.Join(strings.Fields(c.text), " "), span: Span{is.itemAt(c.span.Start), 0}})
	}
	for _, it := range is.Items {
		it.Span, it.Heading, it.Line = Span{}, Span{}, 0
		it.Parts = slices.Clone(it.Parts)
		for i := range it.Parts {
			p := &it.Parts[i]
			p.Span, p.Line, p.Blocks = Span{}, 0, placeless(p.Blocks)
		}
		out.Items = append(out.Items, it)
	}
	return out
}

func placeless(blocks []Block) []Block {
	out := slices.Clone(blocks)
	for i := range out {
		out[i].Span, out[i].Line, out[i].Column = Span{}, 0, 0
		out[i].Blocks = placeless(out[i].Blocks)
	}
	return out
}

// lineEndings makes every line end in LF. A lone CR in the front matter is no
// line's end: it goes, in the body it is one (CommonMark 2.1).
func lineEndings(is *Issue) []Edit {
	var edits []Edit
	for at, c := range is.src {
		if c != '\r' {
			continue
		}
		e := Edit{Start: at, End: at + 1}
		if at >= is.Body.Start && (at+1 == len(is.src) || is.src[at+1] != '\n') {
			e.New = "\n"
		}
		edits = append(edits, e)
	}
	return edits
}

// topAndBottom puts the front matter first, an empty line after it, and one
// line feed at the end of the file.
func topAndBottom(is *Issue) []Edit {
	var edits []Edit
	if place, ok, closed := findMatter(is.src); ok && closed {
		// What stands before the opening fence is a byte-order mark or nothing.
		fence := lineStart(is.src, max(0, place.yaml.Start-1))
		if fence > 0 || bytes.HasPrefix(is.src, byteOrderMark) {
			edits = append(edits, Edit{Start: 0, End: max(fence, len(byteOrderMark))})
			if fence > 0 {
				edits[0].End = fence
			}
		}
	}
	body := is.src[is.Body.Start:]
	text := bytes.TrimRight(body, " \t\r\n")
	if len(text) == 0 {
		if len(body) > 0 {
			edits = append(edits, Edit{Start: is.Body.Start, End: len(is.src)})
		}
		return edits
	}
	// Spaces before the first word may mean code; whole empty lines mean nothing.
	lead := 0
	for lead < len(body) && len(bytes.TrimSpace(body[lead:lineEnd(body, lead)])) == 0 {
		lead = lineEnd(body, lead)
	}
	if string(body[:lead]) != "\n" {
		edits = append(edits, Edit{Start: is.Body.Start, End: is.Body.Start + lead, New: "\n"})
	}
	if tail := is.Body.Start + len(text); string(is.src[tail:]) != "\n" {
		edits = append(edits, Edit{Start: tail, End: len(is.src), New: "\n"})
	}
	return edits
}

// lineTails removes the spaces at the ends of lines, and all in empty lines. A
// quote's empty line keeps the one after its mark.
func lineTails(is *Issue) []Edit {
	var edits []Edit
	for at := 0; at < len(is.src); {
		end := lineEnd(is.src, at)
		line := bytes.TrimRight(is.src[at:end], "\n")
		kept := bytes.TrimRight(line, " \t")
		if len(kept) < len(line) && !(string(kept) == ">" && string(line) == "> ") {
			edits = append(edits, Edit{Start: at + len(kept), End: at + len(line)})
		}
		at = end
	}
	return edits
}

// headings writes item headings as "## title", without closing marks.
func headings(is *Issue) []Edit {
	var edits []Edit
	for _, it := range is.Items {
		line := string(is.src[it.Heading.Start:it.Heading.End])
		marks := len(line) - len(strings.TrimLeft(line, "#"))
		if strings.Contains(line, "\n") || marks < 1 || marks > 2 {
			continue
		}
		text := strings.TrimSpace(line[marks:])
		if bare := strings.TrimRight(text, "#"); bare != text && strings.HasSuffix(bare, " ") {
			text = strings.TrimSpace(bare)
		}
		if mended := strings.Repeat("#", marks) + " " + text; mended != line {
			edits = append(edits, Edit{Start: it.Heading.Start, End: it.Heading.End, New: mended})
		}
	}
	return edits
}

// bareLines writes the bare link as a link to itself.
func bareLines(is *Issue) []Edit {
	var edits []Edit
	for _, it := range is.Items {
		if it.Section || it.Bare == "" {
			continue
		}
		end := is.bareLineEnd(it)
		start := lineStart(is.src, max(0, end-1))
		line := string(bytes.TrimRight(is.src[start:end], "\r\n"))
		target, err := linkTarget(it.Bare)
		if err != nil || start < it.Heading.End || unescape(target) != it.Bare {
			continue
		}
		if text := strings.TrimSpace(line); strings.HasPrefix(text, "[") {
			if text != line {
				edits = append(edits, Edit{Start: start, End: start + len(line), New: text})
			}
			continue
		}
		edits = append(edits, Edit{Start: start, End: start + len(line), New: "[" + escapeMarkdown(it.Bare, true) + "](" + target + ")"})
	}
	return edits
}

// quoteMarks writes "> " before each line of a quote, and one empty line where
// there are several.
func quoteMarks(is *Issue) []Edit {
	var edits []Edit
	quote := func(s Span) {
		empty := false
		// The empty lines at its end say nothing; they go together.
		last := s.End
		for last > s.Start {
			start := lineStart(is.src, last-1)
			if start <= s.Start || strings.Trim(string(is.src[start:last]), "> \t\n") != "" {
				break
			}
			last = start
		}
		if last < s.End {
			edits = append(edits, Edit{Start: last, End: lineEnd(is.src, s.End-1)})
		}
		for at := s.Start; at < last; {
			end := lineEnd(is.src, at)
			line := strings.TrimRight(string(is.src[at:end]), "\n")
			text := strings.TrimLeft(line, " ")
			switch {
			case !strings.HasPrefix(text, ">"):
				edits = append(edits, Edit{Start: at, End: at + len(line) - len(text), New: "> "})
				empty = false
			case strings.Trim(text, "> \t") == "":
				if empty && strings.Count(text, ">") == 1 {
					edits = append(edits, Edit{Start: at, End: end})
				} else if line != "> " && strings.Count(text, ">") == 1 {
					edits = append(edits, Edit{Start: at, End: at + len(line), New: "> "})
				}
				empty = strings.Count(text, ">") == 1
			default:
				empty = false
				mended := text
				if len(text) > 1 && text[1] != ' ' && text[1] != '>' && text[1] != '\t' {
					mended = "> " + text[1:]
				}
				if mended != line {
					edits = append(edits, Edit{Start: at, End: at + len(line), New: mended})
				}
			}
			at = end
		}
	}
	for _, it := range is.Items {
		for _, p := range it.Parts {
			if p.Quote {
				quote(p.Span)
			}
		}
	}
	for _, blocks := range [][]Block{is.Intro, is.Outro} {
		for _, b := range blocks {
			if b.Kind == BlockQuote {
				quote(b.Span)
			}
		}
	}
	return edits
}

// gaps sets the empty lines between blocks.
func gaps(is *Issue) []Edit {
	var edits []Edit
	blocks, _ := readBlocks(is.src, is.Body.Start)
	opens := map[int]bool{}
	for i, it := range is.Items {
		if i > 0 {
			opens[it.Span.Start] = true
		}
	}
	for i := 1; i < len(blocks); i++ {
		from, to := blocks[i-1].Span.End, blocks[i].Span.Start
		if from > to {
			continue
		}
		lines := 2
		if opens[to] || blocks[i-1].Kind == BlockQuote && blocks[i].Kind != BlockQuote && is.itemAt(from) >= 0 && is.itemAt(to) == is.itemAt(from) {
			lines = 3
		}
		between := is.src[from:to]
		if len(bytes.TrimSpace(between)) > 0 {
			// A comment or a definition stands there; only what is before the next
			// block is ours.
			tail := bytes.TrimRight(between, " \t\n")
			if gap := between[len(tail):]; string(gap) != strings.Repeat("\n", lines) && len(gap) > 0 {
				edits = append(edits, Edit{Start: from + len(tail), End: to, New: strings.Repeat("\n", lines)})
			}
			continue
		}
		if string(between) != strings.Repeat("\n", lines) {
			edits = append(edits, Edit{Start: from, End: to, New: strings.Repeat("\n", lines)})
		}
	}
	return edits
}

// chunks gives where the text of each item stands, without the white space
// after it.
func (is *Issue) chunks() []Span {
	out := make([]Span, len(is.Items))
	for i, it := range is.Items {
		text := bytes.TrimRight(is.src[it.Span.Start:it.Span.End], " \t\r\n")
		out[i] = Span{it.Span.Start, it.Span.Start + len(text)}
	}
	return out
}

// storyIndex gives the index in Items of the n-th story, from 1.
func (is *Issue) storyIndex(n int) (int, error) {
	stories := 0
	for i, it := range is.Items {
		if !it.Section {
			if stories++; stories == n {
				return i, nil
			}
		}
	}
	return 0, fmt.Errorf("there is no item %d: the issue has %d", n, stories)
}

// Move makes the item-th story of an issue the position-th, both from 1 and
// without section titles. No byte is added or lost: the texts of the items
// change places, the white space between them stays. It is an error when there
// is no such item or place, or when the file would be read in another way.
func Move(src []byte, item, position int) ([]byte, error) {
	is, problems := Parse("the issue", src)
	if hasErrors(problems) {
		return nil, fmt.Errorf("moving an item: line %d: %s", problems[0].Line, problems[0].What)
	}
	from, err := is.storyIndex(item)
	if err != nil {
		return nil, fmt.Errorf("moving an item: %w", err)
	}
	to, err := is.storyIndex(position)
	if err != nil {
		return nil, fmt.Errorf("moving an item: %w", err)
	}
	order := make([]int, 0, len(is.Items))
	for i := range is.Items {
		order = append(order, i)
	}
	order = slices.Insert(slices.Delete(order, from, from+1), to, from)

	if err := titleLeft(is, order); err != nil {
		return nil, fmt.Errorf("moving item %d: %w", item, err)
	}
	chunks := is.chunks()
	out := make([]byte, 0, len(src))
	at := 0
	for i, c := range chunks {
		out = append(out, src[at:c.Start]...)
		out = append(out, src[chunks[order[i]].Start:chunks[order[i]].End]...)
		at = c.End
	}
	out = append(out, src[at:]...)

	now, _ := Parse("the issue", out)
	want := shown(is)
	moved := make([]Item, 0, len(order))
	for _, i := range order {
		moved = append(moved, want.Items[i])
	}
	got := shown(now)
	if !reflect.DeepEqual(got.Items, moved) || !reflect.DeepEqual(got.Intro, want.Intro) || !reflect.DeepEqual(got.Outro, want.Outro) {
		return nil, fmt.Errorf("moving item %d: the file would be read in another way afterwards: look for a code block or comment that is not closed", item)
	}
	return out, nil
}

// titleLeft complains of a title between items that would have none after it:
// it would be read as the sign-off.
func titleLeft(is *Issue, order []int) error {
	if len(order) > 0 && is.Items[order[len(order)-1]].Section {
		return fmt.Errorf("the title %q would stand before nothing: move or remove it in the file first", shorten(PlainInlines(is.Items[order[len(order)-1]].Title), 60))
	}
	return nil
}

// Remove takes the item-th story, from 1, out of an issue; every other byte
// stays. It is an error when there is no such item, or when the file would be
// read in another way.
func Remove(src []byte, item int) ([]byte, error) {
	is, problems := Parse("the issue", src)
	if hasErrors(problems) {
		return nil, fmt.Errorf("removing an item: line %d: %s", problems[0].Line, problems[0].What)
	}
	i, err := is.storyIndex(item)
	if err != nil {
		return nil, fmt.Errorf("removing an item: %w", err)
	}
	var order []int
	for k := range is.Items {
		if k != i {
			order = append(order, k)
		}
	}
	if err := titleLeft(is, order); err != nil {
		return nil, fmt.Errorf("removing item %d: %w", item, err)
	}
	chunks := is.chunks()
	cut := chunks[i]
	switch {
	case i+1 < len(chunks):
		cut.End = chunks[i+1].Start
	case i > 0:
		cut.Start = chunks[i-1].End // the last one takes the gap before it along
	}
	out := splice(src, []Edit{{Start: cut.Start, End: cut.End}})
	now, _ := Parse("the issue", out)
	want, got := shown(is), shown(now)
	if !reflect.DeepEqual(got.Items, append(want.Items[:i:i], want.Items[i+1:]...)) && len(want.Items) > 1 || !reflect.DeepEqual(got.Outro, want.Outro) && len(want.Items) > 1 {
		return nil, fmt.Errorf("removing item %d: the file would be read in another way afterwards: look for a code block or comment that is not closed", item)
	}
	return out, nil
}
