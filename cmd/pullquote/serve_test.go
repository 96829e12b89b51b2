package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestServeAnswersThisMachineOnly(t *testing.T) {
	dir := t.TempDir()
	writeTest(t, filepath.Join(dir, "index.html"), "<body>Home</body>")
	writeTest(t, filepath.Join(dir, "about", "index.html"), "<body>About</body>")
	writeTest(t, filepath.Join(dir, "404.html"), "<body>Nothing</body>")
	writeTest(t, filepath.Join(dir, "..", "secret"), "secret")
	defer os.Remove(filepath.Join(dir, "..", "secret"))
	live := &liveSite{dir: dir, host: "127.0.0.1:8000", waiting: map[chan struct{}]bool{}}
	for _, c := range []struct {
		method, host, path string
		status             int
		want               string
	}{
		{"GET", "127.0.0.1:8000", "/", 200, "Home" + liveScript},
		{"GET", "localhost:8000", "/about/", 200, "About"},
		{"GET", "127.0.0.1:8000", "/about", 301, ""},
		{"GET", "127.0.0.1:8000", "/nowhere/", 404, "Nothing"},
		{"GET", "127.0.0.1:8000", "/../secret", 404, "Nothing"},
		{"GET", "evil.example:8000", "/", 403, "127.0.0.1:8000 only"},
		{"POST", "127.0.0.1:8000", "/", 405, ""},
	} {
		r := httptest.NewRequest(c.method, "http://x/", nil)
		r.URL.Path, r.Host = c.path, c.host
		w := httptest.NewRecorder()
		live.ServeHTTP(w, r)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s %s%s: %d %q, want %d %q", c.method, c.host, c.path, w.Code, w.Body, c.status, c.want)
		}
	}
}

func TestServeTellsOpenPages(t *testing.T) {
	live := &liveSite{dir: t.TempDir(), waiting: map[chan struct{}]bool{}}
	server := httptest.NewServer(live)
	defer server.Close()
	live.host = strings.TrimPrefix(server.URL, "http://")
	response, err := http.Get(server.URL + livePath)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	buffer := make([]byte, 200)
	if n, err := response.Body.Read(buffer); err != nil || !strings.HasPrefix(string(buffer[:n]), ":") {
		t.Fatalf("%q, %v", buffer[:n], err)
	}
	live.tell()
	if n, err := response.Body.Read(buffer); err != nil || !strings.HasPrefix(string(buffer[:n]), "event: rendered\n") {
		t.Fatalf("%q, %v", buffer[:n], err)
	}
}
