package issue

// This file reads YAML strictly: the front matter of issue files and, for the
// workspace, pullquote.yaml. Every complaint has the place of the byte it
// speaks of, a misspelt key gets "did you mean", and nothing is guessed.

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Bounds on what one YAML text may ask of us. They lie far above anything an
// editor writes.
const (
	maxYAML      = 256 << 10
	maxYAMLDepth = 64
	maxYAMLNodes = 50_000 // counted after aliases are followed
)

// DecodeYAML reads the YAML mapping in src into the struct that into points
// to, strictly: a key the struct has no field for, a key given twice and a
// value of the wrong type are Error problems with line and column in file.
// Fields are named by `yaml:"name"` tags; `,inline` on a struct field puts its
// fields beside the others, on a map[string]T it takes the keys no field wants;
// `yaml:"-"` hides a field. Times are dates with or without a time of day,
// durations are "90s" or "1h30m". What could be read is set even when there
// are problems; an empty src leaves into as it is.
func DecodeYAML(file string, src []byte, into any) []Problem {
	w := &yamlText{file: file, src: src, whole: src}
	if p, ok := w.tooLarge(); ok {
		return []Problem{p}
	}
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return []Problem{w.problem(0, "yaml-target", "there is nothing to read the file into", "this is a mistake in the program, please report it")}
	}
	root := w.parse()
	if root == nil {
		return w.problems
	}
	w.decode(root, v.Elem(), "", 0)
	return w.problems
}

// yamlText is one YAML text being read: where it stands in its file, and the
// problems found so far.
type yamlText struct {
	file     string
	src      []byte // the YAML
	whole    []byte // the file it stands in
	base     int    // where src begins in whole
	starts   []int  // where each line begins, as YAML counts lines
	paired   bool   // surrogate pairs were written as one escape: see parse
	nodes    int    // looked at so far
	problems []Problem
}

func (w *yamlText) tooLarge() (Problem, bool) {
	if len(w.src) <= maxYAML {
		return Problem{}, false
	}
	return w.problem(0, "yaml-too-large", fmt.Sprintf("the YAML is larger than %d KB", maxYAML>>10), "is this the right file?"), true
}

// problem makes an Error at an offset of the whole file.
func (w *yamlText) problem(at int, rule, what, hint string) Problem {
	line, column := position(w.whole, at)
	return Problem{Rule: rule, Severity: Error, File: w.file, Line: line, Column: column, What: what, Hint: hint}
}

func (w *yamlText) complain(at int, rule, what, hint string) {
	const enough = 100 // problems are for reading
	if len(w.problems) < enough {
		w.problems = append(w.problems, w.problem(at, rule, what, hint))
	}
}

// parse reads the text as one mapping; nil when it is empty or not one.
func (w *yamlText) parse() *yaml.Node {
	var doc yaml.Node
	err := yaml.Load(w.src, &doc)
	// JSON writes what lies beyond the first plane as two escapes (RFC 8259, 7),
	// and JSON's strings are YAML's; the library takes only YAML's one.
	if err != nil && surrogatePair().Match(w.src) {
		one := surrogatePair().ReplaceAllFunc(w.src, func(m []byte) []byte {
			var high, low rune
			if _, err := fmt.Sscanf(string(m), `\u%4x\u%4x`, &high, &low); err != nil {
				return m
			}
			return fmt.Appendf(nil, `\U%08x`, utf16.DecodeRune(high, low))
		})
		var again yaml.Node
		if yaml.Load(one, &again) == nil {
			doc, err, w.paired = again, nil, true
		}
	}
	if err != nil {
		if onlyComments(w.src) {
			return nil
		}
		var le *yaml.LoadError
		at, message := w.base, err.Error()
		if errors.As(err, &le) {
			message = strings.TrimPrefix(le.Message, "yaml: ")
			if le.Mark.Line > 0 {
				at = w.offset(le.Mark.Line, le.Mark.Column)
			}
		}
		if i := slices.IndexFunc(w.src, func(c byte) bool { return c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f }); i >= 0 && strings.Contains(message, "control characters") {
			at = w.base + i // the library does not say where
		}
		if strings.Contains(message, "multiple") {
			message = "there is more than one YAML document"
		}
		w.complain(at, "yaml-syntax", "this is not YAML: "+message, yamlHint(message))
		return nil
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		return nil
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil
	}
	if root.Kind != yaml.MappingNode {
		w.complain(w.at(root), "yaml-mapping", "this is "+kindWord(root)+", not a list of \"key: value\" lines", "write one \"key: value\" a line")
		return nil
	}
	return root
}

