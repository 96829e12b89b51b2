package extract

// From characters on pages to paragraphs: characters make chunks, chunks make
// lines in reading order (column by column), lines lose the page's furniture
// and make blocks.

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// wordGap is the gap, in font sizes, that parts words where no space is drawn:
	// kerning stays below a tenth, the narrowest word space of justified text
	// is about a fifth.
	wordGap = 0.16
	// cellGap is the gap that parts chunks: columns of text and cells of tables
	// are wider apart, word spaces of justified text are narrower.
	cellGap = 1.05
	// edge is the part of a page's height, above and below, where running heads
	// and page numbers stand.
	edge = 0.18
	// longestText is how many bytes of one block are joined. No paragraph is as
	// long, and joining line after line costs the square of it.
	longestText = 16 << 10
)

// chunk is a run of characters on one base line, as they were drawn.
type chunk struct {
	text           string
	left, right, y float64
	size           float64
	letters        int
	boldLetters    int
	monoLetters    int
	italicLetters  int
}

// pdfLine is a line of a column.
type pdfLine struct {
	chunk
	page              int
	column            int     // number of the run of lines it was read in
	colLeft, colRight float64 // of that run
	runRight          float64 // right edge of the lines about it that begin where it does
	height            float64 // of the page
	cells             int     // pieces that stand apart, as in a table
	note              bool    // a footnote: stands below the text, read after it
}

func (l pdfLine) bold() bool   { return l.boldLetters*10 > l.letters*8 }
func (l pdfLine) italic() bool { return l.italicLetters*10 > l.letters*9 }
func (l pdfLine) mono() bool   { return l.letters > 0 && l.monoLetters*10 > l.letters*9 }

// pdfDocument gathers pages.
type pdfDocument struct {
	pages      [][]pdfLine
	columns    int
	bytes      int
	scanned    int
	unreadable int
	links      []Link
	body       float64 // size of most letters
	leading    float64 // line to line, in font sizes
	indented   bool    // paragraphs begin with an indent, not after a gap
	words      map[string]int
	title      string
}

func (d *pdfDocument) add(p *drawnPage, number int) {
	if p.scanned {
		d.scanned++
	}
	d.unreadable += p.unreadable
	chunks := makeChunks(p.glyphs)
	for _, dot := range p.dots {
		for i := range chunks {
			c := &chunks[i]
			if gap, up := (c.left-dot.right)/c.size, (c.y-dot.y)/c.size; gap > 0 && gap < 2.5 && up > 0.1 && up < 0.6 && !bulletMark().MatchString(c.text) {
				c.text = "• " + c.text
				break
			}
		}
	}
	var lines []pdfLine
	d.arrange(chunks, 0, &lines)
	for i := range lines {
		lines[i].page, lines[i].height = number, p.height
		d.bytes += len(lines[i].text)
	}
	for _, l := range p.links {
		var text strings.Builder
		for _, g := range p.glyphs {
			if x, y := g.x+g.width/2, g.y-g.size/3; x >= l.left && x <= l.right && y >= l.top && y <= l.bottom && text.Len() < 300 {
				text.WriteString(g.text)
			}
		}
		if target := webAddress(nil, l.url); target != "" && len(d.links) < maxLinks {
			if n := len(d.links); n > 0 && d.links[n-1].URL == target { // a link over two lines is two areas
				d.links[n-1].Text = oneLine(d.links[n-1].Text + " " + text.String())
				continue
			}
			d.links = append(d.links, Link{target, oneLine(text.String())})
		}
	}
	d.pages = append(d.pages, lines)
}

// spacingAccents are accents that old fonts draw over the next letter.
var spacingAccents = map[string]string{
	"´": "\u0301", "`": "\u0300", "ˆ": "\u0302", "¨": "\u0308", "˜": "\u0303", "ˇ": "\u030c", "¸": "\u0327", "˚": "\u030a", "¯": "\u0304",
	"˘": "\u0306", "˙": "\u0307", "˝": "\u030b", "˛": "\u0328",
}

// makeChunks joins characters as they were drawn.
func makeChunks(glyphs []glyph) []chunk {
	var out []chunk
	var text []byte
	var cur chunk
	open, space := false, false
	accent, accentRight := "", 0.0
	flush := func() {
		if open && len(text) > 0 {
			cur.text = string(text)
			out = append(out, cur)
		}
		text, open, space, accent = nil, false, false, ""
	}
	for _, g := range glyphs {
		blank := strings.TrimSpace(g.text) == ""
		if open {
			low, gap := g.y-cur.y, g.x-cur.right
			size := max(cur.size, g.size)
			same := math.Abs(low) < 0.15*size
			script := g.size < 0.85*cur.size && low > -0.7*cur.size && low < 0.35*cur.size
			if accent != "" && math.Abs(low) < 0.6*size {
				same = true
			}
			if !same && !script || gap > cellGap*size || gap < -0.6*size && accent == "" {
				flush()
			} else if script && low < -0.2*cur.size && isNoteMark(g.text) && endsWord(text) {
				cur.right = max(cur.right, g.x+g.width)
				continue // the number of a footnote
			} else if gap > wordGap*size && !blank {
				space = true
			}
		}
		if blank {
			if open {
				space = true
				cur.right = max(cur.right, g.x) // the gap is measured from where the space begins
			}
			continue
		}
		if !open {
			cur = chunk{left: g.x, right: g.x, y: g.y, size: g.size}
			open = true
		}
		if mark := accent; mark != "" {
			accent = ""
			if r, n := utf8.DecodeRuneInString(g.text); g.x < accentRight && unicode.IsLetter(r) {
				if r == 'ı' {
					g.text = "i" + g.text[n:]
					n = 1
				}
				g.text = norm.NFC.String(g.text[:n]+mark) + g.text[n:]
				_, last := utf8.DecodeLastRune(text)
				text = text[:len(text)-last]
				cur.y = g.y
			}
		}
		if len(text) < 4 && isNoteMark(string(text)) && g.size > 1.2*cur.size {
			space = true // the number that a footnote begins with
		}
		if space && len(text) > 0 {
			text = append(text, ' ')
		}
		space = false
		text = append(text, g.text...)
		if mark, ok := spacingAccents[g.text]; ok {
			accent, accentRight = mark, g.x+g.width
		}
		cur.left, cur.right = min(cur.left, g.x), max(cur.right, g.x+g.width)
		if g.size > cur.size {
			cur.size, cur.y = g.size, g.y
		}
		n := utf8.RuneCountInString(g.text)
		cur.letters += n
		if g.bold {
			cur.boldLetters += n
		}
		if g.mono {
			cur.monoLetters += n
		}
		if g.italic {
			cur.italicLetters += n
		}
	}
	flush()
	return out
}

