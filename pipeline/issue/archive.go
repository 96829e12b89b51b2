package issue

// This file reads the folder of issues: one small Head a file, so that an
// archive of ten thousand issues fits in little memory.

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Archive is the folder of issues, drafts included, in ascending order of
// number and then of file name. The zero value is an empty archive.
type Archive struct {
	Heads []Head
}

// ReadArchive reads every issue in the root of fsys: files named *.md but
// README.md and names that begin with "_" or ".". The problems are those of
// parsing, in order of the archive, and an Error for every number and every
// permalink (or alias) that two issues share. A file with problems is in the
// archive all the same, with what could be read of it.
func ReadArchive(fsys fs.FS) (Archive, []Problem) {
	entries, err := fs.ReadDir(fsys, ".")
	if errors.Is(err, fs.ErrNotExist) { // a new workspace has no issue yet
		return Archive{}, nil
	}
	if err != nil {
		return Archive{}, []Problem{unreadable(".", err)}
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && isIssueName(e.Name()) {
			names = append(names, e.Name())
		}
	}
	type result struct {
		head     Head
		problems []Problem
	}
	results := make([]result, len(names))
	work := make(chan int)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), max(1, len(names))) {
		wg.Go(func() {
			for i := range work {
				is, problems, err := Load(fsys, names[i])
				if err != nil {
					problems = []Problem{unreadable(names[i], err)}
				}
				results[i] = result{HeadOf(is), problems}
			}
		})
	}
	for i := range names {
		work <- i
	}
	close(work)
	wg.Wait()

	slices.SortFunc(results, func(a, b result) int { return CompareHeads(a.head, b.head) })
	a := Archive{Heads: make([]Head, 0, len(results))}
	var problems []Problem
	for _, r := range results {
		a.Heads = append(a.Heads, r.head)
		problems = append(problems, r.problems...)
	}
	return a, append(problems, a.shared()...)
}

func unreadable(file string, err error) Problem {
	return Problem{Rule: "file-unreadable", Severity: Error, File: file, Line: 1, Column: 1, What: "the file can't be read: " + err.Error(), Hint: "look at its permissions"}
}

// isIssueName says whether a file of this name is an issue.
func isIssueName(name string) bool {
	return strings.HasSuffix(name, ".md") && !strings.EqualFold(name, "README.md") && name[0] != '_' && name[0] != '.'
}

// Load reads and parses one file of fsys. The issue is never nil; err is set
// when the file could not be read.
func Load(fsys fs.FS, file string) (*Issue, []Problem, error) {
	none := &Issue{File: file}
	src, err := ReadSource(fsys, file, nil)
	if err != nil {
		return none, nil, err
	}
	is, problems := Parse(file, src)
	return is, problems, nil
}

// Number gives the issue of that number; the first by name if there are two.
func (a Archive) Number(n int) (Head, bool) {
	i, ok := slices.BinarySearchFunc(a.Heads, n, func(h Head, n int) int { return cmp.Compare(h.Number, n) })
	if !ok || n == 0 {
		return Head{}, false
	}
	return a.Heads[i], true
}

// Newest gives the issue of the highest number that is not a draft.
func (a Archive) Newest() (Head, bool) { return a.newest(false) }

// NewestDraft gives the draft of the highest number, or, without a draft, the
// newest issue: what an editor means who names none.
func NewestDraft(a Archive) (Head, bool) {
	if h, ok := a.newest(true); ok {
		return h, true
	}
	return a.newest(false)
}

func (a Archive) newest(draft bool) (Head, bool) {
	for _, h := range slices.Backward(a.Heads) {
		if h.Draft == draft {
			return h, true
		}
	}
	return Head{}, false
}

// Next gives the number of the next issue: one more than the highest, drafts
// included; 1 in an empty archive.
func (a Archive) Next() int {
	if len(a.Heads) == 0 {
		return 1
	}
	return a.Heads[len(a.Heads)-1].Number + 1
}

// shared finds numbers and paths that two issues claim.
func (a Archive) shared() []Problem {
	var out []Problem
	numbers := map[int]string{}
	paths := map[string]string{}
	claim := func(h Head, p string, line int) {
		key := strings.ToLower("/" + strings.Trim(p, "/") + "/") // case does not part files everywhere
		if other, taken := paths[key]; taken && other != h.File {
			out = append(out, Problem{
				Rule: "permalink-twice", Severity: Error, File: h.File, Line: max(1, line), Column: 1,
				What: fmt.Sprintf("the path %s is already that of %s", p, other), Hint: "give one of the two another permalink",
			})
			return
		}
		paths[key] = h.File
	}
	for _, h := range a.Heads {
		if other, taken := numbers[h.Number]; taken && h.Number > 0 {
			out = append(out, Problem{
				Rule: "number-twice", Severity: Error, File: h.File, Line: max(1, h.TitleLine), Column: 1,
				What: fmt.Sprintf("the number %d is already that of %s", h.Number, other), Hint: fmt.Sprintf("the next free number is %d", a.Next()),
			})
		} else {
			numbers[h.Number] = h.File
		}
		if h.Permalink != "" {
			claim(h, h.Permalink, h.PermalinkLine)
		}
	}
	for _, h := range a.Heads {
		for _, alias := range h.Aliases {
			claim(h, alias, 1)
		}
	}
	return out
}

const maxSlug = 100

// Slug gives a title as a part of a path: lower case a to z and digits, a
// hyphen for everything else, accents dropped. It may be empty.
func Slug(title string) string {
	if strings.IndexFunc(title, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
		title = norm.NFKD.String(title)
	}
	var room [2 * maxSlug]byte // of most titles
	slug := room[:0]
	hyphen := false
	for i := 0; i < len(title); {
		c, size := title[i], 1
		if c >= utf8.RuneSelf {
			var r rune
			r, size = utf8.DecodeRuneInString(title[i:])
			if r = unicode.ToLower(r); r < utf8.RuneSelf { // which the Kelvin sign makes a letter of ASCII
				c = byte(r)
			} else if unicode.Is(unicode.Mn, r) {
				i += size
				continue
			}
		}
		i += size
		if lower := c | 0x20; lower >= 'a' && lower <= 'z' {
			c = lower
		} else if c < '0' || c > '9' {
			hyphen = true
			continue
		}
		if hyphen && len(slug) > 0 {
			slug = append(slug, '-')
		}
		hyphen = false
		slug = append(slug, c)
	}
	if len(slug) > maxSlug {
		slug = slug[:maxSlug]
		if i := bytes.LastIndexByte(slug, '-'); i > maxSlug/2 {
			slug = slug[:i]
		}
	}
	return string(bytes.Trim(slug, "-"))
}

// FileName gives the name of an issue's file: "0096-the-cloud-is-more-secure.md".
func FileName(number int, title string) string {
	slug := Slug(title)
	if slug == "" {
		slug = "issue"
	}
	return fmt.Sprintf("%04d-%s.md", max(0, number), slug)
}
