package main

// What stops a run in the middle: a kill, a Ctrl-C. The program runs as a
// process of its own; the web tells when it has been asked so and so often.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pullquote/pullquote/pipeline/inbox"
	"github.com/pullquote/pullquote/pipeline/testkit"
)

// countedFiles are files that call when once after as many were opened whose
// name ends with suffix.
type countedFiles struct {
	all    fstest.MapFS // a field: its ReadFile would go past Open
	mu     sync.Mutex
	suffix string
	after  int
	when   func()
}

func (c *countedFiles) Open(name string) (fs.File, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if strings.HasSuffix(name, c.suffix) && c.when != nil {
		if c.after--; c.after == 0 {
			go c.when()
			c.when = nil
		}
	}
	return c.all.Open(name)
}

// remove takes a file away, whoever is still served.
func (c *countedFiles) remove(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.all, name)
}

func (c *countedFiles) call(after int, suffix string, when func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.after, c.suffix, c.when = 2*after, suffix, when // each is looked at, then read
}

// stoppable is a workspace of many feeds, two stories each, and their web.
type stoppable struct {
	*testing.T
	dir   string
	files *countedFiles
	web   *testkit.Web
	env   []string
}

const stoppableFeeds = 120

func feedOf(i int) string { return fmt.Sprintf("https://h%d.example/feed.xml", i) }

func newStoppable(t *testing.T, dir string) *stoppable {
	t.Helper()
	s := &stoppable{T: t, dir: dir, files: &countedFiles{all: fstest.MapFS{}}}
	sources := "feeds:\n"
	for i := range stoppableFeeds {
		host := fmt.Sprintf("h%d.example", i)
		s.files.all[host+"/feed.xml"] = &fstest.MapFile{Data: fmt.Appendf(nil, `<rss version="2.0"><channel><title>Harbour %d</title>
			<item><title>Lock %d</title><link>/lock</link></item><item><title>Key %d</title><link>/key</link></item></channel></rss>`, i, i, i)}
		for _, name := range []string{"/lock", "/key"} {
			s.files.all[host+name] = &fstest.MapFile{Data: []byte("<title>Story</title><p>The harbour changed its locks.</p>")}
		}
		for _, name := range []string{"/feed.xml", "/lock", "/key"} {
			s.files.all[host+name+".http"] = &fstest.MapFile{Data: []byte("X-Web-Delay: 10ms\n")}
		}
		sources += fmt.Sprintf("  - {name: Harbour %d, feed: %q}\n", i, feedOf(i))
	}
	var err error
	if s.web, err = testkit.NewWeb(s.files); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.web.Close() })
	s.write("pullquote.yaml", "name: Test\nurl: https://letter.example/\n")
	s.write("sources/feeds.yaml", sources)
	s.write("authority.pem", string(s.web.CA()))
	s.env = append(os.Environ(), "PULLQUOTE_TEST_MAIN=1", "PULLQUOTE_PROXY="+s.web.Proxy(),
		"PULLQUOTE_PROXY_CA="+filepath.Join(s.dir, "authority.pem"))
	return s
}

func (s *stoppable) write(name, text string) {
	s.Helper()
	full := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(full), 0o777); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o666); err != nil {
		s.Fatal(err)
	}
}

// collect runs `pullquote collect`; when so many files with that ending were
// asked for, stop is done to it. It gives the exit status (-1: killed) and what
// was said.
func (s *stoppable) collect(after int, suffix string, stop func(*os.Process)) (int, string) {
	s.Helper()
	self, err := os.Executable()
	if err != nil {
		s.Fatal(err)
	}
	var said bytes.Buffer
	cmd := exec.Command(self, "--", "-C", s.dir, "--at", "2026-11-22T17:00:00Z", "collect")
	cmd.Env, cmd.Stdout, cmd.Stderr = s.env, &said, &said
	started := make(chan struct{})
	if stop != nil {
		s.files.call(after, suffix, func() { <-started; stop(cmd.Process) })
	}
	if err := cmd.Start(); err != nil {
		s.Fatal(err)
	}
	close(started)
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), said.String()
}

