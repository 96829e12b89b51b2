package pipeline

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pullquote/pullquote/pipeline/issue"
)

// importarchive.go brings an existing newsletter into issues/: Markdown of our
// own kind, an Eleventy or a Hugo folder. What a reader sees of an issue does
// not change by a byte, and its page stays where it is.

// Imported is one file of the old archive and what became of it.
type Imported struct {
	From     string          // slash-separated, in the old archive
	File     string          // in issues/; empty when it was not brought over
	Number   int             // as found, or as given; 0 when it was not brought over
	Given    bool            // the number stands nowhere in the old file: it was given by date
	Added    []string        // front matter lines that were put in, "number: 12"
	There    bool            // the same bytes are in issues/ already
	Why      string          // why it was not brought over
	Problems []issue.Problem // what is odd in it, files named as in issues/
}

// ArchiveReport is what ImportArchive did.
type ArchiveReport struct {
	Kind  string // "eleventy", "hugo" or "markdown"
	Files []Imported
}

// Placed counts the files that were brought over, or were there already.
func (r ArchiveReport) Placed() (n int) {
	for _, f := range r.Files {
		if f.File != "" {
			n++
		}
	}
	return n
}

const (
	maxArchiveFiles = 20_000  // files
	maxArchiveFile  = 4 << 20 // bytes
)

// ImportArchive reads the Markdown files below dir and writes the issues among
// them into issues/, unless dry. A number is taken from the title, from
// `number:` or from the file's name; what has none is numbered by its date,
// after those that have. A permalink that only the old program knew is written
// into the front matter. A file of issues/ is never written over.
func (p *Pipeline) ImportArchive(dir string, dry bool) (ArchiveReport, error) {
	var report ArchiveReport
	unlock, err := p.lock()
	if err != nil {
		return report, fmt.Errorf("waiting for the workspace's lock: %w", err)
	}
	defer unlock()
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return report, &UnknownError{What: "folder", Name: dir, Cure: "name the folder with the newsletter's Markdown files"}
	}
	root := os.DirFS(dir)
	kind, within := archiveKind(dir)
	report.Kind = kind
	names, err := archiveFiles(root)
	if err != nil {
		return report, fmt.Errorf("reading %s: %w", dir, err)
	}
	if len(names) > maxArchiveFiles {
		return report, fmt.Errorf("%s holds more than %d Markdown files: name the folder of the newsletter alone", dir, maxArchiveFiles)
	}
	archive, _ := p.Archive()
	taken := map[int]string{}
	hashes := map[string]string{}
	for _, h := range archive.Heads {
		taken[h.Number] = h.File
		hashes[h.Hash] = h.File
	}

	type found struct {
		Imported
		is   *issue.Issue
		body []byte
	}
	bundles := map[string]bool{}
	for _, name := range names {
		if report.Kind == "hugo" && path.Base(name) == "index.md" {
			bundles[name] = true
		}
	}
	var list []found
	for _, name := range names {
		f := found{Imported: Imported{From: name}}
		if bundle := bundleOf(bundles, name); bundle != "" {
			f.Why = "it belongs to the page " + bundle + " and is none of its own"
			list = append(list, f)
			continue
		}
		body, err := readBounded(root, name)
		if err != nil {
			f.Why = err.Error()
			list = append(list, f)
			continue
		}
		f.body, f.Added, err = issue.Adopt(name, body, oldPermalink(report.Kind, path.Join(within, name)))
		if err != nil {
			f.Why = err.Error()
			list = append(list, f)
			continue
		}
		f.is, f.Problems = issue.Parse(path.Base(name), f.body)
		if err := firstError(f.Problems); err != "" {
			f.Why = err
			list = append(list, f)
			continue
		}
		if f.Number = f.is.Number; f.Number == 0 {
			f.Number = numberInName(name)
		}
		list = append(list, f)
	}
	// Those without a number of their own come after all others, by date.
	slices.SortStableFunc(list, func(a, b found) int {
		switch {
		case a.is == nil || b.is == nil:
			return 0
		case a.Number != 0 && b.Number != 0:
			return a.Number - b.Number
		case a.Number != 0:
			return -1
		case b.Number != 0:
			return 1
		}
		return a.is.Date.Compare(b.is.Date)
	})
	next := archive.Next()
	for _, f := range list {
		next = max(next, f.Number+1)
	}
	for i := range list {
		f := &list[i]
		if f.Why != "" {
			continue
		}
		if f.is.Number == 0 {
			if f.is.Date.IsZero() || len(f.is.Items) == 0 {
				f.Why = "it has no number and is no issue: no date, or no story with a link"
				continue
			}
			if f.Number == 0 {
				f.Number, f.Given = next, true
				next++
			}
			body, line, err := issue.AddKey(f.body, "number", fmt.Sprint(f.Number))
			if err != nil {
				f.Why, f.Number = err.Error(), 0
				continue
			}
			f.body, f.Added = body, append(f.Added, line)
		}
		is, problems := issue.Parse(path.Base(f.From), f.body)
		slug := path.Base(strings.Trim(is.Permalink, "/"))
		if issue.Slug(slug) != slug {
			slug = is.Title
		}
		f.File = issue.FileName(f.Number, slug)
		if there := hashes[is.Hash()]; there != "" {
			f.File, f.There = there, true
			continue
		}
		if other := taken[f.Number]; other != "" {
			f.Why, f.File = fmt.Sprintf("the number %d is already that of %s", f.Number, other), ""
			continue
		}
		if _, err := os.Stat(p.IssuePath(f.File)); err == nil {
			f.Why, f.File = fmt.Sprintf("issues/%s is there already", f.File), ""
			continue
		}
		f.Problems = nil
		for _, pr := range append(problems, issue.Check(is)...) {
			pr.File = path.Join("issues", f.File)
			f.Problems = append(f.Problems, pr)
		}
		taken[f.Number] = f.From
		if !dry {
			if err := WriteFile(p.IssuePath(f.File), f.body); err != nil {
				return report, err
			}
		}
	}
	for _, f := range list {
		report.Files = append(report.Files, f.Imported)
	}
	return report, nil
}

