package pipeline

// This file remembers, beside the manifest in the output folder, what renders
// made of what, so that an issue that has not changed is only read. Deleting
// the file costs time and nothing else.

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"unicode/utf8"

	"github.com/pullquote/pullquote/pipeline/issue"
	"github.com/pullquote/pullquote/pipeline/render"
)

// keptName is the file: bodies one after the other, then the records as JSON,
// then their length and SHA-256 in a trailer of fixed size.
const keptName = ".pullquote-kept"

const keptTrailer = 16 + 1 + sha256.Size*2

// keptRecord is what is known under one key.
type keptRecord struct {
	Key   string     `json:"k"`
	Files []keptFile `json:"f,omitempty"`
	At    int64      `json:"a,omitempty"` // of the body
	Size  int        `json:"n,omitempty"`
	Sum   uint32     `json:"c,omitempty"` // CRC-32 of the body
}

type keptFile struct {
	Path string `json:"p"`
	Sum  string `json:"s"`
	Size int64  `json:"n"`
}

// kept is the memory of one output folder. Its zero value remembers nothing.
type kept struct {
	out    *output
	old    *os.File // nil when there is none
	before map[string]keptRecord

	mu    sync.Mutex
	used  map[string]bool // keys of before that hold still
	fresh []keptRecord
	file  *os.File // the new bodies, while there are any
	tmp   *bufio.Writer
	size  int64
}

// openKept reads what the last render into out's folder left. What can't be
// read is as good as nothing.
func openKept(out *output) *kept {
	k := &kept{out: out, before: map[string]keptRecord{}, used: map[string]bool{}}
	file, err := os.Open(filepath.Join(out.dir, keptName))
	if err != nil {
		return k
	}
	records, err := readKept(file)
	if err != nil {
		_ = file.Close()
		return k
	}
	k.old = file
	for _, r := range records {
		k.before[r.Key] = r
	}
	return k
}

func readKept(file *os.File) ([]keptRecord, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	trailer := make([]byte, keptTrailer)
	if _, err := file.ReadAt(trailer, info.Size()-keptTrailer); err != nil {
		return nil, err
	}
	size, err := strconv.ParseInt(string(trailer[:16]), 16, 64)
	if err != nil || size < 0 || size > info.Size()-keptTrailer {
		return nil, errors.New("no memory of a render")
	}
	body := make([]byte, size)
	if _, err := file.ReadAt(body, info.Size()-keptTrailer-size); err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != string(trailer[17:]) {
		return nil, errors.New("a broken memory of a render")
	}
	var records []keptRecord
	return records, json.Unmarshal(body, &records)
}

// get gives the body that was kept under a key, and marks it as still in use.
func (k *kept) get(key string) ([]byte, bool) {
	r, ok := k.before[key]
	if !ok {
		return nil, false
	}
	body, err := k.body(r)
	if err != nil {
		return nil, false
	}
	k.mu.Lock()
	k.used[key] = true
	k.mu.Unlock()
	return body, true
}

func (k *kept) body(r keptRecord) ([]byte, error) {
	body := make([]byte, r.Size)
	if _, err := k.old.ReadAt(body, r.At); err != nil {
		return nil, err
	}
	if crc32.ChecksumIEEE(body) != r.Sum {
		return nil, errors.New("a broken memory of a render")
	}
	return body, nil
}

// recall is render.Memory's Recall.
func (k *kept) recall(key string) (render.Share, bool) {
	r, ok := k.before[key]
	if !ok {
		return render.Share{}, false
	}
	share := render.Share{Facts: func() ([]byte, error) { return k.body(r) }}
	for _, f := range r.Files {
		if !k.out.stands(f.Path, f.Sum, f.Size) {
			return render.Share{}, false
		}
		share.Files = append(share.Files, f.Path)
	}
	k.mu.Lock()
	k.used[key] = true
	k.mu.Unlock()
	return share, true
}

// keep is render.Memory's Keep.
func (k *kept) keep(key string, share render.Share) error {
	var files []keptFile
	for _, name := range share.Files {
		files = append(files, keptFile{name, k.out.made[name], k.out.sizes[name]})
	}
	var body []byte
	if share.Facts != nil {
		var err error
		if body, err = share.Facts(); err != nil {
			return err
		}
	}
	return k.put(key, files, body)
}

