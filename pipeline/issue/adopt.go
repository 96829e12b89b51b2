package issue

// This file takes in issue files that another program made: TOML front matter
// becomes YAML, and what only that program knew is written down.

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/adrg/frontmatter"
	"go.yaml.in/yaml/v4"
)

// Adopt gives the text of a file from an older archive as an issue file. Its
// body stays byte for byte. permalink is where its page stood if the file does
// not say so ("" when its own name decides). added are the front matter lines
// that were put in. It is an error when there is no front matter that can be
// read.
func Adopt(name string, src []byte, permalink string) (out []byte, added []string, err error) {
	out = src
	trimmed := bytes.TrimLeft(bytes.TrimPrefix(src, byteOrderMark), " \t\r\n")
	if bytes.HasPrefix(trimmed, []byte("+++")) {
		if out, err = fromTOML(trimmed); err != nil {
			return nil, nil, err
		}
		added = append(added, "TOML front matter written as YAML")
	}
	is, problems := Parse(name, out)
	for _, p := range problems {
		if p.Severity == Error && (p.Rule == "matter-missing" || p.Rule == "matter-unclosed" || strings.HasPrefix(p.Rule, "yaml-")) {
			return nil, nil, errors.New(p.What)
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
	with, line, err := AddKey(out, "permalink", permalink)
	if err != nil {
		return nil, nil, err
	}
	return with, append(added, line), nil
}

// AddKey puts one line at the end of the front matter. Every other byte stays.
// It is an error when the key is there or the front matter can't be read.
func AddKey(src []byte, key, value string) (out []byte, line string, err error) {
	place, ok, closed := findMatter(src)
	if !ok || !closed {
		return nil, "", fmt.Errorf("adding %q: there is no front matter", key)
	}
	line = key + ": " + value
	if needsQuotes.MatchString(value) {
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

var needsQuotes = regexp.MustCompile(`[^A-Za-z0-9/._-]|^[-.]`)

// fromTOML writes the front matter between lines of three plus signs as YAML.
func fromTOML(src []byte) ([]byte, error) {
	var matter map[string]any
	body, err := frontmatter.MustParse(bytes.NewReader(src), &matter)
	if err != nil {
		return nil, fmt.Errorf("the TOML front matter can't be read: %w", err)
	}
	text, err := yaml.Marshal(matter)
	if err != nil {
		return nil, fmt.Errorf("writing the TOML front matter as YAML: %w", err)
	}
	// The library trims the body; the bytes are taken from the file itself.
	fence := 0
	for at := 0; at < len(src); at = lineEnd(src, at) {
		if string(bytes.TrimRight(src[at:lineEnd(src, at)], " \t\r\n")) == "+++" {
			if fence++; fence == 2 {
				body = src[lineEnd(src, at):]
				break
			}
		}
	}
	return append([]byte("---\n"+string(text)+"---\n"), body...), nil
}
