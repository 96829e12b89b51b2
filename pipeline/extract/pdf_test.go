package extract

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// pdfOf writes a PDF of these objects, numbered from 1; the first is the catalog.
func pdfOf(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var offsets []int
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

func pdfStream(dict, content string) string {
	return fmt.Sprintf("<<%s/Length %d>>stream\n%s\nendstream", dict, len(content), content)
}

func flate(content string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write([]byte(content))
	z.Close()
	return b.String()
}

const (
	pdfCatalog = "<</Type/Catalog/Pages 2 0 R>>"
	pdfPages   = "<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 595 842]>>"
	pdfFonts   = "/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/Encoding/WinAnsiEncoding>>>>>>"
)

// onePage is a PDF of one page with this content.
func onePage(content string) []byte {
	return pdfOf(pdfCatalog, pdfPages, "<</Type/Page/Parent 2 0 R/Contents 4 0 R"+pdfFonts+">>", pdfStream("", content))
}

// set sets lines of text, one below the other.
func set(size, x, y float64, lines ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "BT /F1 %g Tf %g TL 1 0 0 1 %g %g Tm ", size, size*1.2, x, y)
	for _, l := range lines {
		fmt.Fprintf(&b, "(%s) Tj T* ", strings.NewReplacer("(", `\(`, ")", `\)`).Replace(l))
	}
	return b.String() + "ET\n"
}

func TestHyphensAtLineEndsAreUndoneWithCare(t *testing.T) {
	d := pdfDocument{words: map[string]int{"information": 2, "break-in": 1, "cross-check": 1, "supply": 1, "chain": 2}}
	for _, c := range []struct{ text, next, want string }{
		{"the infor-", "mation was", "the information was"},
		{"a zero-", "day that", "a zero-day that"},
		{"it was well-", "known to", "it was well-known to"},
		{"an end-to-", "end test", "an end-to-end test"},
		{"the break-", "in of May", "the break-in of May"},
		{"as CVE-", "2026-10442 is", "as CVE-2026-10442 is"},
		{"as CVE-2026-", "10442 is", "as CVE-2026-10442 is"},
		{"the US-", "based firm", "the US-based firm"},
		{"Anglo-", "Saxon", "Anglo-Saxon"},
		{"their supply-", "chain risk", "their supply-chain risk"},
		{"inter\u00ad", "esting", "interesting"},
		{"he said -", "and left", "he said - and left"},
		{"it held—", "for a day", "it held—for a day"},
		{"see https://a.example/one/", "two for it", "see https://a.example/one/two for it"},
		{"either/", "or", "either/ or"},
		{"the end.", "The next", "the end. The next"},
		{"数据没有", "丢失", "数据没有丢失"},
		{"数据没有丢失。", "公司说没有问题", "数据没有丢失。公司说没有问题"},
		{"公司说", "“没有问题”", "公司说 “没有问题”"},
	} {
		if got := d.join(c.text, c.next); got != c.want {
			t.Errorf("%q and %q: %q, want %q", c.text, c.next, got, c.want)
		}
	}
}

