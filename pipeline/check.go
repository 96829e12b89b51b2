package pipeline

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pullquote/pullquote/pipeline/collect"
	"github.com/pullquote/pullquote/pipeline/extract"
	"github.com/pullquote/pullquote/pipeline/issue"
)

// check.go is one of the two places where reading and publishing meet: what
// was quoted is held against what was read. The rules are pure; Pipeline.Check
// brings the files together.

// CheckReport is what a check found.
type CheckReport struct {
	Problems []issue.Problem         // in file order
	Files    []string                // that were checked, as the editor sees them
	Verdicts map[extract.Verdict]int // how many quoted paragraphs have which verdict
	Links    map[string]int          // how many links are in which LinkState; nil when they were not asked
}

// CheckOptions say what to check beyond the rules that need the files alone.
type CheckOptions struct {
	Online   bool           // ask whether the links still lead somewhere
	Editions bool           // render the page and the mail, and hold them against the file
	Progress func(Progress) // how far the asking is; may be nil
}

// Check holds issues against the rules: the file's own, the archive's, and
// every quote against its source. Without refs it takes the newest draft, or
// the newest issue when there is no draft. Comments in the file and
// pullquote.yaml have been heeded. Issues are looked at one after the other,
// so that memory grows with the archive's list and not with its text.
func (p *Pipeline) Check(ctx context.Context, refs []string) (CheckReport, error) {
	return p.CheckWith(ctx, refs, CheckOptions{})
}

// CheckWith is Check with more than the files: the links asked, the editions
// compared.
func (p *Pipeline) CheckWith(ctx context.Context, refs []string, opts CheckOptions) (CheckReport, error) {
	report := CheckReport{Verdicts: map[extract.Verdict]int{}}
	archive, archiveProblems := p.Archive()
	if len(refs) == 0 {
		head, ok := newestDraft(archive)
		if !ok {
			report.Problems = archiveProblems
			return report, blocking(archiveProblems)
		}
		refs = []string{head.File}
	}
	byFile := map[string][]issue.Problem{}
	for _, pr := range append(archiveProblems, inFolder(issue.CheckArchive(archive))...) {
		byFile[pr.File] = append(byFile[pr.File], pr)
	}
	sources, err := p.sources(ctx)
	if err != nil {
		return report, err
	}
	used := usedBefore(archive)
	settings := p.Newsletter.settings()
	var states LinkStates
	if opts.Online {
		if states, err = p.askIssues(ctx, archive, refs, opts.Progress); err != nil {
			return report, fmt.Errorf("asking the links: %w", err)
		}
		report.Links = map[string]int{}
	}
	for _, ref := range refs {
		if err := ctx.Err(); err != nil {
			return report, err
		}
		is, problems, err := p.load(archive, ref)
		if err != nil {
			return report, err
		}
		file := path.Join("issues", is.File)
		report.Files = append(report.Files, file)
		evidence, err := p.evidence(is.Number)
		if err != nil {
			problems = append(problems, issue.Problem{
				Rule: "quote-not-proven", Severity: issue.Warning, File: file, Line: 1, Column: 1,
				What: err.Error(), Hint: "take the file back from git, or remove it and publish the issue anew",
			})
		}
		sourceOf := sources(evidence)
		problems = append(problems, byFile[file]...)
		problems = append(problems, issue.CheckLimits(is, settings.Limits)...)
		problems = append(problems, issue.CheckMarks(is, p.opts.Now())...)
		problems = append(problems, CheckLinks(is)...)
		problems = append(problems, CheckQuotes(is, sourceOf, report.Verdicts)...)
		problems = append(problems, CheckInlineQuotes(is, sourceOf)...)
		problems = append(problems, CheckFairness(is, sourceOf, settings.Limits)...)
		if settings.Wants("note-against-source") {
			problems = append(problems, CheckNotes(is, sourceOf)...)
		}
		problems = append(problems, used.repeats(is)...)
		problems = append(problems, CheckSeal(is, evidence.Evidence)...)
		if opts.Online {
			found, others := CheckOnline(is, states, problems)
			problems = append(others, found...)
			states.count(is, report.Links)
		}
		found, err := p.checkEditions(is, opts.Editions)
		if err != nil {
			return report, err
		}
		problems = append(problems, found...)
		for i := range problems {
			problems[i].File = file
		}
		report.Problems = append(report.Problems, forgiven(is, issue.Settle(is, problems, settings), evidence.Forced)...)
	}
	sortProblems(report.Problems)
	return report, nil
}

