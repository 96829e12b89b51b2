package render

// This file carries out html/template's templates faster than it does itself,
// to the byte as it does. html/template parses a template and decides how each
// action is escaped; what it then does for an action, once for every story of
// every page, is to look up names and call functions by reflection. That was a
// quarter of a rendering. Here the names are looked up once, before the first page.
//
// What is written by a user of a template is not foreseen in full: a template
// with anything in it that this file does not know is left to html/template.

import (
	"bytes"
	"cmp"
	"errors"
	"html/template"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/template/parse"
)

// program is a template that is executed many times.
type program struct {
	template *template.Template
	many     bool // of many pages: the first is held against html/template's
	once     sync.Once
	steps    []step // nil when html/template carries it out
	vars     int    // how many variables there are room for
}

// step is one action. dot is the value that "." stands for. It gives false for
// what html/template has a sentence for: a nil pointer, an index out of range.
type step func(r *run, dot reflect.Value) bool

// run is one execution.
type run struct {
	out  []byte
	vars []reflect.Value
}

// execute appends what the template makes of data, a pointer to a struct and
// always of the same type. Of many pages html/template makes the first as well;
// were the two not the same, all would be left to it.
func (p *program) execute(out []byte, data any) ([]byte, error) {
	var made []byte
	var err error
	p.once.Do(func() {
		// It decides how all is escaped when a template is first executed, and with
		// nothing to show that is done at once.
		var unescapable *template.Error
		if err := p.template.Execute(io.Discard, reflect.New(reflect.TypeOf(data).Elem()).Interface()); errors.As(err, &unescapable) {
			return
		}
		p.compile(reflect.TypeOf(data))
		if p.many {
			start := len(out)
			if made, err = p.slowly(out, data); err == nil {
				if again, ok := p.run(nil, data); !ok || !bytes.Equal(again, made[start:]) {
					p.steps = nil
				}
			}
		}
	})
	if made != nil || err != nil {
		return made, err
	}
	if made, ok := p.run(out, data); ok {
		return made, nil
	}
	return p.slowly(out, data)
}

// slowly leaves it to html/template.
func (p *program) slowly(out []byte, data any) ([]byte, error) {
	b := bytes.NewBuffer(out)
	err := p.template.Execute(b, data)
	return b.Bytes(), err
}

func (p *program) run(out []byte, data any) (made []byte, ok bool) {
	if p.steps == nil {
		return nil, false
	}
	root := reflect.ValueOf(data)
	r := run{out: out, vars: make([]reflect.Value, p.vars)}
	r.vars[0] = root
	ok = all(p.steps, &r, root)
	return r.out, ok
}

func all(steps []step, r *run, dot reflect.Value) bool {
	for _, do := range steps {
		if !do(r, dot) {
			return false
		}
	}
	return true
}

// compile makes the steps; they stay nil when the template has what is unknown.
func (p *program) compile(root reflect.Type) {
	c := compiler{templates: p.template, called: map[calledAs][]step{}}
	steps, ok := c.template(p.template.Tree, root)
	if ok {
		p.steps, p.vars = steps, c.most
	}
}

// compiler is the making of a program.
type compiler struct {
	templates *template.Template
	called    map[calledAs][]step
	within    []string   // names of those that are being compiled
	scope     []variable // those that can be seen, the innermost last
	base      int        // where those of the template at hand begin
	most      int        // in use at a time
}

type variable struct {
	name string
	kind reflect.Type
}

// calledAs is a template with the type of what it is given.
type calledAs struct {
	name string
	dot  reflect.Type
	base int // its variables' first place
}

// value is an expression whose type is known.
type value struct {
	kind reflect.Type
	of   func(r *run, dot reflect.Value) (reflect.Value, bool)
}

func (c *compiler) declare(name string, kind reflect.Type) int {
	c.scope = append(c.scope, variable{name, kind})
	c.most = max(c.most, len(c.scope))
	return len(c.scope) - 1
}