// yamlHint says what usually cures a syntax error.
func yamlHint(message string) string {
	switch {
	case strings.Contains(message, "tab"):
		return "use spaces, not tabs, before a key"
	case strings.Contains(message, "mapping values"):
		return "put a value that has a colon in it into quotation marks"
	case strings.Contains(message, "multiple") || strings.Contains(message, "more than one"):
		return "remove the line of three dashes in the middle"
	}
	return "look for a quotation mark that is not closed, or put the value into quotation marks"
}

func onlyComments(src []byte) bool {
	for line := range strings.Lines(string(src)) {
		if t := strings.TrimSpace(line); t != "" && t[0] != '#' {
			return false
		}
	}
	return true
}

// offset turns YAML's line and column into an offset of the whole file. YAML
// ends a line at a lone CR, NEL, LS and PS too and counts columns in
// characters (YAML 1.1, 4.2), an editor does neither.
func (w *yamlText) offset(line, column int) int {
	if w.starts == nil {
		w.starts = []int{0}
		for i := 0; i < len(w.src); {
			r, n := utf8.DecodeRune(w.src[i:])
			i += n
			switch r {
			case '\r':
				if i < len(w.src) && w.src[i] == '\n' {
					i++
				}
				w.starts = append(w.starts, i)
			case '\n', '\u0085', '\u2028', '\u2029':
				w.starts = append(w.starts, i)
			}
		}
	}
	if line < 1 {
		return w.base
	}
	if line > len(w.starts) {
		return w.base + len(w.src)
	}
	at := w.starts[line-1]
	for c := 1; c < column && at < len(w.src); c++ {
		if w.paired && w.src[at] == '\\' && at+pairWritten <= len(w.src) && surrogatePair().Match(w.src[at:at+pairWritten]) {
			at += pairWritten
			c += pairRead - 1
			continue
		}
		_, n := utf8.DecodeRune(w.src[at:])
		at += n
	}
	return w.base + at
}

// A surrogate pair takes 12 characters where one escape takes 10.
const pairWritten, pairRead = 12, 10

var surrogatePair = pattern(`\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`)

func (w *yamlText) at(n *yaml.Node) int { return w.offset(n.Line, n.Column) }

// pairs gives the keys and values of a mapping and complains of a key that is
// not plain text or stands there twice; only the first of those is given.
func (w *yamlText) pairs(n *yaml.Node, within string) []yamlPair {
	var out []yamlPair
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		at := w.at(k)
		if k.Kind != yaml.ScalarNode {
			w.complain(at, "yaml-key", "this key is not plain text", "write it as \"key: value\"")
			continue
		}
		if k.Tag == "!!merge" {
			w.complain(at, "yaml-key", "\"<<\" merges keys from elsewhere, which is not read here", "write the keys out")
			continue
		}
		if before, twice := first[k.Value]; twice {
			line, _ := position(w.whole, before)
			w.complain(at, "key-twice", fmt.Sprintf("%q stands here for the second time, it is already on line %d", within+k.Value, line), "remove one of the two")
			continue
		}
		first[k.Value] = at
		out = append(out, yamlPair{k.Value, k, w.follow(v)})
	}
	return out
}

type yamlPair struct {
	name       string
	key, value *yaml.Node
}

