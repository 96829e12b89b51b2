package collect

// The cases of others: each feed says in an expression what a reader should
// find in it. The evaluator below knows as much of Python as they need.

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

const (
	sharedCases = "../../../shared/cases"
	sharedFeeds = "../../../shared/corpus/feeds"
)

// errForeign marks an expression about a field a newsletter does not need.
var errForeign = errors.New("not a field of ours")

type (
	markupValue string // compares as HTML
	titleValue  string // compares as one line of text
	authorValue string // compares by the name
	dateValue   []time.Time
	dateText    []time.Time // compares with a date as the feed writes it
	method      struct {
		on   any
		name string
	}
)

func feedEnv(f Feed, err error) map[string]any {
	entries := []any{}
	for _, e := range f.Entries {
		entries = append(entries, entryEnv(e))
	}
	authors := ""
	if len(f.Entries) > 0 {
		authors = strings.Join(f.Entries[0].Authors, ", ")
	}
	head := map[string]any{"title": titleValue(f.Title), "link": f.Link, "flags": strings.Join(f.Flags, "; ")}
	if authors != "" {
		head["author"] = authorValue(authors)
	}
	head["title_detail"] = map[string]any{"value": titleValue(f.Title)}
	head["links"] = []any{map[string]any{"href": f.Link}}
	if f.language != "" {
		head["language"] = strings.ReplaceAll(f.language, "_", "-")
	}
	return map[string]any{
		"entries": entries,
		"feed":    head,
		"err":     err != nil, "True": true, "False": false, "None": nil,
	}
}

func entryEnv(e Entry) map[string]any {
	m := map[string]any{
		"title": titleValue(e.Title), "link": e.Link, "id": e.ID, "guid": e.ID,
		"summary": markupValue(first(e.Summary, e.Content)), "description": markupValue(first(e.Summary, e.Content)),
		"content":        []any{map[string]any{"value": markupValue(first(e.Content, e.Summary))}},
		"author":         authorValue(strings.Join(e.Authors, ", ")),
		"flags":          strings.Join(e.Flags, "; "),
		"title_detail":   map[string]any{"value": titleValue(e.Title)},
		"summary_detail": map[string]any{"value": markupValue(first(e.Summary, e.Content))},
		"links":          []any{map[string]any{"href": e.Link}},
	}
	var authors, tags, files []any
	for _, a := range e.Authors {
		authors = append(authors, map[string]any{"name": a})
	}
	if len(e.Authors) > 0 {
		m["author_detail"] = map[string]any{"name": e.Authors[0]}
	}
	for _, c := range e.Categories {
		tags = append(tags, map[string]any{"term": c})
	}
	for _, f := range e.Enclosures {
		files = append(files, map[string]any{"href": f.URL, "url": f.URL, "type": f.Type, "length": strconv.FormatInt(f.Length, 10)})
	}
	m["authors"], m["tags"], m["enclosures"] = authors, tags, files
	if len(e.Categories) > 0 {
		m["category"] = e.Categories[0]
	}
	if !e.Published.IsZero() || !e.Updated.IsZero() {
		m["published_parsed"], m["updated_parsed"] = dateValue{e.Published, e.Updated}, dateValue{e.Updated, e.Published}
		m["date_parsed"] = dateValue{e.Updated, e.Published}
		m["published"], m["updated"] = dateText{e.Published, e.Updated}, dateText{e.Updated, e.Published}
	}
	return m
}

type evaluator struct {
	src  []string
	at   int
	vars map[string]any
}

var pythonToken = regexp.MustCompile(`^(?:u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*"|\d+|[A-Za-z_]\w*|==|!=|>=|<=|[\[\](){}.,:<>-])`)

func evaluate(expression string, vars map[string]any) (result bool, err error) {
	e := &evaluator{vars: vars}
	for s := strings.TrimSpace(expression); s != ""; s = strings.TrimSpace(s) {
		tok := pythonToken.FindString(s)
		if tok == "" {
			return false, fmt.Errorf("%w: %q", errForeign, s)
		}
		e.src = append(e.src, tok)
		s = s[len(tok):]
	}
	defer func() {
		if r := recover(); r != nil {
			if problem, ok := r.(error); ok && errors.Is(problem, errForeign) {
				err = problem
				return
			}
			result, err = false, nil // an index that is not there: the expectation fails
		}
	}()
	return truth(e.or()), nil
}

func (e *evaluator) peek() string {
	if e.at < len(e.src) {
		return e.src[e.at]
	}
	return ""
}

func (e *evaluator) take(tok string) bool {
	if e.peek() == tok {
		e.at++
		return true
	}
	return false
}

func (e *evaluator) or() any {
	v := e.and()
	for e.take("or") {
		if w := e.and(); !truth(v) {
			v = w
		}
	}
	return v
}

