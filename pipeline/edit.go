package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pullquote/pullquote/pipeline/inbox"
	"github.com/pullquote/pullquote/pipeline/issue"
)

// edit.go changes issue files that stand, at the editor's word: mended,
// formatted, an item moved or removed; and takes it back. Every change goes
// through replace, which keeps the version before.

// replace writes a new version of an issue file, unless somebody (an editor
// that is open on it) changed the file since it was read. The version before
// is kept for Undo. The workspace's lock is held by who calls it.
func (p *Pipeline) replace(file string, old, new []byte) error {
	if bytes.Equal(old, new) {
		return p.unchanged(file, old)
	}
	if err := p.keep(file, old, new); err != nil {
		return fmt.Errorf("issues/%s was not changed, because what it was can't be kept: %w", file, err)
	}
	if err := p.unchanged(file, old); err != nil {
		return err
	}
	return WriteFile(p.IssuePath(file), new)
}

// unchanged gives an error when an issue file is not what was read of it.
func (p *Pipeline) unchanged(file string, old []byte) error {
	now, err := os.ReadFile(p.IssuePath(file))
	if err != nil {
		return err
	}
	if !bytes.Equal(now, old) {
		return fmt.Errorf("issues/%s was changed while this ran: nothing was written, run it again", file)
	}
	return nil
}

// ---- undo

// undoFolder keeps versions of issue files, a folder a file. It ignores itself
// in git. A version is named NNNN-HASH.md: its turn, and the first 16 digits of
// the SHA-256 of what it was replaced by; NNNN-HASH.redo is what Undo took back.
const undoFolder = ".pullquote/undo"

// maxVersions bounds the versions kept of one file.
const maxVersions = 50

type version struct {
	name   string
	turn   int
	follow string // hash of what came after it, or before it for a redo
}

// keep puts the old version of a file on the pile. What was taken back before
// can't be brought forward any more.
func (p *Pipeline) keep(file string, old, new []byte) error {
	past, future, err := p.versions(file)
	if err != nil {
		return err
	}
	for _, v := range future {
		if err := os.Remove(p.undoPath(file, v.name)); err != nil {
			return err
		}
	}
	for len(past) >= maxVersions {
		if err := os.Remove(p.undoPath(file, past[0].name)); err != nil {
			return err
		}
		past = past[1:]
	}
	return p.pile(file, past, ".md", old, new)
}

// pile writes one version on top of a pile.
func (p *Pipeline) pile(file string, pile []version, suffix string, body, follow []byte) error {
	ignore := p.path(path.Join(".pullquote", ".gitignore"))
	if _, err := os.Stat(ignore); errors.Is(err, fs.ErrNotExist) {
		if err := WriteFile(ignore, []byte("*\n")); err != nil {
			return err
		}
	}
	turn := 1
	if len(pile) > 0 {
		turn = pile[len(pile)-1].turn + 1
	}
	return WriteFile(p.undoPath(file, fmt.Sprintf("%04d-%s%s", turn, hash(follow)[:16], suffix)), body)
}

func (p *Pipeline) undoPath(file, name string) string {
	return p.path(path.Join(undoFolder, filepath.Base(file), name))
}

// versions lists both piles of a file, the top last.
func (p *Pipeline) versions(file string) (past, future []version, err error) {
	entries, err := os.ReadDir(p.path(path.Join(undoFolder, filepath.Base(file))))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	for _, e := range entries {
		name, suffix := strings.TrimSuffix(e.Name(), path.Ext(e.Name())), path.Ext(e.Name())
		number, follow, ok := strings.Cut(name, "-")
		turn, numErr := strconv.Atoi(number)
		if !ok || numErr != nil || e.IsDir() {
			continue
		}
		switch v := (version{e.Name(), turn, follow}); suffix {
		case ".md":
			past = append(past, v)
		case ".redo":
			future = append(future, v)
		}
	}
	byTurn := func(a, b version) int { return a.turn - b.turn }
	slices.SortFunc(past, byTurn)
	slices.SortFunc(future, byTurn)
	return past, future, err
}