func isNoteMark(s string) bool {
	return strings.Trim(s, "0123456789*†‡§¶,∗") == ""
}

// endsWord tells whether a text ends in a word or a sentence that a raised
// number belongs to as a note, not as an exponent.
func endsWord(text []byte) bool {
	s := string(text[max(0, len(text)-16):])
	r, _ := utf8.DecodeLastRuneInString(s)
	if strings.ContainsRune(".,;:!?)”’\"'»", r) {
		return true
	}
	letters := 0
	for len(s) > 0 {
		r, n := utf8.DecodeLastRuneInString(s)
		if !unicode.IsLetter(r) {
			break
		}
		letters++
		s = s[:len(s)-n]
	}
	return letters >= 3
}

// arrange puts chunks into reading order: where the page has columns, each is
// read to its end; what goes across them parts them into bands.
func (d *pdfDocument) arrange(chunks []chunk, depth int, out *[]pdfLine) {
	if len(chunks) == 0 {
		return
	}
	gutter, ok := findGutter(chunks)
	if !ok || depth > 3 {
		*out = append(*out, d.rows(chunks)...)
		return
	}
	slices.SortStableFunc(chunks, func(a, b chunk) int { return cmp.Or(cmp.Compare(a.y, b.y), cmp.Compare(a.left, b.left)) })
	low, high := chunks[0].left, chunks[0].right
	for _, c := range chunks {
		low, high = min(low, c.left), max(high, c.right)
	}
	var left, right, across []chunk
	flush := func() {
		if few := len(left) <= 3 && len(right) <= 3; few && narrow(left, gutter-low) && narrow(right, high-gutter) {
			*out = append(*out, d.rows(append(left, right...))...)
			left, right = nil, nil
			return
		}
		if n := namesAbove(left, right); n > 0 {
			both := append(slices.Clone(left), right...)
			slices.SortStableFunc(both, func(a, b chunk) int { return cmp.Compare(a.y, b.y) })
			*out = append(*out, d.rows(both[:n])...)
			limit := both[n-1].y
			above := func(c chunk) bool { return c.y <= limit }
			left, right = slices.DeleteFunc(left, above), slices.DeleteFunc(right, above)
		}
		d.arrange(left, depth+1, out)
		d.arrange(right, depth+1, out)
		left, right = nil, nil
	}
	for _, c := range chunks {
		// A line that is too long for its column reaches a little into the other.
		if c.right > gutter && c.right-gutter < 0.25*(high-gutter) && c.left < gutter-0.5*(gutter-low) {
			left = append(left, c)
			continue
		}
		if c.left < gutter && c.right > gutter {
			if len(left)+len(right) > 0 {
				flush()
			}
			across = append(across, c)
			continue
		}
		if len(across) > 0 {
			*out = append(*out, d.rows(across)...)
			across = nil
		}
		if c.right <= gutter {
			left = append(left, c)
		} else {
			right = append(right, c)
		}
	}
	*out = append(*out, d.rows(across)...)
	flush()
}

// narrow tells whether no chunk is running text of a column that wide.
func narrow(chunks []chunk, width float64) bool {
	return !slices.ContainsFunc(chunks, func(c chunk) bool { return c.right-c.left > 0.7*width })
}

// namesAbove counts the chunks of the rows above two columns that belong to
// neither: names and addresses of authors, side by side. They are narrow, and a
// gap goes below all of them.
func namesAbove(left, right []chunk) int {
	if len(left) == 0 || len(right) == 0 {
		return 0
	}
	widest := 0.0
	both := append(slices.Clone(left), right...)
	for _, c := range both {
		widest = max(widest, c.right-c.left)
	}
	slices.SortStableFunc(both, func(a, b chunk) int { return cmp.Compare(a.y, b.y) })
	onBoth := [2]bool{}
	for i, c := range both[:min(40, len(both))] {
		if i > 0 && c.y-both[i-1].y > 1.5*max(c.size, both[i-1].size) && onBoth[0] && onBoth[1] && i > 2 {
			return i
		}
		if c.right-c.left > 0.7*widest {
			return 0
		}
		if slices.Contains(left, c) {
			onBoth[0] = true
		} else {
			onBoth[1] = true
		}
	}
	return 0
}

