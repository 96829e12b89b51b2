package issue

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// said gives problems one a line: "3:1 error date-bad".
func said(problems []Problem) string {
	var out []string
	for _, p := range problems {
		out = append(out, fmt.Sprintf("%d:%d %s %s", p.Line, p.Column, p.Severity, p.Rule))
		if p.What == "" || p.Hint == "" || strings.HasSuffix(p.What, ".") {
			out = append(out, fmt.Sprintf("not a sentence to act on: %+v", p))
		}
	}
	return strings.Join(out, "\n")
}

func TestFrontMatterProblemsSayTheirPlace(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"fine", "---\ntitle: a\n---\n", ""},
		{"fine at the end of the file", "---\ntitle: a\n---", ""},
		{"empty file", "", "1:1 error matter-missing"},
		{"only text", "Hello.\n", "1:1 error matter-missing"},
		{"TOML", "+++\ntitle = 'a'\n+++\n", "1:1 error matter-missing"},
		{"JSON", "{\n  \"title\": \"a\"\n}\n\nHi.\n", "1:1 error matter-missing"},
		{"Eleventy's JSON", "---json\n{\"title\": \"a\"}\n---\n", "1:1 error matter-missing"},
		{"Eleventy's page that is not written", "---\ntitle: a\npermalink: false\n---\n", "3:12 error value-wrong"},
		{"never closed", "---\ntitle: a\n\nHello.\n", "1:1 error matter-unclosed"},
		{"never closed, one line", "---", "1:1 error matter-unclosed"},
		{"closed by an indented fence only", "---\ntitle: a\n ---\n", "1:1 error matter-unclosed"},
		{"fence inside a block", "---\ntitle: a\ndescription: |\n  x\n  ---\n  y\n---\n", "5:1 warning matter-fence"},
		{"byte-order mark", "\xef\xbb\xbf---\ntitle: a\n---\n", "1:1 advice byte-order-mark"},
		{"no title", "---\ndate: 2024-05-06\n---\n", "1:1 error title-missing"},
		{"empty title", "---\ndate: 2024-05-06\ntitle:\n---\n", "3:1 error title-missing"},
		{"number and no title", "---\ntitle: 7 -\n---\n", "2:1 error title-missing"},
		{"empty", "---\n---\nx\n", "1:1 error title-missing"},
		{"key twice", "---\ntitle: a\ndate: 2024-05-06\ntitle: b\n---\n", "4:1 error key-twice"},
		{"misspelt key", "---\ntitle: a\n  \ndescripton: x\n---\n", "4:1 error key-misspelt"},
		{"misspelt mark", "---\ntitle: a\ntpl: red\n---\n", "3:1 error key-misspelt"},
		{"another program's template", "---\ntitle: a\ntpl: page\n---\n", ""},
		{"key in capitals", "---\ntitle: a\nDate: 2024-05-06\n---\n", "3:1 error key-misspelt"},
		{"unknown keys", "---\ntitle: a\nauthor: Joan\nweight: 3\nimages: [a]\n---\n", ""},
		{"not a date", "---\ntitle: a\ndate: soon\n---\n", "3:7 error date-bad"},
		{"no such day", "---\ntitle: a\ndate: 2024-02-30\n---\n", "3:7 error date-bad"},
		{"list instead of text", "---\ntitle: [a, b]\n---\n", "2:8 error value-wrong"},
		{"not a mapping", "---\n- a\n- b\n---\n", "2:1 error yaml-mapping"},
		{"text only", "---\nHello\n---\n", "2:1 error yaml-mapping"},
		{"colon in plain text", "---\ntitle: a\ndescription: This: that\n---\n", "3:18 error yaml-syntax"},
		{"quotation mark left open", "---\ntitle: \"a\ndate: 2024-05-06\n---\n", "4:1 error yaml-syntax"},
		{"tab", "---\ntitle: a\ntags:\n\t- b\n---\n", "4:1 error yaml-syntax"},
		{"draft is a word", "---\ntitle: a\ndraft: perhaps\n---\n", "3:8 error value-wrong"},
		{"surrogate pairs of JSON", "---\ntitle: \"a \\ud83d\\ude80 b\"\ndate: 2024-05-06\n---\n", ""},
		{"surrogate pairs before a slip on their line", "---\n{title: \"\\ud83d\\ude80\", date: soon}\n---\n", "2:31 error date-bad"},
		{"half a surrogate pair", "---\ntitle: \"a \\ud83d b\"\n---\n", "2:13 error yaml-syntax"},
		{"a control character", "---\ntitle: a\ndescription: \"b\ac\"\n---\n", "3:16 error yaml-syntax"},
		{"number is text", "---\ntitle: a\nnumber: seven\n---\n", "3:9 error number-bad"},
		{"CRLF", "---\r\ntitle: a\r\ndate: soon\r\n---\r\n", "3:7 error date-bad"},
		{"lone CR before", "---\ntitle: a\ndescription: \"é long\r\"\ndate: soon\n---\n", "4:7 error date-bad"},
		{"columns are bytes", "---\n{title: \"é\", date: soon}\n---\n", "2:21 error date-bad"},
		{"bomb", "---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e]\ntitle: a\n---\n", "2:10 error yaml-too-large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			is, problems := Parse("x.md", []byte(tt.src))
			if diff := cmp.Diff(tt.want, said(problems)); diff != "" {
				t.Errorf("%s\n%+v", diff, problems)
			}
			if string(is.Source()) != tt.src {
				t.Error("the bytes are not those given")
			}
		})
	}
}

