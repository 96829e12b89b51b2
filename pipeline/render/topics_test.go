package render

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/pullquote/pullquote/pipeline/issue"
)

// mapMemory remembers one rendering as Memory says, without its files.
type mapMemory struct {
	mu     sync.Mutex
	facts  map[Key][]byte
	pieces int
	broken bool   // Piece fails
	lost   string // Facts does for what holds it
}

func (m *mapMemory) memory() *Memory {
	get := func(key Key) ([]byte, bool) {
		m.mu.Lock()
		defer m.mu.Unlock()
		body, ok := m.facts[key]
		return body, ok
	}
	return &Memory{
		Basis:  "basis",
		Recall: func(Key, *[]byte) (Share, bool) { return Share{}, false },
		Keep: func(key Key, _ []string, facts []byte) error {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.facts[key] = bytes.Clone(facts)
			return nil
		},
		Facts: func(key Key, _ *[]byte) ([]byte, bool) {
			body, ok := get(key)
			return body, ok && (m.lost == "" || !bytes.Contains(body, []byte(m.lost)))
		},
		Piece: func(key Key, behind, size int, _ *[]byte) ([]byte, bool) {
			body, ok := get(key)
			m.mu.Lock()
			m.pieces++
			m.mu.Unlock()
			return body[len(body)-behind:][:size], ok && !m.broken
		},
		Stands: func(string, Key) bool { return false },
		Open: func(key Key) (io.Reader, bool) {
			body, ok := get(key)
			return bytes.NewReader(body), ok
		},
	}
}

// The stories of a long archive are read again where a page lists them, one by one;
// its pages are those of an archive whose stories are at hand. What can't be read is
// said, and no page without it is taken for whole.
func TestStoriesOfALongArchive(t *testing.T) {
	var issues []*issue.Issue
	for n := 1; n <= mostAtHand+30; n++ {
		src := fmt.Sprintf("---\ntitle: \"%d - Week\"\ndate: 2026-01-%02d\ntags: [keys]\n", n, n%28+1)
		if n%50 == 7 {
			src += "draft: true\n"
		}
		src += "---\n"
		for k := range n % 4 { // an issue in four has none
			title := []string{fmt.Sprintf("Story %d of Cloudflare and Okta", k), "Nothing known", "CVE-2026-1001 in nginx"}[k]
			src += fmt.Sprintf("\n## [%s](https://host%d.example/%d-%d)\n\nA note.\n", title, (n+k)%5, n, k)
		}
		is, problems := issue.Parse(fmt.Sprintf("%05d.md", n), []byte(src))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		issues = append(issues, is)
	}
	made := func(memory *Memory) (map[string]string, error) {
		in := inputOf(issues...)
		in.Memory = memory
		files := map[string]string{}
		err := Site(in, func(f File) error {
			if strings.HasPrefix(f.Path, "site/topics/") || strings.HasPrefix(f.Path, "site/data/") {
				files[f.Path] = string(f.Body)
			}
			return nil
		})
		return files, err
	}
	want, err := made(nil)
	if err != nil {
		t.Fatal(err)
	}
	memory := &mapMemory{facts: map[Key][]byte{}}
	got, err := made(memory.memory())
	if err != nil || !maps.Equal(got, want) || len(want) < 9 {
		t.Errorf("%d files of %d: they differ, %v", len(got), len(want), err)
	}
	if memory.pieces == 0 {
		t.Error("no story was read again")
	}
	for _, broken := range []*mapMemory{{broken: true}, {lost: ".example/3-2"}, {lost: fmt.Sprintf(".example/%d-0", mostAtHand+2)}} {
		broken.facts = map[Key][]byte{}
		if _, err := made(broken.memory()); !errors.Is(err, ErrMemory) {
			t.Errorf("stories that can't be read: %v", err)
		}
	}
}

// Lists tell of a story what its issue says and no more: a place of the site itself
// is no source, a story without a title has none. The page says how long it is read.
func TestListsOfOddStories(t *testing.T) {
	note := strings.Repeat("Words are read. ", 400)
	is, problems := issue.Parse("0001.md", []byte("---\ntitle: \"1 - Week\"\ndate: 2026-01-02\npermalink: /week/\n---\n\nAn intro.\n\n"+
		"## [CVE-2026-1001 at home](/about/)\n\n"+note+"\n\n"+
		"## [CVE-2026-1001 elsewhere](https://one.example/)\n\nA note.\n\n"+
		"## [](https://two.example/x)\n\nOf CVE-2026-1001.\n"))
	if len(problems) > 0 {
		t.Log(problems)
	}
	files := render(t, inputOf(is))
	var links []string
	for _, a := range query(t, files["site/topics/cve/cve-2026-1001/index.html"]).Find("main a").EachIter() {
		links = append(links, a.AttrOr("href", ""))
	}
	for _, link := range links {
		if strings.Contains(link, "about") {
			t.Errorf("a place of the site is linked as a source: %q", links)
		}
	}
	if table := string(files["site/data/cves.csv"]); strings.Contains(table, "about") || !strings.Contains(table, "https://one.example/") || strings.Count(table, "CVE-2026-1001") < 3 {
		t.Errorf("the table is\n%s", table)
	}
	if listed := texts(query(t, files["site/index.html"]).Find("main li")); slices.ContainsFunc(listed, func(s string) bool { return strings.Contains(s, "two.example") }) || len(listed) < 2 {
		t.Errorf("the home page lists %q", listed)
	}
	want := fmt.Sprintf("%d min read", minutes(issue.Words(is)))
	if meta := query(t, files["site/week/index.html"]).Find("p.meta").Text(); minutes(issue.Words(is)) < 4 || !strings.Contains(meta, want) {
		t.Errorf("the page says %q, want %q", meta, want)
	}
}

