package issue

// This file says where in a file its links stand, for rules that know more of
// addresses than this room does.

import (
	"bytes"
	"strings"
)

// LinkPlace is one address that an issue leads to, and where it stands.
type LinkPlace struct {
	URL    string
	Item   int    // the story it stands in, as Problem.Item has it
	Story  bool   // it is the story's own address: of the heading, the bare line or both
	Quoted bool   // it stands in a quote
	Places []Span // every place where the file has the address in these bytes; empty when it writes it in another way
	At     int    // the first place, or where the block begins that holds it
}

// Links gives the addresses of an issue in file order. An address that stands
// in one block twice is given once.
func (is *Issue) Links() []LinkPlace {
	var out []LinkPlace
	add := func(l LinkPlace, within Span) {
		for i := range out {
			if out[i].URL == l.URL && out[i].At >= within.Start && out[i].At <= within.End && out[i].Item == l.Item {
				return
			}
		}
		l.Places = is.places(l.URL, within)
		l.At = within.Start
		if len(l.Places) > 0 {
			l.At = l.Places[0].Start
		}
		out = append(out, l)
	}
	var inlines func(in []Inline, proto LinkPlace, within Span)
	inlines = func(in []Inline, proto LinkPlace, within Span) {
		for _, x := range in {
			if x.Kind == InlineLink {
				proto.URL = x.URL
				add(proto, within)
			}
			inlines(x.Inlines, proto, within)
		}
	}
	var blocks func(list []Block, proto LinkPlace)
	blocks = func(list []Block, proto LinkPlace) {
		for _, b := range list {
			inlines(b.Inlines, proto, b.Span)
			for _, row := range b.Rows {
				for _, cell := range row {
					inlines(cell, proto, b.Span)
				}
			}
			blocks(b.Blocks, proto)
		}
	}
	blocks(is.Intro, LinkPlace{})
	story := 0
	for _, it := range is.Items {
		proto := LinkPlace{}
		if !it.Section {
			story++
			proto.Item = story
			top := Span{it.Heading.Start, it.Heading.End}
			if it.Bare != "" {
				top.End = is.bareLineEnd(it)
			}
			for _, address := range []string{it.URL, it.Bare} {
				if address != "" {
					add(LinkPlace{URL: address, Item: story, Story: true}, top)
				}
			}
		}
		for _, p := range it.Parts {
			proto.Quoted = p.Quote
			blocks(p.Blocks, proto)
		}
	}
	blocks(is.Outro, LinkPlace{})
	return out
}

// bareLineEnd gives where the bare-link line of an item ends.
func (is *Issue) bareLineEnd(it Item) int {
	at := lineEnd(is.src, it.Heading.End)
	for at < it.Span.End {
		end := lineEnd(is.src, at)
		if len(bytes.TrimSpace(is.src[at:end])) > 0 {
			return end
		}
		at = end
	}
	return it.Heading.End
}

// places finds an address in a piece of the file, where it is not a part of a
// longer one.
func (is *Issue) places(address string, within Span) []Span {
	var out []Span
	if address == "" || within.End > len(is.src) {
		return nil
	}
	for at := within.Start; at < within.End; {
		i := bytes.Index(is.src[at:within.End], []byte(address))
		if i < 0 {
			break
		}
		at += i
		end := at + len(address)
		if end == len(is.src) || strings.IndexByte(")]>\" \t\r\n", is.src[end]) >= 0 {
			out = append(out, Span{at, end})
		}
		at = end
	}
	return out
}

// ProblemAt makes a problem at an offset of the file, for rules that are
// carried out elsewhere.
func (is *Issue) ProblemAt(at int, rule string, severity Severity, what, hint string) Problem {
	return is.problem(at, rule, severity, what, hint)
}

// LinkFix replaces an address by another at all its places. There is no fix
// for one that the file writes in another way, or when the new one can't stand
// there as it is.
func (l LinkPlace) LinkFix(address string) []Edit {
	if target, err := linkTarget(address); err != nil || target != address || escapeMarkdown(address, true) != address {
		return nil
	}
	var out []Edit
	for _, s := range l.Places {
		out = append(out, Edit{s.Start, s.End, address})
	}
	return out
}
