package render

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Everything a mail is made of is in the table of facts, or is named here as
// something nobody has published tests of: a template that uses more must say
// what clients do with it.
func TestSupportKnowsWhatTheMailUses(t *testing.T) {
	html, err := os.ReadFile("testdata/golden/email/0002.html")
	if err != nil {
		t.Fatal(err)
	}
	mail := string(html)
	known := func(example string) bool {
		for _, use := range supportUses {
			if use.pattern().MatchString(example) {
				return true
			}
		}
		return false
	}
	unpublished := []string{"color", "html", "head", "meta", "title", "a", "br", "em", "tr", "td", "th", "thead", "tbody"}
	for _, found := range regexp.MustCompile(`<([a-z0-9]+)[\s>]`).FindAllStringSubmatch(mail, -1) {
		if name := found[1]; name != "style" && !slices.Contains(unpublished, name) && !known("<"+name+">") {
			t.Errorf("nothing is said of the element %s", name)
		}
	}
	styles := mail[strings.Index(mail, "<style>")+7 : strings.Index(mail, "</style>")]
	for _, found := range regexp.MustCompile(`style="([^"]*)"`).FindAllStringSubmatch(mail, -1) {
		styles += "{" + found[1] + "}"
	}
	for _, found := range regexp.MustCompile(`[{;]([a-z-]+):`).FindAllStringSubmatch(styles, -1) {
		if name := found[1]; !slices.Contains(unpublished, name) && !known("{"+name+":") && !known("{"+name+":none") {
			t.Errorf("nothing is said of the property %s", name)
		}
	}
	for _, found := range regexp.MustCompile(`@[a-z]+`).FindAllString(styles, -1) {
		if !known(found) {
			t.Errorf("nothing is said of %s", found)
		}
	}
}

func TestSupportTableIsWhole(t *testing.T) {
	facts := supportTable()
	for _, use := range supportUses {
		if facts[use.slug].Tested == 0 {
			t.Errorf("there are no facts of %s", use.slug)
		}
		delete(facts, use.slug)
	}
	for slug := range facts {
		t.Errorf("nothing looks for %s", slug)
	}
	fact := regexp.MustCompile(`^[a-z0-9-]+\.[a-z-]+ [0-9.-]+ [na]$`)
	for line := range strings.Lines(supportFacts) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(fields) != 4 {
			t.Errorf("%d fields: %s", len(fields), line)
			continue
		}
		for one := range strings.SplitSeq(fields[3], ", ") {
			if one != "" && !fact.MatchString(one) {
				t.Errorf("%s: %q is no fact", fields[0], one)
			}
		}
	}
}

func TestSupportNamesWhoLosesWhat(t *testing.T) {
	mail := `<style>
@media(prefers-color-scheme:dark){
}
</style><div style="max-width:512px">`
	var got []string
	for _, loss := range Support([]byte(mail)) {
		got = append(got, loss.Feature)
		if loss.Feature != "prefers-color-scheme" {
			continue
		}
		if !slices.Contains(loss.Clients, "Gmail on Android (2022-12)") || !slices.Contains(loss.Clients, "Outlook for Windows (2019)") {
			t.Errorf("who loses the dark colours: %q", loss.Clients)
		}
		if loss.Day != "2023-03-08" || loss.Source != "https://www.caniemail.com/features/css-at-media-prefers-color-scheme/" || loss.Tested < len(loss.Clients) {
			t.Errorf("the source is %s of %s, %d tested", loss.Source, loss.Day, loss.Tested)
		}
	}
	if want := []string{"style element", "@media", "prefers-color-scheme", "max-width"}; !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	if got := Support([]byte("<p>Plain words.</p>")); len(got) != 0 {
		t.Errorf("a paragraph loses %v", got)
	}
}

// The preview shows the mail in the colours each frame is named for, whatever the
// editor's own browser prefers, and the web page with its style.
func TestPreviewShowsEachFrameAsNamed(t *testing.T) {
	mail, text, _, err := Email(inputOf(), samples()[0])
	if err != nil {
		t.Fatal(err)
	}
	page := query(t, Preview("A title", "site/a/index.html", mail, text, []Difference{{"text", "note", 1, "words", Lacks}}))
	for title, want := range map[string]string{
		"Mail, light": "@media(max-width:0)", "Mail, dark": "@media(min-width:0)", "Mail, colours inverted by the client": "@media(max-width:0)",
		"Mail, a phone of 320 pixels": "@media(max-width:0)", "Mail, a dark phone": "@media(min-width:0)",
	} {
		frame := page.Find(`iframe[title="` + title + `"]`)
		if got := frame.AttrOr("srcdoc", ""); !strings.Contains(got, want) || strings.Contains(got, "prefers-color-scheme:dark") || frame.AttrOr("sandbox", "-") != "" {
			t.Errorf("%s: not in its colours, or not in a sandbox", title)
		}
	}
	if bare := page.Find(`iframe[title="Mail, style element dropped, images off"]`).AttrOr("srcdoc", ""); strings.Contains(bare, "<style>") || !strings.Contains(bare, "intern’s login") {
		t.Error("the frame without style has one, or no mail")
	}
	if page.Find(`iframe[src="site/a/index.html"][sandbox="allow-same-origin"]`).Length() != 3 {
		t.Error("the page is not shown three times, with its style and without its scripts")
	}
	if got := page.Find("li").Text(); !strings.Contains(got, "the text lacks a note of story 1") {
		t.Errorf("the differences are %q", got)
	}
	if page.Find("td a[href^='https://www.caniemail.com/features/']").Length() == 0 || !strings.Contains(page.Find("pre").Text(), "Payroll firm") {
		t.Error("no support report, or no plain text")
	}
}
