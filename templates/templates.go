// Package templates holds what pullquote makes pages, mails, drafts and new
// workspaces from, and lays the user's own files over it.
package templates

import (
	"embed"
	"errors"
	"io/fs"
	"path"
	"sort"
	"strings"
)

//go:embed site email looks *.md all:workspace
var builtin embed.FS

// manual is for the author of templates; it is no template itself.
const manual = "README.md"

// Builtin gives the files that come with the program: "site/issue.html",
// "email/issue.html", "draft.md" and so on.
func Builtin() fs.FS { return builtin }

// Overlay gives the built-in files with the user's laid over them, file by
// file: a file of user with the same name replaces the built-in one, a file
// with a new name is added. A nil user gives the built-in files alone.
//
// A file of user that is there but cannot be read is an error when it is
// opened: the built-in one never stands in for it in silence.
func Overlay(user fs.FS) fs.FS {
	if user == nil {
		return builtin
	}
	return overlay{user}
}

// Names gives the name of every built-in file that can be copied into a
// workspace's templates folder and changed there, sorted: "site/issue.html".
func Names() []string {
	var names []string
	// The files are compiled in, so walking them can't fail.
	_ = fs.WalkDir(builtin, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.IsDir() && name != manual && !strings.HasPrefix(name, "workspace/") {
			names = append(names, name)
		}
		return nil
	})
	sort.Strings(names)
	return names
}

// overlay is the user's files over the built-in ones.
type overlay struct{ user fs.FS }

// Open gives the user's file, or the built-in one when the user has none.
func (o overlay) Open(name string) (fs.File, error) {
	file, err := o.user.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return builtin.Open(name)
	}
	return file, err
}

// ReadDir gives the entries of a folder from both, the user's first where
// both have one, sorted by name. A folder that only one has is enough.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	ours, err := fs.ReadDir(builtin, name)
	theirs, userErr := fs.ReadDir(o.user, name)
	switch {
	case userErr != nil && !errors.Is(userErr, fs.ErrNotExist):
		return nil, userErr
	case userErr != nil && err != nil:
		return nil, &fs.PathError{Op: "readdir", Path: path.Clean(name), Err: fs.ErrNotExist}
	}
	byName := map[string]fs.DirEntry{}
	for _, entry := range ours {
		byName[entry.Name()] = entry
	}
	for _, entry := range theirs {
		byName[entry.Name()] = entry
	}
	entries := make([]fs.DirEntry, 0, len(byName))
	for _, entry := range byName {
		entries = append(entries, entry)
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].Name() < entries[j].Name() })
	return entries, nil
}
