package pipeline

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/pullquote/pullquote/pipeline/issue"
	"github.com/pullquote/pullquote/pipeline/render"
	"github.com/pullquote/pullquote/pipeline/send"
)

// NewsletterFile is the file that marks a folder as a workspace, as go.mod
// marks a module.
const NewsletterFile = "pullquote.yaml"

// Newsletter is what pullquote.yaml says: the newsletter's own facts.
type Newsletter struct {
	render.Publication `yaml:",inline"`
	Sending            Sending `yaml:"sending"`
	Collect            Reading `yaml:"collect"`
	send.Settings      `yaml:",inline"`

	Drafting Drafting                 `yaml:"drafting"`
	Checks   map[string]issue.Setting `yaml:"checks"` // by the rule's name
	Limits   issue.Limits             `yaml:"limits"` // what an issue should not exceed
}

// Drafting says how a draft is made.
type Drafting struct {
	Suggest int `yaml:"suggest"` // further passages an item gets in a comment; 0 means 3, a negative number none
}

// settings are the newsletter's own words on checks.
func (n Newsletter) settings() issue.Settings {
	return issue.Settings{Checks: n.Checks, Limits: n.Limits}
}

// Sending says when an issue goes out; the date of a new draft comes from it.
type Sending struct {
	Weekday  string `yaml:"weekday"`  // "sunday"; empty means Sunday
	TimeZone string `yaml:"timezone"` // IANA name, "Europe/London"; empty means UTC
}

// Reading says how sources are asked.
type Reading struct {
	Contact string   `yaml:"contact"`  // whom a site owner can ask: a page or a mailbox, shown in the User-Agent
	Allow   []string `yaml:"allow"`    // hosts, or host:port, that may be asked although their address is private
	Proxy   string   `yaml:"proxy"`    // HTTP proxy; empty means none, whatever HTTP_PROXY says
	ProxyCA string   `yaml:"proxy-ca"` // PEM file of the authority such a proxy signs with
	Workers int      `yaml:"workers"`  // requests in flight; 0 means 64
	Days    int      `yaml:"days"`     // how old an entry may be for its page to be fetched unasked; 0 means 14
}

// Workspace is a folder with a newsletter in it.
type Workspace struct {
	Dir        string // absolute
	Newsletter Newsletter
}

// ErrNoWorkspace is in the chain of the error that FindWorkspace gives when
// neither the folder nor any folder above it holds a pullquote.yaml.
var ErrNoWorkspace = errors.New("no workspace here")

// FindWorkspace looks for pullquote.yaml in from and the folders above it and
// gives the folder that holds it.
func FindWorkspace(from string) (string, error) {
	dir, err := filepath.Abs(from)
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, NewsletterFile)); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("%w: no %s in %s or any folder above it", ErrNoWorkspace, NewsletterFile, from)
		}
		dir = parent
	}
}

// OpenWorkspace reads the pullquote.yaml of dir. Slips in it come back as
// problems; with any problem of severity issue.Error the workspace can't be
// worked in.
func OpenWorkspace(dir string) (Workspace, []issue.Problem, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return Workspace{}, nil, err
	}
	ws := Workspace{Dir: abs}
	src, err := os.ReadFile(filepath.Join(abs, NewsletterFile))
	if errors.Is(err, fs.ErrNotExist) {
		return ws, nil, fmt.Errorf("%w: no %s in %s", ErrNoWorkspace, NewsletterFile, dir)
	}
	if err != nil {
		return ws, nil, err
	}
	problems := issue.DecodeYAML(NewsletterFile, src, &ws.Newsletter)
	problems = append(problems, ws.Newsletter.problems(src)...)
	return ws, problems, nil
}

// problems holds pullquote.yaml against what its values mean, beyond their types.
func (n Newsletter) problems(src []byte) []issue.Problem {
	var out []issue.Problem
	say := func(key, what, hint string) {
		line, col := placeOfKey(src, key)
		out = append(out, issue.Problem{
			Rule: "newsletter", Severity: issue.Error, File: NewsletterFile,
			Line: line, Column: col, What: what, Hint: hint,
		})
	}
	if strings.TrimSpace(n.Name) == "" {
		say("name", "the newsletter has no name", `write: name: "The name of your newsletter"`)
	}
	if n.URL != "" {
		if u, err := url.Parse(n.URL); err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
			say("url", fmt.Sprintf("url %q is not an absolute http or https address", n.URL), "write the address where out/site will be served: https://news.example/")
		}
	}
	if _, err := n.Sending.weekday(); err != nil {
		say("weekday", err.Error(), "write an English day of the week: sunday")
	}
	if _, err := n.Sending.location(); err != nil {
		say("timezone", fmt.Sprintf("time zone %q is not known", n.Sending.TimeZone), "write a name of the IANA database: Europe/London")
	}
	return append(out, n.settings().Problems(NewsletterFile, func(key string) (int, int) { return placeOfKey(src, key) })...)
}

// placeOfKey gives line and column (1-based) where a key stands in a YAML
// text; 1:1 when it is not there.
func placeOfKey(src []byte, key string) (line, column int) {
	for i, l := range bytes.Split(src, []byte("\n")) {
		trimmed := bytes.TrimLeft(l, " ")
		if bytes.HasPrefix(trimmed, []byte(key+":")) {
			return i + 1, len(l) - len(trimmed) + 1
		}
	}
	return 1, 1
}

