package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pullquote/pullquote/pipeline/issue"
)

// What SARIF 2.1.0 (OASIS, sections 3.13 to 3.59) asks of a log: the properties
// that must be there, and the bounds of those that are.
func TestSARIFHoldsToItsStandard(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "issues"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "issues", "0001-ä b.md"), []byte("é€𝄞 here\r\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	var problems []issue.Problem
	for _, r := range issue.Rules() {
		problems = append(problems, issue.Problem{Rule: r.Name, Severity: r.Severity, File: "issues/0001-ä b.md", Line: 1, Column: 11, What: "it is so", Hint: "cure it", Fix: []issue.Edit{{Start: 10, End: 14, New: "there"}}})
	}
	problems = append(problems, issue.Problem{Rule: "newsletter", Severity: issue.Error, File: "pullquote.yaml", Line: 3, Column: 1, What: "no rule of check"})
	body, err := json.Marshal(sarif(problems, dir))
	if err != nil {
		t.Fatal(err)
	}
	type text struct{ Text string }
	type place struct {
		URI       string `json:"uri"`
		URIBaseID string `json:"uriBaseId"`
	}
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name  string
					Rules []struct {
						ID               string
						HelpURI          string `json:"helpUri"`
						ShortDescription text
						Default          struct{ Level string } `json:"defaultConfiguration"`
					}
				}
			}
			ColumnKind string
			Results    []struct {
				RuleID    string
				RuleIndex *int
				Level     string
				Message   text
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation place
						Region           struct{ StartLine, StartColumn int }
					}
				}
				Fixes []struct {
					ArtifactChanges []struct {
						ArtifactLocation place
						Replacements     []struct {
							DeletedRegion   struct{ ByteOffset, ByteLength *int }
							InsertedContent text
						}
					}
				}
			}
		}
	}
	if err := json.Unmarshal(body, &log); err != nil {
		t.Fatal(err)
	}
	levels := []string{"none", "note", "warning", "error"}
	if log.Version != "2.1.0" || len(log.Runs) != 1 || log.Runs[0].Tool.Driver.Name == "" || log.Runs[0].ColumnKind != "unicodeCodePoints" {
		t.Fatalf("%.300s", body)
	}
	rules := log.Runs[0].Tool.Driver.Rules
	seen := map[string]bool{}
	for _, r := range rules {
		u, err := url.Parse(r.HelpURI)
		if r.ID == "" || seen[r.ID] || r.ShortDescription.Text == "" || err != nil || !u.IsAbs() || !slices.Contains(levels, r.Default.Level) {
			t.Errorf("rule %+v", r)
		}
		seen[r.ID] = true
	}
	if len(log.Runs[0].Results) != len(problems) {
		t.Errorf("%d results of %d problems", len(log.Runs[0].Results), len(problems))
	}
	for i, r := range log.Runs[0].Results {
		where := r.Locations[0].PhysicalLocation
		u, err := url.Parse(where.ArtifactLocation.URI)
		known := r.RuleIndex != nil && rules[*r.RuleIndex].ID == r.RuleID
		if r.Message.Text == "" || !slices.Contains(levels, r.Level) || err != nil || u.IsAbs() || where.ArtifactLocation.URIBaseID == "" || known != (r.RuleID != "newsletter") {
			t.Errorf("result %+v", r)
		}
		if got := fmt.Sprintf("%d %d %s", where.Region.StartLine, where.Region.StartColumn, u.Path); i == 0 && got != "1 5 issues/0001-ä b.md" {
			t.Errorf("it stands at %s", got)
		}
		for _, f := range r.Fixes {
			for _, c := range f.ArtifactChanges {
				for _, x := range c.Replacements {
					if x.DeletedRegion.ByteOffset == nil || *x.DeletedRegion.ByteLength != 4 || x.InsertedContent.Text != "there" || c.ArtifactLocation.URI != where.ArtifactLocation.URI {
						t.Errorf("fix %+v", f)
					}
				}
			}
		}
	}
}
