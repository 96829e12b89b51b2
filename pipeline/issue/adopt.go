package issue

// This file takes in issue files that another program made: TOML and JSON front
// matter becomes YAML, and what only that program knew is written down.

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/adrg/frontmatter"
	"go.yaml.in/yaml/v4"
)

// Adopt gives the text of a file from an older archive as an issue file. Its
// body stays byte for byte. permalink is where its page stood if the file does
// not say so ("" when its own name decides). added says what was changed in the
// front matter: the lines that were put in, and keys that go by another name
// here. It is an error when there is no front matter that can be read.
func Adopt(name string, src []byte, permalink string) (out []byte, added []string, err error) {
	out = src
	trimmed := bytes.TrimLeft(bytes.TrimPrefix(src, byteOrderMark), " \t\r\n")
	if kind := foreign(trimmed); kind != "" {
		if out, err = toYAML(trimmed, kind); err != nil {
			return nil, nil, err
		}
		added = append(added, kind+" front matter written as ours")
	}
	out, renamed := renameKeys(name, out)
	added = append(added, renamed...)
	is, problems := Parse(name, out)
	for _, p := range problems {
		if p.Severity == Error && (p.Rule == "matter-missing" || p.Rule == "matter-unclosed" || strings.HasPrefix(p.Rule, "yaml-")) {
			return nil, nil, errors.New(p.What)
		}
	}
	add := func(key, value string) error {
		with, line, err := AddKey(out, key, value)
		if err == nil {
			out, added = with, append(added, line)
		}
		return err
	}
	if day := datePrefix().FindString(path.Base(name)); is.Date.IsZero() && day != "" { // as Eleventy and Jekyll read it
		if _, stated := is.Keys["date"]; !stated {
			if err := add("date", strings.TrimSuffix(day, "-")); err != nil {
				return nil, nil, err
			}
		}
	}
	if shown, stated := is.Extra["published"].(bool); stated && !shown && !is.Draft { // Jekyll's draft
		if _, stated := is.Keys["draft"]; !stated {
			if err := add("draft", "true"); err != nil {
				return nil, nil, err
			}
		}
	}
	if permalink == "" {
		return out, added, nil
	}
	for _, key := range []string{"permalink", "url"} {
		if _, stated := is.Keys[key]; stated {
			return out, added, nil
		}
	}
	if _, stated := is.Keys["slug"]; stated { // a slug replaces the last part
		parts := strings.Split(strings.Trim(permalink, "/"), "/")
		parts[len(parts)-1] = strings.Trim(is.Permalink, "/")
		permalink = "/" + strings.Join(parts, "/") + "/"
	}
	if permalink == is.Permalink {
		return out, added, nil
	}
	if err := add("permalink", permalink); err != nil {
		return nil, nil, err
	}
	return out, added, nil
}

// otherNames are what other programs call our keys: Jekyll and Hexo.
var otherNames = map[string]string{"tag": "tags", "alias": "aliases"}

// renameKeys writes keys in small letters, as Hugo reads them in any, and those
// that have another name elsewhere by ours. It says what it changed.
func renameKeys(name string, src []byte) (out []byte, renamed []string) {
	is, problems := Parse(name, src)
	var edits []Edit
	for _, p := range problems {
		if p.Rule != "key-misspelt" {
			continue
		}
		at := is.offset(p.Line, p.Column)
		written, _, ok := bytes.Cut(src[at:lineEnd(src, at)], []byte(":"))
		key := string(written)
		ours := cmp.Or(otherNames[strings.ToLower(key)], strings.ToLower(key))
		if _, there := is.Keys[ours]; !ok || there || !slices.Contains(knownKeys, ours) {
			continue
		}
		edits = append(edits, Edit{Start: at, End: at + len(key), New: ours})
		renamed = append(renamed, fmt.Sprintf("%s instead of %s", ours, key))
	}
	return splice(src, edits), renamed
}

// AddKey puts one line at the end of the front matter. Every other byte stays.
// It is an error when the key is there or the front matter can't be read.
func AddKey(src []byte, key, value string) (out []byte, line string, err error) {
	place, ok, closed := findMatter(src)
	if !ok || !closed {
		return nil, "", fmt.Errorf("adding %q: there is no front matter", key)
	}
	line = key + ": " + value
	if needsQuotes().MatchString(value) {
		line = key + ": " + quotedYAML(value)
	}
	eol := "\n"
	if at := place.yaml.Start; at >= 2 && src[at-2] == '\r' {
		eol = "\r\n"
	}
	out = splice(src, []Edit{{Start: place.yaml.End, End: place.yaml.End, New: line + eol}})
	now, problems := Parse("the issue", out)
	if _, there := now.Keys[key]; !there || hasErrors(problems) {
		return nil, "", fmt.Errorf("adding %q: the front matter can't be read afterwards", key)
	}
	return out, line, nil
}

