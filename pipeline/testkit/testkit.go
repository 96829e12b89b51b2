// Package testkit is for tests and for the demo's sample web: a folder that
// serves as the web, golden files, a fixed clock. Nothing in it reads the
// network or knows of the other rooms.
package testkit

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// TB is the part of testing.TB that this package needs. The program's demo uses
// the folder web, so testing itself is not imported.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Name() string
}

// Golden compares got with the file name (slash-separated) under dir and fails
// the test at the first line that differs. With update it writes got there
// instead, making folders as needed.
func Golden(t TB, dir, name string, got []byte, update bool) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatalf("golden %s: %v", name, err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatalf("golden %s: %v", name, err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("golden %s: %v\nmake it: make golden", name, err)
		return
	}
	if !bytes.Equal(want, got) {
		t.Fatalf("%s differs from golden %s\n%s\nif the change is meant: make golden, and read the diff", t.Name(), file, firstDifference(want, got))
	}
}

// Unclaimed lists the files under dir, as slash-separated names, that are not
// among the claimed ones: golden files that no test compares any more. A dir
// that is not there has none.
func Unclaimed(dir string, claimed ...string) ([]string, error) {
	var left []string
	err := filepath.WalkDir(dir, func(file string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) && file == dir {
			return fs.SkipAll
		}
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		if name = filepath.ToSlash(name); !slices.Contains(claimed, name) {
			left = append(left, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing golden files: %w", err)
	}
	return left, nil
}

// Clock is a clock that stands still at start.
func Clock(start time.Time) func() time.Time {
	return func() time.Time { return start }
}

// firstDifference shows the first line in which two texts differ, cut to what
// fits a terminal.
func firstDifference(want, got []byte) string {
	wants, gots := strings.SplitAfter(string(want), "\n"), strings.SplitAfter(string(got), "\n")
	n := 0
	for n < len(wants) && n < len(gots) && wants[n] == gots[n] {
		n++
	}
	show := func(lines []string) string {
		if n >= len(lines) {
			return "(ends here)"
		}
		if len(lines[n]) > 300 {
			return fmt.Sprintf("%q and %d bytes more", lines[n][:300], len(lines[n])-300)
		}
		return fmt.Sprintf("%q", lines[n])
	}
	return fmt.Sprintf("line %d\n  want %s\n  got  %s", n+1, show(wants), show(gots))
}
