package render

// This file finds what the file of an issue says and no reader will get.

import (
	"io/fs"
	"strings"

	"github.com/pullquote/pullquote/pipeline/issue"
)

// Dropped is a link or a picture that is not shown as the issue's file has it.
type Dropped struct {
	Picture bool   // of the newsletter's own site, and not there; else a link that leads nowhere a reader may go
	Address string // as stated
	Line    int    // of the block that it stands in; 0 when it is the address of a story
	Column  int
	Item    int // of the story, from 1; 0 for what belongs to none
}

// Drops gives the links of an issue that are dropped because they are no http,
// https or mailto address and no path of the site, and the pictures of the site
// that templates, laid out as Input.Templates, does not hold; in the order of
// the file.
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

func (d *dropper) say(picture bool, address string, at *issue.Block) {
	found := Dropped{Picture: picture, Address: address, Item: d.item}
	if at != nil {
		found.Line, found.Column = at.Line, at.Column
	}
	d.found = append(d.found, found)
}

func (d *dropper) link(address string, at *issue.Block) {
	if address != "" && resolve(address, "/") == "" {
		d.say(false, address, at)
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
			d.link(in.URL, at)
			if path, ok := strings.CutPrefix(in.URL, "/"); ok && resolve(in.URL, "/") != "" {
				path, _, _ = strings.Cut(path, "?")
				if _, err := fs.Stat(d.templates, "site/"+path); err != nil {
					d.say(true, in.URL, at)
				}
			}
		}
		d.inlines(in.Inlines, at)
	}
}
