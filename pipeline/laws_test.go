package pipeline

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/pullquote/pullquote"

// guarded are the packages of the standard library that let a room reach out
// of its values: a room that uses one must say so in the laws.
var guarded = []string{"database/sql", "net", "net/http", "net/smtp", "os", "os/exec", "os/signal", "syscall", "plugin"}

// TestLaws holds every non-test import of every package against the block
// named laws in ARCHITECTURE.md, exactly: an import that the laws do not
// grant fails, and so does a grant that nobody uses.
func TestLaws(t *testing.T) {
	root := ".."
	laws := readLaws(t, filepath.Join(root, "ARCHITECTURE.md"))
	seen := map[string]bool{}
	for pkg, imports := range readImports(t, root) {
		seen[pkg] = true
		law, ok := laws[pkg]
		if !ok {
			t.Errorf("ARCHITECTURE.md, laws: no line for %s; it would be\n%s", pkg, line(pkg, imports))
			continue
		}
		for _, im := range imports {
			if !slices.Contains(law, im) {
				t.Errorf("%s imports %s, which the laws of ARCHITECTURE.md do not grant", pkg, im)
			}
		}
		for _, im := range law {
			if !slices.Contains(imports, im) {
				t.Errorf("the laws of ARCHITECTURE.md grant %s to %s, which does not use it", im, pkg)
			}
		}
	}
	for pkg := range laws {
		if !seen[pkg] {
			t.Errorf("the laws of ARCHITECTURE.md speak of %s, which does not exist", pkg)
		}
	}
}

// TestOneOwner: a third-party library is imported by one room only, unless the
// laws name it as shared with a reason.
func TestOneOwner(t *testing.T) {
	shared := map[string]bool{}
	for _, l := range block(t, "../ARCHITECTURE.md", "shared") {
		name, reason, ok := strings.Cut(l, ":")
		if !ok || strings.TrimSpace(reason) == "" {
			t.Errorf("ARCHITECTURE.md, shared: %q gives no reason", l)
		}
		shared[strings.TrimSpace(name)] = true
	}
	owners := map[string][]string{}
	for pkg, imports := range readImports(t, "..") {
		for _, im := range imports {
			if strings.Contains(im, ".") && !strings.HasPrefix(im, module) && im != "." {
				owners[im] = append(owners[im], pkg)
			}
		}
	}
	for lib, rooms := range owners {
		slices.Sort(rooms)
		if len(rooms) > 1 && !shared[lib] {
			t.Errorf("%s has %d owners (%s): give it one room", lib, len(rooms), strings.Join(rooms, ", "))
		}
	}
	for lib := range shared {
		if len(owners[lib]) < 2 {
			t.Errorf("ARCHITECTURE.md calls %s shared; it has %d owners", lib, len(owners[lib]))
		}
	}
}

// TestPatterns: every regular expression that waits until it is asked for is
// one, so that no command finds out as it runs.
func TestPatterns(t *testing.T) {
	seen := 0
	for _, room := range []string{".", "collect", "extract", "issue", "render"} {
		files, err := filepath.Glob(filepath.Join(room, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no Go files (%v)", room, err)
		}
		fset, constants := token.NewFileSet(), map[string]ast.Expr{}
		var parsed []*ast.File
		for _, name := range files {
			file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			parsed = append(parsed, file)
			for _, d := range file.Decls {
				if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
					for _, spec := range g.Specs {
						if v := spec.(*ast.ValueSpec); len(v.Values) == len(v.Names) {
							for i, name := range v.Names {
								constants[name.Name] = v.Values[i]
							}
						}
					}
				}
			}
		}
		// text gives a constant string; a parameter stands for one letter.
		var text func(e ast.Expr) string
		text = func(e ast.Expr) string {
			switch e := e.(type) {
			case *ast.BasicLit:
				s, err := strconv.Unquote(e.Value)
				if err != nil {
					t.Errorf("%s: %v", fset.Position(e.Pos()), err)
				}
				return s
			case *ast.BinaryExpr:
				return text(e.X) + text(e.Y)
			case *ast.Ident:
				if value, ok := constants[e.Name]; ok {
					return text(value)
				}
				return "x"
			}
			t.Errorf("%s: an expression that this test can't read", fset.Position(e.Pos()))
			return ""
		}
		for _, file := range parsed {
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) != 1 {
					return true
				}
				if name, ok := call.Fun.(*ast.Ident); ok && name.Name == "pattern" {
					seen++
					if _, err := regexp.Compile(text(call.Args[0])); err != nil {
						t.Errorf("%s: %v", fset.Position(call.Pos()), err)
					}
				}
				return true
			})
		}
	}
	if seen < 100 {
		t.Errorf("only %d patterns seen: are they made in another way now?", seen)
	}
}

// readImports gives, by package folder ("." is the root), what the laws speak
// of: our own packages (without the module's name), other modules' packages,
// and guarded ones of the standard library.
func readImports(t *testing.T, root string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, name)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			base := d.Name()
			if rel != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || base == "tools" || base == "out") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		pkg := path.Dir(rel)
		if out[pkg] == nil {
			out[pkg] = []string{}
		}
		for _, im := range file.Imports {
			p := strings.Trim(im.Path.Value, `"`)
			switch {
			case p == module:
				p = "."
			case strings.HasPrefix(p, module+"/"):
				p = strings.TrimPrefix(p, module+"/")
			case !strings.Contains(strings.SplitN(p, "/", 2)[0], ".") && !slices.Contains(guarded, p):
				continue
			}
			if !slices.Contains(out[pkg], p) {
				out[pkg] = append(out[pkg], p)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range out {
		slices.Sort(out[pkg])
	}
	return out
}

// readLaws reads the block: `package: what it may import`, lines that begin
// with white space go on with the line before.
func readLaws(t *testing.T, file string) map[string][]string {
	t.Helper()
	laws := map[string][]string{}
	pkg := ""
	for _, l := range block(t, file, "laws") {
		if !strings.HasPrefix(l, " ") {
			name, rest, ok := strings.Cut(l, ":")
			if !ok {
				t.Fatalf("ARCHITECTURE.md, laws: %q has no colon", l)
			}
			pkg, l = name, rest
			laws[pkg] = []string{}
		}
		laws[pkg] = append(laws[pkg], strings.Fields(l)...)
	}
	if len(laws) == 0 {
		t.Fatal("ARCHITECTURE.md has no laws")
	}
	return laws
}

// block gives the lines of the fenced block with this name.
func block(t *testing.T, file, name string) []string {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(body), "```"+name+"\n")
	if !ok {
		t.Fatalf("%s has no block named %s", file, name)
	}
	text, _, _ := strings.Cut(rest, "```")
	var out []string
	for _, l := range strings.Split(text, "\n") {
		if strings.TrimSpace(l) != "" {
			out = append(out, l)
		}
	}
	return out
}

func line(pkg string, imports []string) string {
	return fmt.Sprintf("%s: %s", pkg, strings.Join(imports, " "))
}