// TestGlyphNames holds the rules of the Adobe Glyph List Specification,
// section 2: what follows a dot is dropped, parts stand between underscores, a
// name may be of code units or one code point.
func TestGlyphNames(t *testing.T) {
	for name, want := range map[string]string{
		"a": "a", "a.sc": "a", "eacute": "é", "T_h": "Th", "f_f_j": "ffj", "uni00E9": "é", "uni004200E9": "Bé", "u1F600": "😀", "fi": "fi",
		"uniD83D": "", "g123": "", "f_g123": "", ".notdef": "", "_": "", "": "", "u110000": "",
	} {
		if got := glyphText(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

// TestQuotesAcrossLinesOfAPDFAreFound holds what the editor sees: her words are
// found whatever line, column or page of the PDF they were broken over.
func TestQuotesAcrossLinesOfAPDFAreFound(t *testing.T) {
	for file, quotes := range map[string][]string{
		"paper.pdf": {
			"None of the intrusions that we describe needed a zero-day; each of them needed patience and a well-documented default.",
			"Administrators could withdraw a machine at any time and without giving a reason, which eleven of them did.",
			"At no point did anything break, and so at no point did anybody look.",
		},
		"memo.pdf": {
			"Der Ordner gehörte einem Programm, das 2019 abgeschafft worden war",
			"Wer künftig eine Zero-Day-Lücke vermutet, soll zuerst nachsehen",
			"Außerdem wird jede Ausnahme ab jetzt einmal im Quartal laut vorgelesen",
		},
		"report.pdf": {"One was an intrusion: a service account of the former parking system signed in every night"},
	} {
		body, err := os.ReadFile(filepath.Join("testdata/pages", file))
		if err != nil {
			t.Fatal(err)
		}
		a, err := Read(Input{Body: body})
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range quotes {
			if f := Find(a.Text(), q); f.Verdict != Exact && f.Verdict != Typographic {
				t.Errorf("%s: %q is %s; nearest %q", file, q, f.Verdict, f.Source)
			}
		}
	}
}

func TestWhatIsTextOnAPageOfAPDF(t *testing.T) {
	const long = "A sentence that is long enough to be running text, with a full stop at its end."
	for _, c := range []struct{ name, content, want string }{
		{"drawn twice for boldness", set(11, 72, 700, long) + set(11, 72.2, 700, long), long},
		{"hidden beside what is shown", set(11, 72, 700, long) + "3 Tr " + set(11, 72, 600, "not seen") + "0 Tr ", long},
		{"on its side", "BT /F1 11 Tf 0 1 -1 0 20 300 Tm (a stamp at the margin) Tj ET " + set(11, 72, 700, long), long},
		{"outside of the page", set(11, 72, -300, "below the page") + set(11, 72, 700, long), long},
		{"a page number", set(11, 72, 700, long) + set(9, 300, 40, "- 7 -"), long},
		{"ligatures and old accents", "BT /F1 11 Tf 1 0 0 1 72 700 Tm [(the caf)] TJ (\\264) Tj -4.5 0 Td ET" + set(11, 72, 650, long), "the caf´\n\n" + long},
		{"text that replaces what is drawn", "/Span<</ActualText<FEFF0057006F00720064>>>BDC BT /F1 11 Tf 1 0 0 1 72 700 Tm (W0rd) Tj ET EMC " + set(11, 72, 650, long), "Word\n\n" + long},
		{"a long text that replaces what is drawn", "/Span<</ActualText<FEFF" + strings.Repeat("0061006200200063", 12) + ">>>BDC BT /F1 11 Tf 1 0 0 1 72 700 Tm (x) Tj ET EMC " + set(11, 72, 650, long), strings.Repeat("ab c", 12) + "\n\n" + long},
		{"one in PDFDocEncoding", `/Span<</ActualText(caf\351 \204 \\d)>>BDC BT /F1 11 Tf 1 0 0 1 72 700 Tm (x) Tj ET EMC ` + set(11, 72, 650, long), "café — \\d\n\n" + long},
		{"a comment in an array", "BT /F1 11 Tf 1 0 0 1 72 700 Tm [(One) % ] ends nothing\n ( word.) > ] TJ ET " + set(11, 72, 650, long), "One word.\n\n" + long},
		{"a running head that the file marks as one", "/Artifact<</Type/Pagination>>BDC " + set(11, 72, 700, "Head") + " EMC " + set(11, 72, 650, long), long},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := Read(Input{Body: onePage(c.content)})
			if err != nil {
				t.Fatal(err)
			}
			if got := a.Text(); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestPagesThatAreTurned: text that stands upright on the page as it is looked
// at is read, whichever way the page was drawn; text that does not is a stamp.
func TestPagesThatAreTurned(t *testing.T) {
	const words = "Some words of a page that is turned."
	for rotate, matrix := range map[int]string{0: "1 0 0 1 72 700", 90: "0 1 -1 0 100 72", 180: "-1 0 0 -1 500 100", 270: "0 -1 1 0 500 770", -90: "0 -1 1 0 500 770"} {
		for turned, m := range map[string]string{words: matrix, "": "0.7 0.7 -0.7 0.7 72 300"} {
			body := pdfOf(pdfCatalog, pdfPages, fmt.Sprintf("<</Type/Page/Parent 2 0 R/Rotate %d/Contents 4 0 R%s>>", rotate, pdfFonts),
				pdfStream("", "BT /F1 11 Tf "+m+" Tm ("+words+") Tj ET"))
			if a, _ := Read(Input{Body: body}); a.Text() != turned {
				t.Errorf("turned by %d, %s: %q", rotate, m, a.Text())
			}
		}
	}
}

// TestOperatorsThatPlaceText: each page says the same by other means.
func TestOperatorsThatPlaceText(t *testing.T) {
	const want = "Ten open ports were found, and all of them were shut again on the same day."
	first, second := "Ten open ports were found, and", "all of them were shut again on the same day."
	form := "5 0 R"
	page := func(resources, content string, more ...string) []byte {
		return pdfOf(append([]string{pdfCatalog, pdfPages, "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<<" + resources + ">>>>", pdfStream("", content)}, more...)...)
	}
	const font = "/Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/Encoding/WinAnsiEncoding>>>>"
	hex := func(s string) string { return fmt.Sprintf("<%x>", s) }
	wide := func(s string) string { return fmt.Sprintf("<%x>", utf16BE(s)) }
	const identity = "/Font<</F1<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/ToUnicode 5 0 R/DescendantFonts[<</W[32[250] 33 126 500]/DW 500>>]>>>>"
	for name, body := range map[string][]byte{
		"Td":                        page(font, "BT /F1 11 Tf 72 700 Td ("+first+") Tj 0 -13 Td ("+second+") Tj ET"),
		"TD and T*":                 page(font, "BT /F1 11 Tf 72 713 TD 0 -13 TD ("+first+") Tj T* ("+second+") Tj ET"),
		"a quotation mark":          page(font, "BT /F1 11 Tf 13 TL 72 713 Td ("+first+") ' 0.1 0.2 ("+second+") \" ET"),
		"TJ and hex":                page(font, "BT /F1 11 Tf 72 700 Td ["+hex(first)+"] TJ 0 -13 Td [(all)-250(of them were shut)-250 (again on the same day.)] TJ ET"),
		"cm, q and Q":               page(font, "q 11 0 0 11 72 700 cm BT /F1 1 Tf ("+first+") Tj ET Q q 1 0 0 1 72 687 cm BT /F1 11 Tf ("+second+") Tj ET Q"),
		"Tz and Ts":                 page(font, "BT /F1 11 Tf 90 Tz 5 Ts 72 695 Td ("+first+") Tj 0 -13 Td ("+second+") Tj ET"),
		"a form":                    page("/XObject<</X "+form+">>", "1 0 0 1 0 100 cm /X Do", pdfStream("/Type/XObject/Subtype/Form/Matrix[1 0 0 1 70 0]/Resources<<"+font+">>", "BT /F1 11 Tf 2 600 Td ("+first+") Tj 0 -13 Td ("+second+") Tj ET")),
		"gs":                        page("/ExtGState<</G<</Font[5 0 R 11]>>>>", "/G gs BT 72 700 Td ("+first+") Tj 0 -13 Td ("+second+") Tj ET", "<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/Encoding/WinAnsiEncoding>>"),
		"octal and escapes":         page(font, "BT /F1 11 Tf 72 700 Td (Ten open\\040ports were\\\n found, and) Tj 0 -13 Td ("+strings.Replace(second, "all", `\141ll`, 1)+") Tj ET"),
		"an image within":           page(font, "BT /F1 11 Tf 72 700 Td ("+first+") Tj ET BI /W 1 /H 1 ID x EIx (no) Tj xEI EI BT /F1 11 Tf 72 687 Td ("+second+") Tj ET"),
		"a name with a number sign": page("/Font<</F#41<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/Encoding/WinAnsiEncoding>>>>", "BT /F#41 11 Tf 72 700 Td ("+first+") Tj 0 -13 Td ("+second+") Tj ET"),
		"codes that are UTF-16":     page("/Font<</F1<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/UniGB-UCS2-H/DescendantFonts[<</DW 500>>]>>>>", "BT /F1 11 Tf 72 700 Td "+wide(first)+" Tj 0 -13 Td "+wide(second)+" Tj ET"),
		"glyphs drawn one by one":   page("/Font<</F1<</Type/Font/Subtype/Type3/FontMatrix[0.01 0 0 0.01 0 0]/FirstChar 32/Widths["+strings.Repeat("50 ", 95)+"]/Encoding<</BaseEncoding/WinAnsiEncoding>>>>>>", "BT /F1 11 Tf 72 700 Td ("+first+") Tj 0 -13 Td ("+second+") Tj ET"),
		"codes of two bytes, a range": page(identity, "BT /F1 11 Tf 72 700 Td "+wide(first)+" Tj 0 -13 Td "+wide(second)+" Tj ET",
			pdfStream("", "1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfrange <0020> <007e> <0020> endbfrange")),
		"codes of two bytes, a list and one by one": page(identity, "BT /F1 11 Tf 72 700 Td "+wide(first)+" Tj 0 -13 Td "+wide(second)+" Tj ET",
			pdfStream("", "1 beginbfrange <0020> <0021> [<0020> <0021>] <0061> <007a> <0061> endbfrange 3 beginbfchar <0054> <0054> <002c> <002c> <002e> <002e> endbfchar")),
	} {
		a, err := Read(Input{Body: body})
		if err != nil || a.Text() != want {
			t.Errorf("%s: %q, %v", name, a.Text(), err)
		}
	}
}

func utf16BE(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.Write([]byte{byte(u >> 8), byte(u)})
	}
	return b.String()
}

// TestLongAddressOfALinkIsWhole: half an address leads somewhere else.
func TestLongAddressOfALinkIsWhole(t *testing.T) {
	address := "https://a.example/" + strings.Repeat("long/", 100) + "end"
	a, err := Read(Input{Body: pdfOf(pdfCatalog, pdfPages, "<</Type/Page/Parent 2 0 R/Contents 4 0 R"+pdfFonts+"/Annots[<</Subtype/Link/Rect[0 690 595 720]/A<</S/URI/URI("+address+")>>>>]>>",
		pdfStream("", set(11, 72, 700, "Some words that lead elsewhere.")))})
	if err != nil {
		t.Fatal(err)
	}
	if want := []Link{{address, "Some words that lead elsewhere."}}; !slices.Equal(a.Links, want) {
		t.Errorf("links %v, want %v", a.Links, want)
	}
}

// TestHostilePDFsAreBounded holds what Read promises for any bytes.
func TestHostilePDFsAreBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("hostile files take seconds")
	}
	page := func(contents string) string {
		return "<</Type/Page/Parent 2 0 R/Contents " + contents + pdfFonts + ">>"
	}
	bomb := flate(strings.Repeat(" ", 200<<20))
	words := set(11, 72, 700, "Only a few words stand on this page, and all of them are read.")
	for _, c := range []struct {
		name    string
		body    func() []byte
		text    string // wanted in the text, if any
		wantErr string // "" means that an error is not wanted; "any" allows both
	}{
		{"nothing but its mark", func() []byte { return []byte("%PDF-1.7") }, "", "damaged"},
		{"cut in the middle", func() []byte { b := onePage(strings.Repeat(words, 20)); return b[:len(b)/2] }, "", "any"},
		{"something before it", func() []byte { return append([]byte("\r\n\r\n"), onePage(words)...) }, "Only a few words", ""},
		{"no table of objects", func() []byte {
			return bytes.Replace(onePage(words), []byte("xref\n"), []byte("xxxx\n"), 2)
		}, "", "any"},
		{"a table that points to itself", func() []byte {
			b := onePage(words)
			at := bytes.LastIndex(b, []byte("xref\n0"))
			return bytes.Replace(b, []byte("/Size"), fmt.Appendf(nil, "/Prev %d/Size", at), 1)
		}, "", "any"},
		{"pages within themselves", func() []byte {
			return pdfOf(pdfCatalog, "<</Type/Pages/Count 1/Kids[2 0 R 2 0 R]>>")
		}, "", "no pages"},
		{"a million pages", func() []byte {
			return pdfOf(pdfCatalog, "<</Type/Pages/Count 1000000/MediaBox[0 0 595 842]/Kids["+strings.Repeat("<</Type/Page>>", 100_000)+"]>>")
		}, "", "no readable text"},
		{"five million arrays in arrays", func() []byte {
			return pdfOf(pdfCatalog, pdfPages, page("4 0 R"), strings.Repeat("[", 2_000_000)+strings.Repeat("]", 2_000_000))
		}, "", "any"},
		{"arrays in arrays of a content stream", func() []byte { return onePage(strings.Repeat("[", 5_000_000)) }, "", "no readable text"},
		{"a stream of 200 MB in 200 kB", func() []byte {
			return pdfOf(pdfCatalog, pdfPages, page("4 0 R"), pdfStream("/Filter/FlateDecode", bomb))
		}, "", "any"},
		{"forty such streams", func() []byte {
			objects := []string{pdfCatalog, pdfPages, page("[" + strings.Repeat("4 0 R ", 40) + "]"), pdfStream("/Filter/FlateDecode", bomb)}
			return pdfOf(objects...)
		}, "", "any"},
		{"too much work on the first of two pages", func() []byte {
			return pdfOf(pdfCatalog, "<</Type/Pages/Count 2/Kids[3 0 R 5 0 R]/MediaBox[0 0 595 842]>>", page("4 0 R"), pdfStream("", "BT /F1 9 Tf ("+strings.Repeat("word ", 700_000)+") Tj ET"), page("6 0 R"), pdfStream("", words))
		}, "", "more work"},
		{"a stream packed twice", func() []byte {
			return pdfOf(pdfCatalog, pdfPages, page("4 0 R"), pdfStream("/Filter[/FlateDecode/FlateDecode]", flate(bomb)))
		}, "", "any"},
		{"a form that draws itself, twice", func() []byte {
			return pdfOf(pdfCatalog, pdfPages, "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>", pdfStream("", "/X Do"),
				pdfStream("/Type/XObject/Subtype/Form/Resources<</XObject<</X 5 0 R>>>>", "/X Do /X Do /X Do /X Do"))
		}, "", "any"},
		{"ten million characters", func() []byte { return onePage("BT /F1 9 Tf (" + strings.Repeat("word ", 2_000_000) + ") Tj ET") }, "", "any"},
		{"a million states saved", func() []byte { return onePage(strings.Repeat("q ", 1_000_000) + words) }, "Only a few words", ""},
		{"a million marks opened", func() []byte { return onePage(strings.Repeat("/P BMC ", 1_000_000) + words) }, "Only a few words", ""},
		{"100,000 chunks on one line", func() []byte {
			var b strings.Builder
			for i := range 100_000 {
				fmt.Fprintf(&b, "BT /F1 1 Tf 1 0 0 1 %d 400 Tm (x) Tj ET ", i%590)
			}
			return onePage(b.String())
		}, "", "any"},
		{"100,000 chunks side by side", func() []byte {
			var b strings.Builder
			for i := range 100_000 {
				fmt.Fprintf(&b, "BT /F1 2 Tf 1 0 0 1 %d %d.%02d Tm (word) Tj ET ", i%2*300, i/200, i%100)
			}
			return onePage(b.String())
		}, "", "any"},
		{"an array of sixteen million numbers", func() []byte {
			return pdfOf(pdfCatalog, pdfPages, page("[4 0 R 4 0 R 5 0 R]"), pdfStream("/Filter/FlateDecode", flate("["+strings.Repeat("1 ", 8<<20-1))), pdfStream("", words))
		}, "", "any"},
		{"arrays of as many", func() []byte {
			return pdfOf(pdfCatalog, pdfPages, page("[4 0 R 4 0 R 5 0 R]"), pdfStream("/Filter/FlateDecode", flate(strings.Repeat("["+strings.Repeat("1 ", 30_000)+"]", 260))), pdfStream("", words))
		}, "", "any"},
		{"widths said again and again", func() []byte {
			return pdfOf(pdfCatalog, pdfPages, "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>", pdfStream("", "BT /F1 9 Tf 1 0 0 1 72 700 Tm <00410042> Tj ET"),
				"<</Type/Font/Subtype/Type0/Encoding/Identity-H/DescendantFonts[6 0 R]>>", "<</W["+strings.Repeat("0 65535 500 ", 20_000)+"]>>")
		}, "", "more work"},
		{"widths in one list, said again and again", func() []byte {
			return pdfOf(pdfCatalog, pdfPages, "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>", pdfStream("", "BT /F1 9 Tf 1 0 0 1 72 700 Tm <00410042> Tj ET"),
				"<</Type/Font/Subtype/Type0/Encoding/Identity-H/DescendantFonts[6 0 R]>>", "<</W["+strings.Repeat("0 7 0 R ", 20_000)+"]>>", "["+strings.Repeat("5 ", 100_000)+"]")
		}, "", "more work"},
		{"a code map said in one breath", func() []byte {
			return pdfOf(pdfCatalog, pdfPages, "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>", pdfStream("", "BT /F1 9 Tf 1 0 0 1 72 700 Tm <00410042> Tj ET"),
				"<</Type/Font/Subtype/Type0/Encoding/Identity-H/ToUnicode 6 0 R>>", pdfStream("", "1 beginbfrange "+strings.Repeat("<0000> <ffff> <0041> ", 30_000)+" endbfrange"))
		}, "", "any"},
		{"a font set in every graphics state", func() []byte {
			return pdfOf(pdfCatalog, pdfPages, "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</ExtGState<</G<</Font[5 0 R 9]>>>>>>>>", pdfStream("", strings.Repeat("/G gs ", 100_000)),
				"<</Type/Font/Subtype/Type0/Encoding/Identity-H/DescendantFonts[6 0 R]>>", "<</W[0 65535 500]>>")
		}, "", "no readable text"},
		{"one paragraph of a million lines", func() []byte {
			var b strings.Builder
			b.WriteString("BT /F1 1 Tf 1 0 0 1 72 840 Tm 1.2 TL ")
			objects := []string{pdfCatalog, "", ""}
			for range 700 {
				b.WriteString("(some words) Tj T* ")
			}
			objects = append(objects, pdfStream("", b.String()+"ET"))
			kids := ""
			for range 300 {
				objects = append(objects, page("4 0 R"))
				kids += fmt.Sprintf("%d 0 R ", len(objects))
			}
			objects[1] = "<</Type/Pages/Count 300/MediaBox[0 0 595 842]/Kids[" + kids + "]>>"
			objects[2] = "<<>>"
			return pdfOf(objects...)
		}, "some words some words", ""},
		{"two thousand links over 100,000 characters", func() []byte {
			return pdfOf(pdfCatalog, pdfPages, "<</Type/Page/Parent 2 0 R/Contents 4 0 R"+pdfFonts+"/Annots["+strings.Repeat("5 0 R ", 2000)+"]>>",
				pdfStream("", set(1, 72, 700, strings.Split(strings.Repeat("some words of a line\n", 5000), "\n")...)),
				"<</Subtype/Link/Rect[0 0 1 1]/A<</S/URI/URI(https://a.example/)>>>>")
		}, "some words", ""},
		{"a length that is the stream itself", func() []byte {
			return pdfOf(pdfCatalog, pdfPages, page("4 0 R"), "<</Length 4 0 R>>stream\n"+words+"\nendstream")
		}, "", "any"},
		{"numbers no page is as large as", func() []byte {
			return onePage("1e38 0 0 1e38 1e38 1e38 cm BT /F1 1e38 Tf 99999999999999999999 0 0 -1e-38 0 0 Tm (x) Tj ET " + words)
		}, "", "any"},
		{"a code map of four thousand million", func() []byte {
			cmap := "1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfrange <00000000> <ffffffff> <0041> endbfrange " +
				strings.Repeat("1 beginbfrange <0000> <ffff> <0041> endbfrange ", 1000)
			return pdfOf(pdfCatalog, pdfPages, "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>", pdfStream("", "BT /F1 9 Tf 1 0 0 1 72 700 Tm <00410042> Tj ET"),
				"<</Type/Font/Subtype/Type0/Encoding/Identity-H/ToUnicode 6 0 R>>", pdfStream("", cmap))
		}, "", "any"},
		{"letters without characters", func() []byte {
			return pdfOf(pdfCatalog, pdfPages, "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
				pdfStream("", "BT /F1 9 Tf 1 0 0 1 72 700 Tm <00410042004300440045> Tj ET"), "<</Type/Font/Subtype/Type0/Encoding/Identity-H>>")
		}, "", "which characters its letters are"},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := c.body()
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			start := time.Now()
			a, err := Read(Input{URL: "https://hostile.example/x.pdf", Body: body})
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			t.Logf("%v, %d MB allocated, %d words, %v %v", took, (after.TotalAlloc-before.TotalAlloc)>>20, a.Words, err, a.Notes)
			switch {
			case c.wantErr == "any":
			case c.wantErr == "" && err != nil:
				t.Error(err)
			case c.wantErr != "" && (err == nil || !strings.Contains(err.Error(), c.wantErr)):
				t.Errorf("error %v, want one with %q", err, c.wantErr)
			}
			if !strings.Contains(a.Text(), c.text) {
				t.Errorf("text is %.200q, want %q in it", a.Text(), c.text)
			}
			if alloc := after.TotalAlloc - before.TotalAlloc; alloc > 3<<30 {
				t.Errorf("%d MB were allocated", alloc>>20)
			}
		})
	}
}