// findGutter looks for the empty strip between two columns of running text.
func findGutter(chunks []chunk) (float64, bool) {
	const least = 6                                                                               // lines on each side
	chunks = slices.DeleteFunc(slices.Clone(chunks), func(c chunk) bool { return c.letters < 4 }) // page numbers stand in gutters
	if len(chunks) < 2*least {
		return 0, false
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, c := range chunks {
		low, high = min(low, c.left), max(high, c.right)
	}
	if high-low < 100 || high-low > 1e5 {
		return 0, false
	}
	// How many chunks begin at or end before each point of the width.
	n := int(high-low) + 2
	starts, ends := make([]int, n+1), make([]int, n+1)
	for _, c := range chunks {
		starts[int(c.left-low)]++
		ends[min(n, int(math.Ceil(c.right-low)))]++
	}
	for i := 1; i <= n; i++ {
		starts[i] += starts[i-1]
		ends[i] += ends[i-1]
	}
	best, bestCross, from := -1.0, 0, -1
	width := 0
	for x := int(0.15 * float64(n)); x <= int(0.85*float64(n)); x++ {
		onLeft, onRight := ends[x], len(chunks)-starts[x]
		cross := len(chunks) - onLeft - onRight
		if cross < 0 || onLeft < least || onRight < least || cross*2 > min(onLeft, onRight)*3 {
			from = -1
			continue
		}
		if best < 0 || cross < bestCross {
			best, bestCross, from, width = float64(x), cross, x, 0
		} else if cross == bestCross && from >= 0 && x-from > width {
			width = x - from
			best = float64(from+x) / 2
		} else if cross == bestCross && from < 0 {
			from = x
		}
		if cross != bestCross {
			from = -1
		}
	}
	if best < 0 || width < 4 {
		return 0, false
	}
	gutter := low + best
	// Columns of text fill their width and cells of a table don't.
	var onLeft, onRight []chunk
	for _, c := range chunks {
		switch {
		case c.right <= gutter:
			onLeft = append(onLeft, c)
		case c.left >= gutter:
			onRight = append(onRight, c)
		}
	}
	if !fills(onLeft) || !fills(onRight) {
		return 0, false
	}
	return gutter, true
}

// fills tells whether the letters of these chunks stand mostly in chunks that go
// over most of the width of all of them.
func fills(chunks []chunk) bool {
	low, high := math.Inf(1), math.Inf(-1)
	for _, c := range chunks {
		low, high = min(low, c.left), max(high, c.right)
	}
	all, wide, rows := 0, 0, 0
	for _, c := range chunks {
		all += c.letters
		if c.right-c.left > 0.6*(high-low) {
			wide += c.letters
			rows++
		}
	}
	return rows >= 5 && wide*10 > all*6 && high-low > 60
}

// rows makes lines of what stands side by side, from top to bottom.
func (d *pdfDocument) rows(chunks []chunk) []pdfLine {
	if len(chunks) == 0 {
		return nil
	}
	d.columns++
	chunks = slices.Clone(chunks)
	slices.SortStableFunc(chunks, func(a, b chunk) int { return cmp.Compare(a.y, b.y) })
	var out []pdfLine
	for len(chunks) > 0 {
		// The row of the first chunk: what has about its base line. The largest
		// letters say where that is.
		n := 1
		base := chunks[0]
		for n < len(chunks) && chunks[n].y-base.y < 0.45*max(base.size, chunks[n].size) {
			if chunks[n].size > base.size*1.15 {
				base = chunks[n]
			}
			n++
		}
		row := chunks[:n]
		chunks = chunks[n:]
		slices.SortStableFunc(row, func(a, b chunk) int { return cmp.Compare(a.left, b.left) })
		line := pdfLine{chunk: row[0], cells: 1, column: d.columns}
		line.y, line.size = base.y, base.size
		justified := spread(row)
		var text strings.Builder
		text.WriteString(row[0].text)
		for i, c := range row[1:] {
			switch gap := c.left - line.right; {
			case i == 0 && isNoteMark(row[0].text) && row[0].size < 0.85*c.size:
				text.WriteByte(' ') // the number of a footnote
			case gap > cellGap*base.size && !justified:
				text.WriteByte('\t')
				line.cells++
			case gap > wordGap*base.size:
				text.WriteByte(' ')
			}
			text.WriteString(c.text)
			line.right = max(line.right, c.right)
			line.letters += c.letters
			line.boldLetters += c.boldLetters
			line.monoLetters += c.monoLetters
			line.italicLetters += c.italicLetters
		}
		line.text = text.String()
		out = append(out, line)
	}
	left, right := margins(out)
	for i := range out {
		out[i].colLeft, out[i].colRight = left, right
		for k := max(0, i-4); k < min(len(out), i+4); k++ {
			if math.Abs(out[k].left-out[i].left) < 0.3*out[i].size && out[k].right < right+0.3*out[k].size {
				out[i].runRight = max(out[i].runRight, out[k].right)
			}
		}
	}
	return out
}

// spread tells whether a row is a line whose words justification has set wide
// apart: single words, all the same distance from the next.
func spread(row []chunk) bool {
	low, high := math.Inf(1), 0.0
	for i, c := range row {
		if strings.ContainsAny(c.text, " ") || i == 0 && !unicode.IsLetter(firstLetter(c.text)) {
			return false
		}
		if i > 0 {
			gap := c.left - row[i-1].right
			low, high = min(low, gap), max(high, gap)
		}
	}
	return len(row) > 3 && high < 1.25*low
}

// margins are the left edge that most lines share, and the right edge that no
// more than one in ten passes.
func margins(lines []pdfLine) (left, right float64) {
	count := map[int]int{}
	rights := make([]float64, 0, len(lines))
	for _, l := range lines {
		count[int(math.Round(l.left/2))]++
		rights = append(rights, l.right)
	}
	most := 0
	for _, n := range count {
		most = max(most, n)
	}
	at := math.MaxInt
	for x, n := range count {
		if n*3 >= most && n > 1 || most == 1 {
			at = min(at, x)
		}
	}
	if at == math.MaxInt {
		at = int(math.Round(lines[0].left / 2))
	}
	slices.Sort(rights)
	return float64(at) * 2, rights[len(rights)*9/10]
}

var (
	pageNumber = pattern(`(?i)^(?:page|seite|p\.|pag\.)?\s*[-–—|·•]?\s*(?:\d{1,4}|[ivxlc]{1,7})\s*[-–—|·•]?(?:\s*(?:of|/|von|de|sur|di|\|)\s*\d{1,4})?$`)
	digits     = pattern(`\d+`)
	dotLeader  = pattern(`(?:\. ?){5,}\s*(?:\d{1,4}|[ivxlc]+)?$`) // a line of a table of contents
	dayPoint   = pattern(`\b(\d{1,2})\. (\p{L}{3})`)              // "12. Januar 2026"
)

// dropFurniture leaves out what repeats at the edges of pages, at the same
// height and whatever number it bears, page numbers, and tables of contents.
func (d *pdfDocument) dropFurniture() {
	type place struct {
		text string
		y    int
	}
	// A head may be of parts that stand apart; each is looked at by itself.
	keys := func(l pdfLine) []place {
		var out []place
		for part := range strings.SplitSeq(l.text, "\t") {
			out = append(out, place{squeeze(digits().ReplaceAllString(strings.ToLower(part), "9")), int(math.Round(l.y / 5))})
		}
		return out
	}
	count := map[place]int{}
	for _, page := range d.pages {
		seen := map[place]bool{}
		for _, side := range edges(page) {
			for _, i := range side {
				for _, k := range keys(page[i]) {
					if !seen[k] {
						seen[k] = true
						count[k]++
					}
				}
			}
		}
	}
	least := max(2, len(d.pages)/4)
	if len(d.pages) > 40 { // chapters have their own heads
		least = 4
	}
	repeats := func(l pdfLine) int {
		fewest := math.MaxInt
		for _, k := range keys(l) {
			fewest = min(fewest, count[place{k.text, k.y - 1}]+count[k]+count[place{k.text, k.y + 1}])
		}
		return fewest
	}
	for n, page := range d.pages {
		drop := map[int]bool{}
		for _, side := range edges(page) {
			// From the edge inwards, up to the first line that is the page's own.
			for k, i := range side {
				l := page[i]
				number := pageNumber().MatchString(strings.TrimSpace(l.text))
				if !number && repeats(l) < least {
					break
				}
				// What stands close to the text may be text that repeats.
				if k+1 < len(side) && !number && repeats(l) < 3 {
					if next := page[side[k+1]]; math.Abs(next.y-l.y) < 1.6*max(next.size, l.size) && math.Abs(next.y-l.y) > 1 {
						break
					}
				}
				drop[i] = true
			}
		}
		kept := page[:0:0]
		for i, l := range page {
			if !drop[i] && !dotLeader().MatchString(l.text) {
				kept = append(kept, l)
			}
		}
		d.pages[n] = kept
	}
}

// edges are the first and the last lines of a page by their height, from the
// edge inwards.
func edges(page []pdfLine) [2][]int {
	order := make([]int, len(page))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(page[a].y, page[b].y) })
	var out [2][]int
	for _, i := range order[:min(5, len(order))] {
		if page[i].y < edge*page[i].height {
			out[0] = append(out[0], i)
		}
	}
	for k := range min(5, len(order)) {
		if i := order[len(order)-1-k]; page[i].y > (1-edge)*page[i].height {
			out[1] = append(out[1], i)
		}
	}
	return out
}