func TestMisspeltKeyGetsDidYouMean(t *testing.T) {
	_, problems := Parse("x.md", []byte("---\ntitle: a\nparmalink: /x/\n---\n"))
	if len(problems) != 1 || problems[0].Hint != `did you mean "permalink"?` {
		t.Errorf("said %+v", problems)
	}
}

// An unclosed front matter must never become published text.
func TestUnclosedFrontMatterIsNoBody(t *testing.T) {
	is, _ := Parse("x.md", []byte("---\ntitle: a\nsecret: b\n\nHello.\n"))
	if len(is.Intro) > 0 || is.Body.Start != is.Body.End {
		t.Errorf("the body is %q", PlainBlocks(is.Intro))
	}
}

func TestPermalinkStaysOnTheSite(t *testing.T) {
	for _, bad := range []string{
		"/../x/", "..", "/a/../../b", "%2e%2e/x", "%252e%252e/x", "https://evil.example/", "//evil.example/x", "javascript:alert(1)",
		`\\host\x`, `/a\b/`, "\"/a\\nb/\"", "\"/a\\0/\"", "/a b/", "/", "/.git/", "/a/./b", "/{{ title }}/", "/a?b", "/a#b", "/con./", "/" + strings.Repeat("a", 300),
	} {
		for _, key := range []string{"permalink", "aliases", "url"} {
			_, problems := Parse("x.md", []byte("---\ntitle: a\n"+key+": "+bad+"\n---\n"))
			if !hasErrors(problems) {
				t.Errorf("%s: %s is taken", key, bad)
			}
		}
	}
	for stated, want := range map[string]string{
		"permalink: /a/": "/a/", "permalink: a": "/a/", "permalink: /a/b/": "/a/b/", "permalink: /a/index.html": "/a/", "url: /a/": "/a/",
		"slug: A b": "/a-b/", "slug: a\npermalink: /c/": "/c/", "permalink:": "/locks/", "draft: false": "/locks/", "permalink: /ä/": "/ä/",
	} {
		is, problems := Parse("2024-05-06-7-locks.md", []byte("---\ntitle: a\n"+stated+"\n---\n"))
		if is.Permalink != want || len(problems) > 0 {
			t.Errorf("%q gives %q, want %q; %v", stated, is.Permalink, want, problems)
		}
	}
}

func TestFrontMatterOfHugoAndEleventyIsUnderstood(t *testing.T) {
	is, problems := Parse("x.md", []byte("---\nlayout: post\ntitle: Locks\nnumber: 12\ndate: 2024-05-06T07:08:09+02:00\ntags: [a, b]\naliases: /old/\ndraft: yes\nauthor:\n  name: Joan\neleventyExcludeFromCollections: true\n---\n"))
	if len(problems) > 0 {
		t.Fatal(said(problems))
	}
	if is.Number != 12 || is.Title != "Locks" || !is.Draft {
		t.Errorf("read %d %q %v", is.Number, is.Title, is.Draft)
	}
	if want := time.Date(2024, 5, 6, 5, 8, 9, 0, time.UTC); !is.Date.Equal(want) {
		t.Errorf("date %v", is.Date)
	}
	if diff := cmp.Diff([]any{[]string{"a", "b"}, []string{"/old/"}}, []any{is.Tags, is.Aliases}); diff != "" {
		t.Error(diff)
	}
	want := map[string]any{"layout": "post", "author": map[string]any{"name": "Joan"}, "eleventyExcludeFromCollections": true}
	if diff := cmp.Diff(want, is.Extra); diff != "" {
		t.Error(diff)
	}
}

