package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/rivo/uniseg"
	"golang.org/x/term"

	"github.com/pullquote/pullquote/pipeline"
	"github.com/pullquote/pullquote/pipeline/issue"
)

// The rules of our voice. This file is the only one that prints.
//
//   - What was asked for goes to standard output; everything else (progress,
//     warnings, what to type next) goes to standard error. A pipe gets plain
//     lines, never colour and never a progress line.
//   - Short, calm, exact. Say what was done, then what needs the editor, then
//     what to type next. No exclamation marks, no jokes, no "please".
//   - A mistake of use is one sentence and its cure. A fault of a file is said
//     as file:line:column: rule: what, and a hint on the next line.
//   - An error begins in lower case and has no full stop; what we tell is a
//     sentence.
//   - Names, addresses and titles come from strangers: control characters
//     never reach the terminal.
//   - Colour only marks what the words say already, only on a terminal, never
//     with NO_COLOR (https://no-color.org) or TERM=dumb.

// ui is where a command's words go.
type ui struct {
	out, err    io.Writer
	colour      bool // out is a terminal that wants colour
	errColour   bool
	progress    bool // err is a terminal: a line may be rewritten
	width       int  // of the terminal; 100 in a pipe
	lineShown   bool // a progress line stands on the terminal
	lastPainted time.Time
}

// newUI looks at what the two outputs are.
func newUI(out, err io.Writer, env func(string) string) *ui {
	u := &ui{out: out, err: err, width: 100}
	wanted := env("NO_COLOR") == "" && env("TERM") != "dumb"
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		u.colour = wanted
		if w, _, e := term.GetSize(int(f.Fd())); e == nil && w > 20 {
			u.width = w
		}
	}
	if f, ok := err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		u.errColour = wanted
		u.progress = env("TERM") != "dumb"
	}
	return u
}

// The few styles there are.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

func paint(on bool, style, s string) string {
	if !on || s == "" {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}

// style paints words for standard output.
func (u *ui) style(style, s string) string { return paint(u.colour, style, s) }

// say prints a line of what was asked for.
func (u *ui) say(format string, args ...any) {
	u.clear()
	fmt.Fprintf(u.out, format+"\n", args...)
}

// tell prints a line beside what was asked for.
func (u *ui) tell(format string, args ...any) {
	u.clear()
	fmt.Fprintf(u.err, format+"\n", args...)
}

// next says what to type next.
func (u *ui) next(format string, args ...any) {
	u.clear()
	fmt.Fprintf(u.err, paint(u.errColour, dim, "next: ")+format+"\n", args...)
}

// json prints a value as data, one document, indented.
func (u *ui) json(v any) error {
	u.clear()
	enc := json.NewEncoder(u.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// jsonLine prints a value as one line of data.
func (u *ui) jsonLine(v any) error {
	u.clear()
	enc := json.NewEncoder(u.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// table prints rows in columns. The last column is cut to the terminal's width.
// Columns are as wide as a terminal shows their cells: a Chinese headline takes
// twice the room of its letters.
func (u *ui) table(head []string, rows [][]string) {
	u.clear()
	all := rows
	if len(head) > 0 {
		all = append([][]string{head}, rows...)
	}
	widths := make([]int, 0, 8)
	cells := make([][]string, len(all))
	for i, row := range all {
		for j, cell := range row {
			cell = clean(cell)
			cells[i] = append(cells[i], cell)
			if len(widths) <= j {
				widths = append(widths, 0)
			}
			widths[j] = max(widths[j], uniseg.StringWidth(cell))
		}
	}
	const gap = 2
	before := 0
	for _, n := range widths[:max(0, len(widths)-1)] {
		before += n + gap
	}
	room := max(24, u.width-before)
	for _, row := range cells {
		var line strings.Builder
		for j, cell := range row {
			if j == len(row)-1 {
				if u.colour {
					cell = cut(cell, room) // a pipe gets all of it
				}
				line.WriteString(cell)
				continue
			}
			line.WriteString(cell)
			line.WriteString(strings.Repeat(" ", widths[j]-uniseg.StringWidth(cell)+gap))
		}
		fmt.Fprintln(u.out, strings.TrimRight(line.String(), " "))
	}
}

// problems prints what is odd in files, in file order.
func (u *ui) problems(list []issue.Problem) {
	u.clear()
	for _, p := range list {
		rule := p.Rule
		switch p.Severity {
		case issue.Error:
			rule = paint(u.colour, red, rule)
		case issue.Warning:
			rule = paint(u.colour, yellow, rule)
		}
		fmt.Fprintf(u.out, "%s:%d:%d: %s: %s\n", p.File, p.Line, p.Column, rule, clean(p.What))
		if p.Hint != "" {
			fmt.Fprintf(u.out, "    %s %s\n", paint(u.colour, dim, "hint:"), clean(p.Hint))
		}
	}
}

// painting is how often a progress line is rewritten at most.
const painting = 80 * time.Millisecond

// progressLine rewrites the one line that says how far a stage is: done of
// total, and what is slow. In a pipe nothing is printed.
func (u *ui) progressLine(p pipeline.Progress, now time.Time) {
	if !u.progress || (now.Sub(u.lastPainted) < painting && p.Done < p.Total) {
		return
	}
	u.lastPainted = now
	line := fmt.Sprintf("%s %d/%d", p.What, p.Done, p.Total)
	for i, b := range p.Busy() {
		since := now.Sub(b.Since)
		if i == 2 || since < 3*time.Second {
			break
		}
		line += fmt.Sprintf("  waiting %ds for %s", int(since.Seconds()), clean(b.Name))
	}
	fmt.Fprintf(u.err, "\r\x1b[K%s", cut(line, u.width-1))
	u.lineShown = true
}

// clear takes a progress line away before something else is printed.
func (u *ui) clear() {
	if u.lineShown {
		fmt.Fprint(u.err, "\r\x1b[K")
		u.lineShown = false
	}
}

// clean makes words from outside safe for a terminal: control characters
// (escape sequences among them) and direction overrides become spaces.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < 0x20, r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, s)
}

// cut shortens a line to so many columns of a terminal.
func cut(s string, limit int) string {
	if uniseg.StringWidth(s) <= limit || limit < 2 {
		return s
	}
	kept, room := 0, limit-1
	for rest, state := s, -1; ; {
		cluster, after, width, next := uniseg.FirstGraphemeClusterInString(rest, state)
		if room -= width; room < 0 {
			return s[:kept] + "…"
		}
		kept += len(cluster)
		rest, state = after, next
	}
}

// wrap breaks a text into lines of at most width columns.
func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case uniseg.StringWidth(line)+1+uniseg.StringWidth(word) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// count writes a number with its noun: "1 page", "3 pages".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// when writes a time as the editor reads it.
func when(t, now time.Time) string {
	if t.IsZero() {
		return "-"
	}
	if t.Year() == now.Year() {
		return t.Format("2 Jan 15:04")
	}
	return t.Format("2 Jan 2006")
}