// kept gives the addresses that need not be asked again: of feeds whose answer
// and of candidates whose page is in the inbox; and how many candidates there are.
func (s *stoppable) kept() (addresses []string, candidates int) {
	s.Helper()
	ctx := context.Background()
	box, err := inbox.Open(ctx, filepath.Join(s.dir, "inbox.db"), nil)
	if err != nil {
		s.Fatal(err)
	}
	defer box.Close()
	states, err := box.States(ctx)
	if err != nil {
		s.Fatal(err)
	}
	for feed := range states {
		addresses = append(addresses, feed)
	}
	list, err := box.List(ctx, inbox.Filter{Place: inbox.All})
	if err != nil {
		s.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range list {
		if seen[c.URL] {
			s.Errorf("%s is there twice", c.URL)
		}
		seen[c.URL] = true
		if len(c.Sources) != 1 {
			s.Errorf("%s has the sources %q", c.URL, c.Sources)
		}
		if c.Page.Kept {
			addresses = append(addresses, c.Link)
		}
	}
	return addresses, len(list)
}

func TestKilledRunGoesOn(t *testing.T) {
	s := newStoppable(t, t.TempDir())
	hits := map[string]int{} // of what was kept when a run was killed
	for _, run := range []struct {
		after  int
		suffix string
		least  int // kept by now
	}{
		{70, "/feed.xml", 0}, {90, "/feed.xml", 0}, {45, "/lock", stoppableFeeds},
	} {
		if run.least == 0 && len(hits) > 0 {
			run.after = (stoppableFeeds - len(hits)) * 3 / 4
		}
		status, said := s.collect(run.after, run.suffix, func(p *os.Process) { _ = p.Kill() })
		if status == exitDone || status == exitNeeds {
			t.Fatalf("not killed: %s", said)
		}
		kept, _ := s.kept()
		if len(kept) < run.least {
			t.Errorf("%d kept, want %d or more", len(kept), run.least)
		}
		for _, address := range kept {
			if now := s.web.Hits(address); hits[address] > 0 && now != hits[address] {
				t.Errorf("%s was kept and asked again", address)
			}
			hits[address] = s.web.Hits(address)
		}
	}
	if status, said := s.collect(0, "", nil); status != exitDone {
		t.Fatalf("exit status %d: %s", status, said)
	}
	for address, n := range hits {
		if now := s.web.Hits(address); now != n {
			t.Errorf("%s was kept and asked again", address)
		}
	}
	kept, candidates := s.kept()
	if candidates != 2*stoppableFeeds || len(kept) != 3*stoppableFeeds {
		t.Errorf("%d candidates, %d feeds and pages kept; want %d and %d", candidates, len(kept), 2*stoppableFeeds, 3*stoppableFeeds)
	}
}

func TestInterruptKeepsWhatCame(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no process can be sent Ctrl-C here")
	}
	s := newStoppable(t, t.TempDir())
	for i := range 10 { // servers that would keep the run for a minute
		s.files.all[fmt.Sprintf("h%d.example/feed.xml.http", i)].Data = []byte("X-Web-Delay: 60s\n")
	}
	var pressed time.Time
	status, said := s.collect(80, "/feed.xml", func(p *os.Process) {
		pressed = time.Now()
		_ = p.Signal(os.Interrupt)
	})
	// 2 seconds are promised; the rest is for a machine under load.
	if took := time.Since(pressed); pressed.IsZero() || took > 4*time.Second {
		t.Errorf("ended %s after Ctrl-C", took)
	}
	if status != exitNeeds || !strings.Contains(said, "Stopped after ") || !strings.Contains(said, " of 120 sources") {
		t.Errorf("exit status %d, and says %s", status, said)
	}
	kept, _ := s.kept()
	if len(kept) < 20 {
		t.Errorf("%d feeds kept", len(kept))
	}
	hits := map[string]int{}
	for _, address := range kept {
		hits[address] = s.web.Hits(address)
	}
	for i := range 10 {
		s.files.remove(fmt.Sprintf("h%d.example/feed.xml.http", i))
	}
	if status, said = s.collect(0, "", nil); status != exitDone {
		t.Errorf("exit status %d: %s", status, said)
	}
	for address, n := range hits {
		if s.web.Hits(address) != n {
			t.Errorf("%s was kept and asked again", address)
		}
	}
	if _, candidates := s.kept(); candidates != 2*stoppableFeeds {
		t.Errorf("%d candidates", candidates)
	}
}
