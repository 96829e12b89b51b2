package inbox

// How values lie in the tables: times, lists, and text from outside, which is
// bounded and cleaned on its way in.

import (
	"encoding/json"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of what is stored, in bytes (bodies) and characters (text).
const (
	maxBody    = 32 << 20
	maxTitle   = 300
	maxSummary = 500
	maxName    = 300
	maxAddress = 8 << 10
	maxNote    = 100_000
	maxList    = 100    // values in one list: authors, flags, marks
	maxRows    = 50_000 // rows read at once
)

// stampLayout is RFC 3339 in UTC with all nine digits, so that every stamp has
// the same width and text order is time order.
const stampLayout = "2006-01-02T15:04:05.000000000Z"

// stamp writes a time; the zero time and years that RFC 3339 can't write
// (section 1: 0000 to 9999) become "", unknown.
func stamp(t time.Time) string {
	t = t.UTC()
	if t.IsZero() || t.Year() < 1 || t.Year() > 9999 {
		return ""
	}
	return t.Format(stampLayout)
}

// unstamp reads what stamp wrote; what it can't read is the zero time.
func unstamp(s string) time.Time {
	t, err := time.Parse(stampLayout, s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// pack writes a list or map as JSON.
func pack(v any) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}

// packTexts writes a list of texts; no list is "[]".
func packTexts(texts []string) string {
	if len(texts) == 0 {
		return "[]"
	}
	text, err := json.Marshal(texts)
	if err != nil { // not possible for strings
		return "[]"
	}
	return string(text)
}

func unpack(what, text string, v any) error {
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return fmt.Errorf("%s in the inbox is damaged: %w", what, err)
	}
	return nil
}

// line makes text from outside one line of valid UTF-8 of at most limit
// characters.
func line(s string, limit int) string {
	if isLine(s, limit) {
		return s
	}
	return strings.Join(strings.Fields(bounded(s, limit)), " ")
}

// isLine says whether line would change nothing: most texts come so.
func isLine(s string, limit int) bool {
	count, space := 0, true
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf { // most characters are
			if c < ' ' && (c == 0 || c >= '\t' && c <= '\r') || c == ' ' && space {
				return false
			}
			space = c == ' '
			i++
			count++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || unicode.IsSpace(r) {
			return false
		}
		space = false
		i += size
		count++
	}
	return count <= limit && (s == "" || !space)
}

// bounded makes text valid UTF-8 without NUL (which no SQL text may hold) and
// cuts it after limit characters.
func bounded(s string, limit int) string {
	if len(s) > 4*limit {
		s = s[:4*limit] // no character is longer than four bytes
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return firstRunes(s, limit)
}

// plain makes a summary of sanitised HTML: text on one line, cut at a word.
// The result is still a stranger's text, to be escaped where it is shown.
func plain(markup string) string {
	const most = 40 * maxSummary // bytes of markup looked at
	if len(markup) > most {
		markup = markup[:most]
	}
	if strings.IndexByte(markup, '<') < 0 && len(markup) <= 4*maxSummary { // as collect gives it
		return shortened(line(html.UnescapeString(markup), most))
	}
	// Most summaries are full after the first few paragraphs of an article: what
	// stands behind them is not read.
	var raw strings.Builder
	text, full := "", false
	for look := 3 * maxSummary; ; look *= 2 {
		markup = textOf(&raw, markup, look)
		text = line(html.UnescapeString(raw.String()), most)
		// A reference cut in two at the end is no longer than the margin.
		if full = utf8.RuneCountInString(text) > maxSummary+64; full || markup == "" {
			break
		}
	}
	return shortened(text)
}

// shortened cuts a text at a word, and says that it did.
func shortened(text string) string {
	if utf8.RuneCountInString(text) <= maxSummary {
		return text
	}
	cut := firstRunes(text, maxSummary-1)
	if space := strings.LastIndexByte(cut, ' '); space > len(cut)/2 {
		cut = cut[:space]
	}
	return cut + "…"
}

// firstRunes gives the first n characters.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// textOf adds the text of markup to out until that holds enough bytes, and
// gives the markup it has not looked at. An element that stands within a
// sentence leaves no gap, any other parts words.
func textOf(out *strings.Builder, markup string, enough int) string {
	for markup != "" && out.Len() < enough {
		at := strings.IndexByte(markup, '<')
		if at < 0 {
			out.WriteString(markup)
			return ""
		}
		out.WriteString(markup[:at])
		markup = markup[at:]
		end := ">"
		if strings.HasPrefix(markup, "<!--") {
			end = "-->"
		}
		tag, rest, _ := strings.Cut(markup, end)
		if !inline[elementName(tag)] {
			out.WriteByte(' ')
		}
		markup = rest
	}
	return markup
}

// elementName is the name in a tag, in lower case.
func elementName(tag string) string {
	name := strings.TrimPrefix(strings.TrimPrefix(tag, "<"), "/")
	end := 0
	for end < len(name) && (name[end]|0x20 >= 'a' && name[end]|0x20 <= 'z' || name[end] >= '0' && name[end] <= '9') {
		end++
	}
	return strings.ToLower(name[:end])
}

// inline are the elements that stand within a sentence.
var inline = map[string]bool{
	"a": true, "abbr": true, "b": true, "cite": true, "code": true, "em": true, "i": true, "kbd": true, "mark": true,
	"q": true, "s": true, "small": true, "span": true, "strong": true, "sub": true, "sup": true, "u": true,
}

// joined is a list with the values of more that it lacks, bounded.
func joined(list, more []string) []string {
	for _, text := range more {
		if len(list) >= maxList {
			break
		}
		if text != "" && !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}
