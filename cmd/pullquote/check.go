package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/pullquote/pullquote/pipeline"
	"github.com/pullquote/pullquote/pipeline/extract"
	"github.com/pullquote/pullquote/pipeline/issue"
)

func checkCommand(a *app) *cobra.Command {
	var all, asJSON, fix bool
	var opts pipeline.CheckOptions
	var format string
	cmd := &cobra.Command{
		Use:   "check [ISSUE...]",
		Short: "Prove every quote, find every blank and slip",
		Long: `Holds issues against the rules: every quoted paragraph against the stored page of
its item, blanks left, links that differ, numbers and dates that don't follow.
Without ISSUE it takes the newest draft, or the newest issue when there is no
draft. Each problem has its place as file:line:column, its rule, and a hint;
advice is said but refuses nothing. docs/checks.md has a chapter on each rule,
and says how to turn one off. --fix cures in drafts what a machine can: tracking
parameters, a bare link that is missing, live indicators, invisible characters.

--online asks every link whether it still leads somewhere: ok, moved, gone,
blocked (a wall for robots), or unknown. Answers are believed for seven days.
--editions renders the issue, and says what the page, the mail or its plain text
lacks of the file. Neither is part of what publish asks for.`,
		Example: `  pullquote check
  pullquote check 12
  pullquote check --fix
  pullquote check 12 --online --editions
  pullquote check --all --format sarif > checks.sarif`,
		Annotations:       exits("problems are left"),
		ValidArgsFunction: a.completeIssues,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.pipeline()
			if err != nil {
				return err
			}
			if all {
				archive, problems := p.Archive()
				args = nil
				for _, head := range archive.Heads {
					args = append(args, head.File)
				}
				if len(args) == 0 && len(problems) == 0 {
					a.tell("There is no issue yet.")
					return nil
				}
			}
			if asJSON {
				format = "json"
			}
			if format != "text" && format != "json" && format != "sarif" {
				return &usageError{fmt.Sprintf("there is no format %q", format), "use --format text, json or sarif"}
			}
			opts.Progress = func(pr pipeline.Progress) { a.progressLine(pr, time.Now()) }
			if fix {
				if err := a.fix(cmd, p, args, opts); err != nil {
					return err
				}
			}
			checked, err := p.CheckWith(cmd.Context(), args, opts)
			if err != nil {
				return err
			}
			problems := checked.Problems
			left := pipeline.Refusing(problems)
			switch format {
			case "json":
				err = a.json(orEmpty(problems))
			case "sarif":
				err = a.json(sarif(problems, p.Dir))
			default:
				a.checked(checked)
			}
			if err != nil {
				return err
			}
			if len(left) > 0 {
				return errNeedsYou
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "check every issue and draft")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the problems as JSON; short for --format json")
	cmd.Flags().BoolVar(&fix, "fix", false, "cure in drafts what a machine can, then check")
	cmd.Flags().BoolVar(&opts.Online, "online", false, "ask the links whether they still lead somewhere")
	cmd.Flags().BoolVar(&opts.Editions, "editions", false, "say what the page and the mail lack of the file")
	cmd.Flags().StringVar(&format, "format", "text", "print the problems as `FORMAT`: text, json, or sarif (SARIF 2.1.0)")
	return cmd
}

// fix mends the named drafts, or the newest one.
func (a *app) fix(cmd *cobra.Command, p *pipeline.Pipeline, refs []string, opts pipeline.CheckOptions) error {
	if len(refs) == 0 {
		archive, _ := p.Archive()
		head, ok := issue.NewestDraft(archive)
		if !ok || !head.Draft {
			return nil
		}
		refs = []string{head.File}
	}
	for _, ref := range refs {
		report, err := p.Fix(cmd.Context(), ref, opts)
		if err != nil {
			return err
		}
		if report.Cured > 0 {
			a.tell("Mended %s in issues/%s; `pullquote issues undo` takes it back.", count(report.Cured, "problem"), report.File)
		}
	}
	return nil
}

// checked prints the problems and the sum of them.
func (a *app) checked(report pipeline.CheckReport) {
	problems, files := report.Problems, report.Files
	a.problems(problems)
	left := len(pipeline.Refusing(problems))
	where := strings.Join(files, ", ")
	if len(files) > 3 {
		where = count(len(files), "issue")
	}
	advice := ""
	if n := len(problems) - left; n > 0 {
		advice = fmt.Sprintf(", %s of advice", plural(n, "piece", "pieces"))
	}
	var proven []string
	for _, v := range []extract.Verdict{extract.Exact, extract.Typographic, extract.Elided, extract.Inserted, extract.Altered, extract.NotFound} {
		if n := report.Verdicts[v]; n > 0 {
			proven = append(proven, fmt.Sprintf("%d %s", n, strings.ReplaceAll(string(v), "-", " ")))
		}
	}
	if len(proven) > 0 {
		a.tell("Quoted paragraphs: %s.", strings.Join(proven, ", "))
	}
	var links []string
	for _, state := range []string{pipeline.LinkOK, pipeline.LinkMoved, pipeline.LinkGone, pipeline.LinkBlocked, pipeline.LinkUnknown} {
		if n := report.Links[state]; n > 0 {
			links = append(links, fmt.Sprintf("%d %s", n, state))
		}
	}
	if len(links) > 0 {
		a.tell("Links: %s.", strings.Join(links, ", "))
	}
	switch {
	case len(files) == 0:
		a.say("There is no issue yet.")
		a.next("pullquote draft")
	case left == 0:
		a.say("%s: nothing to cure%s.", where, advice)
	default:
		a.say("%s: %s to cure%s.", where, count(left, "problem"), advice)
	}
}

// sarif gives problems as SARIF 2.1.0 (OASIS), which code hosts show beside the
// lines they speak of.
func sarif(problems []issue.Problem, dir string) any {
	type object = map[string]any
	level := map[issue.Severity]string{issue.Error: "error", issue.Warning: "warning", issue.Advice: "note"}
	const manual = "https://github.com/pullquote/pullquote/blob/main/docs/checks.md#"
	rules, index := []object{}, map[string]int{}
	for i, r := range issue.Rules() {
		index[r.Name] = i
		rules = append(rules, object{
			"id": r.Name, "shortDescription": object{"text": r.About}, "helpUri": manual + r.Name,
			"defaultConfiguration": object{"level": level[r.Severity], "enabled": !r.Off},
		})
	}
	results := []object{}
	lines := map[string][]string{}
	for _, p := range problems {
		if _, read := lines[p.File]; !read {
			body, _ := os.ReadFile(filepath.Join(dir, filepath.FromSlash(p.File))) // unreadable: columns stay in bytes
			lines[p.File] = strings.Split(string(body), "\n")
		}
		message := p.What
		if p.Hint != "" {
			message += "; " + p.Hint
		}
		result := object{
			"ruleId": p.Rule, "level": level[p.Severity], "message": object{"text": message},
			"locations": []object{{"physicalLocation": object{
				"artifactLocation": object{"uri": (&url.URL{Path: p.File}).EscapedPath(), "uriBaseId": "SRCROOT"},
				"region":           object{"startLine": p.Line, "startColumn": character(lines[p.File], p)},
			}}},
		}
		if i, ok := index[p.Rule]; ok {
			result["ruleIndex"] = i
		}
		if len(p.Fix) > 0 {
			var replacements []object
			for _, e := range p.Fix {
				replacements = append(replacements, object{
					"deletedRegion":   object{"byteOffset": e.Start, "byteLength": e.End - e.Start},
					"insertedContent": object{"text": e.New},
				})
			}
			result["fixes"] = []object{{
				"description": object{"text": p.Hint},
				"artifactChanges": []object{{
					"artifactLocation": object{"uri": (&url.URL{Path: p.File}).EscapedPath(), "uriBaseId": "SRCROOT"},
					"replacements":     replacements,
				}},
			}}
		}
		results = append(results, result)
	}
	return object{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
		"runs": []object{{
			"tool":       object{"driver": object{"name": "pullquote", "version": version(), "informationUri": "https://github.com/pullquote/pullquote", "rules": rules}},
			"columnKind": "unicodeCodePoints",
			"results":    results,
		}},
	}
}

// character gives a problem's column in characters, which is how SARIF counts;
// ours are bytes.
func character(lines []string, p issue.Problem) int {
	if p.Line < 1 || p.Line > len(lines) || p.Column-1 > len(lines[p.Line-1]) {
		return p.Column
	}
	return utf8.RuneCountInString(lines[p.Line-1][:p.Column-1]) + 1
}

// completeIssues offers the numbers of issues, with titles.
func (a *app) completeIssues(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	p, err := a.pipeline()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	archive, _ := p.Archive()
	var out []string
	for i := len(archive.Heads) - 1; i >= 0; i-- {
		out = append(out, fmt.Sprintf("%d\t%s", archive.Heads[i].Number, clean(archive.Heads[i].Title)))
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}
