package render

import (
	"bytes"
	"html/template"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pullquote/pullquote/templates"
)

// pageTemplates gives every built-in template with what it is executed with,
// in which each text is of the given characters and each list has n things.
func pageTemplates(t testing.TB, text string, n int) map[string]struct {
	set  *template.Template
	data any
} {
	t.Helper()
	out := map[string]struct {
		set  *template.Template
		data any
	}{}
	for _, kind := range []string{"home", "archive", "issue", "page", "topics", "topic", "404"} {
		set, err := parseTemplates(templates.Builtin(), "site/layout.html", "site/"+kind+".html")
		if err != nil {
			t.Fatal(err)
		}
		page := Page{}
		fill(reflect.ValueOf(&page).Elem(), text, n, 0)
		page.Kind = kind
		out[kind] = struct {
			set  *template.Template
			data any
		}{set, &page}
	}
	set, err := parseTemplates(templates.Builtin(), "email/issue.html")
	if err != nil {
		t.Fatal(err)
	}
	message := Message{}
	fill(reflect.ValueOf(&message).Elem(), text, n, 0)
	out["mail"] = struct {
		set  *template.Template
		data any
	}{set, &message}
	return out
}

// fill puts a text into every string, n into every number and n things into
// every list. What is deeper than four pointers and lists stays empty.
func fill(v reflect.Value, text string, n, depth int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int:
		v.SetInt(int64(n))
	case reflect.Bool:
		v.SetBool(n%2 == 1)
	case reflect.Slice:
		if n > 0 && depth < 4 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(v.Index(i), text, n, depth+1)
			}
		}
	case reflect.Pointer:
		if depth < 4 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), text, n, depth+1)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 4, 5, 0, 0, 0, 0, time.UTC)))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), text, n, depth)
			}
		}
	}
}

// oddTexts hold what each kind of escaping changes.
var oddTexts = []string{
	"", "plain", `<b a='1' c="2">&amp;+</b>`, "javascript:alert(1)", "java\tscript:x", "HTTPS://host/a b?c=d&e=f#g", "mailto:a@b",
	"//host/%zz%20%", "\x00\xff\xfe\u2028\u202eabc", "אבג ü 漢字", "a:b/c", "/a:b", "</title><script>",
}

