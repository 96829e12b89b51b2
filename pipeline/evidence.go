package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/pullquote/pullquote/pipeline/collect"
	"github.com/pullquote/pullquote/pipeline/extract"
	"github.com/pullquote/pullquote/pipeline/issue"
)

// evidence.go publishes: a draft becomes an issue, with the proof of its
// quotes beside it, and a seal that says whether it changed since.

// PublishReport is what Publish did.
type PublishReport struct {
	File     string // in issues/
	Evidence string // in issues/
	Date     time.Time
	Sealed   bool            // it was published already; its corrections have been sealed
	Problems []issue.Problem // why it was refused; advice when it was not
}

// Publish makes a draft an issue: it refuses while any problem but advice is
// left, sets the date, drops `draft:`, and writes the evidence. Nothing is
// written when it refuses. A problem that stands for a reason is overridden by
// its rule's name; what is forced stands in the evidence.
//
// An issue that is published already and has a new correction is sealed anew.
func (p *Pipeline) Publish(ctx context.Context, ref string, force ...issue.Forced) (PublishReport, error) {
	var report PublishReport
	if err := canForce(force); err != nil {
		return report, err
	}
	unlock, err := p.lock()
	if err != nil {
		return report, fmt.Errorf("waiting for the workspace's lock: %w", err)
	}
	defer unlock()
	is, _, err := p.Issue(ref)
	if err != nil {
		return report, err
	}
	report.File, report.Date = is.File, is.Date
	before, err := p.evidence(is.Number)
	if err != nil {
		return report, err
	}
	report.Sealed = !is.Draft
	if !is.Draft && (before.Seal == "" || before.Seal == is.Seal() && before.Corrected == len(is.Corrections)) {
		return report, &UnknownError{What: "draft", Name: ref, Cure: fmt.Sprintf("issues/%s is published already", is.File)}
	}
	checked, err := p.Check(ctx, []string{is.File})
	if err != nil {
		return report, err
	}
	report.Problems = checked.Problems
	left := slices.DeleteFunc(Refusing(report.Problems), func(pr issue.Problem) bool {
		return pr.Severity != issue.Error && slices.ContainsFunc(force, func(f issue.Forced) bool { return f.Rule == pr.Rule })
	})
	if len(left) > 0 {
		return report, &BrokenError{Problems: left}
	}
	body := is.Source()
	if is.Draft {
		if report.Date.IsZero() {
			report.Date = p.Newsletter.Sending.NextSendingDay(p.opts.Now())
		}
		if body, err = issue.Publish(is.Source(), report.Date); err != nil {
			return report, err
		}
	}
	published, problems := issue.Parse(is.File, body)
	if err := blocking(problems); err != nil {
		return report, err
	}
	sources, err := p.sources(ctx)
	if err != nil {
		return report, err
	}
	e := MakeEvidence(published, sources(before), p.opts.Now())
	e.Forced = append(before.Forced, force...)
	if report.Sealed {
		e.Published = before.Published
	}
	proof, err := formatEvidence(e)
	if err != nil {
		return report, err
	}
	if err := p.unchanged(is.File, is.Source()); err != nil {
		return report, err
	}
	// The evidence first: an issue never stands published without it. Nor does
	// the evidence of what was not published.
	report.Evidence = evidenceName(is.Number)
	place := p.IssuePath(report.Evidence)
	old, oldErr := os.ReadFile(place)
	if err := WriteFile(place, proof); err != nil {
		return report, err
	}
	if report.Sealed {
		return report, nil
	}
	if err := p.replace(is.File, is.Source(), body); err != nil {
		if oldErr == nil {
			return report, errors.Join(err, WriteFile(place, old))
		}
		return report, errors.Join(err, os.Remove(place))
	}
	return report, nil
}

// canForce says which rules can't be overridden, and asks for a reason.
func canForce(force []issue.Forced) error {
	rules := issue.Rules()
	for _, f := range force {
		i := slices.IndexFunc(rules, func(r issue.Rule) bool { return r.Name == f.Rule })
		switch {
		case i < 0:
			return &UnknownError{What: "check", Name: f.Rule, Cure: "`pullquote check` names the rule of each problem"}
		case rules[i].Firm:
			return &UnknownError{What: "way to force", Name: f.Rule, Cure: "cure what it says; this rule protects readers or the file itself"}
		case f.Reason == "":
			return &UnknownError{What: "reason given to force", Name: f.Rule, Cure: "say why with --reason; it is kept in the evidence"}
		}
	}
	return nil
}