// FuzzPDF holds that no bytes after the mark of a PDF make Read panic or give
// other articles the second time.
func FuzzPDF(f *testing.F) {
	files, _ := filepath.Glob("testdata/pages/*.pdf")
	for _, name := range files {
		if body, err := os.ReadFile(name); err == nil && len(body) < 10_000 {
			f.Add(body)
		}
	}
	f.Add(onePage(set(11, 72, 700, "Some words.", "And more of them.")))
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 1<<20 {
			return
		}
		in := Input{URL: "https://a.example/x.pdf", ContentType: "application/pdf", Body: append([]byte("%PDF-1.7\n"), body...)}
		a, err := Read(in)
		b, again := Read(in)
		if (err == nil) != (again == nil) || a.Text() != b.Text() || a.Title != b.Title {
			t.Error("the same file gave two articles")
		}
		checkQuotes(t, a)
	})
}

// FuzzPDFContent does the same for what a page draws.
func FuzzPDFContent(f *testing.F) {
	f.Add(set(11, 72, 700, "Some words of a longer sen-", "tence that ends here.") + "q 1 0 0 1 5 5 cm (x) ' Q [(a) -300 (b)] TJ /Span<</ActualText(x)>>BDC EMC BI /W 1 ID x EI")
	f.Fuzz(func(t *testing.T, content string) {
		if len(content) > 1<<20 {
			return
		}
		a, _ := Read(Input{Body: onePage(content)})
		checkQuotes(t, a)
	})
}