// Whatever writes it, front matter becomes ours, and the body stays.
func TestAdoptTakesTheFrontMatterOfOtherPrograms(t *testing.T) {
	const body = "\r\nHi  there.\n\n{x}\n+++\n---\n"
	const ours = "---\ntitle: 9 - Locks\ndate: 2024-05-06\ntags:\n    - a\nweight: 3\n---\n"
	for name, c := range map[string]struct{ src, want string }{
		"TOML":       {"+++\ntitle = '9 - Locks'\ndate = 2024-05-06\nweight = 3\ntags = ['a']\n+++\n", ours},
		"TOML 11ty":  {"---toml\ntitle = '9 - Locks'\ndate = 2024-05-06\nweight = 3\ntags = ['a']\n---\n", ours},
		"JSON":       {"{\n \"title\": \"9 - Locks\", \"weight\": 3,\n \"date\": \"2024-05-06\", \"tags\": [\"a\"]}\n", strings.Replace(ours, "2024-05-06", `"2024-05-06"`, 1)},
		"JSON fence": {"---json\n{\"title\": \"9 - Locks\", \"weight\": 3, \"date\": \"2024-05-06\", \"tags\": [\"a\"]}\n---\n", strings.Replace(ours, "2024-05-06", `"2024-05-06"`, 1)},
		"YAML fence": {"---yaml\ntitle: 9 - Locks\ndate: \"2024-05-06\"\ntags: [a]\nweight: 3\n---\n", strings.Replace(ours, "2024-05-06", `"2024-05-06"`, 1)},
		"capitals":   {"---\r\nTitle: 9 - Locks\r\nDate: 2024-05-06\r\ntag: a\r\nWeight: 3\r\n---\r\n", "---\r\ntitle: 9 - Locks\r\ndate: 2024-05-06\r\ntags: a\r\nWeight: 3\r\n---\r\n"},
		"date":       {"---\ntitle: 9 - Locks\npublished: false\n---\n", "---\ntitle: 9 - Locks\npublished: false\ndate: 2024-05-06\ndraft: true\n---\n"},
	} {
		out, added, err := Adopt("2024-05-06-locks.md", []byte(c.src+body), "")
		if diff := cmp.Diff(c.want+body, string(out)); diff != "" || err != nil || len(added) == 0 {
			t.Errorf("%s: %v %q\n%s", name, err, added, diff)
		}
		if is, problems := Parse("x.md", out); len(problems) > 0 || is.Number != 9 || is.Date.Format(time.DateOnly) != "2024-05-06" {
			t.Errorf("%s: %v %v %d", name, said(problems), is.Date, is.Number)
		}
	}
	for _, bad := range []string{"+++\ntitle = \n+++\n", "{\"title\": \n\nHi.\n", "---json\n{]\n---\n", "+++\ntitle = 'a'\n", "{{ x }}\n", ""} {
		if _, _, err := Adopt("x.md", []byte(bad), "/a/"); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	// A time without a zone has none afterwards.
	out, _, err := Adopt("x.md", []byte("+++\ntitle = 'a'\ndate = 2024-05-06T07:08:09\nlastmod = 2024-05-06T07:08:09Z\n+++\n"), "")
	if err != nil || !strings.Contains(string(out), "date: 2024-05-06T07:08:09\n") || !strings.Contains(string(out), "lastmod: 2024-05-06T07:08:09Z\n") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestDatesOfOtherProgramsAreRead(t *testing.T) {
	for _, written := range []string{
		"2024-05-06", "2024-5-6", "2024/05/06", "2024-05-06T07:08:09Z", "2024-05-06 07:08:09 +02:00", "6 May 2024", "May 6, 2024", "06 May 2024", "Mon, 06 May 2024 07:08:09 +0200",
	} {
		is, problems := Parse("x.md", []byte("---\ntitle: \"7 - a\"\ndate: "+written+"\n---\n"))
		if len(problems) > 0 || is.Date.Format(time.DateOnly) != "2024-05-06" {
			t.Errorf("%s is read as %v: %s", written, is.Date, said(problems))
		}
	}
	for _, written := range []string{"06/05/2024", "5/6/24", "soon", "2024-13-01", "20240506"} {
		if is, problems := Parse("x.md", []byte("---\ntitle: \"7 - a\"\ndate: "+written+"\n---\n")); len(problems) == 0 {
			t.Errorf("%s is read as %v", written, is.Date)
		}
	}
}

func TestDescriptionLosesALoneCR(t *testing.T) {
	if is := parseOK(t, "---\ntitle: \"7 - a \\ud83d\\ude80 b\"\n---\n"); is.Title != "a 🚀 b" {
		t.Errorf("the escapes of JSON give %q", is.Title)
	}
	is := parseOK(t, "---\ntitle: \"7 - a\"\ndescription: \"So [it](https://a.example/) \\\"is\\\".\r\"\npermalink: /a/\n---\n\nHi.\r\n")
	if is.Description != `So [it](https://a.example/) "is".` || is.Permalink != "/a/" {
		t.Errorf("description %q, permalink %q", is.Description, is.Permalink)
	}
}

func TestKeysKnowTheirLines(t *testing.T) {
	src := "---\ntitle: \"7 - a\"\n# said on Monday\ndescription: |\n  one\n  # no comment\n\ndate: 2024-05-06 # sure\ntags:\n- a\n- b\n---\n"
	is := parseOK(t, src)
	want := map[string]string{
		"title": "title: \"7 - a\"\n", "description": "description: |\n  one\n  # no comment\n",
		"date": "date: 2024-05-06 # sure\n", "tags": "tags:\n- a\n- b\n",
	}
	got := map[string]string{}
	for k, s := range is.Keys {
		got[k] = src[s.Start:s.End]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeYAMLIsStrict(t *testing.T) {
	type inner struct {
		Host string
		Port int
	}
	type shared struct {
		Lang string `yaml:"lang"`
	}
	type config struct {
		Name    string            `yaml:"name"`
		Start   time.Time         `yaml:"start"`
		Wait    time.Duration     `yaml:"wait"`
		Mail    inner             `yaml:"mail"`
		Groups  []inner           `yaml:"groups"`
		Links   map[string]string `yaml:"links"`
		On      *bool             `yaml:"on"`
		Rate    float64           `yaml:"rate"`
		Hidden  string            `yaml:"-"`
		Private any               `yaml:"any"`
		Shared  shared            `yaml:",inline"`
	}
	var c config
	problems := DecodeYAML("pullquote.yaml", []byte("name: Locks\nstart: 2024-05-06\nwait: 1h30m\nmail: {host: mx.example, port: 25}\ngroups:\n- host: a\n- host: b\nlinks: {x: https://x.example/}\non: true\nrate: 1\nany: [1, a]\nlang: en\n"), &c)
	if len(problems) > 0 {
		t.Fatal(said(problems))
	}
	on := true
	want := config{
		Name: "Locks", Start: time.Date(2024, 5, 6, 0, 0, 0, 0, time.UTC), Wait: 90 * time.Minute, Mail: inner{"mx.example", 25},
		Groups: []inner{{Host: "a"}, {Host: "b"}}, Links: map[string]string{"x": "https://x.example/"}, On: &on, Rate: 1,
		Private: []any{1, "a"}, Shared: shared{"en"},
	}
	if diff := cmp.Diff(want, c, cmp.AllowUnexported(config{})); diff != "" {
		t.Error(diff)
	}

	for src, want := range map[string]string{
		"nmae: x\n":                    "1:1 error key-unknown",
		"name: a\nname: b\n":           "2:1 error key-twice",
		"mail:\r\n  prot: 3\r\n":       "2:3 error key-unknown",
		"mail:\n  port: many\n":        "2:9 error value-wrong",
		"mail: x\n":                    "1:7 error value-wrong",
		"groups: x\n":                  "1:9 error value-wrong",
		"groups:\n- x\n":               "2:3 error value-wrong",
		"wait: soon\n":                 "1:7 error value-wrong",
		"start: soon\n":                "1:8 error value-wrong",
		"on: maybe\n":                  "1:5 error value-wrong",
		"name: [a]\n":                  "1:7 error value-wrong",
		"name: a: b\n":                 "1:8 error yaml-syntax",
		"name: a\n---\nname: b\n":      "1:1 error yaml-syntax",
		"- name\n":                     "1:1 error yaml-mapping",
		"hidden: x\n":                  "1:1 error key-unknown",
		"name:\nrate: 2\n# comment\n":  "",
		"":                             "",
		"# nothing\n":                  "",
		"links:\n  a: b\n  a: c\n":     "3:3 error key-twice",
		"links:\n  a: [b]\nrate: no\n": "2:6 error value-wrong\n3:7 error value-wrong",
	} {
		var c config
		if diff := cmp.Diff(want, said(DecodeYAML("pullquote.yaml", []byte(src), &c))); diff != "" {
			t.Errorf("%q: %s", src, diff)
		}
	}
	p := DecodeYAML("pullquote.yaml", []byte("nmae: x\n"), &c)[0]
	if p.Hint != `did you mean "name"?` || p.File != "pullquote.yaml" {
		t.Errorf("said %+v", p)
	}
}

func TestShippedTemplatesAreTheBuiltInOnes(t *testing.T) {
	for file, want := range map[string]string{"draft.md": builtinDraft, "item.md": builtinItem} {
		got, err := os.ReadFile("../../templates/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, strings.ReplaceAll(string(got), "\r\n", "\n")); diff != "" {
			t.Errorf("templates/%s: %s", file, diff)
		}
	}
}