// template compiles a template that is given a value of type dot; its "$" is
// the first of its variables.
func (c *compiler) template(tree *parse.Tree, dot reflect.Type) ([]step, bool) {
	if tree == nil || tree.Root == nil {
		return nil, false
	}
	was, base := c.scope, c.base
	c.base = len(c.scope)
	c.declare("$", dot)
	steps, ok := c.list(tree.Root, dot)
	c.scope, c.base = was, base
	return steps, ok
}

// list compiles nodes in a scope of their own.
func (c *compiler) list(list *parse.ListNode, dot reflect.Type) ([]step, bool) {
	steps := []step{} // not nil: a template may be empty
	if list == nil {
		return steps, true
	}
	scope := c.scope
	defer func() { c.scope = scope }()
	for _, node := range list.Nodes {
		do, ok := c.node(node, dot)
		if !ok {
			return nil, false
		}
		if do != nil {
			steps = append(steps, do)
		}
	}
	return steps, true
}

func (c *compiler) node(node parse.Node, dot reflect.Type) (step, bool) {
	switch node := node.(type) {
	case *parse.TextNode:
		text := string(node.Text)
		return func(r *run, _ reflect.Value) bool {
			r.out = append(r.out, text...)
			return true
		}, true
	case *parse.CommentNode:
		return nil, true
	case *parse.ActionNode:
		return c.action(node.Pipe, dot)
	case *parse.IfNode:
		return c.branch(node.Pipe, node.List, node.ElseList, dot, false)
	case *parse.WithNode:
		return c.branch(node.Pipe, node.List, node.ElseList, dot, true)
	case *parse.RangeNode:
		return c.loop(node, dot)
	case *parse.TemplateNode:
		return c.call(node, dot)
	}
	return nil, false
}

// action compiles {{pipeline}}, to which html/template has added how it is escaped.
func (c *compiler) action(pipe *parse.PipeNode, dot reflect.Type) (step, bool) {
	if len(pipe.Decl) > 1 || pipe.IsAssign {
		return nil, false
	}
	v, ok := c.command(pipe.Cmds[0], dot)
	if !ok {
		return nil, false
	}
	if len(pipe.Decl) == 1 {
		if len(pipe.Cmds) > 1 {
			return nil, false
		}
		at := c.declare(pipe.Decl[0].Ident[0], v.kind)
		return func(r *run, dot reflect.Value) bool {
			var ok bool
			r.vars[at], ok = v.of(r, dot)
			return ok
		}, true
	}
	var escapers []string
	for _, cmd := range pipe.Cmds[1:] {
		name, ok := cmd.Args[0].(*parse.IdentifierNode)
		if !ok || len(cmd.Args) > 1 {
			return nil, false
		}
		escapers = append(escapers, strings.TrimPrefix(name.Ident, "_html_template_"))
	}
	write, ok := writerOf(v.kind, strings.Join(escapers, " "))
	if !ok {
		return nil, false
	}
	return func(r *run, dot reflect.Value) bool {
		found, ok := v.of(r, dot)
		if ok {
			r.out = write(r.out, found)
		}
		return ok
	}, true
}

// writerOf gives how a value of a type is written where html/template escapes it so.
func writerOf(kind reflect.Type, escapers string) (func([]byte, reflect.Value) []byte, bool) {
	whole := func(out []byte, v reflect.Value) []byte { return append(out, v.String()...) }
	text := func(out []byte, v reflect.Value) []byte { return appendTemplateText(out, v.String()) }
	switch {
	case kind.Kind() == reflect.Int && (escapers == "htmlescaper" || escapers == "attrescaper" || escapers == "rcdataescaper"):
		return func(out []byte, v reflect.Value) []byte { return strconv.AppendInt(out, v.Int(), 10) }, true
	case kind == reflect.TypeFor[template.HTML]() && escapers == "htmlescaper", kind == reflect.TypeFor[template.HTMLAttr]() && escapers == "htmlnamefilter":
		return whole, true
	case kind != reflect.TypeFor[string]():
		return nil, false
	}
	switch escapers {
	case "htmlescaper", "attrescaper", "rcdataescaper":
		return text, true
	case "urlnormalizer attrescaper":
		return func(out []byte, v reflect.Value) []byte { return appendAttributeURL(out, v.String()) }, true
	case "urlescaper attrescaper":
		return func(out []byte, v reflect.Value) []byte { return appendURLPart(out, v.String()) }, true
	case "urlfilter urlnormalizer attrescaper":
		return func(out []byte, v reflect.Value) []byte {
			s := v.String()
			if !isTemplateURL(s) {
				s = "#ZgotmplZ" // what html/template writes in the place of an unsafe address
			}
			return appendAttributeURL(out, s)
		}, true
	}
	return nil, false
}