// MakeEvidence proves an issue: for every item its source, for every quoted
// paragraph a W3C TextQuoteSelector and its verdict. What no page proves any
// more keeps the proof that it had.
func MakeEvidence(is *issue.Issue, sourceOf SourceOf, now time.Time) issue.Evidence {
	e := issue.Evidence{Issue: is.Number, File: is.File, Published: now.UTC().Truncate(time.Second), Seal: is.Seal(), Corrected: len(is.Corrections)}
	for _, item := range is.Items {
		if item.URL == "" {
			continue
		}
		proof := issue.ItemEvidence{URL: item.URL, Quotes: []issue.QuoteEvidence{}}
		source, ok := sourceOf(item.URL)
		quoted := quotedParagraphs(item)
		switch {
		case ok && source.Text != "":
			proof.FinalURL, proof.Fetched = source.Page.FinalURL, source.Page.Fetched.UTC()
			proof.PageHash, proof.TextHash = hash(source.Page.Body), hash([]byte(source.Text))
			proof.Extractor = extract.Version
			text := extract.NewSource(source.Text)
			for _, q := range quoted {
				proof.Quotes = append(proof.Quotes, prove(text, source.Text, q.Text))
			}
		case ok:
			proof = *source.Proof
			proof.Quotes = []issue.QuoteEvidence{}
			for _, old := range source.Proof.Quotes {
				if slices.ContainsFunc(quoted, func(q issue.Quoted) bool { return q.Text == old.Quoted }) {
					proof.Quotes = append(proof.Quotes, old)
				}
			}
		}
		e.Items = append(e.Items, proof)
	}
	return e
}

// prove makes the evidence of one quoted paragraph.
func prove(source *extract.Source, text, quoted string) issue.QuoteEvidence {
	f := find(source, quoted)
	proof := issue.QuoteEvidence{Quoted: quoted, Verdict: string(f.Verdict)}
	if f.Start >= 0 {
		selector := extract.Select(text, f.Start, f.End)
		proof.Type, proof.Exact, proof.Prefix, proof.Suffix = "TextQuoteSelector", selector.Exact, selector.Prefix, selector.Suffix
	}
	return proof
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// evidence is the evidence of one issue, asked for by address.
type evidence struct {
	issue.Evidence
	byURL map[string]*issue.ItemEvidence
}

// byAddress makes evidence ready to be asked.
func byAddress(e issue.Evidence) evidence {
	out := evidence{e, map[string]*issue.ItemEvidence{}}
	for i := range e.Items {
		if key, err := collect.Canonical(e.Items[i].URL); err == nil {
			if twice := out.byURL[key]; twice != nil { // two items from one page
				both := *twice
				both.Quotes = append(slices.Clone(both.Quotes), e.Items[i].Quotes...)
				out.byURL[key] = &both
				continue
			}
			out.byURL[key] = &e.Items[i]
		}
	}
	return out
}

func (e evidence) source(url string) (Source, bool) {
	key, err := collect.Canonical(url)
	if err != nil {
		return Source{}, false
	}
	proof := e.byURL[key]
	if proof == nil || len(proof.Quotes) == 0 {
		return Source{}, false
	}
	return Source{Proof: proof}, true
}

// evidenceName gives where the evidence of an issue lies, in issues/.
func evidenceName(number int) string { return fmt.Sprintf("evidence/%04d.json", number) }

// maxEvidence bounds what is read of an evidence file.
const maxEvidence = 16 << 20

// evidence reads the evidence of an issue; none is no error.
func (p *Pipeline) evidence(number int) (evidence, error) {
	body, err := os.ReadFile(p.IssuePath(evidenceName(number)))
	if errors.Is(err, fs.ErrNotExist) {
		return evidence{}, nil
	}
	var e issue.Evidence
	if err == nil && len(body) > maxEvidence {
		err = fmt.Errorf("it is larger than %d MB", maxEvidence>>20)
	}
	if err == nil {
		err = json.Unmarshal(body, &e)
	}
	if err != nil {
		return evidence{}, fmt.Errorf("reading issues/%s: %w", evidenceName(number), err)
	}
	return byAddress(e), nil
}

// formatEvidence writes evidence as it lies in issues/evidence: one fact a
// line, so that git shows what changed.
func formatEvidence(e issue.Evidence) ([]byte, error) {
	body, err := json.MarshalIndent(e, "", "  ")
	return append(body, '\n'), err
}
