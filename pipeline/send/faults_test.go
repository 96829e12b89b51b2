package send

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// badDisk is a ledger's file that fails at one call, and from then on.
type badDisk struct {
	*os.File
	left *int // calls until it fails
	keep int  // percent of the bytes of the failing write that reach the disk
}

var errDisk = &os.PathError{Op: "write", Path: "0012.jsonl", Err: syscall.ENOSPC}

func (d badDisk) fails() bool {
	*d.left--
	return *d.left < 0
}

func (d badDisk) Write(p []byte) (int, error) {
	if *d.left < 0 {
		return 0, errDisk
	}
	if d.fails() {
		n, _ := d.File.Write(p[:len(p)*d.keep/100])
		return n, errDisk
	}
	return d.File.Write(p)
}

func (d badDisk) Sync() error {
	if *d.left < 0 || d.fails() {
		return errDisk
	}
	return nil // a real sync is slow, and no power is cut here
}

func (d badDisk) Truncate(size int64) error {
	if *d.left < 0 || d.fails() {
		return errDisk
	}
	return d.File.Truncate(size)
}

// TestDiskFails: whichever call to the ledger's disk is the first to fail, with
// nothing, half or all of a line on the disk: the run stops before the next
// hand-over and says why; when there is room again the same command reaches
// everybody, nobody twice, and at most the one whose hand-over it was is uncertain.
func TestDiskFails(t *testing.T) {
	const n = 4
	fate := func(to string) Outcome {
		switch {
		case strings.HasPrefix(to, "reader1@"):
			return Outcome{What: Refused, Reply: "550 no such person"}
		case strings.HasPrefix(to, "reader2@"):
			return Outcome{What: Uncertain, Reply: "the connection broke"}
		}
		return Outcome{What: Accepted, Reply: "250 ok"}
	}
	failed := 0
	for call := 0; ; call++ {
		done := false
		for _, keep := range []int{0, 50, 100} {
			got := map[string]int{}
			name := filepath.Join(t.TempDir(), "0012.jsonl")
			left := call
			run := func(disk func(*os.File) ledgerFile) (Report, error) {
				c := newClock()
				return Send(t.Context(), Options{
					Mail: newMail(t, MailOptions{}), List: strings.NewReader(people(n)), Ledger: name, Header: header(), Now: c.Now, Sleep: c.Sleep,
					disk: disk, deliver: func(_ context.Context, _, to string, _ []byte) Outcome {
						if left < 0 && disk != nil {
							t.Errorf("call %d: %s was handed over after the disk failed", call, to)
						}
						got[to]++
						return fate(to)
					},
				})
			}
			r, err := run(func(f *os.File) ledgerFile { return badDisk{File: f, left: &left, keep: keep} })
			if left >= 0 { // it had room for all
				if err != nil || len(got) != n {
					t.Fatalf("%+v, %v", r, err)
				}
				done = true
				break
			}
			if failed++; !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "0012.jsonl") {
				t.Fatalf("call %d: %v", call, err)
			}
			r, err = run(nil)
			if err != nil {
				t.Fatalf("call %d, %d percent: the next run: %v", call, keep, err)
			}
			unsure := map[string]bool{}
			for _, p := range r.Uncertain {
				unsure[p.Email] = true
			}
			if len(unsure) > 2 {
				t.Errorf("call %d, %d percent: uncertain are %v", call, keep, unsure)
			}
			for i := range n {
				to := fmt.Sprintf("reader%d@town%d.example", i, i%7)
				if got[to] > 1 || got[to] == 0 && !unsure[to] {
					t.Errorf("call %d, %d percent: %s was sent to %d times, uncertain are %v", call, keep, to, got[to], unsure)
				}
			}
		}
		if done {
			break
		}
	}
	if failed < 3*2*(1+2*n) { // a truncation, then a write and a sync for each of nine lines, three ways
		t.Errorf("only %d failures were tried", failed)
	}
}