// forgiven makes advice of what an issue was published with, for a reason that
// its evidence keeps.
func forgiven(is *issue.Issue, problems []issue.Problem, forced []issue.Forced) []issue.Problem {
	for i := range problems {
		for _, f := range forced {
			if !is.Draft && f.Rule == problems[i].Rule && problems[i].Severity == issue.Warning {
				problems[i].Severity = issue.Advice
				problems[i].Hint = "it was published so: " + f.Reason
			}
		}
	}
	return problems
}

// load finds an issue of the archive by number ("12", "#12"), file name or
// path, and loads it.
func (p *Pipeline) load(archive issue.Archive, ref string) (*issue.Issue, []issue.Problem, error) {
	file := ""
	if n, err := strconv.Atoi(strings.TrimPrefix(ref, "#")); err == nil {
		if head, ok := archive.Number(n); ok {
			file = head.File
		}
	} else {
		for _, head := range archive.Heads {
			if head.File == filepath.Base(ref) || strings.TrimSuffix(head.File, ".md") == ref {
				file = head.File
			}
		}
	}
	if file == "" {
		return nil, nil, &UnknownError{What: "issue", Name: ref, Cure: "see `pullquote issues` for what there is; an issue is named by number or by file"}
	}
	is, problems, err := issue.Load(p.folder("issues"), file)
	return is, inFolder(problems), err
}

// sources gives, an issue at a time, how to find the text an item was quoted
// from: the page kept in the inbox, and the evidence of its publication. A
// workspace without inbox.db gets none made by looking.
func (p *Pipeline) sources(ctx context.Context) (func(evidence) SourceOf, error) {
	_, err := os.Stat(p.path("inbox.db"))
	haveInbox := err == nil
	if haveInbox {
		if _, err := p.openInbox(ctx); err != nil {
			return nil, err
		}
	}
	return func(proofs evidence) SourceOf {
		read := map[string]Source{} // several rules ask for one source
		return func(url string) (Source, bool) {
			source, known := read[url]
			if !known {
				source, _ = proofs.source(url)
				if haveInbox {
					if article, page, ok, err := p.Article(ctx, url); ok && err == nil {
						source.Text, source.Page = article.Text(), page
					}
				}
				read[url] = source
			}
			return source, source.Text != "" || source.Proof != nil
		}
	}, nil
}

// Source is what an item was quoted from.
type Source struct {
	Text  string              // of the article; empty when only evidence is left
	Page  collect.Page        // as kept
	Proof *issue.ItemEvidence // of the publication; nil when there is none
}

// SourceOf finds the source of an item by its address.
type SourceOf func(url string) (Source, bool)

// CheckQuotes holds every quoted paragraph of an issue against the text of its
// item's page and counts the verdicts, when there is a map to count them in. A
// paragraph that is only an elision mark is passed over. A page that is not
// stored is said for each item of a draft, and once for an issue: that one was
// read when it was written.
func CheckQuotes(is *issue.Issue, sourceOf SourceOf, verdicts map[extract.Verdict]int) []issue.Problem {
	var out []issue.Problem
	missing, firstMissing := 0, 0
	for i, item := range is.Stories() {
		quoted := quotedParagraphs(item)
		if len(quoted) == 0 || item.URL == "" {
			continue
		}
		source, ok := sourceOf(item.URL)
		if !ok {
			if !is.Draft {
				if missing++; missing == 1 {
					firstMissing = item.Line
				}
				continue
			}
			out = append(out, issue.Problem{
				Rule: "quote-no-source", Severity: issue.Warning, File: is.File, Line: item.Line, Column: 1, Item: i + 1,
				What: fmt.Sprintf("no page is stored for %s, so its quotes can't be proven", item.URL), Hint: "fetch it: pullquote add " + item.URL,
			})
			continue
		}
		text := extract.NewSource(source.Text)
		for _, q := range quoted {
			verdict, problem := judge(q, text, source)
			if verdicts != nil && verdict != "" {
				verdicts[verdict]++
			}
			if problem != nil {
				problem.File, problem.Item = is.File, i+1
				out = append(out, *problem)
			}
		}
	}
	if missing > 0 {
		out = append(out, issue.Problem{
			Rule: "quote-no-source", Severity: issue.Advice, File: is.File, Line: firstMissing, Column: 1,
			What: fmt.Sprintf("no page is stored for %d of its stories, so their quotes can't be proven", missing), Hint: "fetch one with pullquote add and its address",
		})
	}
	return out
}

