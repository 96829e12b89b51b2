package extract

// This file chooses among the values that a page states, as meta_dates.go does
// for its day. Every distinct value is one candidate; where it stands and what
// speaks for it are its features; the sum of the features' weights is its score.
// The weights are a small table learned from public pages (`make train`), one
// line a weight, explained in docs/extraction.md. A second sum, of the best
// candidate's features and the page's, says whether to state it at all.

import (
	_ "embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
)

//go:embed meta.weights
var metaTable string

// metaWeights is the table that Read uses, parsed once.
var metaWeights = sync.OnceValues(func() (map[string]weights, error) { return parseWeights(metaTable) })

// weights say for each feature how much it speaks for a candidate, in logits.
type weights map[string]float64

// candidate is one value that a page may mean.
type candidate struct {
	value    string
	origin   string
	features []string // what speaks for it among the others
	traits   []string // what speaks for stating it at all
}

func (c *candidate) add(feature string) {
	for _, f := range c.features {
		if f == feature {
			return
		}
	}
	c.features = append(c.features, feature)
}

func (c *candidate) has(feature string) bool {
	for _, f := range c.features {
		if f == feature {
			return true
		}
	}
	return false
}

func (w weights) score(features []string) float64 {
	sum := 0.0
	for _, f := range features {
		sum += w[f]
	}
	return sum
}

// best gives the index of the candidate with the highest score, -1 of none.
func (w weights) best(candidates []candidate) int {
	best, top := -1, math.Inf(-1)
	for i, c := range candidates {
		if s := w.score(c.features); s > top {
			best, top = i, s
		}
	}
	return best
}

// parseWeights reads a table:
//
//	date ld.published 2.31
//
// Each line names what is chosen, the feature, and its weight.
func parseWeights(table string) (map[string]weights, error) {
	out := map[string]weights{}
	for number, line := range strings.Split(table, "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		if len(fields) != 3 {
			return nil, fmt.Errorf("line %d of the table of weights has %d fields, not 3", number+1, len(fields))
		}
		weight, err := strconv.ParseFloat(fields[2], 64)
		if err != nil {
			return nil, fmt.Errorf("line %d of the table of weights: %w", number+1, err)
		}
		if out[fields[0]] == nil {
			out[fields[0]] = weights{}
		}
		out[fields[0]][fields[1]] = weight
	}
	return out, nil
}
