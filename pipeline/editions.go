package pipeline

import (
	"fmt"

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
		out = append(out, issue.Problem{
			Rule: "edition-differs", Severity: issue.Warning, File: is.File, Line: line, Column: 1, Item: d.Item,
			What: d.String(), Hint: "look at the editions with pullquote preview; a template of yours in templates/ may leave it out",
		})
	}
	return out
}