// inlineQuote is a passage between quotation marks in running text.
var inlineQuote = pattern(`“([^“”]{30,800})”|"([^"“”]{30,800})"`)

// inlineWords is how many words between quotation marks are a quotation, and
// not a name or a way of speaking.
const inlineWords = 6

// CheckInlineQuotes holds what a note quotes in its running text against the
// page of its item. What the page has in other words only is said; what it has
// not at all may come from anywhere, and passes.
func CheckInlineQuotes(is *issue.Issue, sourceOf SourceOf) []issue.Problem {
	var out []issue.Problem
	for i, item := range is.Stories() {
		var text *extract.Source
		for _, part := range item.Parts {
			if part.Quote {
				continue
			}
			for _, q := range part.Paragraphs() {
				for _, m := range inlineQuote().FindAllStringSubmatch(q.Text, 20) {
					quoted := m[1] + m[2]
					if len(strings.Fields(quoted)) < inlineWords {
						continue
					}
					if text == nil {
						source, ok := sourceOf(item.URL)
						if !ok || source.Text == "" {
							break
						}
						text = extract.NewSource(source.Text)
					}
					// The last mark is often the sentence's that quotes.
					f := find(text, strings.TrimRight(quoted, ".,;:!? "))
					if f.Verdict != extract.Altered {
						continue
					}
					out = append(out, issue.Problem{
						Rule: "quote-inline", Severity: issue.Advice, File: is.File, Line: q.Line, Column: q.Column, Item: i + 1,
						What: fmt.Sprintf("the note quotes %q: %s", shorten(quoted, 60), difference(f)), Hint: "look whether it is meant as the page's words; if so, quote them as they stand",
					})
				}
			}
		}
	}
	return out
}

// difference says where a quotation and its source part.
func difference(f extract.Finding) string {
	switch {
	case f.Stated == "":
		return fmt.Sprintf("the source does not have the words %q", shorten(f.Quoted, 80))
	case f.Quoted == "":
		return fmt.Sprintf("the words %q of the source are left out", shorten(f.Stated, 80))
	}
	return fmt.Sprintf("%q is %q in the source", shorten(f.Quoted, 80), shorten(f.Stated, 80))
}

// quotedParagraphs gives an item's quoted paragraphs that say something.
func quotedParagraphs(item issue.Item) []issue.Quoted {
	var out []issue.Quoted
	for _, part := range item.Parts {
		if !part.Quote {
			continue
		}
		for _, q := range part.Paragraphs() {
			if strings.Trim(q.Text, " .…[]()") != "" {
				out = append(out, q)
			}
		}
	}
	return out
}

// find holds a quoted paragraph against a text. Indicators that the editor
// defanged count as the source writes them, and no other difference does.
func find(text *extract.Source, quoted string) extract.Finding {
	f := text.Find(quoted)
	if plain := issue.Refang(quoted); !f.Verdict.OK() && plain != quoted {
		if g := text.Find(plain); g.Verdict.OK() {
			if g.Verdict == extract.Exact {
				g.Verdict = extract.Inserted // the brackets are hers
			}
			return g
		} else if f.Verdict == extract.NotFound {
			return g // it says more of what differs
		}
	}
	return f
}

// judge holds one quoted paragraph against its source. The verdict is empty
// when nothing can be said; the problem is nil when all is well.
func judge(q issue.Quoted, text *extract.Source, source Source) (extract.Verdict, *issue.Problem) {
	problem := &issue.Problem{Severity: issue.Warning, Line: q.Line, Column: q.Column}
	proven := extract.Verdict("")
	if source.Proof != nil {
		for _, e := range source.Proof.Quotes {
			if e.Quoted == q.Text {
				proven = extract.Verdict(e.Verdict)
			}
		}
	}
	if source.Text == "" {
		if proven.OK() {
			return proven, nil
		}
		problem.Rule = "quote-not-proven"
		problem.What = fmt.Sprintf("the evidence of this issue does not have %q", shorten(q.Text, 60))
		problem.Hint = "put back what was published, or fetch the page again with pullquote add and check"
		return "", problem
	}
	finding := find(text, q.Text)
	if finding.Verdict.OK() {
		return finding.Verdict, nil
	}
	if proven.OK() {
		problem.Rule, problem.Severity = "quote-source-changed", issue.Advice
		problem.What = fmt.Sprintf("the page no longer has %q; it did when it was fetched on %s", shorten(q.Text, 60), source.Proof.Fetched.Format("2 January 2006"))
		problem.Hint = "look at what they changed; it may be worth a note"
		return proven, problem
	}
	switch finding.Verdict {
	case extract.Altered:
		problem.Rule = "quote-altered"
		problem.What = difference(finding)
		problem.Hint = "quote it as it stands, or mark the change: [...] for words left out, [square brackets] for words put in"
	default:
		problem.Rule = "quote-not-found"
		problem.What = fmt.Sprintf("the source does not have %q", shorten(q.Text, 60))
		problem.Hint = "copy the passage from the page again"
		if finding.Source != "" {
			problem.Hint += fmt.Sprintf("; the nearest it has is %q", shorten(finding.Source, 120))
		}
	}
	return finding.Verdict, problem
}

