package collect

// Character sets: every document becomes UTF-8 here, before anything reads it.
//
// The order follows what real servers get right rather than RFC 7303 alone: a
// byte order mark is never wrong, text that is valid UTF-8 with letters beyond
// ASCII is UTF-8 whatever its labels say, then the labels are tried, then a
// detector.

import (
	"bytes"
	"encoding/binary"
	"mime"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gogs/chardet"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"
)

// toUTF8 decodes body to UTF-8 text without a byte order mark.
func toUTF8(body []byte, contentType string) string {
	switch {
	case bytes.HasPrefix(body, []byte{0, 0, 0xFE, 0xFF}):
		return decodeUTF32(body[4:], binary.BigEndian)
	case bytes.HasPrefix(body, []byte{0xFF, 0xFE, 0, 0}):
		return decodeUTF32(body[4:], binary.LittleEndian)
	case bytes.HasPrefix(body, []byte{0xFE, 0xFF}):
		return decodeUTF16(body[2:], binary.BigEndian)
	case bytes.HasPrefix(body, []byte{0xFF, 0xFE}):
		return decodeUTF16(body[2:], binary.LittleEndian)
	case bytes.HasPrefix(body, []byte{0, 0, 0, '<'}):
		return decodeUTF32(body, binary.BigEndian)
	case bytes.HasPrefix(body, []byte{'<', 0, 0, 0}):
		return decodeUTF32(body, binary.LittleEndian)
	case len(body) > 3 && body[0] == 0 && (body[1] == '<' || body[1] == '{') && body[2] == 0:
		return decodeUTF16(body, binary.BigEndian)
	case len(body) > 3 && (body[0] == '<' || body[0] == '{') && body[1] == 0 && body[3] == 0:
		return decodeUTF16(body, binary.LittleEndian)
	}
	switch order, size := wide(body); size {
	case 2:
		return decodeUTF16(body, order)
	case 4:
		return decodeUTF32(body, order)
	}
	// Concatenated by careless tools, the mark comes twice.
	for bytes.HasPrefix(body, []byte("\ufeff")) {
		body = body[3:]
	}
	labels := charsetLabels(body, contentType)
	if utf8.Valid(body) {
		// ISO-2022-JP is seven-bit and so looks like ASCII.
		if !bytes.Contains(body, []byte("\x1b$")) && !ebcdic(labels) {
			return string(body)
		}
	}
	// A few bad bytes in what is UTF-8 otherwise. Other charsets hold few of its
	// sequences by chance.
	if good, bad := utf8Share(body); good > 0 && (good > 8*bad || good >= bad && (len(labels) == 0 || wantsUTF8(labels))) && !ebcdic(labels) {
		return mostlyUTF8(body)
	}
	for _, label := range labels {
		if text, ok := decodeLabel(body, label); ok {
			return text
		}
	}
	// Labels that say UTF-8 are not believed when hardly a character of it is in
	// a text that is not ASCII.
	good, bad := utf8Share(sample(body))
	if disproved := bad >= 16 && good*2 < bad; disproved || len(labels) == 0 || !wantsUTF8(labels) {
		if found, err := chardet.NewTextDetector().DetectBest(sample(body)); err == nil && found.Confidence >= 30 {
			if text, ok := decodeLabel(body, found.Charset); ok {
				return text
			}
		}
	}
	return mostlyUTF8(body)
}

// wide says whether a text is UTF-16 or UTF-32 without a mark, by where its
// zeros stand: markup is mostly ASCII.
func wide(body []byte) (order binary.ByteOrder, size int) {
	head := body[:min(len(body), 256)&^3]
	if len(head) < 16 || bytes.IndexByte(head, 0) < 0 {
		return nil, 0
	}
	var zeros [4]int
	for i, c := range head {
		if c == 0 {
			zeros[i%4]++
		}
	}
	most, few := len(head)/4*6/10, len(head)/4/10
	switch {
	case zeros[0] >= most && zeros[1] >= most && zeros[3] <= few:
		return binary.BigEndian, 4
	case zeros[3] >= most && zeros[2] >= most && zeros[0] <= few:
		return binary.LittleEndian, 4
	case zeros[0] >= most && zeros[2] >= most && zeros[1]+zeros[3] <= few:
		return binary.BigEndian, 2
	case zeros[1] >= most && zeros[3] >= most && zeros[0]+zeros[2] <= few:
		return binary.LittleEndian, 2
	}
	return nil, 0
}

