package pipeline

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestAFullDiskIsSaid: what was not written, that what stood is whole, and what
// to do.
func TestAFullDiskIsSaid(t *testing.T) {
	dir := t.TempDir()
	stands := filepath.Join(dir, "0001-keys.md")
	if err := WriteFile(stands, []byte("her words\n")); err != nil {
		t.Fatal(err)
	}
	for _, full := range []error{
		&fs.PathError{Op: "write", Path: filepath.Join(dir, ".x.tmp"), Err: syscall.ENOSPC},
		&fs.PathError{Op: "write", Path: filepath.Join(dir, ".x.tmp"), Err: syscall.EDQUOT},
		io.ErrShortWrite,
	} {
		for name, left := range map[string]string{stands: "the file is as it was", filepath.Join(dir, "0002-new.md"): "nothing was written"} {
			err := writeFile(name, func(w io.Writer) error {
				if _, err := io.WriteString(w, "half of"); err != nil {
					t.Fatal(err)
				}
				return full
			})
			if err == nil || !strings.Contains(err.Error(), "writing "+name+": the disk is full") ||
				!strings.HasSuffix(err.Error(), ": "+left+"; make room and run the command again") || strings.Contains(err.Error(), ".tmp") {
				t.Errorf("%v for %s: %v", full, filepath.Base(name), err)
			}
		}
	}
	if err := writeFile(stands, func(io.Writer) error { return fs.ErrPermission }); !errors.Is(err, fs.ErrPermission) || strings.Contains(err.Error(), "full") ||
		!strings.Contains(err.Error(), "the file is as it was") {
		t.Errorf("another fault: %v", err)
	}
	if body, err := os.ReadFile(stands); err != nil || string(body) != "her words\n" {
		t.Errorf("what stood is %q, %v", body, err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
		t.Errorf("%v, %v", names, err)
	}
}