// shorten cuts a text at a word's end, for a message.
func shorten(s string, limit int) string {
	r := []rune(s)
	if len(r) <= limit {
		return s
	}
	cut := string(r[:limit])
	if i := strings.LastIndexByte(cut, ' '); i > limit/2 {
		cut = cut[:i]
	}
	return cut + "…"
}

// cutText cuts a text anywhere, for an address in a message.
func cutText(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}

// CheckFairness holds what an issue takes from its sources against the limits:
// from one address in all its items, and of an article's words.
func CheckFairness(is *issue.Issue, sourceOf SourceOf, limits issue.Limits) []issue.Problem {
	limits = limits.OrDefault()
	var out []issue.Problem
	words, items := map[string]int{}, map[string]int{}
	for i, item := range is.Stories() {
		n := 0
		for _, q := range quotedParagraphs(item) {
			n += len(strings.Fields(q.Text))
		}
		key, err := collect.Canonical(item.URL)
		if err != nil || n == 0 {
			continue
		}
		problem := issue.Problem{Severity: issue.Advice, File: is.File, Line: item.Line, Column: 1, Item: i + 1}
		words[key] += n
		items[key]++
		if limit := limits.SourceWords; limit > 0 && items[key] > 1 && words[key] > limit {
			problem.Rule = "fair-source"
			problem.What = fmt.Sprintf("this issue quotes %d words from this address, the limit is %d", words[key], limit)
			problem.Hint = "quote less of it in one of its items"
			out = append(out, problem)
		}
		if source, ok := sourceOf(item.URL); ok && source.Text != "" && limits.Share > 0 {
			all := len(strings.Fields(source.Text))
			if share := 100 * float64(n) / float64(max(1, all)); share > limits.Share && n > 60 {
				problem.Rule = "fair-share"
				problem.What = fmt.Sprintf("this item quotes %.0f %% of the article's %d words, the limit is %.0f %%", share, all, limits.Share)
				problem.Hint = "quote less, so that there is a reason to read the article"
				out = append(out, problem)
			}
		}
	}
	return out
}

var (
	factForm = pattern(`(?i)\bCVE-\d{4}-\d{4,}\b|\b\d[\d.,]*\d\b%?|\b\d+\b%?`)
	// Two capitalised words or more, which are a name more often than not.
	nameForm = pattern(`\b\p{Lu}[\p{L}\d'’-]+(?: \p{Lu}[\p{L}\d'’-]+)+`)
)

// CheckNotes says which figures, CVE numbers and names of a note its source
// does not have. A note may well know more than its source: this is advice,
// and off unless pullquote.yaml asks for it.
func CheckNotes(is *issue.Issue, sourceOf SourceOf) []issue.Problem {
	var out []issue.Problem
	for i, item := range is.Stories() {
		source, ok := sourceOf(item.URL)
		if !ok || source.Text == "" {
			continue
		}
		known := strings.ToLower(source.Text + " " + issue.PlainInlines(item.Title) + " " + item.URL)
		for _, part := range item.Parts {
			if part.Quote {
				continue
			}
			for _, q := range part.Paragraphs() {
				var odd []string
				for _, form := range []*regexp.Regexp{factForm(), nameForm()} {
					for _, m := range form.FindAllString(q.Text, 40) {
						m = strings.TrimRight(m, ".,")
						if len(m) > 1 && !strings.Contains(known, strings.ToLower(m)) && !slices.Contains(odd, m) {
							odd = append(odd, m)
						}
					}
				}
				for _, m := range odd {
					out = append(out, issue.Problem{
						Rule: "note-against-source", Severity: issue.Advice, File: is.File, Line: q.Line, Column: q.Column, Item: i + 1,
						What: fmt.Sprintf("the note has %q, which the source does not have", shorten(m, 60)), Hint: "look whether it is right, and where it comes from",
					})
				}
			}
		}
	}
	return out
}

