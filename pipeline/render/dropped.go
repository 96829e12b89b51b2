package render

// This file finds what the file of an issue says and no reader will get.

import (
	"io/fs"
	"strings"

	"github.com/pullquote/pullquote/pipeline/issue"
)

// Dropped is a link or a picture that is not shown as the issue's file has it,
// or may not be.
type Dropped struct {
	Kind    DropKind
	Address string // as stated
	Line    int    // of the block that it stands in; 0 when it is the address of a story
	Column  int
	Item    int // of the story, from 1; 0 for what belongs to none
}

// DropKind says what a Dropped is.
type DropKind string

// The kinds.
const (
	DropLink    DropKind = "link"    // leads nowhere a reader may go
	DropPicture DropKind = "picture" // of the newsletter's own site, and not there
	DropLocal   DropKind = "local"   // leads to a page of the site, which only the whole archive knows
)

// Drops gives the links of an issue that are dropped because they are no http,
// https or mailto address and no path of the site, the pictures of the site that
// templates, laid out as Input.Templates, does not hold, and all links to pages
// of the site; in the order of the file.
func Drops(is *issue.Issue, templates fs.FS) []Dropped {
	d := dropper{templates: templates}
	d.blocks(is.Intro)
	for i := range is.Items {
		item := &is.Items[i]
		if d.item = 0; !item.Section {
			d.stories++
			d.item = d.stories
		}
		d.link(item.URL, nil)
		if item.Bare != item.URL {
			d.link(item.Bare, nil)
		}
		for k := range item.Parts {
			d.blocks(item.Parts[k].Blocks)
		}
	}
	d.item = 0
	d.blocks(is.Outro)
	return d.found
}

type dropper struct {
	templates     fs.FS
	item, stories int
	found         []Dropped
}

func (d *dropper) say(kind DropKind, address string, at *issue.Block) {
	found := Dropped{Kind: kind, Address: address, Item: d.item}
	if at != nil {
		found.Line, found.Column = at.Line, at.Column
	}
	d.found = append(d.found, found)
}

func (d *dropper) link(address string, at *issue.Block) {
	switch {
	case address == "":
	case resolve(address, "/") == "":
		d.say(DropLink, address, at)
	case strings.HasPrefix(address, "/") && at != nil:
		d.say(DropLocal, address, at)
	}
}

func (d *dropper) blocks(blocks []issue.Block) {
	for i := range blocks {
		b := &blocks[i]
		d.inlines(b.Inlines, b)
		for _, row := range b.Rows {
			for _, cell := range row {
				d.inlines(cell, b)
			}
		}
		d.blocks(b.Blocks)
	}
}

func (d *dropper) inlines(inlines []issue.Inline, at *issue.Block) {
	for i := range inlines {
		in := &inlines[i]
		switch in.Kind {
		case issue.InlineLink:
			d.link(in.URL, at)
		case issue.InlineImage:
			path, local := strings.CutPrefix(in.URL, "/")
			if !local || resolve(in.URL, "/") == "" {
				d.link(in.URL, at)
				break
			}
			path, _, _ = strings.Cut(path, "?")
			if _, err := fs.Stat(d.templates, "site/"+path); err != nil {
				d.say(DropPicture, in.URL, at)
			}
		}
		d.inlines(in.Inlines, at)
	}
}
