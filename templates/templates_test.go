package templates

import (
	"errors"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
)

func TestUsersFileReplacesTheBuiltInOne(t *testing.T) {
	fsys := Overlay(fstest.MapFS{"site/issue.html": {Data: []byte("mine")}, "site/logo.svg": {Data: []byte("logo")}})
	for name, want := range map[string]string{"site/issue.html": "mine", "site/logo.svg": "logo"} {
		if got, err := fs.ReadFile(fsys, name); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v", name, got, err)
		}
	}
	if got, err := fs.ReadFile(fsys, "site/home.html"); err != nil || len(got) == 0 {
		t.Errorf("the built-in home.html is gone: %v", err)
	}
	var names []string
	entries, err := fs.ReadDir(fsys, "site")
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if err != nil || !slices.IsSorted(names) || !slices.Contains(names, "logo.svg") || !slices.Contains(names, "home.html") {
		t.Errorf("site/ holds %v, %v", names, err)
	}
	if _, err := fs.ReadDir(fsys, "nowhere"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// unreadable is a folder whose files can't be read.
type unreadable struct{}

func (unreadable) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

func TestUsersUnreadableFileIsNotReplacedInSilence(t *testing.T) {
	if _, err := fs.ReadFile(Overlay(unreadable{}), "site/issue.html"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("error is %v", err)
	}
}

func TestNoUserFilesIsBuiltin(t *testing.T) {
	if Overlay(nil) != Builtin() {
		t.Error("no user's files give something else than the built-in ones")
	}
}

func TestNamesCanAllBeRead(t *testing.T) {
	names := Names()
	if !slices.IsSorted(names) || !slices.Contains(names, "site/issue.html") || !slices.Contains(names, "email/issue.html") {
		t.Errorf("names are %v", names)
	}
	for _, name := range names {
		if _, err := fs.ReadFile(Builtin(), name); err != nil {
			t.Error(err)
		}
	}
	if slices.Contains(names, manual) {
		t.Error("the manual is among the templates")
	}
}
