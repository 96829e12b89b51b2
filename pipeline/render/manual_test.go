package render

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// TestTemplatesManual: templates/README.md names every template and every
// field and method that a template can use, and no other.
func TestTemplatesManual(t *testing.T) {
	body, err := os.ReadFile("../../templates/README.md")
	if err != nil {
		t.Fatal(err)
	}
	manual := string(body)
	known := map[string]bool{"Name": true, "Tagline": true, "Description": true, "Editor": true, "Subscribe": true, "md": true, "html": true}
	for _, value := range []any{
		Page{},
		Message{},
		MenuLink{},
		FeedLink{},
		Theme{},
		Year{},
		IssueLink{},
		&IssueView{},
		ItemView{},
		PartView{},
		CorrectionView{},
		TopicLink{},
		TopicGroup{},
		Topic{},
		TopicItem{},
	} {
		kind := reflect.TypeOf(value)
		for i := range kind.NumMethod() {
			known[kind.Method(i).Name] = true
			if !strings.Contains(manual, "`."+kind.Method(i).Name+"`") {
				t.Errorf("the manual lacks the method .%s of %v", kind.Method(i).Name, kind)
			}
		}
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		for i := range kind.NumField() {
			field := kind.Field(i)
			if field.Anonymous || !field.IsExported() {
				continue
			}
			known[field.Name] = true
			if !strings.Contains(manual, "`."+field.Name+"`") {
				t.Errorf("the manual lacks the field .%s of %v", field.Name, kind)
			}
		}
	}
	for _, found := range regexp.MustCompile("`\\.([A-Z][A-Za-z]*)(?:\\.[A-Za-z]+)?`").FindAllStringSubmatch(manual, -1) {
		if !known[found[1]] {
			t.Errorf("the manual tells of .%s, which is no field", found[1])
		}
	}
	entries, err := os.ReadDir("../../templates/site")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), ".html") && !strings.Contains(manual, "`site/"+entry.Name()+"`") {
			t.Errorf("the manual lacks site/%s", entry.Name())
		}
	}
}
