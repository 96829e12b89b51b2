package pipeline

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pullquote/pullquote/pipeline/issue"
)

// workspace makes a workspace with one draft and one issue in it.
func workspace(t testing.TB) *Pipeline {
	t.Helper()
	dir := t.TempDir()
	for name, body := range map[string]string{
		"pullquote.yaml":             "name: Test Letter\nurl: https://letter.example/\n",
		"issues/0004-keys.md":        strings.ReplaceAll(keysIssue, "https://a.example/keys", "https://a.example/keys?utm_source=x") + "\n## [B](https://b.example/)\n\n[https://b.example/](https://b.example/)\n\nNote b.\n",
		"issues/0003-out-already.md": strings.NewReplacer("4 - Keys", "3 - Out already", "draft: true\n", "", "2026-11-22", "2026-11-15").Replace(keysIssue),
	} {
		if err := WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	ws, problems, err := OpenWorkspace(dir)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	p := New(ws, Options{Now: func() time.Time { return time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC) }})
	t.Cleanup(func() { p.Close() })
	return p
}

func text(t *testing.T, p *Pipeline, file string) string {
	t.Helper()
	b, err := os.ReadFile(p.IssuePath(file))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestUndoStepsBackAndForth(t *testing.T) {
	p := workspace(t)
	const file = "0004-keys.md"
	first := text(t, p, file)
	if r, err := p.Fix(t.Context(), "4", CheckOptions{}); err != nil || r.Cured != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	second := text(t, p, file)
	if strings.Contains(second, "utm_") {
		t.Error("the tracking parameter is still there")
	}
	if _, err := p.Move("4", 2, 1); err != nil {
		t.Fatal(err)
	}
	third := text(t, p, file)
	for _, want := range []string{second, first} {
		if _, err := p.Undo("4", false, false); err != nil || text(t, p, file) != want {
			t.Fatalf("undo: %v\n%s", err, text(t, p, file))
		}
	}
	var unknown *UnknownError
	if _, err := p.Undo("4", false, false); !errors.As(err, &unknown) {
		t.Errorf("undoing the first version: %v", err)
	}
	for _, want := range []string{second, third} {
		if _, err := p.Undo("4", true, false); err != nil || text(t, p, file) != want {
			t.Fatalf("redo: %v\n%s", err, text(t, p, file))
		}
	}
	// Her own edits are not taken back unasked.
	hers := third + "\nA line of hers.\n"
	if err := os.WriteFile(p.IssuePath(file), []byte(hers), 0o666); err != nil {
		t.Fatal(err)
	}
	var edited *HandEditedError
	if _, err := p.Undo("4", false, false); !errors.As(err, &edited) || text(t, p, file) != hers {
		t.Errorf("undo over hand edits: %v", err)
	}
	if _, err := p.Undo("4", false, true); err != nil || text(t, p, file) != second {
		t.Errorf("forced undo: %v", err)
	}
	if _, err := p.Undo("4", true, false); err != nil || text(t, p, file) != hers {
		t.Errorf("redo does not bring her edits back: %v", err)
	}
	if b, err := os.ReadFile(filepath.Join(p.Dir, ".pullquote", ".gitignore")); err != nil || string(b) != "*\n" {
		t.Errorf("git sees the old versions: %q %v", b, err)
	}
}

func TestUndoKeepsSoManyVersions(t *testing.T) {
	p := workspace(t)
	for i := range maxVersions + 5 {
		if _, err := p.Move("4", 1+i%2, 2-i%2); err != nil {
			t.Fatal(err)
		}
	}
	past, _, err := p.versions("0004-keys.md")
	if err != nil || len(past) != maxVersions || past[0].turn != 6 {
		t.Errorf("%d versions, %v", len(past), err)
	}
}

func TestAFileChangedMeanwhileIsNotWrittenOver(t *testing.T) {
	p := workspace(t)
	is, _, err := p.Issue("4")
	if err != nil {
		t.Fatal(err)
	}
	hers := string(is.Source()) + "\nTyped meanwhile.\n"
	if err := os.WriteFile(p.IssuePath(is.File), []byte(hers), 0o666); err != nil {
		t.Fatal(err)
	}
	err = p.replace(is.File, is.Source(), []byte("new"))
	if err == nil || !strings.Contains(err.Error(), "was changed while this ran") || text(t, p, is.File) != hers {
		t.Errorf("error %v, file\n%s", err, text(t, p, is.File))
	}
}

func TestFixLeavesWhatIsPublished(t *testing.T) {
	p := workspace(t)
	before := text(t, p, "0003-out-already.md")
	if r, err := p.Fix(context.Background(), "3", CheckOptions{}); err != nil || r.Changed() || text(t, p, "0003-out-already.md") != before {
		t.Errorf("%v", err)
	}
}

func TestFormatDryWritesNothing(t *testing.T) {
	p := workspace(t)
	before := text(t, p, "0004-keys.md")
	r, err := p.Format("4", true)
	if err != nil || !r.Changed() || text(t, p, "0004-keys.md") != before {
		t.Errorf("%v, changed %v", err, r.Changed())
	}
	if r, err = p.Format("4", false); err != nil || text(t, p, "0004-keys.md") != string(r.After) {
		t.Error(err)
	}
	if r, err = p.Format("4", false); err != nil || r.Changed() {
		t.Errorf("formatting twice changes something: %v", err)
	}
}

// A publication that fails in its middle leaves neither an issue without
// evidence nor evidence of what was not published.
func TestAPublicationThatFailsLeavesNothing(t *testing.T) {
	p := workspace(t)
	const file = "0004-keys.md"
	if _, err := p.Fix(t.Context(), "4", CheckOptions{}); err != nil {
		t.Fatal(err)
	}
	before := text(t, p, file)
	versions := p.path(undoFolder + "/" + file)
	if err := errors.Join(os.RemoveAll(versions), os.WriteFile(versions, nil, 0o666)); err != nil { // the version before can't be kept
		t.Fatal(err)
	}
	force := []issue.Forced{{Rule: "quote-no-source", Reason: "a test"}, {Rule: "description-missing", Reason: "a test"}}
	_, err := p.Publish(t.Context(), "4", force...)
	if err == nil || !strings.Contains(err.Error(), "issues/0004-keys.md was not changed, because what it was can't be kept") {
		t.Fatalf("published: %v", err)
	}
	if _, err := os.Stat(p.IssuePath(evidenceName(4))); !errors.Is(err, os.ErrNotExist) || text(t, p, file) != before {
		t.Errorf("evidence: %v; the draft is\n%s", err, text(t, p, file))
	}
	if err := os.Remove(versions); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Publish(t.Context(), "4", force...); err != nil || strings.Contains(text(t, p, file), "draft:") {
		t.Errorf("it can't be published afterwards: %v", err)
	}
}
