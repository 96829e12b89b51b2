package inbox_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pullquote/pullquote/pipeline/collect"
	"github.com/pullquote/pullquote/pipeline/inbox"
)

// TestHosts: what is learned of servers is there for the next run, for as long
// as it is of use.
func TestHosts(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	b, err := inbox.Open(ctx, filepath.Join(t.TempDir(), "inbox.db"), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	want := []collect.HostFact{
		{Host: "a.example:443", Asked: now, Rules: []string{"disallow /<x>", "allow /y"}},
		{Host: "b.example:443", Asked: now.Add(-time.Hour), Denied: true},
		{Host: "c.example:80", Paused: now.Add(2 * time.Hour)},
	}
	for range 2 {
		if err := b.SaveHosts(ctx, append(want, collect.HostFact{Host: "old.example:80", Asked: now.AddDate(0, 0, -2)})); err != nil {
			t.Fatal(err)
		}
	}
	got, err := b.Hosts(ctx, now.AddDate(0, 0, -1))
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n-want +got\n%s", err, diff)
	}
}