// follow gives what an alias stands for.
func (w *yamlText) follow(n *yaml.Node) *yaml.Node {
	for range maxYAMLDepth {
		if n.Kind != yaml.AliasNode || n.Alias == nil {
			break
		}
		n = n.Alias
	}
	return n
}

// spend counts one node and says whether the text may go on: aliases of
// aliases grow without bound.
func (w *yamlText) spend(n *yaml.Node, depth int) bool {
	w.nodes++
	if w.nodes == maxYAMLNodes || depth == maxYAMLDepth {
		w.complain(w.at(n), "yaml-too-large", "the YAML nests or repeats itself without end", "write it out flat, without aliases")
	}
	return w.nodes < maxYAMLNodes && depth < maxYAMLDepth
}

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// decode puts n into v. name is the way to it, for the sentences.
func (w *yamlText) decode(n *yaml.Node, v reflect.Value, name string, depth int) {
	n = w.follow(n)
	if !w.spend(n, depth) {
		return
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return // "key:" with nothing after it leaves the default
	}
	wrong := func(want string) {
		w.complain(w.at(n), "value-wrong", fmt.Sprintf("%q wants %s, not %s", name, want, kindWord(n)), "write "+want)
	}
	switch {
	case v.Type() == timeType:
		t, ok := parseDate(n.Value)
		if n.Kind != yaml.ScalarNode || !ok {
			wrong("a date like 2020-04-05")
			return
		}
		v.Set(reflect.ValueOf(t))
		return
	case v.Type() == durationType:
		d, err := time.ParseDuration(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil {
			wrong("a length of time like 90s or 1h30m")
			return
		}
		v.SetInt(int64(d))
		return
	case v.CanAddr() && v.Addr().Type().Implements(textType) && n.Kind == yaml.ScalarNode:
		if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(n.Value)); err != nil {
			w.complain(w.at(n), "value-wrong", fmt.Sprintf("%q can't be read: %v", name, err), "write it in another form")
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		w.decode(n, p.Elem(), name, depth+1)
		v.Set(p)
	case reflect.Struct:
		if n.Kind != yaml.MappingNode {
			wrong("\"key: value\" lines")
			return
		}
		w.decodeStruct(n, v, name, depth)
	case reflect.Map:
		if n.Kind != yaml.MappingNode || v.Type().Key().Kind() != reflect.String {
			wrong("\"key: value\" lines")
			return
		}
		for _, p := range w.pairs(n, prefix(name)) {
			w.decodeMapEntry(p, v, name, depth)
		}
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			wrong("a list")
			return
		}
		list := reflect.MakeSlice(v.Type(), 0, len(n.Content))
		for _, c := range n.Content {
			e := reflect.New(v.Type().Elem()).Elem()
			w.decode(c, e, name, depth+1)
			list = reflect.Append(list, e)
		}
		v.Set(list)
	case reflect.Interface:
		if v.NumMethod() == 0 {
			if x := w.value(n, depth); x != nil {
				v.Set(reflect.ValueOf(x))
			}
		}
	case reflect.String:
		if n.Kind != yaml.ScalarNode {
			wrong("text")
			return
		}
		v.SetString(n.Value)
	case reflect.Bool:
		if n.Kind != yaml.ScalarNode || n.Decode(v.Addr().Interface()) != nil {
			wrong("true or false")
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if n.Kind != yaml.ScalarNode || n.Tag != "!!int" || n.Decode(v.Addr().Interface()) != nil {
			wrong("a whole number")
		}
	case reflect.Float32, reflect.Float64:
		if n.Kind != yaml.ScalarNode || n.Decode(v.Addr().Interface()) != nil {
			wrong("a number")
		}
	default:
		wrong("something else")
	}
}

func (w *yamlText) decodeStruct(n *yaml.Node, v reflect.Value, name string, depth int) {
	fields := map[string]reflect.Value{}
	var rest reflect.Value // an inline map
	collectFields(v, fields, &rest)
	for _, p := range w.pairs(n, prefix(name)) {
		if f, ok := fields[p.name]; ok {
			w.decode(p.value, f, prefix(name)+p.name, depth+1)
			continue
		}
		if rest.IsValid() {
			w.decodeMapEntry(p, rest, name, depth)
			continue
		}
		known := make([]string, 0, len(fields))
		for k := range fields {
			known = append(known, k)
		}
		slices.Sort(known)
		hint := "known keys: " + strings.Join(known, ", ")
		if near := nearest(p.name, known); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		w.complain(w.at(p.key), "key-unknown", fmt.Sprintf("%q is not a key I know", prefix(name)+p.name), hint)
	}
}

func (w *yamlText) decodeMapEntry(p yamlPair, into reflect.Value, name string, depth int) {
	if into.IsNil() {
		into.Set(reflect.MakeMap(into.Type()))
	}
	e := reflect.New(into.Type().Elem()).Elem()
	w.decode(p.value, e, prefix(name)+p.name, depth+1)
	into.SetMapIndex(reflect.ValueOf(p.name).Convert(into.Type().Key()), e)
}

// collectFields lists the settable fields of v by their YAML name.
func collectFields(v reflect.Value, into map[string]reflect.Value, rest *reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "-" || !f.IsExported() {
			continue
		}
		if slices.Contains(strings.Split(options, ","), "inline") {
			switch f.Type.Kind() {
			case reflect.Struct:
				collectFields(v.Field(i), into, rest)
			case reflect.Map:
				*rest = v.Field(i)
			}
			continue
		}
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		into[name] = v.Field(i)
	}
}