// measure finds the size of the text and the distance of its lines.
func (d *pdfDocument) measure() {
	letters := map[int]int{}
	d.words = map[string]int{}
	for _, page := range d.pages {
		for i, l := range page {
			letters[int(math.Round(l.size*2))] += l.letters
			fields := strings.Fields(l.text)
			if i > 0 && strings.HasSuffix(page[i-1].text, "-") && len(fields) > 0 {
				fields = fields[1:]
			}
			if n := len(fields); n > 0 && strings.HasSuffix(l.text, "-") {
				fields = fields[:n-1]
			}
			for _, w := range fields {
				if w = bareWord(w); w != "" && len(d.words) < 200_000 {
					d.words[w]++
				}
			}
		}
	}
	most := 0
	for size, n := range letters {
		if n > most || n == most && float64(size)/2 > d.body {
			most, d.body = n, float64(size)/2
		}
	}
	var gaps []float64
	for _, page := range d.pages {
		for i := 1; i < len(page); i++ {
			a, b := page[i-1], page[i]
			if gap := (b.y - a.y) / max(b.size, 1); a.column == b.column && d.isBody(a) && d.isBody(b) && gap > 0.8 && gap < 3 {
				gaps = append(gaps, gap)
			}
		}
	}
	d.leading = 1.2
	defer d.measureIndents()
	if len(gaps) > 0 {
		slices.Sort(gaps)
		d.leading = gaps[len(gaps)/2]
	}
}

func (d *pdfDocument) measureIndents() {
	indents, gaps := 0, 0
	for _, page := range d.pages {
		for i := 1; i < len(page); i++ {
			a, b := page[i-1], page[i]
			if a.column != b.column || !d.isBody(a) || !d.isBody(b) || !endsSentence(a.text) {
				continue
			}
			switch gap, in := (b.y-a.y)/b.size, (b.left-b.colLeft)/b.size; {
			case gap < d.leading*1.15 && in > 0.7 && in < 4 && a.left < b.left:
				indents++
			case gap > d.leading*1.25 && in < 0.4:
				gaps++
			}
		}
	}
	d.indented = indents > gaps
}

