package extract

// This file holds the learned table: a sum of small decision trees. The table
// is text, one tree a line group, made by `make train` and explained in
// docs/extraction.md.

import (
	_ "embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
)

//go:embed body.trees
var bodyTable string

// bodyForest is the table that Read uses, parsed once.
var bodyForest = sync.OnceValues(func() (forest, error) { return parseForest(bodyTable, featureNames) })

// node is one question of a tree: below the threshold go left, else right. A
// leaf has no feature (-1) and adds value.
type node struct {
	feature     int
	threshold   float32
	left, right int
	value       float32
}

// forest is a sum of trees on the logit scale.
type forest struct {
	base      float32
	threshold float32 // of the probability from which a piece is kept
	trees     [][]node
}

// parseForest reads a table:
//
//	base -0.31
//	keep 0.5
//	tree
//	readability 0.42 1 2
//	= -0.13
//
// A line of a tree is a question (feature, threshold, line of the left branch,
// line of the right branch) or a leaf. Lines are counted from 0 in each tree.
func parseForest(table string, names []string) (forest, error) {
	column := map[string]int{}
	for i, name := range names {
		column[name] = i
	}
	var f forest
	for number, line := range strings.Split(table, "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		values := make([]float64, len(fields))
		for i, field := range fields[1:] {
			v, err := strconv.ParseFloat(field, 32)
			if err != nil {
				return forest{}, fmt.Errorf("line %d of the table of trees: %w", number+1, err)
			}
			values[i+1] = v
		}
		last := len(f.trees) - 1
		switch {
		case fields[0] == "base" && len(fields) == 2:
			f.base = float32(values[1])
		case fields[0] == "keep" && len(fields) == 2:
			f.threshold = float32(values[1])
		case fields[0] == "tree":
			f.trees = append(f.trees, nil)
		case fields[0] == "=" && len(fields) == 2 && last >= 0:
			f.trees[last] = append(f.trees[last], node{feature: -1, value: float32(values[1])})
		case len(fields) == 4 && last >= 0:
			feature, ok := column[fields[0]]
			if !ok {
				return forest{}, fmt.Errorf("line %d of the table of trees: no feature is named %q", number+1, fields[0])
			}
			here := len(f.trees[last])
			left, right := int(values[2]), int(values[3])
			if left <= here || right <= here {
				return forest{}, fmt.Errorf("line %d of the table of trees: a branch leads back", number+1)
			}
			f.trees[last] = append(f.trees[last], node{feature, float32(values[1]), left, right, 0})
		default:
			return forest{}, fmt.Errorf("line %d of the table of trees is not understood", number+1)
		}
	}
	for i, tree := range f.trees {
		for _, n := range tree {
			if n.left >= len(tree) || n.right >= len(tree) {
				return forest{}, fmt.Errorf("tree %d of the table of trees: a branch leads nowhere", i)
			}
		}
	}
	return f, nil
}

// probability is the forest's answer for one row of features, 0 to 1.
func (f forest) probability(row []float32) float32 {
	sum := f.base
	for _, tree := range f.trees {
		at := 0
		for tree[at].feature >= 0 {
			if row[tree[at].feature] < tree[at].threshold {
				at = tree[at].left
			} else {
				at = tree[at].right
			}
		}
		sum += tree[at].value
	}
	return float32(1 / (1 + math.Exp(-float64(sum))))
}
