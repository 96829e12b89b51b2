package issue

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// A head comes back as it was, with any date; one that has more than a few bytes
// can say is refused.
func TestPlainHead(t *testing.T) {
	zone := time.FixedZone("", 5*3600+1800)
	for _, h := range []Head{
		{},
		{
			File: "0007-x.md", Number: 7, Title: "A \"week\" of é", Date: time.Date(2026, 4, 5, 9, 30, 0, 1, zone), Description: "d", Permalink: "/x/",
			Aliases: []string{"/old/", ""}, Tags: []string{"tag"}, Draft: true, Words: 1234, Hash: "abcd", TitleLine: 2, DateLine: 3, PermalinkLine: 4,
		},
		{Number: -3, Date: time.Date(-44, 3, 15, 0, 0, 0, 0, time.UTC), Title: "\xff"},
	} {
		packed, ok := h.AppendPlain([]byte("before"))
		if !ok {
			t.Fatalf("%+v is refused", h)
		}
		again, ok := PlainHead(packed[len("before"):])
		if !ok || !again.Date.Equal(h.Date) || again.Date.Format(time.RFC3339Nano) != h.Date.Format(time.RFC3339Nano) {
			t.Errorf("%+v came back as %+v, %v", h, again, ok)
		}
		again.Date = h.Date
		if !reflect.DeepEqual(again, h) {
			t.Errorf("%+v came back as %+v", h, again)
		}
	}
	for _, h := range []Head{{Items: []ItemHead{{}}}, {Corrections: []Correction{{}}}, {Mark: Mark{TLP: "red"}}, {Date: time.Now().In(time.FixedZone("", 40_000*60))}} {
		if packed, ok := h.AppendPlain([]byte("x")); ok || string(packed) != "x" {
			t.Errorf("%+v is taken: %q", h, packed)
		}
	}
}

// What is no head is refused, and costs no more than its bytes.
func FuzzPlainHead(f *testing.F) {
	whole, _ := Head{File: "a.md", Aliases: []string{"/b/"}, Tags: []string{"c", "d"}}.AppendPlain(nil)
	f.Add(whole)
	f.Add(append([]byte{0, 0, 0, 0, 0, 0, 254, 255, 255, 255, 15}, whole...))
	f.Fuzz(func(t *testing.T, body []byte) {
		h, ok := PlainHead(body)
		if !ok {
			return
		}
		packed, fit := h.AppendPlain(nil)
		if again, ok := PlainHead(packed); fit && (!ok || !reflect.DeepEqual(again, h)) {
			t.Errorf("%+v came back as %+v", h, again)
		}
	})
}

// Strings that are kept side by side are what they were, and stay it.
func TestTexts(t *testing.T) {
	var texts Texts
	var kept, want []string
	for i := range 5000 {
		s := string(rune('a'+i%26)) + time.Unix(int64(i), 0).UTC().String()
		one, two := s, s[:i%7]
		texts.Keep(&one, &two)
		kept, want = append(kept, one, two), append(want, s, s[:i%7])
	}
	long := string(make([]byte, 100<<10))
	texts.Keep(&long)
	if !reflect.DeepEqual(kept, want) || len(long) != 100<<10 {
		t.Error("they changed")
	}
}

// The memory of an issue that was done with serves the next one, which is as if it
// had been the first; an issue that was not keeps its own.
func TestReleasedMemoryServesTheNext(t *testing.T) {
	files := corpus(t)
	files["nested.md"] = []byte("---\ntitle: A\n---\n\n> > - a\n> >   - *b* [c](https://c.example/)\n\n| a | b |\n|-|-|\n| **c** | d |\n")
	for range 2 {
		for name, src := range files {
			want, _ := Parse(name, src)
			for range 2 {
				got, _ := Parse(name, src)
				if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Issue{})); diff != "" {
					t.Fatalf("%s: %s", name, diff)
				}
				got.Release()
				got.Release() // which gives nothing back twice
				if got.Intro != nil || got.Items != nil || got.Outro != nil {
					t.Fatalf("%s has a text still", name)
				}
			}
		}
	}
}
