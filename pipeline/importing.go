package pipeline

// What comes from other programs and from the editor's hand in bulk: imports,
// feeds found at a site's address, moves she accepts. All of it is written into
// sources/, whole or not at all.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/pullquote/pullquote/pipeline/collect"
)

// LinkImport says what an import brought.
type LinkImport struct {
	Kind   string `json:"kind"`   // what the file is
	Links  int    `json:"links"`  // written into sources/links.yaml
	Feeds  int    `json:"feeds"`  // written into sources/feeds.yaml
	Known  int    `json:"known"`  // were there already
	Quotes int    `json:"quotes"` // passages with the links written
	Left   int    `json:"left"`   // had no usable address
}

// maxImportFile bounds what is read of one file, in bytes.
const maxImportFile = 256 << 20

// Import reads the export of another program, a mail, a mailbox or a Maildir
// folder and writes what is new of it into sources/. With an error, nothing
// was written.
func (p *Pipeline) Import(ctx context.Context, name string) (LinkImport, error) {
	im, err := readImport(name)
	if err != nil {
		return LinkImport{}, fmt.Errorf("%s %w", filepath.Base(name), err)
	}
	report := LinkImport{Kind: im.Kind, Left: im.Left}
	unlock, err := p.lock()
	if err != nil {
		return report, fmt.Errorf("waiting for the workspace's lock: %w", err)
	}
	defer unlock()
	for i := range im.Links {
		if im.Links[i].From == "" {
			im.Links[i].From = filepath.Base(name)
		}
	}
	feeds, added, err := p.withFeeds(im.Feeds)
	if err != nil {
		return report, err
	}
	file, err := p.source("links.yaml")
	if err != nil {
		return report, err
	}
	links, fresh, err := collect.AppendLinks(file, im.Links)
	if err != nil {
		return report, err
	}
	if len(added) > 0 {
		if err := WriteFile(p.path("sources/feeds.yaml"), feeds); err != nil {
			return report, err
		}
	}
	if len(fresh) > 0 {
		if err := WriteFile(p.path("sources/links.yaml"), links); err != nil {
			return report, err
		}
		box, err := p.openInbox(ctx)
		if err != nil {
			return report, err
		}
		if _, err := box.SaveLinks(ctx, fresh); err != nil {
			return report, err
		}
	}
	report.Links, report.Feeds = len(fresh), len(added)
	report.Known = len(im.Links) + len(im.Feeds) - len(fresh) - len(added)
	for _, l := range fresh {
		report.Quotes += len(l.Quotes)
	}
	return report, nil
}

// readImport reads a file, or the mails of a Maildir.
func readImport(name string) (collect.Import, error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return collect.Import{}, errors.New("is not there")
	}
	if err != nil {
		return collect.Import{}, err
	}
	if !info.IsDir() {
		body, err := readUpTo(name, maxImportFile)
		if err != nil {
			return collect.Import{}, err
		}
		return collect.ReadImport(filepath.Base(name), body)
	}
	var box bytes.Buffer // a Maildir is read as one mailbox
	found := false
	for _, sub := range []string{"cur", "new"} {
		entries, err := os.ReadDir(filepath.Join(name, sub))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return collect.Import{}, err
		}
		sort.Slice(entries, func(i, j int) bool { return entries[i].Name() < entries[j].Name() })
		for _, e := range entries {
			if e.IsDir() {
				continue
			}
			found = true
			body, err := readUpTo(filepath.Join(name, sub, e.Name()), maxImportFile-box.Len())
			if err != nil {
				return collect.Import{}, err
			}
			box.WriteString("From maildir\n")
			box.Write(bytes.ReplaceAll(body, []byte("\nFrom "), []byte("\n>From ")))
			box.WriteString("\n")
		}
	}
	if !found {
		return collect.Import{}, errors.New("is a folder, but no Maildir with mail in it")
	}
	im, err := collect.ReadImport(filepath.Base(name), box.Bytes())
	if err == nil {
		im.Kind = "a Maildir"
	}
	return im, err
}

