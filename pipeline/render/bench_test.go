package render

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/pullquote/pullquote/pipeline/issue"
)

// repeated gives the corpus again and again, with numbers and addresses of its own.
func repeated(b *testing.B, times int) Input {
	in := corpus(b)
	once, load := in.Heads, in.Load
	in.Heads = nil
	files := map[string]issue.Head{}
	for i := range times {
		for _, head := range once {
			was := head
			head.Number = len(in.Heads) + 1
			head.File = strconv.Itoa(i) + "/" + head.File
			head.Permalink = strings.TrimSuffix(head.Permalink, "/") + "-" + strconv.Itoa(head.Number) + "/"
			files[head.File] = was
			in.Heads = append(in.Heads, head)
		}
	}
	in.Load = func(head issue.Head) (*issue.Issue, error) {
		is, err := load(files[head.File])
		if err == nil {
			is.Number, is.Permalink, is.File = head.Number, head.Permalink, head.File
		}
		return is, err
	}
	return in
}

// BenchmarkArchive shows that time and memory grow as the archive does: both
// figures are an issue's share.
func BenchmarkArchive(b *testing.B) {
	for _, times := range []int{3, 12, 30} {
		b.Run(fmt.Sprintf("%dx", times), func(b *testing.B) {
			in := repeated(b, times)
			var most uint64
			for b.Loop() {
				n := 0
				err := Site(in, func(File) error {
					if n++; n%500 == 0 {
						var m runtime.MemStats
						runtime.ReadMemStats(&m)
						most = max(most, m.HeapAlloc)
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			issues := float64(len(in.Heads))
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/issues/1e6, "ms/issue")
			b.ReportMetric(float64(most)/1e6, "MB-heap")
		})
	}
}

// A text that isClean passes is one that clean leaves as it is.
func TestIsClean(t *testing.T) {
	for s, want := range map[string]bool{
		"": true, "a": true, "a b": true, "it’s “so”": true, "日本": true,
		" a": false, "a ": false, "a  b": false, "a\nb": false, "a\u00a0b": false, "a\x00": false, "a\xff": false, "a\u202eb": false, "a\u0085b": false,
	} {
		if got := isClean(s); got != want {
			t.Errorf("isClean(%q) is %v", s, got)
		}
	}
	for r := rune(0); r < 0x30000; r++ {
		if s := "a" + string(r) + "b"; isClean(s) && strings.Join(strings.Fields(s), " ") != s {
			t.Fatalf("%q passes as clean", s)
		}
	}
}
