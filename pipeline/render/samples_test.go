package render

import (
	"bytes"
	"fmt"
	"time"

	"github.com/pullquote/pullquote/pipeline/issue"
	"github.com/pullquote/pullquote/templates"
)

func words(s string) issue.Inline { return issue.Inline{Kind: issue.InlineText, Text: s} }

func link(text, address string) issue.Inline {
	return issue.Inline{Kind: issue.InlineLink, URL: address, Inlines: []issue.Inline{words(text)}}
}

func para(inlines ...issue.Inline) issue.Block {
	return issue.Block{Kind: issue.BlockPara, Inlines: inlines}
}

func note(blocks ...issue.Block) issue.Part { return issue.Part{Blocks: blocks} }

func quoted(blocks ...issue.Block) issue.Part { return issue.Part{Quote: true, Blocks: blocks} }

// samples are two issues, oldest first: a plain one, and one that has every
// kind of block and inline and every kind of item.
func samples() []*issue.Issue {
	plain := &issue.Issue{
		File: "0001-the-door-was-open.md", Number: 1, Title: "The door was open", Permalink: "/the-door-was-open/",
		Date:        time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		Description: "Two breaches and one lesson, and [a book](https://books.example/locks) for the evening.",
		Intro:       []issue.Block{para(words("Both of this week’s breaches began with an account nobody remembered."))},
		Items: []issue.Item{{
			Title: []issue.Inline{words("Payroll firm finds an intern’s login in use, nine years on")},
			URL:   "https://www.ledgerline.example/news/intern-login?from=home&page=1",
			Bare:  "https://www.ledgerline.example/news/intern-login?from=home&page=1",
			Parts: []issue.Part{
				quoted(para(words("The account had outlived two mergers, three directories and the person it was made for."))),
				note(para(words("Ask who owns each account, not who made it."))),
			},
		}},
	}
	full := &issue.Issue{
		File: "0002-patching-on-a-sunday.md", Number: 2, Title: "Patching on a Sunday & other <habits>", Permalink: "/patching-on-a-sunday/",
		Date: time.Date(2026, 3, 8, 0, 0, 0, 0, time.UTC),
		Intro: []issue.Block{
			{Kind: issue.BlockHead, Level: 4, Inlines: []issue.Inline{words("Before we start")}},
			para(words("Nobody "), issue.Inline{Kind: issue.InlineStrong, Inlines: []issue.Inline{words("plans")}},
				words(" to patch on a Sunday. See "), link("last week", "/the-door-was-open/"), words(" and "),
				link("the calendar", "https://calendar.example/2026#march"), words(", or "),
				link("https://calendar.example/2026", "https://calendar.example/2026"), words(".")),
			{Kind: issue.BlockHead, Level: 6, Inlines: []issue.Inline{words("A deeper heading")}},
		},
		Items: []issue.Item{
			{
				Title: []issue.Inline{words("Mail gateway parses "), {Kind: issue.InlineCode, Text: "<row>"}, words(" as markup")},
				URL:   "https://gateway.example/advisories/7", Bare: "https://gateway.example/advisories/7/",
				Parts: []issue.Part{
					quoted(para(words("We advise all customers to update.")), issue.Block{Kind: issue.BlockList, Tight: true, Blocks: []issue.Block{
						{Kind: issue.BlockItem, Blocks: []issue.Block{para(words("Versions 4.1 to 4.6 are affected"))}},
						{Kind: issue.BlockItem, Blocks: []issue.Block{para(words("There is no workaround"))}},
					}}),
					{Author: "Joel", Blocks: []issue.Block{para(words("(Joel) A bulletin that says nothing of who was hit."))}},
					quoted(issue.Block{Kind: issue.BlockHead, Level: 1, Inlines: []issue.Inline{words("Acknowledgements")}},
						para(words("Found by a customer."))),
					note(para(words("That line says it all."), issue.Inline{Kind: issue.InlineBreak}, words("Patch today.")),
						issue.Block{Kind: issue.BlockQuote, Blocks: []issue.Block{para(words("An aside, quoted within a note."))}}),
				},
			},
			{Title: []issue.Inline{words("Long reads")}, Section: true},
			{
				Title: []issue.Inline{words("[PDF] The cost of waiting")}, URL: "https://papers.example/waiting.pdf", Bare: "http://mirror.example/waiting.pdf",
				Parts: []issue.Part{note(
					para(words("Three numbers from it:")),
					issue.Block{Kind: issue.BlockList, Ordered: true, Start: 3, Blocks: []issue.Block{
						{Kind: issue.BlockItem, Blocks: []issue.Block{para(words("days to notice")), para(words("of eleven measured"))}},
						{Kind: issue.BlockItem, Blocks: []issue.Block{para(words("days to agree"))}},
					}},
					issue.Block{Kind: issue.BlockTable, Rows: [][][]issue.Inline{
						{{words("Step")}, {words("Days")}}, {{words("Notice")}, {words("3")}}, {{words("Patch")}, {words("19")}},
					}},
					issue.Block{Kind: issue.BlockCode, Info: "sh", Text: "find . -mtime +90 \\\n  -name '*.conf'\n"},
					issue.Block{Kind: issue.BlockRule},
					issue.Block{Kind: issue.BlockRaw, Text: "<marquee>not active</marquee>"},
					issue.Block{Kind: issue.BlockRaw, Text: "<!-- the editor's own -->"},
					para(issue.Inline{Kind: issue.InlineImage, Text: "A chart of delays", URL: "https://papers.example/chart.png"},
						words(" and "), issue.Inline{Kind: issue.InlineEmph, Inlines: []issue.Inline{words("so on")}},
						words(" and "), issue.Inline{Kind: issue.InlineStrike, Inlines: []issue.Inline{words("so forth")}}),
				)},
			},
			{Title: []issue.Inline{words("A talk that has no address")}, URL: "url", Bare: "url", Parts: []issue.Part{note(para(words("Heard, not read.")))}},
			{Title: []issue.Inline{words("A talk that has no address")}, URL: "javascript:alert(1)", Parts: []issue.Part{note(para(link("Tempting", "data:text/html,x"), words(", but no.")))}},
		},
		Outro: []issue.Block{para(words("Until next Sunday."))},
	}
	return []*issue.Issue{plain, full}
}