// put keeps a body, and the files that go with it.
func (k *kept) put(key string, files []keptFile, body []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	at, err := k.write(body)
	if err != nil {
		return err
	}
	k.fresh = append(k.fresh, keptRecord{Key: key, Files: files, At: at, Size: len(body), Sum: crc32.ChecksumIEEE(body)})
	return nil
}

// write puts a body into the new file and gives its place.
func (k *kept) write(body []byte) (at int64, err error) {
	if k.file == nil {
		if err := os.MkdirAll(k.out.dir, 0o777); err != nil {
			return 0, err
		}
		if k.file, err = createTemp(k.out.dir, keptName, 0o666); err != nil {
			return 0, err
		}
		k.tmp = bufio.NewWriterSize(k.file, 64<<10)
	}
	at = k.size
	n, err := k.tmp.Write(body)
	k.size += int64(n)
	return at, err
}

// save writes what this render knows, when it made anything new. What nobody
// asked for is dropped.
func (k *kept) save() error {
	if len(k.fresh) == 0 {
		return nil
	}
	records := k.fresh
	known := map[string]bool{}
	for _, r := range records {
		known[r.Key] = true
	}
	for key := range k.used {
		if known[key] {
			continue
		}
		r := k.before[key]
		body, err := k.body(r)
		if err != nil {
			continue
		}
		if r.At, err = k.write(body); err != nil {
			return err
		}
		records = append(records, r)
	}
	index, err := json.Marshal(records)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(index)
	if _, err := k.write(append(index, fmt.Sprintf("%016x\n%x", len(index), sum)...)); err != nil {
		return err
	}
	if err := k.tmp.Flush(); err != nil {
		return err
	}
	name := k.file.Name()
	if err := k.file.Close(); err != nil {
		return err
	}
	k.file = nil
	return os.Rename(name, filepath.Join(k.out.dir, keptName))
}

// close lets go of the files; what was not saved is gone.
func (k *kept) close() {
	if k.old != nil {
		_ = k.old.Close()
	}
	if k.file != nil {
		_ = k.file.Close()
		_ = os.Remove(k.file.Name())
	}
}