// UndoReport is what Undo did.
type UndoReport struct {
	File string // in issues/
	Left int    // further steps in the same direction
}

// HandEditedError says that a file was edited by hand since the program last
// wrote it, so that a step would take that back as well.
type HandEditedError struct{ File string }

func (e *HandEditedError) Error() string {
	return fmt.Sprintf("issues/%s was edited by hand since pullquote last wrote it, and undo would take that back too", e.File)
}

// Undo takes back the last change that the program made to an issue file;
// redo brings it forward again. Edits made by hand since are only taken back
// with force. What is taken back is kept.
func (p *Pipeline) Undo(ref string, redo, force bool) (UndoReport, error) {
	var report UndoReport
	unlock, err := p.lock()
	if err != nil {
		return report, fmt.Errorf("waiting for the workspace's lock: %w", err)
	}
	defer unlock()
	is, _, err := p.Issue(ref)
	if err != nil {
		return report, err
	}
	report.File = is.File
	past, future, err := p.versions(is.File)
	if err != nil {
		return report, err
	}
	from, to, suffix := past, future, ".redo"
	if redo {
		from, to, suffix = future, past, ".md"
	}
	if len(from) == 0 {
		what, cure := "version to go back to of", "pullquote keeps the version before each change that it makes itself; git keeps the rest"
		if redo {
			what, cure = "version to bring forward of", "only what `pullquote issues undo` took back can be brought forward"
		}
		return report, &UnknownError{What: what, Name: "issues/" + is.File, Cure: cure}
	}
	top := from[len(from)-1]
	if !force && top.follow != hash(is.Source())[:16] {
		return report, &HandEditedError{is.File}
	}
	body, err := os.ReadFile(p.undoPath(is.File, top.name))
	if err != nil {
		return report, err
	}
	// Piled before it is replaced: killed in between, there is one version too
	// many and none too few.
	if err := p.pile(is.File, to, suffix, is.Source(), body); err != nil {
		return report, err
	}
	if err := p.unchanged(is.File, is.Source()); err != nil {
		return report, err
	}
	if err := WriteFile(p.IssuePath(is.File), body); err != nil {
		return report, err
	}
	report.Left = len(from) - 1
	return report, os.Remove(p.undoPath(is.File, top.name))
}

// Edited keeps the version that stood before the editor's own program changed
// an issue file, and tells whether it did.
func (p *Pipeline) Edited(file string, before []byte) (bool, error) {
	unlock, err := p.lock()
	if err != nil {
		return false, fmt.Errorf("waiting for the workspace's lock: %w", err)
	}
	defer unlock()
	now, err := os.ReadFile(p.IssuePath(file))
	if err != nil || bytes.Equal(now, before) {
		return false, err
	}
	return true, p.keep(file, before, now)
}

// ---- changes

// EditReport is what a change of one issue file did, or would do.
type EditReport struct {
	File          string // in issues/
	Before, After []byte
	Cured         int    // by Fix
	Title         string // of the item that was moved or removed
	Candidate     int64  // of the item that was removed, when the inbox knows it as picked
}

// Changed tells whether anything is different.
func (r EditReport) Changed() bool { return !bytes.Equal(r.Before, r.After) }

// change reads an issue, asks for its new version and writes it, unless dry.
func (p *Pipeline) change(ref string, dry bool, how func(*issue.Issue, *EditReport) ([]byte, error)) (EditReport, error) {
	var report EditReport
	unlock, err := p.lock()
	if err != nil {
		return report, fmt.Errorf("waiting for the workspace's lock: %w", err)
	}
	defer unlock()
	is, problems, err := p.Issue(ref)
	if err != nil {
		return report, err
	}
	if err := blocking(problems); err != nil {
		return report, err
	}
	report.File, report.Before = is.File, is.Source()
	report.After, err = how(is, &report)
	if err != nil || dry {
		return report, err
	}
	return report, p.replace(is.File, report.Before, report.After)
}

