package extract

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

const (
	maxLinks = 2_000
	// maxText is how many bytes of blocks an article holds.
	maxText = 4 << 20
)

// Read makes an article from a page: HTML, XHTML or plain text in any charset,
// or PDF. The article has facts even if its body could not be found, with the
// reason in Notes; an error means that nothing at all could be read, and is a
// sentence for the person who gave the address. Read is safe for any bytes:
// its time and memory are bounded by limits on size and depth, not by the page.
func Read(in Input) (Article, error) {
	a := Article{URL: in.URL, Authors: []string{}, Blocks: []Block{}}
	body := in.Body
	if len(body) > maxBody {
		body = body[:maxBody]
		a.Notes = append(a.Notes, "only the first 16 MB were read")
	}
	switch kind := mediaType(in); {
	case kind == "application/pdf":
		return readPDF(a, body)
	case kind == "text/html" || kind == "application/xhtml+xml" || strings.HasSuffix(kind, "xml"):
		return readPage(a, decode(body, in.ContentType))
	case strings.HasPrefix(kind, "text/"):
		return readText(a, decode(body, in.ContentType))
	default:
		return a, errors.New("address gives " + cutRunes(oneLine(kind), 80) + ", which is not a page of text")
	}
}

func readPage(a Article, text string) (Article, error) {
	doc, notes, err := parse(text)
	a.Notes = append(a.Notes, notes...)
	if err != nil {
		return a, err
	}
	page, err := url.Parse(a.URL)
	if err != nil {
		page = &url.URL{}
	}
	base := page // what relative links are resolved against
	dom := goquery.NewDocumentFromNode(doc)
	if href, ok := dom.Find("base[href]").First().Attr("href"); ok {
		if ref, err := page.Parse(href); err == nil {
			base = ref
		}
	}
	stated := gather(doc)
	stated.fill(&a, page)
	linked, _ := stated.article["articleBody"].(string)
	pg := newPage(doc, page, a, linked)
	kept, err := choose(pg)
	if err != nil {
		return a, err
	}
	size := 0
	for _, p := range kept {
		if size += len(p.text); size > maxText {
			a.Notes = append(a.Notes, "only the first 4 MB of text were kept")
			break
		}
		a.Blocks = append(a.Blocks, Block{p.kind, p.text})
		a.Words += len(p.words)
		for _, l := range p.links {
			if target := webAddress(base, l.URL); target != "" && len(a.Links) < maxLinks && !strings.HasPrefix(l.URL, "#") {
				a.Links = append(a.Links, Link{target, oneLine(l.Text)})
			}
		}
	}
	if a.Words < 25 {
		words := 0
		for _, p := range pg.pieces {
			words += len(p.words)
		}
		switch {
		case dom.Find("frameset").Length() > 0:
			a.Notes = append(a.Notes, "made of frames: the article is at another address")
		case words < 60 && dom.Find("script").Length() > 0:
			a.Notes = append(a.Notes, "needs scripts")
		default:
			a.Notes = append(a.Notes, "no article found")
		}
		if words == 0 && a.Title == "" {
			if dom.Find("frameset").Length() > 0 {
				return a, errors.New("page has no text of its own; it is made of frames, and the article is at another address")
			}
			if slices.Contains(a.Notes, "needs scripts") {
				return a, errors.New("page has no readable text; it seems to need scripts")
			}
			return a, errors.New("page has no readable text")
		}
	}
	return a, nil
}

var emptyLine = pattern(`\n[^\S\n]*\n|\n\p{Zs}*\n`)

// readText makes paragraphs of plain text: an empty line parts them.
func readText(a Article, text string) (Article, error) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	size := 0
	for text != "" {
		part := text
		if at := emptyLine().FindStringIndex(text); at != nil {
			part, text = text[:at[0]], text[at[1]:]
		} else {
			text = ""
		}
		if part = oneLine(part); part == "" {
			continue
		}
		if size += len(part); size > maxText || len(a.Blocks) >= maxBlocks {
			a.Notes = append(a.Notes, "only the first 4 MB of text were kept")
			break
		}
		if a.Title == "" && len(a.Blocks) == 0 && len(part) < 120 {
			a.Title, a.Origins = part, map[string]string{"title": "first line"}
			continue
		}
		a.Blocks = append(a.Blocks, Block{Paragraph, part})
		a.Words += len(wordsOf(part))
	}
	if a.Words == 0 && a.Title == "" {
		return a, errors.New("page has no readable text")
	}
	return a, nil
}
