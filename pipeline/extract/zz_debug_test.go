package extract

import (
	"context"
	"fmt"
	"os"
	"testing"
)

func TestZZ(t *testing.T) {
	body, _ := os.ReadFile(os.Getenv("PDF"))
	f, err := openPDF(context.Background(), body)
	if err != nil {
		t.Fatal(err)
	}
	pages, _ := f.pageTree()
	for i, p := range pages {
		d, err := f.page(p)
		fmt.Println("page", i, d.width, d.height, len(d.glyphs), err, d.images, d.unreadable)
		cs := makeChunks(d.glyphs)
		g, ok := findGutter(cs)
		fmt.Println(g, ok)
		for _, c := range cs {
			fmt.Printf("%.1f-%.1f y%.1f s%.1f b%d m%d %q\n", c.left, c.right, c.y, c.size, c.boldLetters, c.monoLetters, c.text)
		}
	}
}
