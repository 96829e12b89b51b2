package extract

// Fonts of a PDF: from the codes of a string to characters and widths. The
// order of trust is that of ISO 32000-2, 9.10.2: ToUnicode, then the encoding's
// glyph names, then what the encoding is known to mean.

import (
	"encoding/hex"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/pdfcpu/pdfcpu/pkg/font"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

const (
	maxPDFCodes = 200_000 // entries of a ToUnicode map
	maxPDFUnits = 64      // bytes that one of them may stand for, in UTF-16
	fontSteps   = 1_000   // what reading a font costs, in operators
)

// pdfFont is a font as far as text needs it.
type pdfFont struct {
	wide    bool              // codes of two bytes (Type0)
	utf16   bool              // codes are UTF-16
	lengths [5]bool           // lengths of codes that ToUnicode declares
	unicode map[uint32]string // ToUnicode
	simple  [256]string       // encoding of a simple font
	widths  map[uint32]float64
	missing float64 // width where none is stated
	scale   float64 // glyph space to text space
	bold    bool
	italic  bool
	mono    bool
}

// font reads a font, once.
func (f *pdfFile) font(o types.Object) *pdfFont {
	ref, isRef := o.(types.IndirectRef)
	if isRef {
		if known, ok := f.fonts[ref.ObjectNumber.Value()]; ok {
			return known
		}
	}
	f.steps += fontSteps // the next operator looks at it
	font := f.readFont(f.dict(o))
	if isRef && len(f.fonts) < 10_000 {
		f.fonts[ref.ObjectNumber.Value()] = font
	}
	return font
}

var (
	boldName   = pattern(`(?i)bold|black|heavy|demi|-bd|cmbx|CMSSBX|nimbus.*medi\b`)
	italicName = pattern(`(?i)ital|obli|cmti|cmsl|[-,]it\b|slanted|^(?:[A-Z]+\+)?(?:sfti|lmromanslant)`)
	monoName   = pattern(`(?i)mono|courier|consol|cmtt|typewriter|menlo|cursor|inconsolata|sourcecode|firacode|(?:^|\+)sftt|lmtt|lmmono|nimbusmon`)
)

func (f *pdfFile) readFont(d types.Dict) *pdfFont {
	out := &pdfFont{widths: map[uint32]float64{}, scale: 0.001, missing: 500}
	if d == nil {
		out.simple = builtInTexts().standard
		return out
	}
	name := f.name(d["BaseFont"])
	out.bold, out.italic, out.mono = boldName().MatchString(name), italicName().MatchString(name), monoName().MatchString(name)
	if m, err := f.stream(d["ToUnicode"]); err == nil && len(m) > 0 {
		out.readToUnicode(m)
	}
	descriptor := f.dict(d["FontDescriptor"])
	if f.name(d["Subtype"]) == "Type0" {
		out.wide = true
		encoding := f.name(d["Encoding"])
		out.utf16 = strings.Contains(encoding, "UCS2") || strings.Contains(encoding, "UTF16")
		list := f.array(d["DescendantFonts"])
		if len(list) > 0 {
			cid := f.dict(list[0])
			descriptor = f.dict(cid["FontDescriptor"])
			out.missing = 1000
			if w, ok := f.number(cid["DW"]); ok {
				out.missing = w
			}
			f.readCIDWidths(out, f.array(cid["W"]))
		}
	} else {
		f.readSimple(out, d, descriptor, name)
	}
	if flags, ok := f.number(descriptor["Flags"]); ok {
		out.mono = out.mono || int(flags)&1 != 0 && !out.wide
		out.italic = out.italic || int(flags)&64 != 0
		out.bold = out.bold || int(flags)&(1<<18) != 0
	}
	if w, ok := f.number(descriptor["FontWeight"]); ok && w >= 600 {
		out.bold = true
	}
	return out
}

func (f *pdfFile) readSimple(out *pdfFont, d, descriptor types.Dict, name string) {
	if f.name(d["Subtype"]) == "Type3" {
		if m := f.numbers(d["FontMatrix"], 6); m != nil && m[0] != 0 {
			out.scale = max(m[0], -m[0])
		}
	}
	out.simple = builtInTexts().standard
	symbolic := false
	if flags, ok := f.number(descriptor["Flags"]); ok {
		symbolic = int(flags)&4 != 0
	}
	byName := func(name string) *[256]string {
		switch name {
		case "WinAnsiEncoding":
			return &builtInTexts().win
		case "MacRomanEncoding":
			return &builtInTexts().mac
		}
		return nil
	}
	encoding := f.get(d["Encoding"])
	if t := byName(f.name(encoding)); t != nil {
		out.simple = *t
	} else if f.name(d["Subtype"]) == "TrueType" && !symbolic {
		out.simple = builtInTexts().win
	}
	if _, named := encoding.(types.Name); !named {
		f.readBuiltIn(out, descriptor)
	}
	if e, ok := encoding.(types.Dict); ok {
		if t := byName(f.name(e["BaseEncoding"])); t != nil {
			out.simple = *t
		}
		code := 0
		for _, o := range f.array(e["Differences"]) {
			switch f.get(o).(type) {
			case types.Integer, types.Float:
				n, _ := f.number(o)
				code = int(n)
			case types.Name:
				if code >= 0 && code < 256 {
					out.simple[code] = glyphText(f.name(o))
				}
				code++
			}
		}
	}
	first, _ := f.number(d["FirstChar"])
	widths := f.array(d["Widths"])
	for i, o := range widths {
		if code := int(first) + i; code >= 0 && code < 256 {
			if w, ok := f.number(o); ok {
				out.widths[uint32(code)] = w
			}
		}
	}
	if w, ok := f.number(descriptor["MissingWidth"]); ok && w > 0 {
		out.missing = w
	}
	if len(widths) == 0 {
		if core := coreFont(name); core != "" {
			for code, s := range out.simple {
				if r, _ := utf8.DecodeRuneInString(s); s != "" {
					if w, err := font.CharWidth(core, r); err == nil && w > 0 {
						out.widths[uint32(code)] = float64(w)
					}
				}
			}
		}
	}
}

// coreFont is the name of the standard font (9.6.2.2) whose widths a font
// without its own has.
func coreFont(name string) string {
	if _, after, ok := strings.Cut(name, "+"); ok {
		name = after
	}
	family := "Helvetica"
	lower := strings.ToLower(name)
	switch {
	case strings.Contains(lower, "courier"):
		family = "Courier"
	case strings.Contains(lower, "times"):
		family = "Times"
	case strings.Contains(lower, "symbol"), strings.Contains(lower, "dingbats"):
		return ""
	}
	bold, italic := boldName().MatchString(name), italicName().MatchString(name)
	slant := "Oblique"
	if family == "Times" {
		slant = "Italic"
	}
	switch {
	case bold && italic:
		return family + "-Bold" + slant
	case bold:
		return family + "-Bold"
	case italic:
		return family + "-" + slant
	case family == "Times":
		return "Times-Roman"
	}
	return family
}

var builtInCode = pattern(`dup\s+(\d{1,3})\s*/([A-Za-z0-9._]+)\s+put`)

// readBuiltIn reads the encoding in the clear part of a Type 1 font program
// (Adobe Type 1 Font Format, chapter 2): TeX's fonts state it nowhere else.
func (f *pdfFile) readBuiltIn(out *pdfFont, descriptor types.Dict) {
	if descriptor["FontFile"] == nil {
		return
	}
	program, err := f.stream(descriptor["FontFile"])
	if err != nil {
		return
	}
	clear := head(program, 32<<10)
	if at := strings.Index(string(clear), "eexec"); at > 0 {
		clear = clear[:at]
	}
	for _, m := range builtInCode().FindAllSubmatch(clear, 256) {
		if code, err := strconv.Atoi(string(m[1])); err == nil && code < 256 {
			out.simple[code] = glyphText(string(m[2]))
		}
	}
}

// readCIDWidths reads W (9.7.4.3): "c [w1 w2]" and "first last w". Each width is
// a step: an array may state the same ones without end.
func (f *pdfFile) readCIDWidths(out *pdfFont, list types.Array) {
	for i := 0; i+1 < len(list); {
		first, ok := f.number(list[i])
		if !ok || first < 0 || first > maxCID {
			return
		}
		if run := f.array(list[i+1]); run != nil {
			run = run[:min(len(run), maxCID+1-int(first))]
			if f.spend(len(run)) != nil {
				return
			}
			for k, o := range run {
				if w, ok := f.number(o); ok {
					out.widths[uint32(first)+uint32(k)] = w
				}
			}
			i += 2
			continue
		}
		if i+2 >= len(list) {
			return
		}
		last, _ := f.number(list[i+1])
		w, _ := f.number(list[i+2])
		last = min(last, maxCID)
		if f.spend(max(0, int(last-first)+1)) != nil {
			return
		}
		for c := first; c <= last; c++ {
			out.widths[uint32(c)] = w
		}
		i += 3
	}
}

const maxCID = 65535 // (Annex C)

// readToUnicode reads a ToUnicode CMap (9.10.3).
func (t *pdfFont) readToUnicode(cmap []byte) {
	t.unicode = map[uint32]string{}
	lex := pdfLexer{data: cmap}
	var args []pdfToken
	said := 0
	for {
		tok, ok := lex.next()
		if !ok || said > maxPDFCodes {
			return
		}
		if tok.kind != pdfOperator {
			if len(args) < 100_000 {
				args = append(args, tok)
			}
			continue
		}
		switch tok.text {
		case "endcodespacerange":
			for i := 0; i+1 < len(args); i += 2 {
				if n := len(args[i].text); args[i].kind == pdfString && n > 0 && n < len(t.lengths) {
					t.lengths[n] = true
				}
			}
		case "endbfchar":
			for i := 0; i+1 < len(args); i += 2 {
				if args[i].kind == pdfString && args[i+1].kind == pdfString {
					t.unicode[codeOf(args[i].text)] = mapped(args[i+1].text)
					said++
				}
			}
		case "endbfrange":
			for i := 0; i+2 < len(args) && said <= maxPDFCodes; i += 3 {
				if args[i].kind != pdfString || args[i+1].kind != pdfString {
					break
				}
				from, to := codeOf(args[i].text), codeOf(args[i+1].text)
				if to < from || to-from > 65535 {
					continue
				}
				if list := args[i+2]; list.kind == pdfArray {
					for k, item := range list.list {
						if uint32(k) <= to-from && item.kind == pdfString {
							t.unicode[from+uint32(k)] = mapped(item.text)
						}
					}
					continue
				}
				start := []rune(mapped(args[i+2].text))
				said += int(to-from) + 1
				for k := uint32(0); k <= to-from && len(start) > 0; k++ {
					t.unicode[from+k] = string(start)
					start[len(start)-1]++
				}
			}
		}
		args, lex.kept = args[:0], 0
	}
}

// mapped is what a code map says of a code.
func mapped(s string) string { return fromUTF16(s[:min(maxPDFUnits, len(s))]) }

func codeOf(s string) uint32 {
	var code uint32
	for i := range min(4, len(s)) {
		code = code<<8 | uint32(s[i])
	}
	return code
}

func fromUTF16(s string) string {
	if len(s) == 1 {
		return string(rune(s[0]))
	}
	units := make([]uint16, 0, len(s)/2)
	for i := 0; i+1 < len(s); i += 2 {
		units = append(units, uint16(s[i])<<8|uint16(s[i+1]))
	}
	return string(utf16.Decode(units))
}

// decode cuts a string into codes and gives each with its characters and its
// width in thousandths. readable is false for a code whose character is unknown.
func (t *pdfFont) decode(s string, emit func(text string, width float64, space, readable bool)) {
	for len(s) > 0 {
		n := 1
		if t.wide {
			n = 2
			if t.lengths[1] && !t.lengths[2] {
				n = 1
			}
		}
		n = min(n, len(s))
		code := codeOf(s[:n])
		raw := s[:n]
		s = s[n:]
		text, known := t.unicode[code]
		if known && strings.Trim(text, "\x00\ufffd") == "" {
			known = false
		}
		if !known {
			switch {
			case t.utf16:
				text = fromUTF16(raw)
			case !t.wide:
				text = t.simple[code&0xff]
			default:
				text = ""
			}
		}
		width, ok := t.widths[code]
		if !ok {
			width = t.missing
		}
		emit(tidyGlyph(text), width, n == 1 && code == 32, text != "")
	}
}

// tidyGlyph writes a glyph's characters as text has them: ligatures apart,
// bullets of symbol fonts as bullets, nothing invisible.
func tidyGlyph(s string) string {
	if len(s) == 1 && s[0] >= ' ' && s[0] < 0x7f {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == 0xa0 || r == '\t' || r == '\n' || r == '\r' || r >= 0x2000 && r <= 0x200a || r == 0x202f || r == 0x205f:
			b.WriteByte(' ')
		case r == 0xad:
			b.WriteRune(r) // decided at the end of the line
		case r >= 0xfb00 && r <= 0xfb06:
			b.WriteString([]string{"ff", "fi", "fl", "ffi", "ffl", "st", "st"}[r-0xfb00])
		case r == 0xf0b7 || r == 0xf0a7 || r == 0xf076 || r == 0xf0d8 || r == 0x25cf || r == 0x2219:
			b.WriteRune('•')
		case r == 0x2010 || r == 0x2011:
			b.WriteByte('-')
		case r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0xe000 && r <= 0xf8ff || r == utf8.RuneError || invisible(r):
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// ---- encodings (Annex D)

// texts are the characters of three encodings.
type texts struct{ win, mac, standard [256]string }

// builtInTexts are those of WinAnsiEncoding, MacRomanEncoding and StandardEncoding.
var builtInTexts = sync.OnceValue(func() *texts {
	var t texts
	win, mac, standard := &t.win, &t.mac, &t.standard
	for i := range 256 {
		if i >= 32 {
			win[i] = string(charmap.Windows1252.DecodeByte(byte(i)))
			mac[i] = string(charmap.Macintosh.DecodeByte(byte(i)))
		}
		if i >= 32 && i < 127 {
			standard[i] = string(rune(i))
		}
	}
	win[0x7f], win[0x81], win[0x8d], win[0x8f], win[0x90], win[0x9d] = "•", "•", "•", "•", "•", "•"
	win[0xad] = "-"
	standard['\''], standard['`'] = "’", "‘"
	for code, s := range map[int]string{
		161: "¡", 162: "¢", 163: "£", 164: "⁄", 165: "¥", 166: "ƒ", 167: "§", 168: "¤", 169: "'", 170: "“", 171: "«", 172: "‹",
		173: "›", 174: "fi", 175: "fl", 177: "–", 178: "†", 179: "‡", 180: "·", 182: "¶", 183: "•", 184: "‚", 185: "„", 186: "”",
		187: "»", 188: "…", 189: "‰", 191: "¿", 193: "`", 194: "´", 195: "ˆ", 196: "˜", 197: "¯", 198: "˘", 199: "˙", 200: "¨",
		202: "˚", 203: "¸", 205: "˝", 206: "˛", 207: "ˇ", 208: "—", 225: "Æ", 227: "ª", 232: "Ł", 233: "Ø", 234: "Œ", 235: "º",
		241: "æ", 245: "ı", 248: "ł", 249: "ø", 250: "œ", 251: "ß",
	} {
		standard[code] = s
	}
	return &t
})

// glyphNames are names of the Adobe Glyph List that can't be derived.
var glyphNames = map[string]string{
	"space": " ", "exclam": "!", "quotedbl": "\"", "numbersign": "#", "dollar": "$", "percent": "%", "ampersand": "&", "quotesingle": "'",
	"quoteright": "’", "quoteleft": "‘", "parenleft": "(", "parenright": ")", "asterisk": "*", "plus": "+", "comma": ",", "hyphen": "-",
	"minus": "−", "period": ".", "slash": "/", "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
	"seven": "7", "eight": "8", "nine": "9", "colon": ":", "semicolon": ";", "less": "<", "equal": "=", "greater": ">", "question": "?",
	"at": "@", "bracketleft": "[", "backslash": "\\", "bracketright": "]", "asciicircum": "^", "underscore": "_", "grave": "`",
	"braceleft": "{", "bar": "|", "braceright": "}", "asciitilde": "~", "exclamdown": "¡", "cent": "¢", "sterling": "£", "currency": "¤",
	"yen": "¥", "brokenbar": "¦", "section": "§", "dieresis": "¨", "copyright": "©", "ordfeminine": "ª", "guillemotleft": "«",
	"logicalnot": "¬", "sfthyphen": "-", "registered": "®", "macron": "¯", "degree": "°", "plusminus": "±", "acute": "´", "mu": "µ",
	"paragraph": "¶", "periodcentered": "·", "cedilla": "¸", "ordmasculine": "º", "guillemotright": "»", "onequarter": "¼",
	"onehalf": "½", "threequarters": "¾", "questiondown": "¿", "multiply": "×", "divide": "÷", "AE": "Æ", "ae": "æ", "OE": "Œ", "oe": "œ",
	"Oslash": "Ø", "oslash": "ø", "Eth": "Ð", "eth": "ð", "Thorn": "Þ", "thorn": "þ", "germandbls": "ß", "dotlessi": "ı", "Lslash": "Ł",
	"lslash": "ł", "Dcroat": "Đ", "dcroat": "đ", "fi": "fi", "fl": "fl", "ff": "ff", "ffi": "ffi", "ffl": "ffl", "f_f": "ff", "f_i": "fi",
	"f_l": "fl", "f_f_i": "ffi", "f_f_l": "ffl", "endash": "–", "emdash": "—", "quotedblleft": "“", "quotedblright": "”",
	"quotedblbase": "„", "quotesinglbase": "‚", "guilsinglleft": "‹", "guilsinglright": "›", "ellipsis": "…", "bullet": "•",
	"dagger": "†", "daggerdbl": "‡", "perthousand": "‰", "trademark": "™", "Euro": "€", "florin": "ƒ", "fraction": "⁄", "circumflex": "ˆ",
	"tilde": "˜", "breve": "˘", "dotaccent": "˙", "ring": "˚", "hungarumlaut": "˝", "ogonek": "˛", "caron": "ˇ", "nbspace": " ",
	"nonbreakingspace": " ", "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "epsilon1": "ϵ", "zeta": "ζ",
	"eta": "η", "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "nu": "ν", "xi": "ξ", "omicron": "ο", "pi": "π", "rho": "ρ",
	"sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "phi1": "ϕ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
	"Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "arrowright": "→",
	"arrowleft": "←", "arrowup": "↑", "arrowdown": "↓", "arrowboth": "↔", "arrowdblright": "⇒", "lessequal": "≤", "greaterequal": "≥",
	"notequal": "≠", "approxequal": "≈", "similar": "∼", "equivalence": "≡", "infinity": "∞", "element": "∈", "summation": "∑",
	"product": "∏", "integral": "∫", "radical": "√", "partialdiff": "∂", "logicaland": "∧", "logicalor": "∨", "asteriskmath": "∗",
	"periodcenteredmath": "·", "bulletmath": "•", "openbullet": "◦", "prime": "′", "visiblespace": " ", "a114": "•", "a110": "•", "H33": "•",
}

// accents are the ends of names such as "eacute".
var accents = []struct{ name, mark string }{
	{"hungarumlaut", "\u030b"},
	{"commaaccent", "\u0327"},
	{"circumflex", "\u0302"},
	{"dotaccent", "\u0307"},
	{"dieresis", "\u0308"},
	{"cedilla", "\u0327"},
	{"ogonek", "\u0328"},
	{"macron", "\u0304"},
	{"acute", "\u0301"},
	{"grave", "\u0300"},
	{"tilde", "\u0303"},
	{"caron", "\u030c"},
	{"breve", "\u0306"},
	{"ring", "\u030a"},
}

// glyphText is the text of a glyph name, by the rules of the Adobe Glyph List
// Specification; empty for a name that says nothing ("g123").
func glyphText(name string) string {
	name, _, _ = strings.Cut(name, ".")
	if s, ok := glyphNames[name]; ok {
		return s
	}
	if strings.Contains(name, "_") && len(name) <= 100 {
		text := ""
		for part := range strings.SplitSeq(name, "_") {
			s := glyphText(part)
			if s == "" {
				return ""
			}
			text += s
		}
		return text
	}
	if len(name) == 1 {
		return name
	}
	if units, ok := strings.CutPrefix(name, "uni"); ok && len(units) > 4 && len(units) <= 2*maxPDFUnits && len(units)%4 == 0 {
		if b, err := hex.DecodeString(units); err == nil {
			return fromUTF16(string(b))
		}
	}
	for _, prefix := range []string{"uni", "u"} {
		if digits, ok := strings.CutPrefix(name, prefix); ok && len(digits) >= 4 && len(digits) <= 6 {
			if n, err := strconv.ParseUint(digits, 16, 32); err == nil && utf8.ValidRune(rune(n)) {
				return string(rune(n))
			}
		}
	}
	for _, a := range accents {
		if base, ok := strings.CutSuffix(name, a.name); ok && len(base) == 1 {
			return norm.NFC.String(base + a.mark)
		}
	}
	return ""
}