// The page about all topics is that, even where there is one kind of them.
func TestTopicsOfOneKind(t *testing.T) {
	is, _ := issue.Parse("0001.md", []byte("---\ntitle: \"1 - Week\"\ndate: 2026-01-02\n---\n\n## [A story](https://one.example/)\n\nA note.\n"))
	files := render(t, inputOf(is))
	for name, want := range map[string]string{"site/topics/index.html": "Topics", "site/topics/source/index.html": "Sources"} {
		page := query(t, files[name])
		if got := texts(page.Find("h1")); !slices.Equal(got, []string{want}) || !strings.HasPrefix(page.Find("title").Text(), want) {
			t.Errorf("%s is headed %q, with the title %q", name, got, page.Find("title").Text())
		}
		if got := page.Find("main li a").Text(); got != "one.example" {
			t.Errorf("%s lists %q", name, got)
		}
	}
}

// A long host may break behind its dots where a page is narrow, and reads as it is; no
// other name has markup.
func TestTopicHeadings(t *testing.T) {
	is, _ := issue.Parse("0001.md", []byte("---\ntitle: \"1 - Week\"\ndate: 2026-01-02\ntags: [\"v1.2 <b>&\"]\n---\n\n## [CVE-2026-1001](https://one.long.example/)\n\nA note.\n"))
	files := render(t, inputOf(is))
	for name, want := range map[string]string{
		"site/topics/source/one.long.example/index.html": "one.<wbr/>long.<wbr/>example",
		"site/topics/cve/cve-2026-1001/index.html":       "CVE-2026-1001",
		"site/topics/tag/v1-2-b/index.html":              "v1.2 &lt;b&gt;&amp;",
	} {
		if got, err := query(t, files[name]).Find("h1").Html(); err != nil || got != want {
			t.Errorf("%s is headed %s, want %s; %v", name, got, want, err)
		}
	}
}

// Words of titles are parted and trimmed as the standard library parts and trims.
func TestTitleWordsAreFields(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 252))
	some := []string{"AT&T", "Let's", " ", "  ", "’s", "’", "Café", "-", ".NET", "Lapsus$", "\xff", "\u00a0", "–", "GOV.UK", "C++", "日本", ",", "é", "'", "&", "x"}
	for range 20_000 {
		title := ""
		for range random.IntN(8) {
			title += some[random.IntN(len(some))]
		}
		want := strings.FieldsFunc(title, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("’'.+-&$", r)
		})
		for i := range want {
			want[i] = strings.Trim(want[i], "'’.-&")
		}
		want = slices.DeleteFunc(want, func(word string) bool { return word == "" })
		if got := titleWords(nil, title); !slices.Equal(got, want) {
			t.Fatalf("%q has the words %q, want %q", title, got, want)
		}
	}
}

// The words that are counted while the index is made are those of the issue's Head.
func TestReadingTimeIsThatOfTheHead(t *testing.T) {
	odd, _ := issue.Parse("odd.md", []byte("---\ntitle: Odd\ndate: 2026-01-01\n---\n\nAn intro.\n\n# A section\n\nOf *four* words.\n\n"+
		"## [A title](https://a.example/)\n\n> A quote of\n> two lines\\\n> or three.\n\n- a\n- list\n\n| a | table |\n|---|---|\n| of | cells  and `code` |\n\n"+
		"    code is\n    read, too\n\n***\n\n## Without\n\nNo\u00a0break \u2003 é ’tis.\n\n---\n\nBye bye.\n"))
	for _, is := range append(samples(), odd) {
		g := storyWords{table: newWordTable([4]uint64{1, 3, 5, 7}, 1<<11)}
		view := viewOf(is, IssueLink{}, "/", nil)
		g.gather(is, &view)
		if got, want := issue.WordsInBlocks(is.Intro)+g.read, issue.Words(is); got != want || want == 0 {
			t.Errorf("%s: %d words, and of the head %d", is.File, got, want)
		}
	}
}
