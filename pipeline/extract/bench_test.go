package extract

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"unicode"
)

// sample is one page of a public benchmark with its gold text.
type sample struct {
	id, url, gold       string
	html                []byte
	title, author, date string
	domain              string
	with, without       []string
}

const corpus = "../../../shared/corpus"

func readGz(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// benchmarkA loads corpus/articles.
func benchmarkA(t testing.TB) []sample {
	raw, err := os.ReadFile(filepath.Join(corpus, "articles/ground-truth.json"))
	if err != nil {
		t.Skip("the article benchmark is not beside the repository: ", err)
	}
	var truth map[string]struct {
		ArticleBody string `json:"articleBody"`
		URL         string `json:"url"`
	}
	if err := json.Unmarshal(raw, &truth); err != nil {
		t.Fatal(err)
	}
	var out []sample
	for _, id := range sortedKeys(truth) {
		body, err := readGz(filepath.Join(corpus, "articles/html", id+".html.gz"))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, sample{id: id, url: truth[id].URL, gold: truth[id].ArticleBody, html: body})
	}
	return out
}

// benchmarkB loads the article pages of corpus/pages.
func benchmarkB(t testing.TB) []sample {
	raw, err := os.ReadFile(filepath.Join(corpus, "pages/metadata.json"))
	if err != nil {
		t.Skip("the page benchmark is not beside the repository: ", err)
	}
	var metadata map[string]struct {
		PageType string `json:"page_type"`
		Domain   string `json:"domain"`
	}
	if err := json.Unmarshal(raw, &metadata); err != nil {
		t.Fatal(err)
	}
	var out []sample
	for _, id := range sortedKeys(metadata) {
		if metadata[id].PageType != "article" {
			continue
		}
		var truth struct {
			URL         string `json:"url"`
			GroundTruth struct {
				Title       *string  `json:"title"`
				Author      *string  `json:"author"`
				PublishDate *string  `json:"publish_date"`
				MainContent string   `json:"main_content"`
				With        []string `json:"with"`
				Without     []string `json:"without"`
			} `json:"ground_truth"`
		}
		raw, err := os.ReadFile(filepath.Join(corpus, "pages/ground-truth", id+".json"))
		if err != nil {
			continue
		}
		if err := json.Unmarshal(raw, &truth); err != nil {
			t.Fatal(id, err)
		}
		body, err := readGz(filepath.Join(corpus, "pages/html", id+".html.gz"))
		if err != nil {
			continue
		}
		g := truth.GroundTruth
		out = append(out, sample{
			id: id, url: truth.URL, gold: g.MainContent, html: body, title: str(g.Title), author: str(g.Author),
			date: str(g.PublishDate), domain: metadata[id].Domain, with: g.With, without: g.Without,
		})
	}
	return out
}

func str(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// shingles counts the runs of four words of a text, as evaluate.py does with
// \w+ of Python's re.
func shingles(text string) map[uint64]int {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return !(r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r))
	})
	hashes := make([]uint64, len(words))
	for i, w := range words {
		h := fnv.New64a()
		h.Write([]byte(w))
		hashes[i] = h.Sum64()
	}
	out := map[uint64]int{}
	if len(words) == 0 {
		return out
	}
	for i := range max(1, len(words)-3) {
		h := uint64(0)
		for _, x := range hashes[i:min(len(words), i+4)] {
			h = (h ^ x) * 1099511628211
			h ^= h >> 29
		}
		out[h]++
	}
	return out
}

// figures are the means of the article benchmark's evaluate.py.
type figures struct{ f1, p, r, exact float64 }

func (f figures) String() string {
	return fmt.Sprintf("F1 %.4f  P %.4f  R %.4f  very text %.3f", f.f1, f.p, f.r, f.exact)
}

func score(gold, got string) (p, r float64, same bool) {
	a, b := shingles(gold), shingles(got)
	tp, fp, fn := 0.0, 0.0, 0.0
	for k, n := range a {
		tp += float64(min(n, b[k]))
		fn += float64(max(0, n-b[k]))
	}
	for k, n := range b {
		fp += float64(max(0, n-a[k]))
	}
	p, r = 1, 1
	if tp+fp > 0 {
		p = tp / (tp + fp)
	} else if fn > 0 {
		p = 0
	}
	if tp+fn > 0 {
		r = tp / (tp + fn)
	}
	return p, r, fp == 0 && fn == 0
}

func measure(samples []sample, text func(sample) string) figures {
	var f figures
	for _, s := range samples {
		p, r, same := score(s.gold, text(s))
		f.p += p
		f.r += r
		if same {
			f.exact++
		}
	}
	n := float64(len(samples))
	f.p, f.r, f.exact = f.p/n, f.r/n, f.exact/n
	f.f1 = 2 * f.p * f.r / (f.p + f.r)
	return f
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
