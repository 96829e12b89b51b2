package render

// This file spares a rendering what an earlier one made: each part of the
// output has a key, made from all that goes into it, and what is known under
// the same key isn't made again. The bytes are those of a clean rendering.

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// Memory is what earlier renderings left. Without one, all is made.
type Memory struct {
	// Basis stands for all that every page depends on and that is not in the
	// issues: the program, the templates, Input.Publication and Input.Pages.
	Basis string
	// Recall gives what Keep was told under a key, while every file of it still
	// stands as it was made. It is called from several goroutines at a time.
	Recall func(key string) (Share, bool)
	// Keep is told what was made, after its files were handed to emit.
	Keep func(key string, share Share) error
}

// Share is one part of the output.
type Share struct {
	Files []string               // their paths, in the order of emit
	Facts func() ([]byte, error) // what the pages about the archive need of it; nil when there is nothing
}

// keptIssue is what is kept of an issue besides its files, as JSON.
type keptIssue struct {
	CVEs    []keptCVE        `json:"c,omitempty"`
	Anchors map[int32]string `json:"a,omitempty"`
	Words   []string         `json:"w,omitempty"` // of a story: those of its title, a line feed, the others
	Entry   *entry           `json:"e,omitempty"`
	Notices []string         `json:"n,omitempty"`
}

type keptCVE struct {
	ID   string `json:"id"`
	Item int32  `json:"i"`
}

func (r rendered) facts() ([]byte, error) {
	k := keptIssue{Anchors: r.digest.anchors, Entry: r.digest.entry, Notices: r.notices}
	for _, c := range r.digest.cves {
		k.CVEs = append(k.CVEs, keptCVE{c.id, c.item})
	}
	for _, w := range r.digest.words {
		k.Words = append(k.Words, strings.Join(w.title, " ")+"\n"+strings.Join(w.text, " "))
	}
	return json.Marshal(k)
}

func readFacts(body []byte) (rendered, error) {
	var k keptIssue
	if err := json.Unmarshal(body, &k); err != nil {
		return rendered{}, err
	}
	r := rendered{notices: k.Notices, digest: digest{anchors: k.Anchors, entry: k.Entry}}
	for _, c := range k.CVEs {
		r.digest.cves = append(r.digest.cves, cvePlace{c.ID, c.Item})
	}
	for _, w := range k.Words {
		title, text, _ := strings.Cut(w, "\n")
		r.digest.words = append(r.digest.words, itemWords{title: strings.Fields(title), text: strings.Fields(text)})
	}
	return r, nil
}

// key makes the key of a part from its name and what goes into it.
func (s *site) key(name string, parts ...string) string {
	h := sha256.New()
	for _, part := range append([]string{s.Memory.Basis, name}, parts...) {
		fmt.Fprintf(h, "%d:", len(part))
		_, _ = io.WriteString(h, part) // a hash takes all
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// issueKeys gives the key of every issue; an empty one is made each time.
func (s *site) issueKeys(feedFrom int, mails *mailing) ([]string, error) {
	keys := make([]string, len(s.Heads))
	if s.Memory == nil {
		return keys, nil
	}
	count := ""
	if s.counted {
		count = fmt.Sprint(len(s.Heads))
	}
	// All that a page or a mail says of an issue and its neighbours.
	links := make([]string, len(s.links))
	for i, link := range s.links {
		body, err := json.Marshal(link)
		if err != nil {
			return keys, nil // a date that JSON can't state: nothing is kept
		}
		links[i] = string(body)
	}
	for i, head := range s.Heads {
		if head.Hash == "" {
			continue
		}
		before, after, proof := "", "", ""
		if i > 0 {
			before = links[i-1]
		}
		if i+1 < len(links) {
			after = links[i+1]
		}
		if s.Evidence != nil && head.Number > 0 {
			if e, ok := s.Evidence(head.Number); ok {
				body, err := json.Marshal(e)
				if err != nil {
					continue
				}
				proof = string(body)
			}
		}
		text := ""
		if mails != nil {
			written, err := mails.written(head.File)
			if err != nil {
				return nil, fmt.Errorf("reading %s: %w", TextFile(head.File), err)
			}
			text = string(written)
		}
		keys[i] = s.key("issue", head.File, head.Hash, links[i], before, after, proof, count, text, fmt.Sprint(i >= feedFrom, mails != nil))
	}
	return keys, nil
}

// archiveKey stands for all issues in their order; empty when one has no key.
func (s *site) archiveKey(keys []string) string {
	if s.Memory == nil {
		return ""
	}
	for _, key := range keys {
		if key == "" {
			return ""
		}
	}
	return s.key("archive", keys...)
}

// countsIssues says whether a template of an issue or a topic could show how
// many issues there are, so that a new one changes every page.
func countsIssues(templates fs.FS) (bool, error) {
	for _, name := range []string{"site/layout.html", "site/issue.html"} {
		text, err := fs.ReadFile(templates, name)
		if err != nil {
			return false, fmt.Errorf("reading template %s: %w", name, err)
		}
		// A template that is given the whole page can reach every field.
		if strings.Contains(string(text), "Count") || strings.Contains(string(text), "printf") {
			return true, nil
		}
	}
	return false, nil
}

func (s *site) recall(key string) (Share, bool) {
	if s.Memory == nil || key == "" {
		return Share{}, false
	}
	return s.Memory.Recall(key)
}

// keep says what was made under a key. facts may be nil.
func (s *site) keep(key string, files []string, facts []byte) error {
	if s.Memory == nil || key == "" {
		return nil
	}
	share := Share{Files: files}
	if facts != nil {
		share.Facts = func() ([]byte, error) { return facts, nil }
	}
	return s.Memory.Keep(key, share)
}

func paths(files []File) []string {
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = file.Path
	}
	return names
}

func emitKept(share Share, emit func(File) error) error {
	for _, name := range share.Files {
		if err := emit(File{Path: name, Kept: true}); err != nil {
			return err
		}
	}
	return nil
}