func (d *pdfDocument) isBody(l pdfLine) bool { return math.Abs(l.size-d.body) < 0.06*d.body }

func bareWord(w string) string {
	return strings.ToLower(strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
}

// findTitle takes the largest lines of the first page that has text.
func (d *pdfDocument) findTitle() {
	for _, page := range d.pages {
		largest := 0.0
		for _, l := range page {
			if l.letters >= 4 && l.y < 0.7*l.height && l.size > largest && unicode.IsLetter(firstLetter(l.text)) {
				largest = l.size
			}
		}
		if largest < 1.1*d.body {
			if len(page) > 0 {
				return
			}
			continue
		}
		var lines []string
		last := pdfLine{}
		for _, l := range page {
			if math.Abs(l.size-largest) > 0.03*largest {
				if len(lines) > 0 {
					break
				}
				continue
			}
			if len(lines) > 0 && l.y-last.y > 2.2*largest {
				break
			}
			lines = append(lines, l.text)
			last = l
		}
		title := ""
		for _, l := range lines {
			if title = d.join(title, l); len(title) > 4*maxTitle {
				return // text in large letters
			}
		}
		if title = oneLine(title); len(title) >= 4 && len(title) <= 4*maxTitle {
			d.title = title
		}
		return
	}
}

func firstLetter(s string) rune {
	for _, r := range s {
		if unicode.IsLetter(r) {
			return r
		}
	}
	return 0
}

func (d *pdfDocument) firstPage() string {
	for _, page := range d.pages {
		if len(page) > 0 {
			var b strings.Builder
			for _, l := range page {
				b.WriteString(l.text)
				b.WriteByte(' ')
			}
			return b.String()
		}
	}
	return ""
}

// near gives the lines about the title, as shownDates and shownAuthors read them.
func (d *pdfDocument) near() []line {
	var out []line
	for _, page := range d.pages {
		if len(page) == 0 {
			continue
		}
		title := squeeze(d.title)
		for i, l := range page {
			text := dayPoint().ReplaceAllString(oneLine(strings.ReplaceAll(l.text, "\t", ", ")), "$1 $2")
			if i > 24 || i > 0 && abstract().MatchString(text) && i > 2 {
				break
			}
			heading := 0
			if s := squeeze(text); s != "" && strings.Contains(title, s) && l.size > 1.1*d.body {
				heading = 1
			}
			out = append(out, line{text: text, heading: heading, spans: []span{{text: text}}})
		}
		return out
	}
	return out
}

// affiliation is what stands below the names of authors.
var affiliation = pattern(`(?i)@|\b(?:universit|institut|laborator|department|school|college|research|security|inc\b|ltd\b|gmbh|corp|team|group|center|centre)`)

// shownNames reads the authors from the lines below the title: a byline, or
// names with what tells that they are names.
func (d *pdfDocument) shownNames(near []line) []string {
	if names := shownAuthors(near); len(names) > 0 && fullNames(names) {
		return names
	}
	title := -1
	for i, l := range near {
		if l.heading == 1 {
			title = i
		}
	}
	if title < 0 {
		return nil
	}
	after := near[title+1 : min(len(near), title+5)]
	for i, l := range after {
		text := strings.Trim(strings.ReplaceAll(l.text, "\t", ", "), "*†‡ ")
		if len(strings.Fields(text)) > 24 || strings.ContainsAny(text, ":?!@") {
			continue
		}
		names := readNames(text)
		if !allPersonal(names) || !fullNames(names) || affiliation().MatchString(text) {
			continue
		}
		plain := true
		for _, n := range names {
			for _, w := range strings.Fields(n) {
				if stopWords()[strings.ToLower(w)] || jobWord().MatchString(w) {
					plain = false
				}
			}
			plain = plain && len(strings.Fields(n)) <= 4
		}
		told := len(names) > 1
		if i+1 < len(after) {
			next := after[i+1].text
			told = told || affiliation().MatchString(next) && len(strings.Fields(next)) < 16 || len(datesIn(next)) > 0 && len(strings.Fields(next)) < 6 || abstract().MatchString(next)
		}
		if plain && told {
			return names
		}
	}
	return nil
}

// ---- blocks

var (
	bulletMark = pattern(`^(?:[•‣◦▪▫■□●○►✓✔➢➤⁃∙·]\s*|[-–—*o]\s+)(\S)`)
	numberMark = pattern(`^(?:\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]|\[\d{1,3}\])\s+\S`)
	captionOf  = pattern(`^(?i:fig(?:ure|\.)?|table|tab\.|listing|abbildung|tabelle)\s*(?:\d+|[IVX]+)(?:\s*[.:|–—-]|\s*$)`)
	numbered   = pattern(`^(?:(?:\d{1,2}(?:\.\d{1,2})*|[IVX]{1,5}|[A-Z])[.)]?)\s+\p{Lu}`)
)

// openBlock is a block as it grows.
type openBlock struct {
	kind     Kind
	text     string
	first    pdfLine
	last     pdfLine
	lines    int
	hang     float64 // left edge of a list item's second line
	heading  bool
	footnote bool
}

// blocks makes the blocks of the document.
func (d *pdfDocument) blocks() []Block {
	d.dropFurniture()
	d.measure()
	d.findTitle()
	var out []openBlock
	var notes []pdfLine
	var open *openBlock
	shut := func() {
		if open != nil && strings.TrimSpace(open.text) != "" {
			out = append(out, *open)
		}
		open = nil
	}
	put := func(l pdfLine, footnote bool) {
		kind, text, heading := d.kindOf(l)
		if open != nil && len(open.text) < longestText && d.continues(open, l, kind, heading) {
			d.extend(open, l)
			return
		}
		shut()
		if bulletMark().MatchString(l.text) {
			kind = List
			text = bulletMark().ReplaceAllString(l.text, "$1")
		} else if kind == Paragraph && numberMark().MatchString(l.text) {
			kind = List
		}
		open = &openBlock{kind: kind, text: text, first: l, last: l, lines: 1, heading: heading, footnote: footnote}
	}
	for _, page := range d.pages {
		d.markNotes(page)
		for _, l := range page {
			if l.note {
				notes = append(notes, l)
				continue
			}
			before := len(out)
			put(l, false)
			// A footnote is read when the paragraph that it interrupts is at its end.
			if len(out) > before && len(notes) > 0 && notes[0].page < l.page {
				keep := open
				open = nil
				for _, n := range notes {
					put(n, true)
				}
				notes = nil
				shut()
				open = keep
			}
		}
	}
	shut()
	for _, n := range notes {
		put(n, true)
	}
	shut()
	return d.finish(out)
}

// markNotes marks the small lines at the foot of a column as footnotes.
func (d *pdfDocument) markNotes(page []pdfLine) {
	for end := len(page); end > 0; {
		start := end - 1
		for start > 0 && page[start-1].column == page[end-1].column {
			start--
		}
		i := end
		for i > start && page[i-1].size < 0.92*d.body && page[i-1].y > 0.5*page[i-1].height && page[i-1].cells == 1 && !page[i-1].mono() {
			i--
		}
		if i > start && d.isBody(page[i-1]) { // below text of full size
			for ; i < end; i++ {
				page[i].note = true
			}
		}
		end = start
	}
}

// kindOf tells what a line is by its looks.
func (d *pdfDocument) kindOf(l pdfLine) (kind Kind, text string, heading bool) {
	words := len(strings.Fields(l.text))
	switch {
	case captionOf().MatchString(l.text) && l.size <= 1.05*d.body:
		return Caption, l.text, false
	case l.mono():
		return Code, l.text, false
	case l.cells > 1 && !bulletMark().MatchString(l.text) && !numberMark().MatchString(strings.Replace(l.text, "\t", " ", 1)) && !numbered().MatchString(strings.Replace(l.text, "\t", " ", 1)):
		return Table, l.text, false
	case l.size > 1.12*d.body && l.letters > 1:
		return Heading, l.text, true
	case l.bold() && words <= 16 && l.size > 0.93*d.body && l.letters > 2 && !bulletMark().MatchString(l.text):
		return Heading, l.text, true
	case (capitals(l.text) || l.italic() && !endsSentence(l.text)) && words <= 12 && numbered().MatchString(l.text):
		return Heading, l.text, true
	}
	return Paragraph, l.text, false
}

// capitals tells whether a line is set in capitals alone.
func capitals(s string) bool {
	upper := 0
	for _, r := range s {
		if unicode.IsLower(r) {
			return false
		}
		if unicode.IsUpper(r) {
			upper++
		}
	}
	return upper >= 5
}

func endsSentence(s string) bool {
	s = strings.TrimRight(s, "”\"’')»] ")
	r, _ := utf8.DecodeLastRuneInString(s)
	return strings.ContainsRune(".!?:…。！？", r)
}

func startsLower(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLower(r)
}

// continues tells whether a line goes on with the open block.
func (d *pdfDocument) continues(open *openBlock, l pdfLine, kind Kind, heading bool) bool {
	last := open.last
	em := max(l.size, last.size)
	sameColumn := l.column == last.column && l.page == last.page
	gap := (l.y - last.y) / em
	if bulletMark().MatchString(l.text) && !(open.kind == Paragraph && strings.HasPrefix(l.text, "–")) {
		return false
	}
	switch {
	case open.kind == Code || kind == Code:
		if open.kind == Paragraph && sameColumn && gap < d.leading*1.2 && !endsSentence(open.text) && l.left < l.colLeft+em/2 {
			return true // a path or a command within a sentence
		}
		return open.kind == kind && (sameColumn && gap < 3*d.leading || !sameColumn && l.page-last.page <= 1)
	case open.kind == Table || kind == Table:
		// A table's cell may go on below; each row is a block.
		if open.kind == Paragraph && sameColumn && gap < d.leading*1.25 && !endsSentence(open.text) && open.lines > 1 && last.right > last.colRight-2*em {
			return true // a line with a wide gap
		}
		return false
	case open.heading != heading:
		return false
	case math.Abs(l.size-last.size) > 0.08*em:
		return false
	case open.heading:
		return l.page == last.page && gap > 0 && gap < 1.6 && open.lines < 5 && l.bold() == last.bold() && !numbered().MatchString(l.text) &&
			(math.Abs(l.left-last.left) < 3*em || math.Abs(l.left+l.right-last.left-last.right) < 2*em)
	case open.kind == Caption:
		return sameColumn && gap > 0 && gap < d.leading*1.3 && open.lines < 12 && kind != Caption
	case kind == Caption:
		return false
	}
	if !sameColumn {
		return d.goesOn(open, l)
	}
	ended := endsSentence(open.text)
	if gap <= 0 || gap > d.gapLimit(open) {
		return false
	}
	if d.hardBreak(open, l) {
		return false
	}
	if open.kind == List {
		if numberMark().MatchString(l.text) && (ended || math.Abs(l.left-open.first.left) < em/2) {
			return false
		}
		if open.lines == 1 { // the second line tells how items hang
			open.hang = l.left
			return l.left > open.first.left-em/4 || !ended
		}
		return math.Abs(l.left-open.hang) < em*0.7 || !ended && l.left >= open.hang-em
	}
	if numberMark().MatchString(l.text) && (ended && l.left >= l.colLeft+em/3 || ended && last.right < last.colRight-2*em) {
		return false
	}
	if open.lines > 1 && l.left > last.left+0.7*em && l.left < last.left+4*em && math.Abs(last.left-l.colLeft) < 0.5*em &&
		(ended || last.right > last.colRight-em/2 && !startsLower(l.text)) {
		return false // the first line of a paragraph is indented
	}
	if open.lines == 1 && l.left > last.left+0.7*em && ended {
		return false
	}
	if math.Abs(l.left-last.left) > 4*em && open.lines > 1 {
		return false
	}
	// A line that ends early ends its paragraph.
	return !ended || last.right > last.colRight-0.2*(last.colRight-last.colLeft)
}

// hardBreak tells whether the line before ended although the next word had room
// on it: then its writer ended it. Lines are compared with those about them, so
// that text beside a picture stays whole, and only where the text is indented,
// as lists are, or at the end of a sentence.
func (d *pdfDocument) hardBreak(open *openBlock, l pdfLine) bool {
	last := open.last
	word, _, _ := strings.Cut(l.text, " ")
	letters := max(1, utf8.RuneCountInString(l.text))
	room := l.runRight - last.right
	need := (l.right-l.left)/float64(letters)*float64(utf8.RuneCountInString(word)+1)*1.15 + 0.6*l.size
	if strings.HasSuffix(open.text, "-") || room < need {
		return false
	}
	return endsSentence(open.text) || l.left > l.colLeft+1.2*l.size && math.Abs(l.left-last.left) < 0.3*l.size
}

// gapLimit is the distance of base lines, in font sizes, from which on a new
// paragraph begins.
func (d *pdfDocument) gapLimit(open *openBlock) float64 {
	usual := d.leading
	if open.lines > 1 {
		// The block's own leading, where it is set wider or closer than the text.
		own := (open.last.y - open.first.y) / float64(open.lines-1) / max(open.last.size, 1)
		if open.first.column == open.last.column && open.first.page == open.last.page && own > 0.8 {
			usual = own
		}
	}
	return usual*1.22 + 0.05
}

// goesOn tells whether a paragraph goes on in the next column or on the next page.
func (d *pdfDocument) goesOn(open *openBlock, l pdfLine) bool {
	if l.page-open.last.page > 1 {
		return false
	}
	if open.kind == List && numberMark().MatchString(l.text) {
		return false
	}
	if strings.HasSuffix(open.text, "-") || strings.HasSuffix(open.text, "\u00ad") {
		return true
	}
	if !endsSentence(open.text) {
		return startsLower(l.text) || open.last.right > open.last.colRight-3*open.last.size
	}
	full := open.last.right > open.last.colRight-1.5*open.last.size
	return startsLower(l.text) || d.indented && full && open.kind == Paragraph && l.left < l.colLeft+0.4*l.size
}

func (d *pdfDocument) extend(open *openBlock, l pdfLine) {
	if open.kind == Code {
		blank := strings.Repeat("\n", max(1, min(3, int(math.Round((l.y-open.last.y)/max(l.size, 1)/d.leading)))))
		if l.page != open.last.page || l.column != open.last.column {
			blank = "\n"
		}
		unit := 0.6 * l.size
		indent := max(0, min(60, int(math.Round((l.left-open.first.left)/unit))))
		open.text += blank + strings.Repeat(" ", indent) + l.text
	} else {
		open.text = d.join(open.text, strings.ReplaceAll(l.text, "\t", " "))
	}
	open.last = l
	open.lines++
}

// Words that keep their hyphen at the end of a line: "zero-" "day". The first
// halves are followed by a hyphen in nearly every use, so are the second ones
// preceded.
var (
	compoundHeads = wordSet("zero well third two three four one first second self non cross open high low long short real multi state end peer " +
		"full half hard soft old new ever so up near all best post pre anti ex e i x by to off on in-house large small man ready read write single double co")
	compoundTails = wordSet("day days based time level levels party parties scale source end side only free aware related like known term driven to of the off " +
		"up out specific wide facing style factor hand make made case hosted built owned sized oriented friendly proof grade quality speed depth air premise premises")
)

// join adds a line to a text, with a space or without, and undoes the hyphen
// that a line's end made.
func (d *pdfDocument) join(text, next string) string {
	text, next = strings.TrimRight(text, " "), strings.TrimLeft(next, " ")
	if text == "" || next == "" {
		return text + next
	}
	if before, ok := strings.CutSuffix(text, "\u00ad"); ok {
		return before + next
	}
	first, _ := utf8.DecodeRuneInString(next)
	if before, ok := strings.CutSuffix(text, "-"); ok && before != "" {
		prev, _ := utf8.DecodeLastRuneInString(before)
		switch {
		case !letterOrDigit(prev):
			return text + " " + next // "word -" is a dash
		case !unicode.IsLower(first) || !unicode.IsLetter(prev) || unicode.IsUpper(prev):
			return text + next // "CVE-" "2026-1", "US-" "based"
		case d.keepsHyphen(before, next):
			return text + next
		}
		return before + next
	}
	last, _ := utf8.DecodeLastRuneInString(text)
	switch {
	case last == '—' || last == '–':
		if r, _ := utf8.DecodeLastRuneInString(strings.TrimSuffix(text, string(last))); r != ' ' {
			return text + next
		}
	case first == '—':
		return text + next
	case spaceless(last) && spaceless(first):
		return text + next
	case strings.ContainsRune("/_=&?%", last):
		if token := text[strings.LastIndexByte(text, ' ')+1:]; strings.Contains(token, "://") || strings.HasPrefix(token, "www.") {
			return text + next // an address over two lines
		}
	}
	return text + " " + next
}

// spaceless tells the letters of scripts that write no spaces, and their marks of
// punctuation.
func spaceless(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r >= 0x3000 && r <= 0x303f || r >= 0xff01 && r <= 0xff1f
}

// keepsHyphen tells whether the hyphen at the end of a line is the word's own:
// what the rest of the document writes is the best witness.
func (d *pdfDocument) keepsHyphen(before, next string) bool {
	head := bareWord(before[strings.LastIndexAny(before, " \t\n")+1:])
	tail, _, _ := strings.Cut(next, " ")
	tail = bareWord(tail)
	if at := strings.IndexFunc(tail, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' && r != '\'' && r != '’' }); at > 0 {
		tail = tail[:at]
	}
	if head == "" || tail == "" {
		return false
	}
	if d.words[head+tail] > 0 {
		return d.words[head+"-"+tail] > d.words[head+tail]
	}
	if d.words[head+"-"+tail] > 0 || strings.Contains(head, "-") {
		return true
	}
	if tail, _, ok := strings.Cut(tail, "-"); ok && tail != "" {
		return true // "state-" "of-the-art"
	}
	if compoundHeads[head] || compoundTails[tail] {
		return true
	}
	return len(head) > 3 && len(tail) > 3 && d.words[head] > 0 && d.words[tail] > 0
}

