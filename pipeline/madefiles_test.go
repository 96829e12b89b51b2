package pipeline

import (
	"fmt"
	"maps"
	"strings"
	"testing"
)

func TestMadeFilesIsAMap(t *testing.T) {
	var made, other madeFiles
	if _, ok := made.get("site/index.html"); ok {
		t.Error("the empty one has a file")
	}
	want := map[string]mark{}
	var order []string
	for i := range 5000 {
		name := fmt.Sprintf("site/%d/%s.html", i%1700, strings.Repeat("é", i%90))
		_, there := want[name]
		if !there {
			order = append(order, name)
		}
		m := mark{size: int64(i) << 20}
		m.sum[i%16] = byte(i)
		want[name] = m
		if twice, ok := made.put(name, m); !ok || twice != there {
			t.Fatalf("%s: room %v, twice %v", name, ok, twice)
		}
	}
	got := map[string]mark{}
	i := 0
	for name, m := range made.all() {
		if string(name) != order[i] {
			t.Fatalf("file %d is %s, not %s", i, name, order[i])
		}
		got[string(name)] = m
		i++
		if there, ok := made.get(string(name)); !ok || there != m {
			t.Fatalf("%s: %v %v, not %v", name, there, ok, m)
		}
	}
	if !maps.Equal(got, want) || made.count != len(want) {
		t.Errorf("%d files of %d, or with other marks", made.count, len(want))
	}
	if _, ok := made.get("site/none"); ok {
		t.Error("it has a file that nobody put")
	}

	for name, m := range made.all() {
		if made.equal(&other) {
			t.Fatal("it equals a part of it")
		}
		other.put(string(name), m)
	}
	if !made.equal(&other) {
		t.Error("it differs from one with the same files")
	}
	var expected, none madeFiles
	expected.expect(&none)
	expected.expect(&made)
	if _, ok := expected.get(order[0]); ok || expected.equal(&made) {
		t.Error("what is expected is taken as there")
	}
	for name, m := range made.all() {
		expected.put(string(name), m)
	}
	expected.put("site/new", mark{size: 1})
	expected.expect(&none)
	if _, ok := expected.get("site/new"); !ok || expected.count != made.count+1 || len(expected.slots) != len(made.slots) {
		t.Errorf("%d files were expected, and %d put", made.count, expected.count)
	}
	other.put(order[7], mark{size: 1})
	if made.equal(&other) {
		t.Error("it equals one with another mark")
	}
	if _, ok := made.put(strings.Repeat("x", longestPath+1), mark{}); ok {
		t.Error("there is room for any path")
	}
}
