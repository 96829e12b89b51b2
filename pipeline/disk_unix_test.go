//go:build unix

package pipeline

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
)

// A file is written as os.WriteFile writes it, and what goes wrong is said in the
// same words.
func TestWriteWholeIsWriteFile(t *testing.T) {
	ours, theirs := t.TempDir(), t.TempDir()
	for _, dir := range []string{ours, theirs} {
		putFile(t, dir, "longer", strings.Repeat("what stood there ", 99))
		putFile(t, dir, "folder/file", "")
	}
	same := func(dir string, err error) string {
		var said *fs.PathError
		var number syscall.Errno
		return strings.ReplaceAll(fmt.Sprint(err, errors.As(err, &said), errors.As(err, &number), number), dir, "")
	}
	for _, name := range []string{"new", "empty", "large", "longer", "folder", "folder/file/below", "none/file", "zero\x00", strings.Repeat("long", 99), "/dev/full"} {
		body := []byte("the body of " + name)
		switch name {
		case "empty":
			body = nil
		case "large":
			body = bytes.Repeat(body, 1<<17)
		case "/dev/full":
			if _, err := os.Stat(name); err != nil {
				continue
			}
			if err := writeWhole(name, body); !errors.Is(err, syscall.ENOSPC) || same("", err) != same("", os.WriteFile(name, body, 0o666)) {
				t.Errorf("a full disk: %v", err)
			}
			continue
		}
		got, want := writeWhole(filepath.Join(ours, name), body), os.WriteFile(filepath.Join(theirs, name), body, 0o666)
		if same(ours, got) != same(theirs, want) {
			t.Errorf("%q: %v, and of os: %v", name, got, want)
		}
		if want != nil {
			continue
		}
		if there, err := os.ReadFile(filepath.Join(ours, name)); err != nil || !bytes.Equal(there, body) {
			t.Errorf("%s holds %d bytes of %d, %v", name, len(there), len(body), err)
		}
		mine, err := os.Stat(filepath.Join(ours, name))
		its, err2 := os.Stat(filepath.Join(theirs, name))
		if err != nil || err2 != nil || mine.Mode() != its.Mode() {
			t.Errorf("%s: %v %v, and of os %v %v", name, mine, err, its, err2)
		}
	}
}

// An issue is read as fs.ReadFile reads it, into memory of any size, and no further
// than was asked for.
func TestReadIntoIsReadFile(t *testing.T) {
	dir := t.TempDir()
	folder := diskFolder(dir).(folderFS)
	putFile(t, dir, "folder/file", "")
	if err := fstest.TestFS(folder, "folder/file"); err != nil {
		t.Error(err)
	}
	for _, size := range []int{0, 1, 511, 512, 513, 40_000} {
		body := strings.Repeat("0123456789", size/10+1)[:size]
		putFile(t, dir, "file", body)
		for _, room := range []int{0, 1, 512, 1000, 50_000} {
			for _, most := range []int{0, 1, size, size + 1, 1 << 20} {
				got, err := folder.ReadInto("file", make([]byte, room/2, room), most)
				if want := body[:min(size, most)]; err != nil || string(got) != want {
					t.Errorf("%d bytes, %d at most, into %d: %d, %v", size, most, room, len(got), err)
				}
			}
		}
	}
	for _, name := range []string{"none.md", "", "../x", "/etc", "file/below", "zero\x00", "folder/", strings.Repeat("long", 99)} {
		_, got := folder.ReadInto(name, nil, 10)
		_, want := os.DirFS(dir).Open(name)
		if got == nil || want == nil || got.Error() != want.Error() || errors.Is(got, fs.ErrNotExist) != errors.Is(want, fs.ErrNotExist) {
			t.Errorf("%q: %v, and of os: %v", name, got, want)
		}
	}
	if _, err := folder.ReadInto("folder", nil, 10); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := diskFolder("").(folderFS).ReadInto("etc", nil, 10); err == nil {
		t.Error("the folder of no name is one")
	}
}