// finish closes the gaps that figures and footnotes leave in paragraphs, and
// gives the blocks.
func (d *pdfDocument) finish(open []openBlock) []Block {
	for i := range open {
		if open[i].kind != Paragraph || endsSentence(open[i].text) || open[i].text == "" || open[i].footnote {
			continue
		}
		for k := i + 1; k < len(open) && k <= i+6; k++ {
			if n := open[k]; n.kind == Paragraph && !n.footnote {
				if startsLower(n.text) && n.first.page-open[i].last.page <= 1 && k > i+1 {
					open[i].text = d.join(open[i].text, n.text)
					open[i].last = n.last
					open[k].text = ""
				}
				break
			} else if n.kind == Heading || n.kind == List {
				break
			}
		}
	}
	var out []Block
	for i, b := range open {
		if b.kind == Heading && b.lines == 1 && i+1 < len(open) && open[i+1].kind == Table {
			next := open[i+1].first
			if next.page == b.last.page && next.y-b.last.y < 2.2*b.last.size && math.Abs(next.size-b.last.size) < 0.05*next.size && b.text != "" {
				b.kind = Table // the head of a table
				out = append(out, Block{Table, oneLine(b.text)})
				continue
			}
		}
		text := strings.ReplaceAll(b.text, "\u00ad", "")
		switch b.kind {
		case Code:
			lines := strings.Split(strings.ReplaceAll(text, "\t", "    "), "\n")
			for i := range lines {
				lines[i] = strings.TrimRight(lines[i], " ")
			}
			text = strings.Join(lines, "\n")
		case Table:
			cells := strings.Split(text, "\t")
			for i := range cells {
				cells[i] = oneLine(cells[i])
			}
			text = strings.Join(cells, "\t")
		default:
			text = oneLine(text)
		}
		if strings.IndexFunc(text, letterOrDigit) < 0 {
			continue
		}
		if n := len(out); b.kind == Heading && utf8.RuneCountInString(text) > 250 {
			b.kind = Paragraph
		} else if b.kind == Table && (n == 0 || out[n-1].Kind != Table) && strings.Count(text, "\t") == 0 {
			b.kind = Paragraph
		}
		out = append(out, Block{b.kind, text})
	}
	return out
}

