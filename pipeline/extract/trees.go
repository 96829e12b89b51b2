package extract

// This file holds the learned table: a sum of small decision trees. The table
// is text, one tree a line group, made by `make train` and explained in
// docs/extraction.md.

import (
	_ "embed"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
)

//go:embed body.trees
var bodyTable string

// bodyTables are the tables that Read uses, parsed once.
var bodyTables = sync.OnceValues(func() (tables, error) { return parseTables(bodyTable) })

// tables are the two forests: the first scores pieces one by one, the second
// sees the first scores as well.
type tables struct{ first, second forest }

// node is one question of a tree: below the threshold go to the next node, else
// to the node right. A leaf has no feature (-1) and adds value.
type node struct {
	feature   int16
	right     int16
	threshold float32
	value     float32
}

// forest is a sum of trees on the logit scale.
type forest struct {
	base  float32
	trees [][]node
}

// parseTables reads the text of the tables:
//
//	forest first
//	base -0.31
//	tree
//	readability 0.42
//	= -0.13
//	= 0.21
//	forest second
//	...
//
// A line of a tree is a question, a feature and a threshold, or a leaf and what
// it adds. A question is followed by the lines of its left branch, for values
// below the threshold, and then by those of its right branch.
func parseTables(text string) (tables, error) {
	firstColumns, secondColumns := columns()
	var t tables
	into, column := (*forest)(nil), map[string]int(nil)
	var open []int // questions of the last tree whose right branch is not yet read
	done := true   // the last tree is whole
	for number, line := range strings.Split(text, "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		wrong := func(what string) (tables, error) {
			return tables{}, fmt.Errorf("line %d of the table of trees: %s", number+1, what)
		}
		if len(fields) > 2 {
			return wrong("more than two words")
		}
		if fields[0] == "forest" && len(fields) == 2 && done {
			names := firstColumns
			into = &t.first
			if fields[1] == "second" {
				names, into = secondColumns, &t.second
			}
			column = map[string]int{}
			for i, name := range names {
				column[name] = i
			}
			continue
		}
		value := 0.0
		if len(fields) == 2 {
			var err error
			if value, err = strconv.ParseFloat(fields[1], 32); err != nil {
				return wrong(err.Error())
			}
		}
		switch {
		case into == nil:
			return wrong("stands in no forest")
		case fields[0] == "base" && len(fields) == 2:
			into.base = float32(value)
		case fields[0] == "tree" && len(fields) == 1 && done:
			into.trees = append(into.trees, nil)
			open, done = nil, false
		case len(fields) == 2 && !done:
			tree := &into.trees[len(into.trees)-1]
			here := len(*tree)
			// A line after a leaf opens the right branch of the last open question.
			if here > 0 && (*tree)[here-1].feature < 0 {
				(*tree)[open[len(open)-1]].right = int16(here)
				open = open[:len(open)-1]
			}
			if fields[0] == "=" {
				*tree = append(*tree, node{feature: -1, value: float32(value)})
				done = len(open) == 0
				break
			}
			feature, ok := column[fields[0]]
			if !ok {
				return wrong(fmt.Sprintf("no feature is named %q", fields[0]))
			}
			*tree = append(*tree, node{feature: int16(feature), threshold: float32(value)})
			open = append(open, here)
		default:
			return wrong("is not understood")
		}
	}
	if !done {
		return tables{}, errors.New("the table of trees ends in the middle of a tree")
	}
	return t, nil
}

// probability is the forest's answer for one row of features, 0 to 1.
func (f forest) probability(row []float32) float32 { return f.probabilities(row, len(row))[0] }

// probabilities are its answers for rows of one width, one after another. Each tree sees
// all rows before the next does: it is then at hand, and not in far memory.
func (f forest) probabilities(rows []float32, width int) []float32 {
	out := make([]float32, len(rows)/width)
	for i := range out {
		out[i] = f.base
	}
	for _, tree := range f.trees {
		for i := range out {
			row := rows[i*width : (i+1)*width]
			at := int16(0)
			for tree[at].feature >= 0 {
				if row[tree[at].feature] < tree[at].threshold {
					at++
				} else {
					at = tree[at].right
				}
			}
			out[i] += tree[at].value
		}
	}
	for i, sum := range out {
		out[i] = float32(1 / (1 + math.Exp(-float64(sum))))
	}
	return out
}