// branch compiles if and with.
func (c *compiler) branch(pipe *parse.PipeNode, list, elseList *parse.ListNode, dot reflect.Type, with bool) (step, bool) {
	scope := c.scope
	defer func() { c.scope = scope }()
	if len(pipe.Cmds) != 1 || len(pipe.Decl) > 1 || pipe.IsAssign {
		return nil, false
	}
	var v value
	var test func(r *run, dot reflect.Value) (holds, ok bool)
	var ok bool
	at, inner := -1, dot
	if with || len(pipe.Decl) == 1 {
		if v, ok = c.command(pipe.Cmds[0], dot); !ok {
			return nil, false
		}
		if with {
			inner = v.kind
		}
		if len(pipe.Decl) == 1 {
			at = c.declare(pipe.Decl[0].Ident[0], v.kind)
		}
	} else if test, ok = c.condition(pipe.Cmds[0], dot); !ok {
		return nil, false
	}
	yes, ok := c.list(list, inner)
	if !ok {
		return nil, false
	}
	no, ok := c.list(elseList, dot)
	if !ok {
		return nil, false
	}
	if test != nil {
		return func(r *run, dot reflect.Value) bool {
			holds, ok := test(r, dot)
			switch {
			case !ok:
				return false
			case holds:
				return all(yes, r, dot)
			}
			return all(no, r, dot)
		}, true
	}
	return func(r *run, dot reflect.Value) bool {
		found, ok := v.of(r, dot)
		if !ok {
			return false
		}
		if at >= 0 {
			r.vars[at] = found
		}
		switch {
		case !isTrue(found):
			return all(no, r, dot)
		case with:
			return all(yes, r, found)
		}
		return all(yes, r, dot)
	}, true
}

// loop compiles range over a slice.
func (c *compiler) loop(node *parse.RangeNode, dot reflect.Type) (step, bool) {
	scope := c.scope
	defer func() { c.scope = scope }()
	if len(node.Pipe.Cmds) != 1 || node.Pipe.IsAssign || len(node.Pipe.Decl) > 2 {
		return nil, false
	}
	v, ok := c.command(node.Pipe.Cmds[0], dot)
	if !ok || v.kind.Kind() != reflect.Slice {
		return nil, false
	}
	index, element := -1, -1
	for i, decl := range node.Pipe.Decl {
		if i == 0 && len(node.Pipe.Decl) == 2 {
			index = c.declare(decl.Ident[0], reflect.TypeFor[int]())
		} else {
			element = c.declare(decl.Ident[0], v.kind.Elem())
		}
	}
	body, ok := c.list(node.List, v.kind.Elem())
	if !ok {
		return nil, false
	}
	no, ok := c.list(node.ElseList, dot)
	if !ok {
		return nil, false
	}
	return func(r *run, dot reflect.Value) bool {
		found, ok := v.of(r, dot)
		if !ok {
			return false
		}
		n := found.Len()
		if n == 0 {
			return all(no, r, dot)
		}
		for i := range n {
			at := found.Index(i)
			if index >= 0 {
				r.vars[index] = reflect.ValueOf(i)
			}
			if element >= 0 {
				r.vars[element] = at
			}
			if !all(body, r, at) {
				return false
			}
		}
		return true
	}, true
}