var needsQuotes = pattern(`[^A-Za-z0-9/._-]|^[-.]`)

// foreign names the kinds of front matter that other programs take and this
// one does not, by how the file begins.
func foreign(src []byte) string {
	first, _, _ := bytes.Cut(src, []byte("\n"))
	switch line := strings.TrimRight(string(first), " \t\r"); {
	case line == "+++", line == "---toml":
		return "TOML"
	case line == "---json", line == ";;;", strings.HasPrefix(line, "{") && !strings.HasPrefix(line, "{{") && !strings.HasPrefix(line, "{%"):
		return "JSON"
	case line == "---yaml", line == "---yml":
		return "YAML"
	}
	return ""
}

// toYAML writes front matter of another kind as ours. The body stays byte for
// byte.
func toYAML(src []byte, kind string) ([]byte, error) {
	var matter map[string]any
	body := src
	if src[0] == '{' { // Hugo's: an object, and the body after its brace
		d := json.NewDecoder(bytes.NewReader(src))
		d.UseNumber()
		if err := d.Decode(&matter); err != nil {
			return nil, fmt.Errorf("the JSON front matter can't be read: %w", err)
		}
		body = src[lineEnd(src, int(d.InputOffset())):]
	} else {
		// The library takes "---yml" for no fence.
		given := bytes.Replace(src, []byte("---yml"), []byte("---yaml"), 1)
		var err error
		if body, err = frontmatter.MustParse(bytes.NewReader(given), &matter); err != nil {
			return nil, fmt.Errorf("the %s front matter can't be read: %w", kind, err)
		}
	}
	text, err := yaml.Marshal(mappingOf(matter))
	if err != nil {
		return nil, fmt.Errorf("writing the %s front matter as YAML: %w", kind, err)
	}
	return append([]byte("---\n"+string(text)+"---\n"), body...), nil
}

// mappingOf gives front matter as YAML: the keys that we know first, in the
// order of knownKeys, the others by name.
func mappingOf(matter map[string]any) *yaml.Node {
	keys := make([]string, 0, len(matter))
	for k := range matter {
		keys = append(keys, k)
	}
	turn := func(k string) int {
		if i := slices.Index(knownKeys, strings.ToLower(k)); i >= 0 {
			return i
		}
		return len(knownKeys)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(turn(a)-turn(b), strings.Compare(a, b)) })
	node := &yaml.Node{Kind: yaml.MappingNode}
	for _, k := range keys {
		node.Content = append(node.Content, nodeOf(k), nodeOf(matter[k]))
	}
	return node
}

// nodeOf gives one value as YAML. A day and a time without a zone are written
// as they were: TOML's reader puts them into the zone of the machine.
func nodeOf(v any) *yaml.Node {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	switch v := v.(type) {
	case map[string]any:
		return mappingOf(v)
	case map[any]any:
		named := map[string]any{}
		for k, x := range v {
			named[fmt.Sprint(k)] = x
		}
		return mappingOf(named)
	case []any:
		for _, x := range v {
			list.Content = append(list.Content, nodeOf(x))
		}
		return list
	case []map[string]any:
		for _, x := range v {
			list.Content = append(list.Content, mappingOf(x))
		}
		return list
	case json.Number:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: v.String()}
	case time.Time:
		switch v.Location().String() { // as the library names them
		case "date-local":
			return &yaml.Node{Kind: yaml.ScalarNode, Value: v.Format(time.DateOnly)}
		case "datetime-local":
			return &yaml.Node{Kind: yaml.ScalarNode, Value: v.Format("2006-01-02T15:04:05")}
		case "time-local":
			return &yaml.Node{Kind: yaml.ScalarNode, Style: yaml.DoubleQuotedStyle, Value: v.Format("15:04:05")}
		}
	}
	scalar := &yaml.Node{}
	if err := scalar.Encode(v); err != nil { // nothing that TOML, JSON or YAML can hold
		scalar = &yaml.Node{Kind: yaml.ScalarNode, Style: yaml.DoubleQuotedStyle, Value: fmt.Sprint(v)}
	}
	return scalar
}
