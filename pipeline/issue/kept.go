package issue

// This file is for callers that remember heads from an earlier run, and read
// only the files that have changed since.

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
)

// Files gives the names of the issues in the root of fsys, as ReadArchive
// takes them, sorted. A folder that isn't there has none.
func Files(fsys fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && isIssueName(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// ReadSource reads the bytes of one issue for Parse: at most one more than
// Parse accepts.
func ReadSource(fsys fs.FS, file string) ([]byte, error) {
	f, err := fsys.Open(file)
	if err != nil {
		return nil, fmt.Errorf("reading issue %s: %w", file, err)
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, maxSource+1))
	if err != nil {
		return nil, fmt.Errorf("reading issue %s: %w", file, err)
	}
	return src, nil
}

// ArchiveOf makes an archive of heads in any order, which it sorts. The
// problems are those of the archive as a whole: numbers and addresses that two
// issues share.
func ArchiveOf(heads []Head) (Archive, []Problem) {
	slices.SortFunc(heads, func(a, b Head) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.File, b.File))
	})
	a := Archive{Heads: heads}
	return a, a.shared()
}

// ParseHead reads what the archive knows of an issue from its front matter: the
// head has no Items and no Words, which take reading the text. Only a text that
// may say who may read it is read. The problems are Parse's, as far as they are
// about the front matter.
func ParseHead(file string, src []byte) (Head, []Problem) {
	lower := bytes.ToLower(src)
	if len(src) > maxSource || bytes.Contains(lower, []byte("tlp")) || bytes.Contains(lower, []byte("embargo")) {
		is, problems := Parse(file, src)
		return HeadOf(is), problems
	}
	is := &Issue{File: file, src: src}
	problems := is.parseMatter()
	return HeadOf(is), problems
}

// Words counts the words of an issue as its Head does.
func Words(is *Issue) int {
	n := countWords(is.Intro)
	for i := range is.Items {
		for _, p := range is.Items[i].Parts {
			n += countWords(p.Blocks)
		}
	}
	return n
}