// utf8Share counts the characters beyond ASCII that are good UTF-8, and the
// bytes that are not.
func utf8Share(body []byte) (good, bad int) {
	for i := 0; i < len(body); {
		if body[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && size <= 1 {
			bad++
		} else {
			good++
		}
		i += size
	}
	return good, bad
}

var xmlEncoding = pattern(`^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']\s*([A-Za-z0-9._:-]{2,40})\s*["']`)

// charsetLabels gives the labels the answer and the document carry, the HTTP
// one first (RFC 7303 section 3).
func charsetLabels(body []byte, contentType string) []string {
	var labels []string
	_, params, err := mime.ParseMediaType(contentType)
	if label := params["charset"]; err == nil && label != "" {
		labels = append(labels, strings.ToLower(strings.Trim(label, `'" `)))
	} else if _, after, ok := strings.Cut(strings.ToLower(contentType), "charset"); ok {
		// "charset = 'x'" is not a media type but servers send it.
		if label := strings.Trim(strings.SplitN(after, ";", 2)[0], "= '\"\t"); label != "" {
			labels = append(labels, label)
		}
	}
	head := body[:min(len(body), 400)]
	if m := xmlEncoding().FindSubmatch(head); m != nil {
		own := strings.ToLower(string(m[1]))
		if len(labels) == 1 && (labels[0] == "iso-8859-1" || labels[0] == "us-ascii") { // what servers add unasked (Apache's AddDefaultCharset)
			labels = []string{own, labels[0]}
		} else {
			labels = append(labels, own)
		}
	} else if bytes.HasPrefix(head, []byte{0x4C, 0x6F, 0xA7, 0x94}) { // "<?xm" in EBCDIC, XML 1.0 appendix F
		labels = append(labels, "ibm037")
	}
	return labels
}

func ebcdic(labels []string) bool {
	for _, label := range labels {
		if strings.Contains(label, "037") || strings.Contains(label, "ebcdic") || label == "ibm1047" {
			return true
		}
	}
	return false
}

func wantsUTF8(labels []string) bool {
	for _, label := range labels {
		if label == "utf-8" || label == "utf8" {
			return true
		}
	}
	return false
}

// decodeLabel decodes by a named charset; false when the name is unknown, is a
// Unicode form already ruled out, or the bytes do not fit it.
func decodeLabel(body []byte, label string) (string, bool) {
	label = strings.ToLower(strings.TrimSpace(label))
	if strings.HasPrefix(label, "utf") || strings.Contains(label, "ascii") || strings.Contains(label, "10646") {
		return "", false
	}
	enc, name := charset.Lookup(label)
	if enc == nil {
		enc, _ = ianaindex.IANA.Encoding(label)
	}
	if enc == nil || enc == encoding.Nop || name == "replacement" {
		return "", false
	}
	text, err := enc.NewDecoder().Bytes(body)
	if err != nil {
		return "", false
	}
	// A few bad bytes are a damaged document, many are a wrong label.
	if bad := bytes.Count(text, []byte("\ufffd")); bad > 0 && bad*50 > len(text) {
		return "", false
	}
	return string(text), true
}

func sample(body []byte) []byte { return body[:min(len(body), 64<<10)] }

// mostlyUTF8 reads UTF-8 and takes each byte that does not fit for
// windows-1252, which is what a pasted curly quote in a UTF-8 document is.
// Encoded surrogates (ED A0..BF xx) are no characters and are left out.
func mostlyUTF8(body []byte) string {
	var out strings.Builder
	out.Grow(len(body) + len(body)/16)
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRune(body[i:])
		switch {
		case r != utf8.RuneError || size > 1:
			out.Write(body[i : i+size])
			i += size
		case body[i] == 0xED && i+2 < len(body) && body[i+1] >= 0xA0 && body[i+2] >= 0x80:
			i += 3
		default:
			out.WriteRune(charmap.Windows1252.DecodeByte(body[i]))
			i++
		}
	}
	return out.String()
}

func decodeUTF16(body []byte, order binary.ByteOrder) string {
	var out strings.Builder
	out.Grow(len(body) / 2)
	for i := 0; i+1 < len(body); i += 2 {
		r := rune(order.Uint16(body[i:]))
		if utf16.IsSurrogate(r) && i+3 < len(body) {
			if r = utf16.DecodeRune(r, rune(order.Uint16(body[i+2:]))); r != utf8.RuneError {
				i += 2
			}
		}
		out.WriteRune(r) // a lone surrogate is written as U+FFFD
	}
	return strings.TrimLeft(out.String(), "\ufeff")
}

func decodeUTF32(body []byte, order binary.ByteOrder) string {
	var out strings.Builder
	out.Grow(len(body) / 4)
	for i := 0; i+3 < len(body); i += 4 {
		out.WriteRune(rune(order.Uint32(body[i:])))
	}
	return strings.TrimLeft(out.String(), "\ufeff")
}
