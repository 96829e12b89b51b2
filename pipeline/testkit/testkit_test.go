package testkit_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pullquote/pullquote/pipeline/testkit"
)

func TestGolden(t *testing.T) {
	dir := t.TempDir()
	golden := func(name, got string, update bool) string {
		r := &recorder{}
		testkit.Golden(r, dir, name, []byte(got), update)
		return r.fault
	}
	if fault := golden("site/a.html", "one\ntwo\n", false); !strings.Contains(fault, "make golden") {
		t.Errorf("a missing golden: %q", fault)
	}
	if fault := golden("site/a.html", "one\ntwo\n", true); fault != "" {
		t.Errorf("update: %q", fault)
	}
	if fault := golden("site/a.html", "one\ntwo\n", false); fault != "" {
		t.Errorf("the same bytes: %q", fault)
	}
	fault := golden("site/a.html", "one\n2\n", false)
	for _, want := range []string{"line 2", `want "two\n"`, `got  "2\n"`} {
		if !strings.Contains(fault, want) {
			t.Errorf("a difference: %q lacks %q", fault, want)
		}
	}
	if fault := golden("site/a.html", "one\ntwo\nthree", false); !strings.Contains(fault, "line 3") {
		t.Errorf("a longer text: %q", fault)
	}
}

func TestUnclaimedGoldens(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.html", "site/b.html", "site/c.html"} {
		testkit.Golden(t, dir, name, []byte("x"), true)
	}
	left, err := testkit.Unclaimed(dir, "a.html", "site/c.html")
	if err != nil || !slices.Equal(left, []string{"site/b.html"}) {
		t.Errorf("%q, %v", left, err)
	}
	if left, err := testkit.Unclaimed(dir+"/none", "a.html"); err != nil || len(left) > 0 {
		t.Errorf("no folder: %q, %v", left, err)
	}
}

func TestClockStandsStill(t *testing.T) {
	start := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	now := testkit.Clock(start)
	if first, second := now(), now(); !first.Equal(start) || !second.Equal(start) {
		t.Error("the clock moved")
	}
}