// call compiles {{template "name" pipeline}}.
func (c *compiler) call(node *parse.TemplateNode, dot reflect.Type) (step, bool) {
	if node.Pipe == nil || len(node.Pipe.Cmds) != 1 || len(node.Pipe.Decl) > 0 {
		return nil, false
	}
	v, ok := c.command(node.Pipe.Cmds[0], dot)
	if !ok {
		return nil, false
	}
	// A name that html/template made up for another context is not found.
	to := c.templates.Lookup(node.Name)
	if to == nil {
		return nil, false
	}
	at := len(c.scope)
	as := calledAs{node.Name, v.kind, at}
	steps, known := c.called[as]
	if !known {
		if slices.Contains(c.within, node.Name) {
			return nil, false // it calls itself
		}
		c.within = append(c.within, node.Name)
		steps, ok = c.template(to.Tree, v.kind)
		c.within = c.within[:len(c.within)-1]
		if !ok {
			return nil, false
		}
		c.called[as] = steps
	}
	return func(r *run, dot reflect.Value) bool {
		found, ok := v.of(r, dot)
		if !ok {
			return false
		}
		r.vars[at] = found
		return all(steps, r, found)
	}, true
}

// condition compiles what stands behind if, and what and, or and not are given.
func (c *compiler) condition(node parse.Node, dot reflect.Type) (func(r *run, dot reflect.Value) (holds, ok bool), bool) {
	if pipe, is := node.(*parse.PipeNode); is {
		if len(pipe.Cmds) != 1 || len(pipe.Decl) > 0 {
			return nil, false
		}
		node = pipe.Cmds[0]
	}
	if cmd, is := node.(*parse.CommandNode); is {
		name, is := cmd.Args[0].(*parse.IdentifierNode)
		switch {
		case is && (name.Ident == "and" || name.Ident == "or" || name.Ident == "not"):
			return c.logic(name.Ident, cmd.Args[1:], dot)
		case is && len(cmd.Args) == 3 && strings.Contains(" eq ne lt le gt ge ", " "+name.Ident+" "):
			return c.comparison(name.Ident, cmd.Args[1], cmd.Args[2], dot)
		}
	}
	v, ok := c.value(node, dot)
	if !ok {
		return nil, false
	}
	return func(r *run, dot reflect.Value) (bool, bool) {
		found, ok := v.of(r, dot)
		return ok && isTrue(found), ok
	}, true
}

func (c *compiler) logic(name string, args []parse.Node, dot reflect.Type) (func(r *run, dot reflect.Value) (holds, ok bool), bool) {
	if len(args) == 0 || name == "not" && len(args) > 1 {
		return nil, false
	}
	tests := make([]func(r *run, dot reflect.Value) (holds, ok bool), len(args))
	for i, arg := range args {
		var ok bool
		if tests[i], ok = c.condition(arg, dot); !ok {
			return nil, false
		}
	}
	if name == "not" {
		return func(r *run, dot reflect.Value) (bool, bool) {
			holds, ok := tests[0](r, dot)
			return !holds, ok
		}, true
	}
	return func(r *run, dot reflect.Value) (bool, bool) {
		for _, test := range tests {
			if holds, ok := test(r, dot); !ok || holds == (name == "or") {
				return holds, ok
			}
		}
		return name == "and", true
	}, true
}

// comparison compiles one of two strings or two numbers.
func (c *compiler) comparison(name string, left, right parse.Node, dot reflect.Type) (func(r *run, dot reflect.Value) (holds, ok bool), bool) {
	a, ok := c.value(left, dot)
	if !ok {
		return nil, false
	}
	b, ok := c.value(right, dot)
	if !ok || a.kind.Kind() != b.kind.Kind() || a.kind.Kind() != reflect.String && a.kind.Kind() != reflect.Int {
		return nil, false
	}
	return func(r *run, dot reflect.Value) (bool, bool) {
		one, ok := a.of(r, dot)
		if !ok {
			return false, false
		}
		other, ok := b.of(r, dot)
		if !ok {
			return false, false
		}
		var compared int
		if one.Kind() == reflect.Int {
			compared = cmp.Compare(one.Int(), other.Int())
		} else {
			compared = cmp.Compare(one.String(), other.String())
		}
		switch name {
		case "eq":
			return compared == 0, true
		case "ne":
			return compared != 0, true
		case "lt":
			return compared < 0, true
		case "le":
			return compared <= 0, true
		case "gt":
			return compared > 0, true
		}
		return compared >= 0, true
	}, true
}