func (e *evaluator) and() any {
	v := e.not()
	for e.take("and") {
		if w := e.not(); truth(v) {
			v = w
		}
	}
	return v
}

func (e *evaluator) not() any {
	if e.take("not") {
		if e.take("bozo") { // whether a feed is well-formed is no field of ours
			return true
		}
		return !truth(e.not())
	}
	return e.compare()
}

func (e *evaluator) compare() any {
	if e.take("bozo") {
		return true
	}
	left := e.postfix()
	result, compared := true, false
	for {
		op := e.peek()
		switch op {
		case "==", "!=", "<", ">", ">=", "<=", "in", "is":
			e.at++
		case "not":
			e.at++
			e.take("in")
			op = "not in"
		default:
			if compared {
				return result
			}
			return left
		}
		if op == "is" && e.take("not") {
			op = "!="
		}
		right := e.postfix()
		compared = true
		ok := false
		switch op {
		case "==", "is":
			ok = same(left, right)
		case "!=":
			ok = !same(left, right)
		case "in":
			ok = contains(right, left)
		case "not in":
			ok = !contains(right, left)
		default:
			l, r := left.(int), right.(int)
			ok = op == "<" && l < r || op == ">" && l > r || op == ">=" && l >= r || op == "<=" && l <= r
		}
		result = result && ok
		left = right
	}
}

func (e *evaluator) postfix() any {
	v := e.atom()
	for {
		switch {
		case e.take("."):
			name := e.peek()
			e.at++
			if m, ok := v.(map[string]any); ok && name != "get" {
				v = field(m, name)
			} else {
				v = method{v, name}
			}
		case e.take("["):
			if e.take(":") {
				n := e.or().(int)
				e.take("]")
				switch list := v.(type) {
				case dateValue:
					v = sliced{list, n}
				case []any:
					v = list[:n]
				case string:
					v = list[:n]
				}
				continue
			}
			key := e.or()
			e.take("]")
			switch k := key.(type) {
			case int:
				v = v.([]any)[k]
			case string:
				v = field(v.(map[string]any), k)
			}
		case e.take("("):
			var args []any
			for !e.take(")") {
				args = append(args, e.or())
				e.take(",")
			}
			v = call(v, args)
		default:
			return v
		}
	}
}

type sliced struct {
	date dateValue
	n    int
}

var ourFields = wordSet(`title link id guid author authors author_detail published_parsed updated_parsed date_parsed summary
 description content tags category enclosures name value term href url length nowdate title_detail summary_detail links published
 updated language flags`)

func field(m map[string]any, name string) any {
	v, ok := m[name]
	if !ok && !ourFields[name] {
		panic(fmt.Errorf("%w: %s", errForeign, name))
	}
	if !ok {
		panic("missing")
	}
	return v
}

func call(f any, args []any) any {
	switch f := f.(type) {
	case method:
		switch f.name {
		case "get":
			if v, ok := f.on.(map[string]any)[args[0].(string)]; ok {
				return v
			}
			if len(args) > 1 {
				return args[1]
			}
			return nil
		case "has_key":
			_, ok := f.on.(map[string]any)[args[0].(string)]
			return ok
		case "startswith":
			return strings.HasPrefix(str(f.on), args[0].(string))
		case "endswith":
			return strings.HasSuffix(str(f.on), args[0].(string))
		case "lower":
			return strings.ToLower(str(f.on))
		case "replace":
			return strings.ReplaceAll(str(f.on), args[0].(string), args[1].(string))
		case "find":
			return strings.Index(str(f.on), args[0].(string))
		}
	case string:
		switch f {
		case "len":
			if list, ok := args[0].([]any); ok {
				return len(list)
			}
			return utf8.RuneCountInString(str(args[0]))
		case "str":
			return str(args[0])
		}
	}
	panic(errForeign)
}

func (e *evaluator) atom() any {
	tok := e.peek()
	e.at++
	switch {
	case tok == "(" || tok == "[":
		close := map[string]string{"(": ")", "[": "]"}[tok]
		begin := e.at
		if tok == "[" && e.peek() != "]" { // [x for t in list]?
			depth, loop := 0, -1
			for i := e.at; i < len(e.src); i++ {
				switch e.src[i] {
				case "[", "(":
					depth++
				case "]", ")":
					depth--
				case "for":
					if depth == 0 {
						loop = i
					}
				}
				if depth < 0 {
					break
				}
			}
			if loop >= 0 {
				name := e.src[loop+1]
				e.at = loop + 3
				list := e.postfix()
				end := e.at
				out := []any{}
				for _, v := range list.([]any) {
					e.vars[name], e.at = v, begin
					out = append(out, e.or())
				}
				e.at = end
				e.take("]")
				return out
			}
		}
		list, comma := []any{}, false
		for !e.take(close) {
			list = append(list, e.or())
			if e.take(",") {
				comma = true
			} else if e.peek() == "" {
				panic(errForeign)
			}
		}
		if tok == "(" && !comma && len(list) == 1 {
			return list[0]
		}
		return list
	case tok == "-":
		return -e.atom().(int)
	case tok != "" && tok[0] >= '0' && tok[0] <= '9':
		return number(tok)
	case strings.HasSuffix(tok, "'") || strings.HasSuffix(tok, `"`):
		return pythonString(strings.TrimPrefix(tok, "u"))
	case tok == "len" || tok == "str":
		return tok
	}
	if v, ok := e.vars[tok]; ok {
		return v
	}
	panic(fmt.Errorf("%w: %s", errForeign, tok))
}