// basis stands for all that decides what a render makes, besides the issues and
// their evidence.
func (p *Pipeline) basis(in render.Input, opts RenderOptions) (string, error) {
	h := sha256.New()
	// A program that was built again may render otherwise under the same name.
	if name, err := os.Executable(); err == nil {
		if info, err := os.Stat(name); err == nil {
			fmt.Fprintf(h, "%d %d\n", info.Size(), info.ModTime().UnixNano())
		}
	}
	facts, err := json.Marshal([]any{in.Publication, p.Newsletter.Checks, p.Newsletter.Limits})
	if err != nil {
		return "", fmt.Errorf("reading the newsletter's facts: %w", err)
	}
	fmt.Fprintf(h, "%q %v %d\n%s\n", in.Version, opts.Drafts, len(facts), facts)
	for _, page := range in.Pages {
		fmt.Fprintf(h, "%q %s\n", page.File, page.Hash())
	}
	for _, folder := range []string{"site", "email"} {
		err := fs.WalkDir(in.Templates, folder, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			body, err := fs.ReadFile(in.Templates, name)
			if err != nil {
				return err
			}
			fmt.Fprintf(h, "%q %x\n", name, sha256.Sum256(body))
			return nil
		})
		if err != nil {
			return "", fmt.Errorf("reading the templates: %w", err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// keptHead is what is kept of an issue file by itself.
type keptHead struct {
	Head     issue.Head      `json:"h"`
	Problems []issue.Problem `json:"p,omitempty"`
	Marked   bool            `json:"m,omitempty"` // what is shown of it depends on the day
}

// mostHeld is how many bytes of source the issues may have that are held from
// the reading of heads to the rendering. Beyond it an issue is parsed twice.
const mostHeld = 8 << 20

// issuesRead is the archive as a render reads it.
type issuesRead struct {
	archive issue.Archive
	unkept  map[string]bool // files of which nothing may be kept
	mu      sync.Mutex
	held    map[string]heldIssue
}

type heldIssue struct {
	is       *issue.Issue
	problems []issue.Problem
}

// take gives an issue that was parsed for its head, once.
func (r *issuesRead) take(file string) (heldIssue, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h, ok := r.held[file]
	delete(r.held, file)
	return h, ok
}

// readIssues is issue.ReadArchive with what k remembers: a file is always read,
// and parsed only when its bytes are new.
func readIssues(folder fs.FS, k *kept, basis string) (*issuesRead, []issue.Problem, error) {
	names, err := issue.Files(folder)
	if err != nil {
		return nil, nil, fmt.Errorf("reading issues: %w", err)
	}
	read := &issuesRead{unkept: map[string]bool{}, held: map[string]heldIssue{}}
	heads := make([]issue.Head, len(names))
	problems := make([][]issue.Problem, len(names))
	held := 0
	for i, name := range names {
		src, err := issue.ReadSource(folder, name)
		if err != nil {
			heads[i] = issue.Head{File: name}
			problems[i] = []issue.Problem{{Rule: "file-unreadable", Severity: issue.Error, File: name, Line: 1, Column: 1, What: "the file can't be read: " + err.Error(), Hint: "look at its permissions"}}
			continue
		}
		key := keyOf("head", basis, name, hash(src))
		var known keptHead
		if body, ok := k.get(key); ok && json.Unmarshal(body, &known) == nil {
			heads[i], problems[i] = known.Head, known.Problems
			read.unkept[name] = known.Marked
			continue
		}
		is, found := issue.Parse(name, src)
		heads[i], problems[i] = issue.HeadOf(is), found
		if held += len(src); held <= mostHeld {
			read.held[name] = heldIssue{is, found}
		}
		// JSON can't state bytes that are no text.
		if !utf8.Valid(src) {
			read.unkept[name] = true
			continue
		}
		read.unkept[name] = isMarked(is)
		body, err := json.Marshal(keptHead{heads[i], found, read.unkept[name]})
		if err != nil {
			read.unkept[name] = true // a date that JSON can't state
			continue
		}
		if err := k.put(key, nil, body); err != nil {
			return nil, nil, err
		}
	}
	byFile := map[string][]issue.Problem{}
	for i, name := range names {
		if len(problems[i]) > 0 {
			byFile[name] = problems[i]
		}
	}
	var shared []issue.Problem
	read.archive, shared = issue.ArchiveOf(heads)
	var all []issue.Problem
	for _, head := range read.archive.Heads {
		all = append(all, byFile[head.File]...)
	}
	return read, inFolder(append(all, shared...)), nil
}

// isMarked tells whether an embargo or a TLP mark stands in an issue.
func isMarked(is *issue.Issue) bool {
	none := issue.Mark{}
	return is.Mark != none || slices.ContainsFunc(is.Items, func(it issue.Item) bool { return it.Mark != none })
}

// keyOf makes a key of the kept file.
func keyOf(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// oddities gives what was odd in an issue when it was last looked at.
func (k *kept) oddities(key string) ([]issue.Problem, bool) {
	body, ok := k.get(key)
	if !ok {
		return nil, false
	}
	var problems []issue.Problem
	if json.Unmarshal(body, &problems) != nil {
		return nil, false
	}
	return problems, true
}

// keepOddities is the other way round.
func (k *kept) keepOddities(key string, problems []issue.Problem) error {
	body, err := json.Marshal(problems)
	if err != nil {
		return fmt.Errorf("keeping what is odd in an issue: %w", err)
	}
	return k.put(key, nil, body)
}

// noticed makes the problem of what render says about an issue's output: a mail
// that was cut, a text edited by hand that lacks something.
func noticed(file, what string) issue.Problem {
	return issue.Problem{
		Rule: "edition-differs", Severity: issue.Warning, File: path.Join("issues", file), Line: 1, Column: 1,
		What: what, Hint: "look at the editions: pullquote preview",
	}
}
