package pipeline

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkRender renders the corpus of real issues, first into an empty
// folder, then again with nothing changed.
func BenchmarkRender(b *testing.B) {
	files, err := filepath.Glob("../../shared/corpus/issues/*.md")
	if err != nil || len(files) == 0 {
		b.Skip("no corpus beside the project")
	}
	dir := b.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "issues"), 0o777); err != nil {
		b.Fatal(err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "issues", filepath.Base(file)), body, 0o666); err != nil {
			b.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, NewsletterFile), []byte("name: Real\nurl: https://news.example/\n"), 0o666); err != nil {
		b.Fatal(err)
	}
	ws, _, err := OpenWorkspace(dir)
	if err != nil {
		b.Fatal(err)
	}
	render := func(b *testing.B) {
		if _, err := New(ws, Options{Version: "1"}).Render(context.Background(), RenderOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("clean", func(b *testing.B) {
		for b.Loop() {
			if err := os.RemoveAll(filepath.Join(dir, "out")); err != nil {
				b.Fatal(err)
			}
			render(b)
		}
	})
	b.Run("unchanged", func(b *testing.B) {
		render(b)
		for b.Loop() {
			render(b)
		}
	})
}
