package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline"
)

func serveCommand(a *app) *cobra.Command {
	var opts pipeline.RenderOptions
	var port int
	cmd := &cobra.Command{
		Use:   "serve [--port N]",
		Short: "Show the site while you write: saved is seen",
		Long: `Renders the site, drafts included, into a folder of its own and shows it on this
machine only. It renders again whenever a file of issues/, pages/, templates/ or
pullquote.yaml is saved, and the browser shows the new page by itself. When what
you saved is broken, it says so here and goes on showing the last good site.`,
		Example: `  pullquote serve
  pullquote serve --port 8080`,
		Annotations: exits(""),
		Args:        exactly(0, "flags"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := a.pipeline(); err != nil {
				return err
			}
			listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
			if err != nil {
				return fmt.Errorf("serving on port %d: %w", port, err)
			}
			defer listener.Close()
			dir, err := os.MkdirTemp("", "pullquote-serve-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(dir)
			opts.Out, opts.Drafts, opts.Site = dir, true, true
			opts.Base = "http://" + listener.Addr().String() + "/"
			return a.serve(cmd.Context(), listener, opts)
		},
	}
	cmd.Flags().IntVar(&port, "port", 8000, "the `PORT` to listen on; 0 takes a free one")
	return cmd
}

// liveScript asks to be told of a new rendering. It is put into pages as they
// are served, never into a file.
const (
	livePath   = "/-/live"
	liveScript = `<script>new EventSource("` + livePath + `").addEventListener("rendered", () => location.reload())</script>`
)

// serve renders, serves and renders again until ctx ends.
func (a *app) serve(ctx context.Context, listener net.Listener, opts pipeline.RenderOptions) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	live := &liveSite{dir: filepath.Join(opts.Out, "site"), host: listener.Addr().String(), waiting: map[chan struct{}]bool{}}
	if err := a.renderAgain(ctx, opts); err != nil {
		return err
	}
	server := &http.Server{Handler: live, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	defer server.Close()
	a.say("%s shows the site; end it with Ctrl-C.", opts.Base)
	// A look at a few hundred files twice a second costs less than a watcher
	// that behaves differently on every system.
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	seen := a.saved()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return fmt.Errorf("serving: %w", err)
		case <-tick.C:
		}
		now := a.saved()
		if now == seen {
			continue
		}
		seen = now
		err := a.renderAgain(ctx, opts)
		var broken *pipeline.BrokenError
		switch {
		case errors.As(err, &broken):
			a.problems(broken.Problems)
			a.say("The last good site still stands.")
		case err != nil:
			a.fault(err.Error(), "the last good site still stands")
		default:
			a.say("Rendered again.")
			live.tell()
		}
	}
}

// renderAgain renders with what pullquote.yaml says now.
func (a *app) renderAgain(ctx context.Context, opts pipeline.RenderOptions) error {
	ws, problems, err := pipeline.OpenWorkspace(a.pipe.Dir)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return &pipeline.BrokenError{Problems: problems}
	}
	options, err := a.options()
	if err != nil {
		return err
	}
	p := pipeline.New(ws, options)
	defer p.Close()
	_, err = p.Render(ctx, opts)
	return err
}

// saved tells one state of the editor's files from another.
func (a *app) saved() string {
	var b strings.Builder
	for _, name := range []string{pipeline.NewsletterFile, "issues", "pages", "templates"} {
		_ = filepath.WalkDir(filepath.Join(a.pipe.Dir, name), func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return nil // being written, or not there: the next look tells
			}
			if info, err := entry.Info(); err == nil && !entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") {
				fmt.Fprintf(&b, "%s %d %d\n", path, info.Size(), info.ModTime().UnixNano())
			}
			return nil
		})
	}
	return b.String()
}

// liveSite serves the rendered files to this machine's browser.
type liveSite struct {
	dir     string
	host    string
	mu      sync.Mutex
	waiting map[chan struct{}]bool
}

// tell wakes every page that is open.
func (l *liveSite) tell() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.waiting {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

func (l *liveSite) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// A name that a stranger's page had pointed at this machine reads nothing
	// (DNS rebinding).
	_, port, _ := net.SplitHostPort(l.host)
	if r.Host != l.host && r.Host != net.JoinHostPort("localhost", port) {
		http.Error(w, "this server answers to "+l.host+" only", http.StatusForbidden)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if r.URL.Path == livePath {
		l.events(w, r)
		return
	}
	files := os.DirFS(l.dir)
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" || strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	body, err := fs.ReadFile(files, name) // fs.ValidPath keeps it inside
	if err != nil {
		if info, dirErr := fs.Stat(files, name); dirErr == nil && info.IsDir() {
			http.Redirect(w, r, "/"+name+"/", http.StatusMovedPermanently)
			return
		}
		if body, err = fs.ReadFile(files, "404.html"); err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write(body) // the browser has gone: nobody to tell
		return
	}
	if strings.HasSuffix(name, ".html") {
		body = bytes.Replace(body, []byte("</body>"), []byte(liveScript+"</body>"), 1)
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(body))
}

// events keeps a page waiting for the next rendering (HTML 9.2).
func (l *liveSite) events(w http.ResponseWriter, r *http.Request) {
	c := make(chan struct{}, 1)
	l.mu.Lock()
	l.waiting[c] = true
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		delete(l.waiting, c)
		l.mu.Unlock()
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	flush := http.NewResponseController(w)
	fmt.Fprint(w, ": waiting\n\n")
	if flush.Flush() != nil {
		return
	}
	for {
		select {
		case <-r.Context().Done():
			return
		case <-c:
			fmt.Fprint(w, "event: rendered\ndata: now\n\n")
			if flush.Flush() != nil {
				return
			}
		}
	}
}
