package render

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// What is written eight bytes at a time is what one character at a time gives.
func FuzzEscaping(f *testing.F) {
	for _, s := range []string{"", "a", "Tom & Jerry's <b>\"x\"</b>\x7f and \x00\x1f", strings.Repeat("plain text ", 9) + "“curly” \u2028 \u202e \xff\xfe \ufffd", "1234567\"12345678\\1234567&"} {
		f.Add(s)
	}
	replacer := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")
	f.Fuzz(func(t *testing.T, s string) {
		var want strings.Builder
		for i := 0; i < len(s); {
			r, size := utf8.DecodeRuneInString(s[i:])
			if allowed(r) || r == utf8.RuneError {
				want.WriteString(replacer.Replace(string(r)))
			}
			i += size
		}
		if got := string(appendEscaped([]byte("x"), s)); got != "x"+want.String() {
			t.Errorf("%q is escaped as %q, not %q", s, got, want.String())
		}
		var got, wanted string
		plain, err := json.Marshal(s)
		if err != nil || json.Unmarshal(plain, &wanted) != nil {
			t.Fatal(err)
		}
		if written := appendJSON(nil, s); json.Unmarshal(written, &got) != nil || got != wanted {
			t.Errorf("%q is %s in JSON", s, written)
		}
	})
}