func readUpTo(name string, most int) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err == nil && len(body) > most {
		err = fmt.Errorf("is larger than %d MB", maxImportFile>>20)
	}
	return body, err
}

// source gives a file of sources/; one that is absent is empty.
func (p *Pipeline) source(name string) ([]byte, error) {
	body, err := os.ReadFile(p.path("sources/" + name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return body, err
}

// withFeeds gives sources/feeds.yaml with the feeds that no file of sources/
// holds yet.
func (p *Pipeline) withFeeds(feeds []collect.Source) (out []byte, added []collect.Source, err error) {
	if len(feeds) == 0 {
		return nil, nil, nil
	}
	file, err := p.source("feeds.yaml")
	if err != nil {
		return nil, nil, err
	}
	all, _ := p.ReadSources()
	var others []collect.Source
	for _, s := range all.Feeds {
		if s.File != "feeds.yaml" {
			others = append(others, s)
		}
	}
	return collect.AppendFeeds(file, feeds, others)
}

// Discovered is a feed found at an address.
type Discovered struct {
	collect.Source
	Titles []string // of its newest entries
	Count  int      // of its entries
	Known  bool     // sources/ holds it already
}

// usualPlaces are where feeds lie that no page names.
var usualPlaces = []string{"/feed", "/feed.xml", "/rss.xml", "/atom.xml", "/index.xml", "/feed.json"}

// Discover finds the feeds of a site, or reads the feed, at an address. Nothing
// is kept. No feed there is an UnknownError.
func (p *Pipeline) Discover(ctx context.Context, address string) ([]Discovered, error) {
	collector, err := p.Collector(true)
	if err != nil {
		return nil, err
	}
	all, _ := p.ReadSources()
	known := map[string]bool{}
	for _, s := range all.Feeds {
		if key, err := collect.Canonical(s.Feed); err == nil {
			known[key] = true
		}
	}
	ask := func(addresses []string) (found []Discovered, other []collect.Result, err error) {
		var polls []collect.Poll
		for _, a := range addresses {
			polls = append(polls, collect.Poll{Source: collect.Source{Name: a, Feed: a}})
		}
		err = collector.Feeds(ctx, polls, func(r collect.Result) error {
			if r.Error != "" || r.Skipped {
				other = append(other, r)
				return nil
			}
			d := Discovered{Source: collect.Source{Name: r.Feed.Title, Feed: r.Source.Feed, Site: r.Feed.Link}, Count: len(r.Feed.Entries)}
			if r.Moved != "" {
				d.Feed = r.Moved
			}
			for _, e := range r.Feed.Entries[:min(3, len(r.Feed.Entries))] {
				d.Titles = append(d.Titles, e.Title)
			}
			if key, err := collect.Canonical(d.Feed); err == nil {
				d.Known = known[key]
			}
			found = append(found, d)
			return nil
		})
		order := map[string]int{}
		for i, a := range addresses {
			order[a] = i
		}
		sort.SliceStable(found, func(i, j int) bool { return order[found[i].Feed] < order[found[j].Feed] })
		return found, other, err
	}
	found, other, err := ask([]string{address})
	if err != nil || len(found) > 0 || len(other) == 0 {
		return found, err
	}
	first := other[0]
	if !strings.Contains(first.Error, "is a web page") {
		return nil, fmt.Errorf("%s %s", address, first.State.Error)
	}
	if len(first.Found) > 0 {
		if found, _, err = ask(first.Found[:min(5, len(first.Found))]); err != nil || len(found) > 0 {
			return found, err
		}
	}
	if found, _, err = ask(guessedFeeds(address)); err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, &UnknownError{What: "feed at", Name: address, Cure: "look for its address on the site, or add single pages with `pullquote add`"}
	}
	return found[:1], nil
}

// guessedFeeds gives the usual places of a feed: in the folder of the page, then
// at the root of its host.
func guessedFeeds(address string) []string {
	address = address[:strings.IndexAny(address+"?", "?#")]
	host := strings.Index(address, "://") + len("://")
	root := address
	if slash := strings.IndexByte(address[host:], '/'); slash >= 0 {
		root = address[:host+slash]
	}
	var guesses []string
	if last := strings.LastIndexByte(address, '/'); last > len(root) {
		for _, place := range usualPlaces {
			guesses = append(guesses, address[:last]+place)
		}
	}
	for _, place := range usualPlaces {
		guesses = append(guesses, root+place)
	}
	return guesses
}

// AddSources writes feeds into sources/feeds.yaml and gives those that were
// not there yet.
func (p *Pipeline) AddSources(feeds []collect.Source) ([]collect.Source, error) {
	unlock, err := p.lock()
	if err != nil {
		return nil, fmt.Errorf("waiting for the workspace's lock: %w", err)
	}
	defer unlock()
	out, added, err := p.withFeeds(feeds)
	if err != nil || len(added) == 0 {
		return nil, err
	}
	return added, WriteFile(p.path("sources/feeds.yaml"), out)
}

// Move is a feed whose server said for good where it is now.
type Move struct {
	Name string `json:"name"`
	From string `json:"from"`
	To   string `json:"to"`
	File string `json:"file"`
}

// AcceptMoves writes the new addresses of feeds that moved for good into the
// files of sources/. What is remembered of a feed moves with it.
func (p *Pipeline) AcceptMoves(ctx context.Context) ([]Move, error) {
	unlock, err := p.lock()
	if err != nil {
		return nil, fmt.Errorf("waiting for the workspace's lock: %w", err)
	}
	defer unlock()
	sources, _ := p.ReadSources()
	box, err := p.openInbox(ctx)
	if err != nil {
		return nil, err
	}
	states, err := box.States(ctx)
	if err != nil {
		return nil, err
	}
	var moves []Move
	var results []collect.Result
	files := map[string][]byte{}
	for _, s := range sources.Feeds {
		state, ok := states[s.Feed]
		if !ok || state.Address == "" || state.Address == s.Feed || state.Failures > 0 {
			continue
		}
		if files[s.File] == nil {
			if files[s.File], err = p.source(s.File); err != nil {
				return nil, err
			}
		}
		changed, err := collect.ReplaceFeed(files[s.File], s, state.Address)
		if err != nil {
			return nil, fmt.Errorf("sources/%s: %w", s.File, err)
		}
		files[s.File] = changed
		moves = append(moves, Move{s.Name, s.Feed, state.Address, "sources/" + s.File})
		s.Feed, state.Feed = state.Address, state.Address
		results = append(results, collect.Result{Source: s, State: state, Unchanged: true})
	}
	if len(moves) == 0 {
		return nil, nil
	}
	if _, err := box.SaveResults(ctx, results); err != nil { // first: else the new address were asked as a new feed
		return nil, err
	}
	for name, body := range files {
		if err := WriteFile(p.path("sources/"+name), body); err != nil {
			return nil, err
		}
	}
	return moves, nil
}

// lockCollecting waits until no other process collects in this workspace.
func (p *Pipeline) lockCollecting(ctx context.Context) (unlock func(), err error) {
	type locked struct {
		unlock func()
		err    error
	}
	got := make(chan locked, 1)
	go func() {
		unlock, err := lockedfile.MutexAt(p.path("inbox.db.collecting")).Lock()
		got <- locked{unlock, err}
	}()
	select {
	case l := <-got:
		if l.err != nil {
			return nil, fmt.Errorf("waiting for another collect to end: %w", l.err)
		}
		return l.unlock, nil
	case <-ctx.Done():
		go func() { // it may still come; nobody else must wait for it
			if l := <-got; l.err == nil {
				l.unlock()
			}
		}()
		return nil, ctx.Err()
	}
}
