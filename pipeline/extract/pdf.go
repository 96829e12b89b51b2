package extract

// This file reads a PDF (ISO 32000-2): it opens the document, walks its pages
// and makes the article. pdftext.go says what stands where on a page, pdffont.go
// which characters the codes of a font mean, and pdflayout.go makes lines and
// paragraphs of it. The objects, their repair, filters and encryption are
// pdfcpu's.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// Bounds of what a PDF may cost. A PDF is a program that draws, and a small one
// can ask for any amount of work.
const (
	maxPDFPages   = 1_000
	maxPDFObjects = 500_000
	maxPDFDepth   = 40        // of objects in objects, pages in pages, forms in forms
	maxPDFStream  = 16 << 20  // bytes of one stream, decoded
	maxPDFDecoded = 128 << 20 // bytes of all streams, decoded
	maxPDFGlyphs  = 3_000_000 // characters drawn
	// pdfPatience is the last net: what the bounds above don't hold is stopped
	// by the clock, so only a PDF that can't be read otherwise depends on it.
	pdfPatience = 20 * time.Second
)

var errPDFTooMuch = errors.New("PDF asks for more work than an article needs")

// pdfFile is an open PDF, with what is left of its budget.
type pdfFile struct {
	ctx     *model.Context
	quit    context.Context
	decoded int // bytes of streams decoded so far
	glyphs  int
	steps   int // operators carried out, of all pages, and what else is counted as such
	looked  int // steps when the clock was last looked at
	fonts   map[int]*pdfFont
}

// readPDF makes an article of a PDF. Like Read it is safe for any bytes: the
// bounds above hold, and a panic in the library is an error about the file.
func readPDF(a Article, body []byte) (out Article, err error) {
	defer func() {
		if r := recover(); r != nil {
			out, err = a, errors.New("PDF is damaged and can't be read")
		}
	}()
	quit, cancel := context.WithTimeout(context.Background(), pdfPatience)
	defer cancel()
	f, err := openPDF(quit, body)
	if err != nil {
		if len(body) == maxBody { // the table of its objects stands at its end
			err = errors.New("PDF is larger than 16 MB and can't be read in part")
		}
		return a, err
	}
	pages, more := f.pageTree()
	if len(pages) == 0 {
		return a, errors.New("PDF has no pages")
	}
	doc := pdfDocument{}
	pictures, drawn := 0, 0
	for i, p := range pages {
		page, err := f.page(p)
		if err != nil {
			if i == 0 {
				return a, err
			}
			a.Notes = append(a.Notes, fmt.Sprintf("only the first %d of %d pages were read: %v", i, len(pages), err))
			break
		}
		if page.images > 0 {
			pictures++
		}
		drawn += len(page.glyphs)
		doc.add(page, i)
		if doc.bytes > maxText {
			break // Blocks says so
		}
	}
	if more {
		a.Notes = append(a.Notes, fmt.Sprintf("only the first %d pages were read", maxPDFPages))
	}
	blocks := doc.blocks()
	f.describe(&a, &doc)
	blocks = doc.withoutHead(blocks, a)
	size := 0
	for _, b := range blocks {
		if size += len(b.Text); size > maxText || len(a.Blocks) >= maxBlocks {
			a.Notes = append(a.Notes, "only the first 4 MB of text were kept")
			break
		}
		a.Blocks = append(a.Blocks, b)
		a.Words += len(wordsOf(b.Text))
	}
	a.Links = append(a.Links, doc.links...)
	if doc.scanned > 0 && doc.scanned*2 > len(pages) {
		a.Notes = append(a.Notes, "scanned: its text was recognised by a machine and may be wrong")
	}
	if a.Words == 0 {
		switch {
		case doc.unreadable > 0 && doc.unreadable*2 > drawn:
			return a, errors.New("PDF does not say which characters its letters are: its text can't be read")
		case pictures > 0:
			return a, errors.New("PDF has pictures of pages and no text: it is a scan that no text recognition has read")
		}
		return a, errors.New("PDF has no readable text")
	}
	if doc.unreadable*10 > drawn {
		a.Notes = append(a.Notes, "some letters of the PDF could not be read")
	}
	if a.Words < 25 && pictures > 0 {
		a.Notes = append(a.Notes, "mostly pictures: no article found")
	}
	return a, nil
}

