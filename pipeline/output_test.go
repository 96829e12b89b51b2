package pipeline

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pullquote/pullquote/pipeline/render"
)

// A render that is killed while files are made leaves the old site whole; one
// that is killed while they are put in place leaves whole files, and the next
// render cures it. What render did not make is never touched.
func TestOutputKilled(t *testing.T) {
	dir := t.TempDir()
	begin := func(files map[string]string) *output {
		t.Helper()
		o, err := openOutput(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"site/a/index.html", "site/b/index.html", "site/c/index.html", "site/style.css"} {
			if body, ok := files[name]; ok {
				if err := o.add(render.File{Path: name, Body: []byte(body)}); err != nil {
					t.Fatal(err)
				}
			}
		}
		return o
	}
	finish := func(o *output) {
		t.Helper()
		if _, _, err := o.commit(); err != nil {
			t.Fatal(err)
		}
		o.discard()
	}
	stands := func(when string, want map[string]string) {
		t.Helper()
		got := filesBelow(t, dir)
		for name, body := range want {
			if string(got[name]) != body {
				t.Errorf("%s: %s is %q, want %q", when, name, got[name], body)
			}
		}
		for name := range got {
			if _, ok := want[name]; !ok && name != manifestName && filepath.Dir(name) != stagingName && name[0] != '.' {
				t.Errorf("%s: %s is there", when, name)
			}
		}
	}
	old := map[string]string{"site/a/index.html": "old a", "site/b/index.html": "old b", "site/style.css": "old"}
	next := map[string]string{"site/a/index.html": "new a", "site/c/index.html": "new c", "site/style.css": "NEW"}
	finish(begin(old))
	foreign := map[string]string{"site/b/theirs.txt": "theirs", "CNAME": "news.example"}
	for name, body := range foreign {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o666); err != nil {
			t.Fatal(err)
		}
		old[name], next[name] = body, body
	}
	stands("made", old)

	begin(next) // killed before commit
	stands("killed while files were made", old)

	half := begin(next) // killed in the middle of commit
	if err := half.writeManifest([]string{"site/b/index.html"}, true); err != nil {
		t.Fatal(err)
	}
	put := places{o: half, known: map[string]bool{".": false}}
	if err := put.put("site/c/index.html"); err != nil {
		t.Fatal(err)
	}
	if err := put.put("site/a/index.html"); err != nil {
		t.Fatal(err)
	}
	mixed := map[string]string{"site/a/index.html": "new a", "site/b/index.html": "old b", "site/c/index.html": "new c", "site/style.css": "old"}
	for name, body := range foreign {
		mixed[name] = body
	}
	stands("killed while files were put in place", mixed)

	// "old" and "NEW" are of one length: the size alone would not tell.
	finish(begin(next))
	stands("rendered again", next)
	if _, err := os.Stat(filepath.Join(dir, stagingName)); err == nil {
		t.Error("the staging folder is left")
	}
}

// A file that is made from something else and comes out the same is not
// written; one that comes out otherwise, or was shortened meanwhile, is.
func TestOutputOfOtherKeysIsCompared(t *testing.T) {
	dir := t.TempDir()
	put := func(key byte, body string) int {
		t.Helper()
		o, err := openOutput(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.add(render.File{Path: "site/index.html", Body: []byte(body), Key: render.Key{key}}); err != nil {
			t.Fatal(err)
		}
		written, _, err := o.commit()
		if err != nil {
			t.Fatal(err)
		}
		o.discard()
		return written
	}
	file := filepath.Join(dir, "site", "index.html")
	for i, step := range []struct {
		key     byte
		body    string
		written int
	}{{1, "one", 1}, {1, "one", 0}, {2, "one", 0}, {2, "one", 0}, {3, "two", 1}, {4, "longer", 1}} {
		if got := put(step.key, step.body); got != step.written {
			t.Errorf("step %d wrote %d, want %d", i, got, step.written)
		}
		if body, err := os.ReadFile(file); err != nil || string(body) != step.body {
			t.Errorf("step %d left %q, %v", i, body, err)
		}
	}
	if err := os.WriteFile(file, []byte("cut"), 0o666); err != nil {
		t.Fatal(err)
	}
	if got := put(4, "longer"); got != 1 {
		t.Errorf("a file that was cut is taken for whole")
	}
}
