package pipeline

import (
	"fmt"
	"slices"

	"github.com/pullquote/pullquote/pipeline/issue"
	"github.com/pullquote/pullquote/pipeline/render"
)

// Editions renders the page, the HTML mail and the plain text of one issue and
// gives what each lacks of the issue's file, with the issue as readers get it:
// without what an embargo or a TLP mark holds back. Nothing is written.
func (p *Pipeline) Editions(ref string) (*issue.Issue, []render.Difference, error) {
	is, problems, err := p.Issue(ref)
	if err != nil {
		return nil, nil, err
	}
	if err := blocking(problems); err != nil {
		return nil, nil, err
	}
	issue.Withhold(is, p.opts.Now())
	in := render.Input{Publication: p.Newsletter.Publication, Templates: p.Templates(), Version: p.opts.Version}
	page, err := render.IssuePage(in, is)
	if err != nil {
		return nil, nil, fmt.Errorf("rendering the page of %s: %w", is.File, err)
	}
	html, text, _, err := render.EmailWithText(in, is, p.OwnText)
	if err != nil {
		return nil, nil, fmt.Errorf("rendering the mail of %s: %w", is.File, err)
	}
	differences, err := render.Editions(in, is, page, html, text)
	return is, differences, err
}

// checkEditions holds the editions of an issue against it: all of them, or only
// the text, when somebody edited that by hand: it alone goes stale by itself.
func (p *Pipeline) checkEditions(is *issue.Issue, all bool) ([]issue.Problem, error) {
	own, err := p.OwnText(is.File)
	if err != nil || own == nil && !all {
		return nil, err
	}
	shown, differences, err := p.Editions(is.File)
	if err != nil {
		return nil, err
	}
	if !all {
		differences = slices.DeleteFunc(differences, func(d render.Difference) bool { return d.Edition != "text" })
	}
	return CheckEditions(shown, differences), nil
}

// CheckEditions says what the editions of an issue lack, at the story that it
// belongs to.
func CheckEditions(is *issue.Issue, differences []render.Difference) []issue.Problem {
	lines := []int{1}
	for _, item := range is.Items {
		if !item.Section {
			lines = append(lines, item.Line)
		}
	}
	var out []issue.Problem
	for _, d := range differences {
		line := 1
		if d.Item < len(lines) {
			line = lines[d.Item]
		}
		problem := issue.Problem{
			Rule: "edition-differs", Severity: issue.Warning, File: is.File, Line: line, Column: 1, Item: d.Item,
			What: d.String(), Hint: "look at the editions with pullquote preview; a template of yours in templates/, or a text edited by hand, may leave it out",
		}
		if d.How != render.Lacks { // nothing is lost
			problem.Severity, problem.Hint = issue.Advice, "leave it so, if it is meant; "+render.TextFile(is.File)+" holds the text"
		}
		out = append(out, problem)
	}
	return out
}