// value gives a node as plain Go values: string, bool, int, float64,
// time.Time, []any, map[string]any or nil.
func (w *yamlText) value(n *yaml.Node, depth int) any {
	n = w.follow(n)
	if !w.spend(n, depth) {
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for _, p := range w.pairs(n, "") {
			m[p.name] = w.value(p.value, depth+1)
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			list = append(list, w.value(c, depth+1))
		}
		return list
	case yaml.ScalarNode:
		var x any
		if n.Decode(&x) != nil {
			return n.Value
		}
		return x
	}
	return nil
}

func prefix(name string) string {
	if name == "" {
		return ""
	}
	return name + "."
}

// kindWord names what stands there, for a sentence.
func kindWord(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "\"key: value\" lines"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		if n.Value == "" {
			return "nothing"
		}
		return fmt.Sprintf("%q", shorten(n.Value, 40))
	}
	return "this"
}

// parseDate reads the dates Hugo and Eleventy take: a day, or a day and a time
// with or without a zone. Without a zone it is UTC.
func parseDate(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{
		time.DateOnly, time.RFC3339, time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04",
		"2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z07:00",
		"2006-01-02 15:04:05 -0700", "2006-01-02T15:04:05-0700", "2006-01-02 15:04 -0700", "2006-01-02 15:04:05 -0700 MST",
		"2006-01-02 15:04:05 -07:00", "2006-1-2", "2006/1/2", "2 Jan 2006", "2 January 2006", "Jan 2, 2006", "January 2, 2006", time.RFC1123Z, time.RFC1123,
	} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 0 {
			return t, true
		}
	}
	return time.Time{}, false
}

// nearest gives the known word that name is most likely a slip for, or "".
func nearest(name string, known []string) string {
	name = strings.ToLower(name)
	best, bestDistance := "", 3
	for _, k := range known {
		allowed := 2
		if len(k) < 6 {
			allowed = 1
		}
		if len(k) < 4 {
			allowed = 0
		}
		if d := distance(name, strings.ToLower(k)); d <= allowed && d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// distance counts insertions, deletions, changes and swaps of neighbours
// between two short words (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 40 || len(y) > 40 {
		return 40
	}
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}

// shorten cuts s to n characters, for a sentence.
func shorten(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