// command compiles one value, or a call of a function or method.
func (c *compiler) command(cmd *parse.CommandNode, dot reflect.Type) (value, bool) {
	if len(cmd.Args) == 1 {
		return c.value(cmd.Args[0], dot)
	}
	switch first := cmd.Args[0].(type) {
	case *parse.IdentifierNode:
		return c.function(first.Ident, cmd.Args[1:], dot)
	case *parse.FieldNode:
		return c.chain(here(dot), first.Ident, cmd.Args[1:], dot)
	case *parse.VariableNode:
		v, ok := c.variable(first.Ident[0])
		if !ok {
			return value{}, false
		}
		return c.chain(v, first.Ident[1:], cmd.Args[1:], dot)
	}
	return value{}, false
}

// value compiles an argument.
func (c *compiler) value(node parse.Node, dot reflect.Type) (value, bool) {
	switch node := node.(type) {
	case *parse.CommandNode:
		return c.command(node, dot)
	case *parse.PipeNode:
		if len(node.Cmds) == 1 && len(node.Decl) == 0 {
			return c.command(node.Cmds[0], dot)
		}
	case *parse.DotNode:
		return here(dot), true
	case *parse.FieldNode:
		return c.chain(here(dot), node.Ident, nil, dot)
	case *parse.VariableNode:
		if v, ok := c.variable(node.Ident[0]); ok {
			return c.chain(v, node.Ident[1:], nil, dot)
		}
	case *parse.StringNode:
		return constant(node.Text), true
	case *parse.NumberNode:
		if node.IsInt {
			return constant(int(node.Int64)), true
		}
	}
	return value{}, false
}

func here(dot reflect.Type) value {
	return value{dot, func(_ *run, dot reflect.Value) (reflect.Value, bool) { return dot, true }}
}

func constant(of any) value {
	v := reflect.ValueOf(of)
	return value{v.Type(), func(*run, reflect.Value) (reflect.Value, bool) { return v, true }}
}

func (c *compiler) variable(name string) (value, bool) {
	for at := len(c.scope) - 1; at >= c.base; at-- {
		if c.scope[at].name == name {
			return value{c.scope[at].kind, func(r *run, _ reflect.Value) (reflect.Value, bool) { return r.vars[at], true }}, true
		}
	}
	return value{}, false
}

// chain compiles fields behind a value, the last of which may be a method.
func (c *compiler) chain(v value, names []string, args []parse.Node, dot reflect.Type) (value, bool) {
	for i, name := range names {
		last := i == len(names)-1
		next, ok := field(v, name)
		if !ok && last {
			return c.method(v, name, args, dot)
		}
		if !ok {
			return value{}, false
		}
		v = next
	}
	return v, len(args) == 0
}

// field compiles a field of a struct, or of what a pointer leads to.
func field(v value, name string) (value, bool) {
	kind, pointer := v.kind, false
	if kind.Kind() == reflect.Pointer {
		kind, pointer = kind.Elem(), true
	}
	if kind.Kind() != reflect.Struct {
		return value{}, false
	}
	f, ok := kind.FieldByName(name)
	if !ok || !f.IsExported() || f.Type.Kind() == reflect.Interface {
		return value{}, false
	}
	for i := range f.Index[:len(f.Index)-1] {
		if kind.FieldByIndex(f.Index[:i+1]).Type.Kind() == reflect.Pointer {
			return value{}, false
		}
	}
	if _, method := v.kind.MethodByName(name); method {
		return value{}, false
	}
	at := f.Index
	return value{f.Type, func(r *run, dot reflect.Value) (reflect.Value, bool) {
		from, ok := v.of(r, dot)
		if pointer && ok {
			from = from.Elem()
		}
		if !ok || !from.IsValid() {
			return reflect.Value{}, false
		}
		for _, i := range at {
			from = from.Field(i)
		}
		return from, true
	}}, true
}