// openPDF reads the objects of a PDF.
func openPDF(quit context.Context, body []byte) (*pdfFile, error) {
	if at := bytes.Index(head(body, 1024), []byte("%PDF-")); at > 0 {
		body = body[at:] // offsets count from the header where something was sent before it
	}
	conf := &model.Configuration{
		Reader15: true, ValidationMode: model.ValidationRelaxed, Offline: true, Version: model.VersionStr,
		Limits: model.ResourceLimits{
			MaxStreamBytes: maxBody, MaxDecodeBytes: maxPDFStream, MaxImagePixels: 1, MaxImageBytes: 1,
			MaxObjectCount: maxPDFObjects, MaxObjectStreamCount: maxPDFObjects, MaxObjectStreamFirst: 4 << 20,
			MaxXRefEntries: maxPDFObjects, MaxRecursionDepth: maxPDFDepth,
		},
	}
	ctx, err := pdfcpu.ReadWithContext(quit, bytes.NewReader(body), conf)
	switch {
	case errors.Is(err, pdfcpu.ErrWrongPassword):
		return nil, errors.New("PDF is encrypted and needs a password")
	case quit.Err() != nil:
		return nil, errPDFTooMuch
	case err != nil && bytes.Contains(body, []byte("/Encrypt")) && strings.Contains(err.Error(), "ncrypt"):
		return nil, errors.New("PDF is encrypted in a way that can't be read")
	case err != nil:
		return nil, errors.New("PDF is damaged and can't be read")
	}
	return &pdfFile{ctx: ctx, quit: quit, fonts: map[int]*pdfFont{}}, nil
}

// spend counts steps, and fails when the file has had its share.
func (f *pdfFile) spend(steps int) error {
	f.steps += steps
	late := false
	if f.steps-f.looked >= 4096 {
		f.looked, late = f.steps, f.quit.Err() != nil
	}
	if f.steps > maxPDFSteps || late {
		return errPDFTooMuch
	}
	return nil
}

// pdfPage is one page before it is drawn, with what it inherits.
type pdfPage struct {
	dict, resources types.Dict
	box             [4]float64
	rotate          int
}

// pageTree lists the pages in order, at most maxPDFPages (7.7.3).
func (f *pdfFile) pageTree() (pages []pdfPage, more bool) {
	root, err := f.ctx.Catalog()
	if err != nil {
		return nil, false
	}
	seen := map[int]bool{}
	var walk func(o types.Object, inherited pdfPage, depth int)
	walk = func(o types.Object, inherited pdfPage, depth int) {
		if len(pages) == maxPDFPages {
			more = true
			return
		}
		if ref, ok := o.(types.IndirectRef); ok {
			n := ref.ObjectNumber.Value()
			if seen[n] {
				return
			}
			seen[n] = true
		}
		d := f.dict(o)
		if d == nil || depth > maxPDFDepth {
			return
		}
		if r := f.dict(d["Resources"]); r != nil {
			inherited.resources = r
		}
		for _, key := range []string{"MediaBox", "CropBox"} {
			if box := f.numbers(d[key], 4); box != nil {
				inherited.box = [4]float64{min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3])}
			}
		}
		if n, ok := f.number(d["Rotate"]); ok {
			inherited.rotate = ((int(n)%360 + 360) % 360) / 90
		}
		kids := f.array(d["Kids"])
		if kids == nil {
			inherited.dict = d
			pages = append(pages, inherited)
			return
		}
		for _, kid := range kids {
			walk(kid, inherited, depth+1)
			if more {
				return
			}
		}
	}
	walk(root["Pages"], pdfPage{box: [4]float64{0, 0, 612, 792}}, 0)
	return pages, more
}

// ---- objects: what is not as it should be is absent

func (f *pdfFile) get(o types.Object) types.Object {
	for range 8 {
		ref, ok := o.(types.IndirectRef)
		if !ok {
			return o
		}
		next, err := f.ctx.Dereference(ref)
		if err != nil {
			return nil
		}
		o = next
	}
	return nil
}

func (f *pdfFile) dict(o types.Object) types.Dict {
	switch v := f.get(o).(type) {
	case types.Dict:
		return v
	case types.StreamDict:
		return v.Dict
	}
	return nil
}

func (f *pdfFile) array(o types.Object) types.Array {
	v, _ := f.get(o).(types.Array)
	return v
}

func (f *pdfFile) name(o types.Object) string {
	v, _ := f.get(o).(types.Name)
	name, err := types.DecodeName(v.Value())
	if err != nil {
		return v.Value()
	}
	return name
}

func (f *pdfFile) number(o types.Object) (float64, bool) {
	switch v := f.get(o).(type) {
	case types.Integer:
		return float64(v.Value()), true
	case types.Float:
		return v.Value(), true
	}
	return 0, false
}

func (f *pdfFile) numbers(o types.Object, n int) []float64 {
	list := f.array(o)
	if len(list) < n {
		return nil
	}
	out := make([]float64, n)
	for i := range out {
		v, ok := f.number(list[i])
		if !ok {
			return nil
		}
		out[i] = v
	}
	return out
}

// text is a text string (7.9.2.2) on one line, of 64 kB at most.
func (f *pdfFile) text(o types.Object) string {
	var s string
	var err error
	switch v := f.get(o).(type) {
	case types.StringLiteral:
		s, err = types.StringLiteralToString(v)
	case types.HexLiteral:
		s, err = types.HexLiteralToString(v)
	}
	if err != nil {
		return ""
	}
	return oneLine(strings.ToValidUTF8(s[:min(64<<10, len(s))], ""))
}