func pythonString(tok string) string {
	body := tok[1 : len(tok)-1]
	if tok[0] == '\'' {
		body = strings.ReplaceAll(body, `\'`, "'")
		body = strings.ReplaceAll(body, `"`, `\"`)
	} else {
		body = strings.ReplaceAll(body, `\'`, "'")
	}
	// In Python \xa0 is a character, in Go a byte.
	body = regexp.MustCompile(`\\x([0-9a-fA-F]{2})`).ReplaceAllString(body, `\u00$1`)
	body = strings.ReplaceAll(body, "\n", `\n`)
	if s, err := strconv.Unquote(`"` + body + `"`); err == nil {
		return s
	}
	return body
}

func str(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case markupValue:
		return string(v)
	case authorValue:
		return string(v)
	case titleValue:
		return string(v)
	case nil:
		return ""
	}
	return fmt.Sprint(v)
}

func truth(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case int:
		return v != 0
	case []any:
		return len(v) > 0
	case dateValue, dateText, map[string]any:
		return true
	}
	return str(v) != ""
}

func contains(set, v any) bool {
	switch set := set.(type) {
	case []any:
		for _, s := range set {
			if same(s, v) {
				return true
			}
		}
		return false
	case map[string]any:
		_, ok := set[str(v)]
		return ok
	}
	return strings.Contains(loose(str(set)), loose(str(v)))
}

func loose(s string) string { return strings.Join(strings.Fields(html.UnescapeString(s)), " ") }

func same(a, b any) bool {
	if d, ok := b.(dateValue); ok {
		return sameDate(d, a, 9)
	}
	if d, ok := a.(dateValue); ok {
		return sameDate(d, b, 9)
	}
	if d, ok := a.(dateText); ok {
		when, ok := parseDate(str(b))
		return ok && (when.Equal(d[0]) || when.Equal(d[1]))
	}
	if s, ok := a.(sliced); ok {
		return sameDate(s.date, b, s.n)
	}
	if s, ok := b.(sliced); ok {
		return sameDate(s.date, a, s.n)
	}
	if m, ok := b.(markupValue); ok {
		return sameMarkup(string(m), str(a))
	}
	if m, ok := a.(markupValue); ok {
		return sameMarkup(string(m), str(b))
	}
	if m, ok := a.(titleValue); ok {
		return string(m) == str(b) || loose(string(m)) == loose(plain(str(b)))
	}
	if m, ok := a.(authorValue); ok {
		return sameAuthor(string(m), str(b))
	}
	if m, ok := b.(authorValue); ok {
		return sameAuthor(string(m), str(a))
	}
	la, ok := a.([]any)
	lb, ok2 := b.([]any)
	if ok && ok2 {
		if len(la) != len(lb) {
			return false
		}
		for i := range la {
			if !same(la[i], lb[i]) {
				return false
			}
		}
		return true
	}
	if a == nil || b == nil {
		return !truth(a) && !truth(b)
	}
	return str(a) == str(b)
}

func sameAuthor(ours, wanted string) bool {
	return ours == wanted || ours != "" && (strings.HasPrefix(wanted, ours+" (") || strings.Contains(wanted, "("+ours+")"))
}

func sameMarkup(ours, wanted string) bool {
	if loose(ours) == loose(wanted) {
		return true
	}
	r := newReader()
	clean := loose(r.sanitise(absoluteHTML(wanted, "http://127.0.0.1:8097/")))
	if clean == loose(ours) {
		return true
	}
	if regexp.MustCompile(`(?i)(href|src)=`).MatchString(clean) {
		return false
	}
	return loose(plain(ours)) == loose(plain(wanted))
}

func sameDate(d dateValue, wanted any, n int) bool {
	list, ok := wanted.([]any)
	if !ok {
		return false
	}
	for _, t := range d {
		if t.IsZero() {
			continue
		}
		t = t.UTC()
		all := []int{t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second(), (int(t.Weekday()) + 6) % 7, t.YearDay(), 0}
		if len(list) > n {
			return false
		}
		good := true
		for i, w := range list {
			if k, ok := w.(int); !ok || k != all[i] {
				good = false
			}
		}
		if good {
			return true
		}
	}
	return false
}

