package main

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestCollectOnAFullDisk: a disk that fills up in the middle is said, what came
// before is kept whole, and with room again the next run goes on.
func TestCollectOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	mount := func(flags uintptr, size string) error {
		return syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV|flags, "size="+size)
	}
	if err := mount(0, "2m"); err != nil {
		t.Skipf("no small disk can be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	s := newStoppable(t, dir)
	s.write("ballast", strings.Repeat("x", 1700<<10))
	status, said := s.collect(0, "", nil)
	if status != exitFailed || !strings.Contains(said, "the disk is full") {
		t.Errorf("exit status %d: %s", status, said)
	}
	if err := mount(syscall.MS_REMOUNT, "64m"); err != nil {
		t.Fatal(err)
	}
	before, _ := s.kept()
	hits := map[string]int{}
	for _, address := range before {
		hits[address] = s.web.Hits(address)
	}
	if status, said := s.collect(0, "", nil); status != exitDone {
		t.Errorf("exit status %d: %s", status, said)
	}
	for address, n := range hits {
		if s.web.Hits(address) != n {
			t.Errorf("%s was kept and asked again", address)
		}
	}
	if _, candidates := s.kept(); candidates != 2*stoppableFeeds {
		t.Errorf("%d candidates in %s", candidates, filepath.Join(dir, "inbox.db"))
	}
}