func (s Sending) weekday() (time.Weekday, error) {
	if s.Weekday == "" {
		return time.Sunday, nil
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(d.String(), s.Weekday) {
			return d, nil
		}
	}
	return 0, fmt.Errorf("weekday %q is not a day of the week", s.Weekday)
}

func (s Sending) location() (*time.Location, error) {
	if s.TimeZone == "" {
		return time.UTC, nil
	}
	return time.LoadLocation(s.TimeZone)
}

// NextSendingDay gives the date of the next issue: the first sending day that
// is not before now, in the newsletter's own time zone.
func (s Sending) NextSendingDay(now time.Time) time.Time {
	day, err := s.weekday()
	if err != nil {
		day = time.Sunday
	}
	loc, err := s.location()
	if err != nil {
		loc = time.UTC
	}
	local := now.In(loc)
	ahead := (int(day) - int(local.Weekday()) + 7) % 7
	return time.Date(local.Year(), local.Month(), local.Day()+ahead, 0, 0, 0, 0, time.UTC)
}

// InitWorkspace lays the starter's files into dir (made when missing) and
// gives the files it made, slash-separated and sorted. Files that stand there
// already stay as they are; a dir that is a workspace already is an error. The
// starter's file "gitignore" becomes ".gitignore".
func InitWorkspace(dir string, starter fs.FS) ([]string, error) {
	if _, err := os.Stat(filepath.Join(dir, NewsletterFile)); err == nil {
		return nil, fmt.Errorf("%s is a workspace already: it has a %s", dir, NewsletterFile)
	}
	var made []string
	// pullquote.yaml is written last: a folder is a workspace only when all of it is there.
	var last []byte
	err := fs.WalkDir(starter, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(starter, name)
		if err != nil {
			return err
		}
		if name == NewsletterFile {
			last = body
			return nil
		}
		if name == "gitignore" {
			name = ".gitignore"
		}
		target := filepath.Join(dir, filepath.FromSlash(name))
		if _, err := os.Stat(target); err == nil {
			return nil
		}
		made = append(made, name)
		return WriteFile(target, body)
	})
	if err == nil {
		made = append(made, NewsletterFile)
		err = WriteFile(filepath.Join(dir, NewsletterFile), last)
	}
	if err != nil {
		return made, fmt.Errorf("making a workspace in %s: %w", dir, err)
	}
	sort.Strings(made)
	return made, nil
}

// WriteFile writes a file whole or not at all: into a temporary file of the
// same folder, to the disk, then renamed. Folders are made as needed. An
// existing file keeps its permissions. The error says which file was not written,
// that one that stood there is as it was, and what to do about a full disk.
func WriteFile(name string, body []byte) error {
	return writeFile(name, func(w io.Writer) error {
		_, err := w.Write(body)
		return err
	})
}

// writeFile is WriteFile for what write gives.
func writeFile(name string, write func(io.Writer) error) error {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	mode, left := os.FileMode(0o666), "nothing was written"
	if info, err := os.Stat(name); err == nil {
		mode, left = info.Mode().Perm(), "the file is as it was"
	}
	tmp, err := createTemp(dir, filepath.Base(name), mode)
	if err != nil {
		return writeFault(name, left, err)
	}
	defer os.Remove(tmp.Name()) // gone already when all went well
	if err := write(tmp); err != nil {
		tmp.Close()
		return writeFault(name, left, err)
	}
	if err := tmp.Sync(); err != nil {
		tmp.Close()
		return writeFault(name, left, err)
	}
	if err := tmp.Close(); err != nil {
		return writeFault(name, left, err)
	}
	if err := os.Rename(tmp.Name(), name); err != nil {
		return err
	}
	syncDir(dir)
	return nil
}

// writeFault says of a fault of the temporary file which file was not written,
// and what is left there.
func writeFault(name, left string, err error) error {
	var temporary *fs.PathError
	if errors.As(err, &temporary) {
		err = temporary.Err
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, io.ErrShortWrite) {
		return fmt.Errorf("writing %s: the disk is full (%w): %s; make room and run the command again", name, err, left)
	}
	return fmt.Errorf("writing %s: %w: %s", name, err, left)
}

// createTemp is os.CreateTemp with the permissions a new file of the user's
// would get (CreateTemp always gives 0600).
func createTemp(dir, base string, mode os.FileMode) (*os.File, error) {
	for i := range 100 {
		name := filepath.Join(dir, fmt.Sprintf(".%s.%d-%d.tmp", base, os.Getpid(), i))
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
	return nil, fmt.Errorf("too many temporary files beside %s", filepath.Join(dir, base))
}

// syncDir makes a rename durable. Not every system can sync a folder (Windows
// can't); there the rename itself is all that can be had.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}

// lock waits for the workspace's one writer's lock and gives what lets it go.
// It guards the editor's files (issues/, sources/) between two processes;
// inbox.db has a lock of its own.
func (ws Workspace) lock() (unlock func(), err error) {
	return lockedfile.MutexAt(ws.path("inbox.db.lock")).Lock()
}

// path gives a place in the workspace, from a slash-separated name.
func (ws Workspace) path(name string) string {
	return filepath.Join(ws.Dir, filepath.FromSlash(name))
}

// folder gives a folder of the workspace as a file system.
func (ws Workspace) folder(name string) fs.FS {
	return diskFolder(ws.path(name))
}

// IssuePath gives where an issue file lies, from its name in issues/.
func (ws Workspace) IssuePath(file string) string {
	return ws.path(path.Join("issues", file))
}