func publication() Publication {
	return Publication{
		Name: "Sunday Patch", Tagline: "Security news, read slowly",
		Description: "One letter every Sunday: what broke, the passage worth reading, and what to take from it.",
		URL:         "https://sundaypatch.example/letters", Language: "en-GB",
		Editor:    Person{Name: "Mara Lindqvist", Email: "mara@sundaypatch.example", URL: "https://mara.example/"},
		Address:   "Sunday Patch, 4 Harbour Row, Bristol BS1 4XY",
		Subscribe: "https://sundaypatch.example/join",
		Copyright: "© Mara Lindqvist",
		Mail:      Mail{Unsubscribe: "https://sundaypatch.example/leave"},
	}
}

// inputOf makes an input of issues that are in memory.
func inputOf(issues ...*issue.Issue) Input {
	byFile := map[string]*issue.Issue{}
	in := Input{Publication: publication(), Templates: templates.Builtin(), Version: "1.0.0"}
	for _, is := range issues {
		byFile[is.File] = is
		in.Heads = append(in.Heads, issue.HeadOf(is))
	}
	in.Load = func(head issue.Head) (*issue.Issue, error) {
		if is := byFile[head.File]; is != nil {
			return is, nil
		}
		return nil, fmt.Errorf("no issue %s", head.File)
	}
	return in
}

// filesOf renders everything and gives it by path.
func filesOf(in Input) (map[string][]byte, []string, error) {
	files, order := map[string][]byte{}, []string{}
	emit := func(file File) error {
		files[file.Path] = bytes.Clone(file.Body)
		order = append(order, file.Path)
		return nil
	}
	if err := Site(in, emit); err != nil {
		return files, order, err
	}
	return files, order, emails(in, nil, emit)
}

// emails makes the mails that All makes, without the site; own may be nil.
func emails(in Input, own TextOf, emit func(File) error) error {
	mails, err := newMailing(in, own)
	if err != nil {
		return err
	}
	return inOrder(len(in.Heads), func(i int) ([]File, error) {
		is, err := in.Load(in.Heads[i])
		if err != nil {
			return nil, fmt.Errorf("loading %s: %w", in.Heads[i].File, err)
		}
		files, notices, err := mails.files(i, is, minutes(issue.Words(is)), nil)
		if in.Notice != nil {
			for _, what := range notices {
				in.Notice(in.Heads[i].File, what)
			}
		}
		return files, err
	}, func(_ int, files []File) error {
		defer mails.paper.giveAll(files)
		return emitAll(files, Key{}, emit)
	})
}
