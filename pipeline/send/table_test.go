package send

import (
	"fmt"
	"os"
	"testing"
)

// TestTable: what was put into the table is got from it, through its growing,
// and nothing is left on the disk.
func TestTable(t *testing.T) {
	dir := t.TempDir()
	table, err := newTable(dir)
	if err != nil {
		t.Fatal(err)
	}
	const n = 5000 // it grows three times
	for round := range 2 {
		for i := range n {
			if err := table.put(keyOf(fmt.Sprintf("reader%d@town.example", i)), fact{int64(i + 1), state((i + round) % 6)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if table.used != n {
		t.Errorf("%d addresses are known, of %d", table.used, n)
	}
	for i := range n {
		f, err := table.get(keyOf(fmt.Sprintf("Reader%d@TOWN.example", i)))
		if want := (fact{int64(i + 1), state((i + 1) % 6)}); err != nil || f != want {
			t.Fatalf("reader%d: %v, %v; want %v", i, f, err, want)
		}
	}
	if f, err := table.get(keyOf("nobody@town.example")); err != nil || f != (fact{}) {
		t.Errorf("nobody: %v, %v", f, err)
	}
	table.close()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left on the disk: %v, %v", left, err)
	}
}