func checkPrograms(t *testing.T, text string, n int) {
	t.Helper()
	for name, with := range pageTemplates(t, text, n) {
		p := &program{template: with.set}
		first, err := p.execute(nil, with.data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if p.steps == nil {
			t.Fatalf("%s of %q: the built-in template is left to html/template", name, text)
		}
		var b bytes.Buffer
		if err := with.set.Execute(&b, with.data); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		second, err := p.execute([]byte("before"), with.data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !bytes.Equal(first, b.Bytes()) || string(second) != "before"+b.String() {
			t.Fatalf("%s of %q differs:\n%s\nhtml/template:\n%s", name, text, second, b.String())
		}
	}
}

// Every built-in template says the same as html/template makes it say, escaped
// the same, whatever stands in the fields.
func TestProgramsWriteWhatTheLibraryWrites(t *testing.T) {
	for _, text := range oddTexts {
		for n := range 5 {
			checkPrograms(t, text, n)
		}
	}
}

func FuzzPrograms(f *testing.F) {
	for i, text := range oddTexts {
		f.Add(text, uint8(i))
	}
	f.Fuzz(func(t *testing.T, text string, n uint8) { checkPrograms(t, text, int(n%5)) })
}

// A template of the user's with what programs don't know still says what
// html/template makes of it, page for page.
func TestUnknownTemplatesAreLeftToTheLibrary(t *testing.T) {
	for _, text := range []string{
		`{{printf "%s-%d" .Title .Count}}`,
		`<script>var x = {{.Title}}</script>`,
		`<a style="color: {{.Title}}" onclick="f({{.Count}})">x</a>`,
		`<p title={{.Title}}>{{.Issue}}</p>`,
		`{{range $i, $y := .Years}}{{if $i}}{{break}}{{end}}{{$y.Name}}{{end}}`,
		`{{$x := 1}}{{range .Years}}{{$x = 2}}{{end}}{{$x}}`,
		`<img srcset="{{.ImageURL}} 2x">{{.Title | html}}{{urlquery .Title}}`,
		`{{define "again"}}{{if .Items}}x{{end}}{{if not .Items}}{{template "again" .}}{{end}}{{end}}{{with .Issue}}{{template "again" .}}{{end}}`,
		`<p {{if .Count}}class="{{.Kind}}"{{end}}>{{and .Title .Kind}} {{or "" .Kind}} {{len .Title}} {{slice .Title 1 2}}</p>`,
	} {
		set, err := parseTemplates(fstest.MapFS{"site/x.html": {Data: []byte(text)}}, "site/x.html")
		if err != nil {
			t.Fatal(err)
		}
		p := &program{template: set}
		for _, title := range []string{"first <title>", "second & title"} {
			page := Page{}
			fill(reflect.ValueOf(&page).Elem(), title, 2, 0)
			var want bytes.Buffer
			wantErr := set.Execute(&want, &page)
			got, err := p.execute(nil, &page)
			if (err == nil) != (wantErr == nil) || string(got) != want.String() {
				t.Errorf("%s: %q, %v; html/template: %q, %v", text, got, err, want.String(), wantErr)
			}
		}
		if p.steps != nil {
			t.Errorf("%s: it is not left to html/template, so this case shows nothing", text)
		}
	}
}

// What can't be escaped has the library's sentence, too, and on every page.
func TestTemplatesThatCannotBeEscaped(t *testing.T) {
	set, err := parseTemplates(fstest.MapFS{"site/x.html": {Data: []byte("<p>\n<a href='{{if .Title}}'{{end}}>{{.Title}}</a>")}}, "site/x.html")
	if err != nil {
		t.Fatal(err)
	}
	p := &program{template: set}
	for range 2 {
		if out, err := p.execute(nil, &Page{Title: "<b>"}); err == nil || !strings.Contains(err.Error(), "site/x.html:2") {
			t.Errorf("it made %q, %v", out, err)
		}
	}
}

// Scopes, variables and branches are those of text/template.
func TestProgramsKeepScopes(t *testing.T) {
	for _, text := range []string{
		`{{$a := .Title}}{{with .Issue}}{{$a := .Day}}{{$a}}{{end}}{{$a}}{{$.Kind}}`,
		`{{range $i, $y := .Years}}{{$i}}{{$y.Name}}{{range .Issues}}{{$y.Name}}{{.Path}}{{$i}}{{else}}none{{end}}{{end}}`,
		`{{define "x"}}{{$.Day}}{{range .Items}}{{$.Day}}{{.Title}}{{end}}{{end}}{{$y := .Count}}{{with .Issue}}{{template "x" .}}{{end}}{{$y}}{{template "x" .Issue}}`,
		`{{if $n := len .Years}}{{$n}}{{else}}{{$n}}none{{end}}{{with $t := .Title}}{{$t}}{{.}}{{else}}{{$t}}empty{{end}}`,
		`{{if and .Title (or (not .Count) (gt .Count 1)) (le .Count 3) (ge 3 .Count) (lt 0 .Count) (ne .Kind "x")}}yes{{else if eq .Count 1}}one{{else}}no{{end}}`,
		`{{with index .Years 0}}{{.Name}}{{end}}`,
		`{{.Issue.Title}}{{.Previous.Title}}{{(index .Years 0).Name}}`,
	} {
		set, err := parseTemplates(fstest.MapFS{"site/x.html": {Data: []byte(text)}}, "site/x.html")
		if err != nil {
			t.Fatal(err)
		}
		p := &program{template: set}
		for n := 3; n >= 0; n-- {
			page := Page{}
			fill(reflect.ValueOf(&page).Elem(), strings.Repeat("x", n), n, 0)
			if n == 0 {
				page.Previous, page.Issue = nil, nil
			}
			var want bytes.Buffer
			wantErr := set.Execute(&want, &page)
			got, err := p.execute(nil, &page)
			if err == nil && wantErr == nil && string(got) == want.String() {
				continue
			}
			// What can't be done has the library's own sentence.
			if err == nil || wantErr == nil || err.Error() != wantErr.Error() {
				t.Errorf("%s: %q, %v; html/template: %q, %v", text, got, err, want.String(), wantErr)
			}
		}
	}
}