// method compiles a call of a method with one result.
func (c *compiler) method(v value, name string, args []parse.Node, dot reflect.Type) (value, bool) {
	kind, addressed := v.kind, false
	m, ok := kind.MethodByName(name)
	if !ok && kind.Kind() == reflect.Struct {
		// html/template finds those of the pointer as well where it can take an address.
		m, ok = reflect.PointerTo(kind).MethodByName(name)
		addressed = true
	}
	if !ok || m.Type.IsVariadic() || m.Type.NumOut() != 1 || m.Type.NumIn() != len(args)+1 {
		return value{}, false
	}
	given := make([]value, len(args))
	for i, arg := range args {
		if given[i], ok = c.value(arg, dot); !ok {
			return value{}, false
		}
		if in := m.Type.In(i + 1); !given[i].kind.AssignableTo(in) {
			return value{}, false
		}
	}
	at := m.Index
	return value{m.Type.Out(0), func(r *run, dot reflect.Value) (reflect.Value, bool) {
		from, ok := v.of(r, dot)
		if !ok || from.Kind() == reflect.Pointer && from.IsNil() {
			return reflect.Value{}, false
		}
		if addressed {
			if !from.CanAddr() {
				return reflect.Value{}, false
			}
			from = from.Addr()
		}
		in := make([]reflect.Value, len(given))
		for i := range given {
			if in[i], ok = given[i].of(r, dot); !ok {
				return reflect.Value{}, false
			}
		}
		return from.Method(at).Call(in)[0], true
	}}, true
}

// function compiles the two functions that give no truth.
func (c *compiler) function(name string, args []parse.Node, dot reflect.Type) (value, bool) {
	given := make([]value, len(args))
	for i, arg := range args {
		var ok bool
		if given[i], ok = c.value(arg, dot); !ok {
			return value{}, false
		}
	}
	if len(given) == 0 || given[0].kind.Kind() != reflect.Slice {
		return value{}, false
	}
	list := given[0]
	switch {
	case name == "len" && len(given) == 1:
		return value{reflect.TypeFor[int](), func(r *run, dot reflect.Value) (reflect.Value, bool) {
			found, ok := list.of(r, dot)
			if !ok {
				return reflect.Value{}, false
			}
			return reflect.ValueOf(found.Len()), true
		}}, true
	case name == "index" && len(given) == 2 && given[1].kind.Kind() == reflect.Int:
		return value{list.kind.Elem(), func(r *run, dot reflect.Value) (reflect.Value, bool) {
			found, ok := list.of(r, dot)
			if !ok {
				return reflect.Value{}, false
			}
			at, ok := given[1].of(r, dot)
			if !ok || at.Int() < 0 || at.Int() >= int64(found.Len()) {
				return reflect.Value{}, false
			}
			return found.Index(int(at.Int())), true
		}}, true
	}
	return value{}, false
}

// isTrue is text/template's truth of the kinds that pages are made of.
func isTrue(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool()
	case reflect.String, reflect.Slice, reflect.Map:
		return v.Len() > 0
	case reflect.Struct:
		return true
	case reflect.Pointer, reflect.Interface:
		return !v.IsNil()
	}
	return !v.IsZero()
}

// templateMarks are what appendTemplateText writes for a byte; empty for most.
var templateMarks = [256]string{0: "\uFFFD", '"': "&#34;", '&': "&amp;", '\'': "&#39;", '+': "&#43;", '<': "&lt;", '>': "&gt;"}

// appendTemplateText escapes as html/template does in text and between quotes.
func appendTemplateText(out []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		if with := templateMarks[s[i]]; with != "" {
			out = append(append(out, s[from:i]...), with...)
			from = i + 1
		}
	}
	return append(out, s[from:]...)
}

// appendURLPart percent-encodes as html/template does in the query or fragment of
// an address: all but what RFC 3986, section 2.3 calls unreserved.
func appendURLPart(out []byte, s string) []byte {
	const hex = "0123456789abcdef"
	from := 0
	for i := 0; i < len(s); i++ {
		if c := s[i]; addressBytes[c]&isUnreserved == 0 {
			out = append(append(out, s[from:i]...), '%', hex[c>>4], hex[c&15])
			from = i + 1
		}
	}
	return append(out, s[from:]...)
}

// isTemplateURL tells whether html/template takes an address: without a scheme,
// or with one of three.
func isTemplateURL(s string) bool {
	scheme, _, ok := strings.Cut(s, ":")
	return !ok || strings.Contains(scheme, "/") || strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "mailto")
}
