package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestIssuesOnAFullDisk: what is not written is said with its cure, and the
// editor's file is as it was.
func TestIssuesOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, "size=400k"); err != nil {
		t.Skipf("no small disk can be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	do := func(args ...string) (status int, said string) {
		var out, errs bytes.Buffer
		status = run(append([]string{"-C", dir}, args...), strings.NewReader(""), &out, &errs, noEnv)
		return status, out.String() + errs.String()
	}
	if status, said := do("init"); status != exitDone {
		t.Fatal(said)
	}
	const file, before = "issues/0001-keys.md", "---\ntitle: \"1 - Keys\"\ndraft: true\n---\n\n## [One](https://a.example/1)\n\n> A quote.   \n\nA __note__.\n\n\n\n\n*   x\n"
	if err := os.WriteFile(filepath.Join(dir, file), []byte(before), 0o666); err != nil {
		t.Fatal(err)
	}
	_ = os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 400<<10), 0o666) // until nothing fits any more
	for _, c := range []struct{ args, want string }{
		{"issues fmt --write 1", "0001-keys.md was not changed"},
		{"render", "what was rendered before is as it was"},
	} {
		status, said := do(strings.Fields(c.args)...)
		if status != exitFailed || !strings.Contains(said, c.want) || !strings.Contains(said, "the disk is full") || !strings.Contains(said, "make room and run the command again") {
			t.Errorf("%s: exit status %d: %s", c.args, status, said)
		}
	}
	if body, err := os.ReadFile(filepath.Join(dir, file)); err != nil || string(body) != before {
		t.Errorf("%q, %v", body, err)
	}
	if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
		t.Fatal(err)
	}
	if status, said := do("issues", "fmt", "--write", "1"); status != exitDone {
		t.Errorf("with room again: exit status %d: %s", status, said)
	}
	if body, err := os.ReadFile(filepath.Join(dir, file)); err != nil || string(body) == before {
		t.Errorf("nothing was formatted: %v", err)
	}
}
