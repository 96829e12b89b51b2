package issue

// This file hurries over the front matter that nearly all issues have: lines of a
// key with plain or quoted text behind it. The libraries make a hundred allocations
// of it, and with them it took a fortieth of a rendering. What is anything else is
// theirs, and so is all that is wrong.

import (
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// plainKeys are the keys whose value is one text.
var plainKeys = []string{"title", "date", "description", "permalink", "url", "slug"}

// plainMatter gives what yamlText.parse gives of front matter, but for what nobody
// asks of it: how a value is written, and what else than text YAML takes it for. It
// is nil when the front matter is not plain.
func plainMatter(src []byte) *yaml.Node {
	const most = 8 // keys
	all := string(src)
	nodes := make([]yaml.Node, 1, 1+2*most) // never grows: content points into it
	content := make([]*yaml.Node, 0, 2*most)
	add := func(tag, value string, line, column int) {
		nodes = append(nodes, yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value, Line: line, Column: column})
		content = append(content, &nodes[len(nodes)-1])
	}
	line := 1
	for rest := all; rest != ""; {
		key, behind, ok := strings.Cut(rest, ": ")
		number := key == "number"
		if !ok || !number && !slices.Contains(plainKeys, key) || len(content) == cap(content) {
			return nil
		}
		text := strings.TrimLeft(behind, " ")
		column := len(rest) - len(text) + 1
		add("!!str", key, line, 1)
		value, breaks, tag := "", 0, "!!str"
		switch {
		case number:
			tag = "!!int"
			value, rest, ok = plainNumber(text)
		case strings.HasPrefix(text, `"`):
			value, rest, breaks, ok = quotedText(text[1:])
		default:
			value, rest, ok = wordsAlone(text)
		}
		if !ok || !strings.HasPrefix(rest, "\n") {
			return nil
		}
		rest = rest[1:]
		add(tag, value, line, column)
		line += 1 + breaks
	}
	if len(content) == 0 {
		return nil
	}
	nodes[0] = yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: content, Line: 1, Column: 1}
	return &nodes[0]
}

// plainNumber takes a number that is a number in every YAML.
func plainNumber(s string) (value, rest string, ok bool) {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return s[:n], s[n:], n > 0 && n <= 6 && s[0] != '0'
}

// wordsAlone takes a text without quotation marks up to its line's end.
func wordsAlone(s string) (value, rest string, ok bool) {
	n := strings.IndexByte(s, '\n')
	if n <= 0 {
		return "", s, false
	}
	value, rest = s[:n], s[n:]
	if c := value[0] | 0x20; (c < 'a' || c > 'z') && (value[0] < '/' || value[0] > '9') {
		return "", s, false // it may be anything of YAML's
	}
	switch strings.ToLower(value) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return "", s, false
	}
	ok = plainLength(value) == n && !strings.Contains(value, ": ") && !strings.Contains(value, " #") && value[n-1] != ':' && value[n-1] != ' '
	return value, rest, ok
}

// quotedText takes what stands between quotation marks, behind the first, and
// counts the ends of lines in it: each is a space, together with the spaces around.
// Escapes are those of the mark and of the backslash.
func quotedText(s string) (value, rest string, breaks int, ok bool) {
	for {
		n := plainLength(s)
		mark := strings.IndexAny(s[:n], `"\`)
		if mark >= 0 && s[mark] == '"' {
			return value + s[:mark], s[mark+1:], breaks, true
		}
		if mark >= 0 {
			if mark+1 == n || s[mark+1] != '"' && s[mark+1] != '\\' {
				return "", s, 0, false
			}
			value += s[:mark] + s[mark+1:mark+2]
			s = s[mark+2:]
			continue
		}
		behind := strings.TrimPrefix(s[n:], "\r") // which ends a line of YAML by itself, too
		behind = strings.TrimPrefix(behind, "\n")
		next := strings.TrimLeft(behind, " ")
		if len(behind) == len(s)-n || next == "" || next[0] == '\n' || next[0] == '\r' || strings.HasPrefix(next, "---") || strings.HasPrefix(next, "...") {
			return "", s, 0, false
		}
		value += strings.TrimRight(s[:n], " ") + " "
		s = next
		breaks++
	}
}

// plainLength counts the bytes at the start of s that YAML takes as they are,
// within a line.
func plainLength(s string) int {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c < ' ' || c == 0x7f {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if size == 1 || r < 0xa0 || r == '\u2028' || r == '\u2029' || r == '\ufeff' || r == '\ufffe' || r == '\uffff' {
			return i
		}
		i += size
	}
	return len(s)
}