// stream decodes a stream, within the budget of the file.
func (f *pdfFile) stream(o types.Object) ([]byte, error) {
	s, ok := f.get(o).(types.StreamDict)
	if !ok {
		return nil, nil
	}
	if f.decoded >= maxPDFDecoded || f.quit.Err() != nil {
		return nil, errPDFTooMuch
	}
	s.Content = nil // this copy is decoded and let go: the file stays small
	err := s.DecodeWithLimit(int64(min(maxPDFStream, maxPDFDecoded-f.decoded)))
	if err != nil && len(s.Content) == 0 {
		f.decoded += len(s.Raw) // a bomb costs, too
		if strings.Contains(err.Error(), "limit") {
			f.decoded += maxPDFStream
		}
		return nil, nil
	}
	f.decoded += len(s.Content)
	return s.Content, nil
}

// ---- what the document says of itself

var (
	fileTitle = pattern(`(?i)\.(?:docx?|odt|rtf|tex|dvi|pdf|indd|qxd|qxp|pptx?|xlsx?|html?|md|txt|ps|eps|cdr|ai|pages|fm|wpd|pub)["']?$`)
	// toolTitle are titles that a program made up.
	toolTitle = pattern(`(?i)^(?:microsoft (?:word|powerpoint|excel)|powerpoint|print(?:ing)? |untitled|unbenannt|sans (?:titre|nom)|document ?\d*$|dokument ?\d*$|slide ?\d*$|presentation ?\d*$|powerpoint[ -]presentation|title$|no title|about:blank|file:|https?:|[0-9a-f-]{16,}$|scan|layout \d|\W*$|\d+$|adobe |output$|paper$|main$|template)`)
	pdfDate   = pattern(`^D?:?(\d{4})(\d{2})?(\d{2})?`)
	abstract  = pattern(`(?i)^(?:abstract|summary|executive summary|zusammenfassung|résumé)\b`)
)

// describe fills what the PDF says of itself. The metadata of a PDF is often
// what a program left there, so it is held against the first page.
func (f *pdfFile) describe(a *Article, doc *pdfDocument) {
	a.Origins = map[string]string{}
	set := func(field, value, origin string) string {
		if value != "" {
			a.Origins[field] = origin
		}
		return value
	}
	var info types.Dict
	if f.ctx.Info != nil {
		info = f.dict(*f.ctx.Info)
	}
	stated := cutRunes(f.text(info["Title"]), maxTitle)
	shown := cutRunes(doc.title, maxTitle)
	first := strings.ToLower(doc.firstPage())
	sensible := stated != "" && !fileTitle().MatchString(stated) && !toolTitle().MatchString(stated) && !strings.Contains(stated, "_")
	onPage := sensible && strings.Contains(squeeze(first), squeeze(strings.ToLower(stated)))
	switch {
	case onPage && (len(strings.Fields(stated)) > 1 || shown == ""):
		// What the page shows of the same title has its own typography.
		if squeeze(strings.ToLower(shown)) == squeeze(strings.ToLower(stated)) {
			stated = shown
		}
		a.Title = set("title", stated, "pdf title")
	case shown != "":
		a.Title = set("title", shown, "largest text")
	case sensible:
		a.Title = set("title", stated, "pdf title")
	}
	if root, err := f.ctx.Catalog(); err == nil {
		a.Language = set("language", languageTag(f.text(root["Lang"])), "pdf language")
	}
	near := doc.near()
	if names := readNames(strings.ReplaceAll(cutRunes(f.text(info["Author"]), maxTitle), ";", ",")); allPersonal(names) && fullNames(names) {
		a.Authors = names
		set("authors", names[0], "pdf author")
	} else if names := doc.shownNames(near); len(names) > 0 {
		a.Authors = names
		set("authors", names[0], "page")
	}
	for _, kind := range []dateKind{datePublished, datePlain, dateUpdated} {
		for _, d := range shownDates(near, &dates{}) {
			if d.kind == kind && a.Published == "" {
				a.Published = set("published", readDate(d.text), "page")
			}
		}
	}
	if a.Published == "" {
		// The day the file was made: often the day of publishing, but also that of
		// a later conversion.
		a.Published = set("published", dayOfPDF(f.text(info["CreationDate"])), "pdf creation date")
	}
	if day := dayOfPDF(f.text(info["ModDate"])); day > a.Published && a.Origins["published"] == "pdf creation date" {
		a.Modified = set("modified", day, "pdf modification date")
	}
}

// fullNames tells whether every name has a first name: "jdoe" is an account.
func fullNames(names []string) bool {
	for _, n := range names {
		if len(strings.Fields(n)) < 2 {
			return false
		}
	}
	return true
}

func dayOfPDF(s string) string {
	m := pdfDate().FindStringSubmatch(s)
	if m == nil || m[2] == "" || m[3] == "" {
		return ""
	}
	return valid(m[1], m[2], m[3])
}

// squeeze keeps letters and digits alone.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if letterOrDigit(r) {
			return r
		}
		return -1
	}, s)
}