// withoutHead leaves out what is told as metadata: the title, the names and
// addresses of authors, the date.
func (d *pdfDocument) withoutHead(blocks []Block, a Article) []Block {
	title := squeeze(strings.ToLower(a.Title))
	out := blocks[:0:0]
	head, named := true, false
	end := slices.IndexFunc(blocks, func(b Block) bool { return abstract().MatchString(b.Text) })
	for i, b := range blocks {
		words := len(strings.Fields(b.Text))
		if head && (i > 12 || b.Kind == Paragraph && words > 30 || abstract().MatchString(b.Text) && i > 0) {
			head = false
		}
		if head && d.isHead(b, words, title, a) {
			named = true
			continue
		}
		// Between the names and the abstract stand the authors' houses.
		if head && named && len(a.Authors) > 0 && i < end && end < 16 && words < 20 && b.Kind != Caption && b.Kind != List {
			continue
		}
		out = append(out, b)
	}
	return out
}

func (d *pdfDocument) isHead(b Block, words int, title string, a Article) bool {
	own := squeeze(strings.ToLower(b.Text))
	switch {
	case title != "" && own == title:
		return true
	case words < 10 && len(datesIn(dayPoint().ReplaceAllString(b.Text, "$1 $2"))) > 0 && a.Origins["published"] == "page":
		return true
	case words <= 30 && strings.Contains(b.Text, "@") && strings.Contains(b.Text, "."):
		return true
	}
	if len(a.Authors) == 0 || words > 40 {
		return false
	}
	rest := own
	for _, n := range a.Authors {
		rest = strings.ReplaceAll(rest, squeeze(strings.ToLower(n)), "")
	}
	return len(rest) < len(own) && len(strings.NewReplacer("and", "", "by", "", "und", "").Replace(rest)) <= 6
}
