package render

import (
	"bytes"
	"testing"
	"testing/fstest"

	"github.com/pullquote/pullquote/templates"
)

// A look is put behind the style sheet, where it has the last word but for
// pullquote.yaml's, and is no file of the site by itself.
func TestLookBehindStyle(t *testing.T) {
	in := inputOf(samples()...)
	in.Publication.Look.Light.Paper = "#123456"
	in.Templates = templates.Overlay(fstest.MapFS{"site/look.css": {Data: []byte("blockquote { font-style: italic }")}})
	files := map[string][]byte{}
	if err := Site(in, func(f File) error {
		files[f.Path] = f.Body
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, ok := files["site/look.css"]; ok {
		t.Error("the look is a file of the site")
	}
	sheet := files["site/style.css"]
	built := bytes.Index(sheet, []byte("blockquote{margin"))
	look := bytes.Index(sheet, []byte("blockquote{font-style:italic}"))
	yaml := bytes.Index(sheet, []byte("#123456"))
	if built < 0 || look < built || yaml < look {
		t.Errorf("the built-in rule stands at %d, the look's at %d, pullquote.yaml's at %d", built, look, yaml)
	}
}