func firstError(problems []issue.Problem) string {
	for _, pr := range problems {
		if pr.Severity == issue.Error {
			return fmt.Sprintf("line %d: %s (%s)", pr.Line, pr.What, pr.Hint)
		}
	}
	return ""
}

var numberedName = pattern(`^(?:issue|number|no|newsletter|edition)?[-_ ]?0*([1-9][0-9]{0,4})(?:[-_ .]|$)`)

// numberInName gives the number that a file's name states: 0012-keys.md,
// issue-12.md. A date is none.
func numberInName(name string) int {
	base := strings.TrimSuffix(path.Base(name), path.Ext(name))
	if base == "index" {
		base = path.Base(path.Dir(name))
	}
	m := numberedName().FindStringSubmatch(strings.ToLower(base))
	if m == nil || len(base) >= 10 && base[4] == '-' && strings.Trim(base[:10], "0123456789-") == "" {
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

// archiveKind tells what made a folder, and where in its site the folder lies:
// the newsletter may be one part of it, as content/posts is.
func archiveKind(dir string) (kind, within string) {
	has := func(dir string, names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { _, err := os.Stat(filepath.Join(dir, n)); return err == nil })
	}
	const levels = 5 // a folder of posts does not lie deeper
	at, err := filepath.Abs(dir)
	for i := 0; i < levels && err == nil; i++ {
		switch {
		case has(at, "hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config/_default"), has(at, "config.toml", "config.yaml") && has(at, "content"),
			i == 0 && has(at, "config.toml", "archetypes", "content/_index.md"):
			return "hugo", within
		case has(at, ".eleventy.js", "eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs"), i == 0 && has(at, "_includes", "src/_includes"):
			return "eleventy", within
		}
		within = path.Join(filepath.Base(at), within)
		at = filepath.Dir(at)
	}
	return "markdown", ""
}

// bundleOf gives the page to which a Markdown file of a Hugo site belongs as a
// resource: what lies beside an index.md or below it is no page. bundles are
// the index.md files. Empty when it is a page.
func bundleOf(bundles map[string]bool, name string) string {
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		if index := path.Join(dir, "index.md"); index != name && bundles[index] {
			return index
		}
		if dir == "." {
			return ""
		}
	}
}

// archiveFiles lists the Markdown files that may be issues.
func archiveFiles(root fs.FS) ([]string, error) {
	var names []string
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			if name != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || slices.Contains([]string{"node_modules", "themes", "public", "layouts", "archetypes", "evidence"}, base)) {
				return fs.SkipDir
			}
			return nil
		}
		ext := strings.ToLower(path.Ext(base))
		if (ext == ".md" || ext == ".markdown") && d.Type().IsRegular() && !strings.HasPrefix(base, "_") && !strings.HasPrefix(base, ".") &&
			!strings.EqualFold(base, "README.md") && len(names) <= maxArchiveFiles {
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

func readBounded(root fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(root, name)
	if err == nil && info.Size() > maxArchiveFile {
		err = errors.New("it is too large for an issue")
	}
	if err != nil {
		return nil, err
	}
	body, err := fs.ReadFile(root, name)
	if err == nil && bytes.IndexByte(body, 0) >= 0 {
		err = errors.New("it is not text")
	}
	return body, err
}

// oldPermalink gives where the old program put the page of a file that does
// not say so itself: "" when only the file's own name decides, as here. A rule
// for permalinks in the old program's own settings is not known here.
func oldPermalink(kind, name string) string {
	stem := strings.TrimSuffix(name, path.Ext(name))
	switch kind {
	case "hugo": // content/posts/a.md is /posts/a/, a folder with index.md its own page
		stem = strings.TrimPrefix(stem, "content/")
		stem = strings.TrimSuffix(stem, "/index")
		stem = strings.ToLower(strings.ReplaceAll(stem, " ", "-"))
	case "eleventy": // src/posts/2020-04-05-a.md is /posts/a/ (filePathStem), in the case of its name
		for _, input := range []string{"src/", "content/", "site/"} {
			stem = strings.TrimPrefix(stem, input)
		}
		stem = strings.TrimSuffix(stem, "/index")
		dir, base := path.Split(stem)
		if len(base) > 11 && base[4] == '-' && base[7] == '-' && base[10] == '-' && strings.Trim(base[:10], "0123456789-") == "" {
			base = base[11:]
		}
		stem = dir + base
	default:
		return ""
	}
	return "/" + stem + "/"
}