// usage tells in which issues an address has an item, by canonical address.
type usage map[string][]use

type use struct {
	number int
	file   string
}

// usedBefore reads the archive once, for all issues that are checked.
func usedBefore(archive issue.Archive) usage {
	out := usage{}
	for _, head := range archive.Heads {
		for _, item := range head.Items {
			if key, err := collect.Canonical(item.URL); err == nil {
				out[key] = append(out[key], use{head.Number, head.File})
			}
		}
	}
	return out
}

// CheckRepeats says where an item's story stood in an earlier issue, or stands
// twice in this one.
func CheckRepeats(is *issue.Issue, archive issue.Archive) []issue.Problem {
	return usedBefore(archive).repeats(is)
}

func (used usage) repeats(is *issue.Issue) []issue.Problem {
	var out []issue.Problem
	here := map[string]int{}
	for i, item := range is.Stories() {
		key, err := collect.Canonical(item.URL)
		if err != nil || item.URL == "" {
			continue
		}
		problem := issue.Problem{Severity: issue.Advice, File: is.File, Line: item.Line, Column: 1, Item: i + 1}
		var in []int
		for _, u := range used[key] {
			if u.file != is.File && (is.Number == 0 || u.number < is.Number) && !slices.Contains(in, u.number) {
				in = append(in, u.number)
			}
		}
		if before, twice := here[key]; twice {
			problem.Rule, problem.Severity = "link-twice", issue.Warning
			problem.What = fmt.Sprintf("this story stands in item %d already", before)
			problem.Hint = "remove one of the two"
			out = append(out, problem)
		} else if len(in) > 0 {
			problem.Rule = "link-used-before"
			problem.What = "this story is already in " + numbers(in)
			problem.Hint = "link back to it, or leave it out"
			out = append(out, problem)
		}
		here[key] = i + 1
	}
	return out
}

// numbers writes issue numbers as a reader would: "#3, #17".
func numbers(in []int) string {
	var parts []string
	for _, n := range in {
		parts = append(parts, "#"+strconv.Itoa(n))
	}
	return strings.Join(parts, ", ")
}

// CheckSeal holds a published issue against the seal of its evidence.
func CheckSeal(is *issue.Issue, e issue.Evidence) []issue.Problem {
	if e.Seal == "" || is.Draft || is.Seal() == e.Seal {
		return nil
	}
	line := 1
	if head := issue.HeadOf(is); head.TitleLine > 0 {
		line = head.TitleLine
	}
	problem := issue.Problem{
		Rule: "seal-broken", Severity: issue.Warning, File: is.File, Line: line, Column: 1,
		What: fmt.Sprintf("the text has changed since it was published on %s, and no correction says so", e.Published.Format("2 January 2006")),
		Hint: `put it back, or add to the front matter: corrections: [{date: 2026-12-01, what: "what is right", was: "what was wrong"}], with the day of the correction`,
	}
	if len(is.Corrections) > e.Corrected {
		problem.Rule, problem.Severity = "seal-old", issue.Advice
		problem.What = "the correction is not sealed yet"
		problem.Hint = fmt.Sprintf("pullquote publish %d seals the corrected text", is.Number)
	}
	return []issue.Problem{problem}
}

// Refusing gives the problems that stop a publication: all but advice.
func Refusing(problems []issue.Problem) []issue.Problem {
	var out []issue.Problem
	for _, pr := range problems {
		if pr.Severity != issue.Advice {
			out = append(out, pr)
		}
	}
	return out
}

// Advice gives the problems that refuse nothing.
func Advice(problems []issue.Problem) []issue.Problem {
	var out []issue.Problem
	for _, pr := range problems {
		if pr.Severity == issue.Advice {
			out = append(out, pr)
		}
	}
	return out
}

// sortProblems puts problems into file order.
func sortProblems(list []issue.Problem) {
	sort.SliceStable(list, func(i, j int) bool {
		a, b := list[i], list[j]
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Column < b.Column
	})
}
