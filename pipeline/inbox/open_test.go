package inbox_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pullquote/pullquote/pipeline/collect"
	"github.com/pullquote/pullquote/pipeline/inbox"
)

// The tests below start this test binary again, as another process that has the
// same inbox open. roleVariable says what it is to do.
const (
	roleVariable = "PULLQUOTE_INBOX_TEST"
	batch        = 50
)

func TestMain(m *testing.M) {
	role := os.Getenv(roleVariable)
	if role == "" {
		os.Exit(m.Run())
	}
	if err := other(role, os.Getenv(roleVariable+"_PATH")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// other is the other process: it opens the inbox and, in the role of a number,
// saves that many batches (without end for 0), printing each once it is stored.
func other(role, path string) error {
	ctx := context.Background()
	b, err := inbox.Open(ctx, path, nil)
	if err != nil {
		return err
	}
	defer b.Close()
	name, count, _ := strings.Cut(role, " ")
	if name == "open" {
		return nil
	}
	last, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	for n := 1; last == 0 || n <= last; n++ {
		var entries []collect.Entry
		for i := range batch {
			entries = append(entries, collect.Entry{Title: name, Link: fmt.Sprintf("https://news.example/%s/%d/%d", name, n, i)})
		}
		if _, err := b.SaveResults(ctx, []collect.Result{result(name, entries...)}); err != nil {
			return err
		}
		fmt.Println(n)
	}
	return nil
}

func start(t *testing.T, role, path string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program)
	c.Env = append(os.Environ(), roleVariable+"="+role, roleVariable+"_PATH="+path)
	c.Stderr = os.Stderr
	return c
}

func TestEightProcessesMakeOneInbox(t *testing.T) {
	for round := range 3 {
		path := filepath.Join(t.TempDir(), fmt.Sprint(round), "inbox.db")
		if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var others []*exec.Cmd
		for range 8 {
			c := start(t, "open", path)
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			others = append(others, c)
		}
		for _, c := range others {
			if err := c.Wait(); err != nil {
				t.Errorf("a process that opened the new inbox with others: %v", err)
			}
		}
	}
}

func TestTwoProcessesWriteAtOnce(t *testing.T) {
	d := open(t)
	var others []*exec.Cmd
	for _, role := range []string{"left 20", "right 20"} {
		c := start(t, role, d.path)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		others = append(others, c)
	}
	for n := range 20 { // and this process is the third
		d.save(result("here", collect.Entry{Title: "here", Link: fmt.Sprintf("https://news.example/here/%d", n)}))
	}
	for _, c := range others {
		if err := c.Wait(); err != nil {
			t.Errorf("a process that wrote at the same time: %v", err)
		}
	}
	if got, want := len(d.list(inbox.Filter{})), 2*20*batch+20; got != want {
		t.Errorf("%d candidates, want %d", got, want)
	}
}

func TestReadingWaitsForNoWriter(t *testing.T) {
	d := open(t)
	d.save(result("here", collect.Entry{Title: "here", Link: "https://news.example/here"}))
	writer, err := sql.Open("sqlite", d.path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	tx, err := writer.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) // less than the wait for a lock
	defer cancel()
	b, err := inbox.Open(ctx, d.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if list, err := b.List(ctx, inbox.Filter{}); err != nil || len(list) != 1 {
		t.Errorf("%d candidates, %v", len(list), err)
	}
}

func TestAKilledProcessLosesNothingStored(t *testing.T) {
	for round := range 3 {
		d := open(t)
		c := start(t, "left 0", d.path)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		stored := 0
		for stored < 5+round && lines.Scan() {
			stored++
		}
		if err := c.Process.Kill(); err != nil { // SIGKILL, in the midst of the next batch
			t.Fatal(err)
		}
		for lines.Scan() { // batches it had reported before the end
			stored++
		}
		_ = c.Wait()
		have := map[string]int{}
		for _, candidate := range d.list(inbox.Filter{}) {
			have[strings.Split(candidate.URL, "/")[4]]++
		}
		if len(have) < stored {
			t.Errorf("%d batches are there, %d were reported as stored", len(have), stored)
		}
		for n, count := range have {
			if count != batch {
				t.Errorf("batch %s has %d of its %d entries", n, count, batch)
			}
		}
		d.save(result("here", collect.Entry{Title: "here", Link: "https://news.example/here/and/now"})) // and it can be written to
	}
}

func TestOpenSaysWhatIsWrongWithTheFile(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	database := func(name, statement string) string {
		path := filepath.Join(dir, name)
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct{ name, path, want string }{
		{"text", write("notes.txt", strings.Repeat("just a note, not a database\n", 100)), "the file is not an inbox; move it away"},
		{"another program's database", database("other.db", `CREATE TABLE bookmark (url TEXT)`), "belongs to another program"},
		{"a newer inbox", database("newer.db", `CREATE TABLE schema_step (number INTEGER, applied TEXT); INSERT INTO schema_step VALUES (99, '')`), "update pullquote"},
		{"no folder", filepath.Join(dir, "none", "inbox.db"), "look whether its folder is there"},
		{"a folder", dir, "opening inbox"},
	} {
		before, _ := os.ReadFile(c.path)
		b, err := inbox.Open(ctx, c.path, nil)
		if err == nil {
			b.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("%s: error %v; want one with %q", c.name, err, c.want)
		}
		after, _ := os.ReadFile(c.path)
		if c.name == "text" && string(before) != string(after) {
			t.Errorf("%s: the file was changed", c.name)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
		t.Error("a folder was made")
	}
}

func TestOpenTakesAnyFolderName(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "what 100% #1 & all")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "inbox.db")
	for range 2 { // made, then opened again
		b, err := inbox.Open(context.Background(), path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if err := b.Close(); err != nil {
			t.Errorf("closing twice: %v", err)
		}
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestOpenWaitsNoLongerThanItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if b, err := inbox.Open(ctx, filepath.Join(t.TempDir(), "inbox.db"), func() time.Time { return time.Time{} }); err == nil {
		b.Close()
		t.Error("opened although cancelled")
	}
}