func TestBreakageCases(t *testing.T) {
	data, err := os.ReadFile(sharedCases + "/feeds.json")
	if err != nil {
		t.Skip("the shared cases are not here:", err)
	}
	var cases []struct {
		File, URL, Expect string
		ContentType       string `json:"content_type"`
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	good := 0
	for _, c := range cases {
		body, err := os.ReadFile(filepath.Join(sharedCases, c.File))
		if err != nil {
			t.Fatal(err)
		}
		feed, err := ParseFeed(body, c.ContentType, c.URL)
		ok, problem := evaluate(c.Expect, feedEnv(feed, err))
		if ok && problem == nil {
			good++
			continue
		}
		t.Logf("%s: %s\n\tgot %v %v %+.300v", c.File, c.Expect, err, problem, feed)
	}
	t.Logf("breakage cases: %d of %d", good, len(cases))
	if good < 84 {
		t.Errorf("only %d of %d breakage cases are read rightly", good, len(cases))
	}
}

var (
	expectLine = regexp.MustCompile(`(?m)^\s*Expect:\s*(.*?)\s*(?:-->)?\s*$`)
	headerLine = regexp.MustCompile(`(?mi)^\s*Header:\s*([A-Za-z-]+)\s*:\s*(.*?)\s*(?:-->)?\s*$`)
)

// Of the feed itself we keep title and link; of a person the name; of a text
// its HTML and not its type.
var foreignField = regexp.MustCompile(`feed\['(?:author|authors|author_detail|tags|id|guid|updated_parsed|published_parsed|description|category|summary|content)'\]|` +
	`\['(?:content|authors)'\]\[\d\]\['(?:type|url|language|base)'\]|\['author_detail'\]\['url'\]|contributors|madeup_element|` +
	`_detail'\]\['(?:type|language|base)'\]|'links'\]\[[1-9]|'links'\]\[\d\](?:\['(?:rel|type|title|hreflang|length)'\]| == )|feed\['(?:updated|published)'\]|` +
	`len\(feed\['links'\]\)|guidislink|\['tagline`)

func TestFeedparserCases(t *testing.T) {
	if _, err := os.Stat(sharedFeeds); err != nil {
		t.Skip("the shared corpus is not here:", err)
	}
	good, all, foreign := 0, 0, 0
	var wrong []string
	err := filepath.WalkDir(sharedFeeds, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".xml") || strings.Contains(path, "/cdf/") {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		head := toUTF8(body, "")
		m := expectLine.FindStringSubmatch(head[:min(len(head), 4000)])
		if m == nil {
			foreign++
			return nil
		}
		contentType, base := "", "http://127.0.0.1:8097/"
		for _, h := range headerLine.FindAllStringSubmatch(head[:min(len(head), 4000)], -1) {
			switch strings.ToLower(h[1]) {
			case "content-type":
				contentType = h[2]
			case "content-location":
				base = resolve(h[2], base)
			}
		}
		base = first(base, "http://127.0.0.1:8097/")
		if rel, err := filepath.Rel(sharedFeeds, path); err == nil && base == "http://127.0.0.1:8097/" {
			base += filepath.ToSlash(rel)
		}
		feed, err := ParseFeed(body, contentType, base)
		ok, problem := evaluate(m[1], feedEnv(feed, err))
		if errors.Is(problem, errForeign) || foreignField.MatchString(m[1]) || !strings.Contains(m[1], "entries") && !strings.Contains(m[1], "feed") {
			foreign++
			return nil
		}
		all++
		if ok {
			good++
			return nil
		}
		wrong = append(wrong, fmt.Sprintf("%s: %s\n\tgot %v %+.400v", strings.TrimPrefix(path, sharedFeeds), m[1], err, feed))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range wrong {
		t.Log(w)
	}
	t.Logf("feedparser's cases: %d of %d (%.1f %%); %d ask for fields a newsletter does not need", good, all, 100*float64(good)/float64(max(all, 1)), foreign)
	if good*1000 < all*970 {
		t.Errorf("only %d of %d", good, all)
	}
}

func TestDateCases(t *testing.T) {
	data, err := os.ReadFile(sharedCases + "/dates.json")
	if err != nil {
		t.Skip("the shared cases are not here:", err)
	}
	var cases []struct {
		Text string
		Unix *int64
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	good := 0
	for _, c := range cases {
		when, ok := parseDate(c.Text)
		if ok == (c.Unix != nil) && (!ok || when.Unix() == *c.Unix) {
			good++
		} else {
			t.Errorf("%q is read as %v %v", c.Text, when, ok)
		}
	}
	t.Logf("dates: %d of %d", good, len(cases))
}