// Format brings an issue file into the canonical form; dry only says how it
// would look.
func (p *Pipeline) Format(ref string, dry bool) (EditReport, error) {
	return p.change(ref, dry, func(is *issue.Issue, _ *EditReport) ([]byte, error) {
		return issue.Format(is.Source())
	})
}

// Move makes the item-th story of an issue the position-th.
func (p *Pipeline) Move(ref string, item, position int) (EditReport, error) {
	return p.change(ref, false, func(is *issue.Issue, r *EditReport) ([]byte, error) {
		for _, n := range []int{item, position} {
			if err := hasStory(is, n); err != nil {
				return nil, err
			}
		}
		r.Title = storyTitle(is, item)
		return issue.Move(is.Source(), item, position)
	})
}

// Remove takes the item-th story out of an issue.
func (p *Pipeline) Remove(ctx context.Context, ref string, item int) (EditReport, error) {
	report, err := p.change(ref, false, func(is *issue.Issue, r *EditReport) ([]byte, error) {
		if err := hasStory(is, item); err != nil {
			return nil, err
		}
		r.Title = storyTitle(is, item)
		return issue.Remove(is.Source(), item)
	})
	if err != nil {
		return report, err
	}
	// A pick whose item is gone would be drafted again.
	if _, statErr := os.Stat(p.path("inbox.db")); statErr != nil {
		return report, nil
	}
	is, _ := issue.Parse(report.File, report.Before)
	box, err := p.openInbox(ctx)
	if err != nil {
		return report, err
	}
	n := 0
	for _, it := range is.Items {
		if it.Section {
			continue
		}
		if n++; n == item {
			if c, err := box.Find(ctx, it.URL); err == nil && c.Place == inbox.Picked {
				report.Candidate = c.ID
			}
		}
	}
	return report, nil
}

// hasStory complains of an item that is not there.
func hasStory(is *issue.Issue, item int) error {
	stories := len(is.Stories())
	if item < 1 || item > stories {
		return &UnknownError{What: "item", Name: strconv.Itoa(item), Cure: fmt.Sprintf("issues/%s has %d; `pullquote issues show %d` numbers them", is.File, stories, is.Number)}
	}
	return nil
}

func storyTitle(is *issue.Issue, item int) string {
	n := 0
	for _, it := range is.Items {
		if it.Section {
			continue
		}
		if n++; n == item {
			return issue.PlainInlines(it.Title)
		}
	}
	return ""
}

// Fix carries out what check knows to mend in a draft, until nothing more can
// be mended. A published issue is sealed: it is not touched. When the links
// are asked, links that have moved are mended, too.
func (p *Pipeline) Fix(ctx context.Context, ref string, opts CheckOptions) (EditReport, error) {
	var report EditReport
	var states LinkStates
	if opts.Online {
		archive, _ := p.Archive()
		var err error
		if states, err = p.askIssues(ctx, archive, []string{ref}, opts.Progress); err != nil {
			return report, fmt.Errorf("asking the links: %w", err)
		}
	}
	unlock, err := p.lock()
	if err != nil {
		return report, fmt.Errorf("waiting for the workspace's lock: %w", err)
	}
	defer unlock()
	is, problems, err := p.Issue(ref)
	if err != nil {
		return report, err
	}
	report.File, report.Before, report.After = is.File, is.Source(), is.Source()
	if !is.Draft {
		return report, nil
	}
	settings := p.Newsletter.settings()
	for range 5 { // one cure may lay bare the next
		problems = append(problems, issue.CheckLimits(is, settings.Limits)...)
		problems = append(problems, CheckLinks(is)...)
		found, others := CheckOnline(is, states, problems)
		problems = append(others, found...)
		body, cured, err := issue.Fix(is, issue.Settle(is, problems, settings))
		if err != nil {
			return report, err
		}
		if cured == 0 {
			break
		}
		report.Cured += cured
		report.After = body
		is, problems = issue.Parse(is.File, body)
	}
	return report, p.replace(is.File, report.Before, report.After)
}
