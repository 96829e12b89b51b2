package pipeline

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pullquote/pullquote/pipeline/render"
)

// manifestName is the list of what render made, with a hash and a size each:
// what another wrote into the same folder is never touched.
const manifestName = ".pullquote-made"

// stagingName is the folder, inside the output, where a render's new files
// wait: on the same disk, so that a rename puts them in their place.
const stagingName = ".pullquote-new"

// output is a folder that render writes into. New and changed files wait in a
// staging folder until all are made, laid out as they will lie; commit then
// renames them into place, whole folders where none stands yet, and removes
// what is no longer made. out/ can always be made again, so its files are
// renamed but not synced to the disk one by one.
type output struct {
	dir     string
	staging string
	before  madeFiles // as the last render left them
	made    madeFiles
	changed []uint32 // where in made those begin that wait in the staging folder
	folder  string   // in the staging folder, that was made last
}

// mark tells a file's bytes from others. The zero sum is that of no file.
type mark struct {
	sum  [16]byte // what they were made from, where render says it; else the start of their SHA-256
	size int64
}

func markOf(f render.File) mark {
	if f.Key != (render.Key{}) {
		return mark{f.Key, int64(len(f.Body))}
	}
	sum := sha256.Sum256(f.Body)
	return mark{[16]byte(sum[:16]), int64(len(f.Body))}
}

// openOutput makes ready to render into dir.
func openOutput(dir string) (*output, error) {
	o := &output{dir: dir}
	file, err := os.Open(filepath.Join(dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return o, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil {
		o.before.list = make([]byte, 0, min(info.Size(), 16<<20)) // a line is longer than what is known of its file
	}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		sum, rest, _ := strings.Cut(lines.Text(), " ")
		size, name, ok := strings.Cut(rest, " ")
		if !ok || !safePath(name) {
			continue
		}
		var m mark // of a line that can't be read: a file of ours, whatever it holds
		if b, err := hex.DecodeString(sum); err == nil && len(b) == len(m.sum) {
			m.sum = [16]byte(b)
			m.size, _ = strconv.ParseInt(size, 10, 64)
		}
		o.before.put(name, m)
	}
	o.made.expect(&o.before)
	return o, nil // what can't be read is nobody's
}

// safePath tells whether a path stays below the folder it is put into. The
// manifest lies where others may write, and render's paths come from permalinks.
func safePath(name string) bool {
	return fs.ValidPath(name) && name != "." && !strings.ContainsAny(name, "\\:\x00\n\r")
}

// add takes one rendered file. A file that stands already with the same bytes
// costs one look at the disk and no write.
func (o *output) add(f render.File) error {
	if !f.Kept && !safePath(f.Path) { // one that was kept was looked at when it was made
		return fmt.Errorf("rendering %q: the path leaves the output folder", f.Path)
	}
	m, known := o.before.get(f.Path)
	if !f.Kept {
		m = markOf(f)
	} else if !known {
		return fmt.Errorf("rendering %s: %w", f.Path, render.ErrMemory) // nobody made it
	}
	at := uint32(len(o.made.list))
	if twice, ok := o.made.put(f.Path, m); !ok {
		return fmt.Errorf("rendering %s: the output has too many files, or the path is too long", f.Path)
	} else if twice {
		return fmt.Errorf("rendering %s: two pages have this address", f.Path)
	}
	if f.Kept || o.stands(f.Path, m) || o.holds(f) {
		return nil
	}
	if o.staging == "" {
		o.staging = filepath.Join(o.dir, stagingName)
		// What a killed render left there is stale: the workspace's lock is ours.
		if err := os.RemoveAll(o.staging); err != nil {
			return err
		}
		if err := os.MkdirAll(o.staging, 0o777); err != nil {
			return err
		}
	}
	// Laid out as a tree, and not side by side in one folder: ext4 looks for a
	// new file's place among those of its folder, and a folder whose files were
	// just removed makes that ten times slower.
	if folder := path.Dir(f.Path); folder != o.folder {
		full := filepath.Join(o.staging, filepath.FromSlash(folder))
		// Most often the folder around it is there.
		if os.Mkdir(full, 0o777) != nil {
			if err := os.MkdirAll(full, 0o777); err != nil {
				return err
			}
		}
		o.folder = folder
	}
	o.changed = append(o.changed, at)
	if err := writeWhole(filepath.Join(o.staging, filepath.FromSlash(f.Path)), f.Body); err != nil {
		return writeFault(filepath.Join(o.dir, filepath.FromSlash(f.Path)), "what was rendered before is as it was", err)
	}
	return nil
}

// leave keeps what the last render made below a folder, which this one does not
// make: "email/".
func (o *output) leave(folder string) {
	for name, m := range o.before.all() {
		if bytes.HasPrefix(name, []byte(folder)) {
			o.made.put(string(name), m) // it had room before
		}
	}
}

// stands tells whether a file is there as the last render left it. What it
// holds is not read again: only its size is looked at.
func (o *output) stands(name string, m mark) bool {
	if before, _ := o.before.get(name); before != m || m == (mark{}) {
		return false
	}
	info, err := os.Lstat(o.dir + string(filepath.Separator) + filepath.FromSlash(name))
	return err == nil && info.Mode().IsRegular() && info.Size() == m.size
}

// standsUnder is render.Memory's Stands.
func (o *output) standsUnder(name string, key render.Key) bool {
	m, _ := o.before.get(name)
	return m.sum == key && o.stands(name, m)
}

// holds tells whether a file was made otherwise the last time and has the same
// bytes all the same.
func (o *output) holds(f render.File) bool {
	if _, ours := o.before.get(f.Path); !ours || f.Key == (render.Key{}) {
		return false
	}
	name := filepath.Join(o.dir, filepath.FromSlash(f.Path))
	info, err := os.Lstat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() != int64(len(f.Body)) {
		return false
	}
	body, err := os.ReadFile(name)
	return err == nil && bytes.Equal(body, f.Body)
}

// commit puts what was made into its place. Until it is called the folder is
// as it was. It gives how many files were written and removed.
func (o *output) commit() (written, removed int, err error) {
	var gone []string
	for name := range o.before.all() {
		if _, still := o.made.get(string(name)); !still {
			gone = append(gone, string(name))
		}
	}
	if len(o.changed) == 0 && len(gone) == 0 {
		if o.before.equal(&o.made) {
			return 0, 0, nil
		}
		return 0, 0, o.writeManifest(o.names(nil), false) // the same bytes, made from something else
	}
	// The manifest first, with the old and the new and no word of what the
	// changed ones hold: killed in mid-way, the next render still knows all that
	// is ours, and trusts none of it that may be half the old and half the new.
	names := o.names(gone)
	if err := o.writeManifest(names, true); err != nil {
		return 0, 0, err
	}
	places := places{o: o, known: map[string]bool{".": false}}
	for _, at := range o.changed {
		name, _ := o.made.at(int(at))
		if err := places.put(string(name)); err != nil {
			return written, removed, err
		}
		written++
	}
	for _, name := range gone {
		if err := os.Remove(filepath.Join(o.dir, filepath.FromSlash(name))); err == nil {
			removed++
		}
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if os.Remove(filepath.Join(o.dir, filepath.FromSlash(dir))) != nil {
				break // not empty: others live there
			}
		}
	}
	return written, removed, o.writeManifest(names, false)
}

// places puts staged files where they belong.
type places struct {
	o     *output
	known map[string]bool // by folder: it was put there with all that is in it
}

// put renames a staged file into place, or the largest folder around it that
// does not stand yet.
func (p *places) put(name string) error {
	moved, err := p.folder(path.Dir(name))
	if moved || err != nil {
		return err
	}
	return p.rename(name)
}

func (p *places) folder(name string) (moved bool, err error) {
	if moved, ok := p.known[name]; ok {
		return moved, nil
	}
	if moved, err = p.folder(path.Dir(name)); err == nil && !moved {
		if _, lost := os.Lstat(filepath.Join(p.o.dir, filepath.FromSlash(name))); errors.Is(lost, fs.ErrNotExist) {
			moved, err = true, p.rename(name)
		}
	}
	p.known[name] = moved
	return moved, err
}

func (p *places) rename(name string) error {
	name = filepath.FromSlash(name)
	return os.Rename(filepath.Join(p.o.staging, name), filepath.Join(p.o.dir, name))
}

// names gives the names of the files that were made and of those in gone, sorted.
func (o *output) names(gone []string) []string {
	names := make([]string, 0, o.made.count+len(gone))
	names = append(names, gone...)
	for name := range o.made.all() {
		names = append(names, string(name))
	}
	slices.Sort(names)
	return names
}

// writeManifest lists those of sorted names that were made. When unsure it lists
// all of them, and what is not as it was before without what it holds.
func (o *output) writeManifest(names []string, unsure bool) error {
	return writeFile(filepath.Join(o.dir, manifestName), func(w io.Writer) error {
		out := bufio.NewWriterSize(w, 64<<10)
		for _, name := range names {
			line := out.AvailableBuffer()
			m, made := o.made.get(name)
			if !made && !unsure {
				continue
			}
			if before, _ := o.before.get(name); made && (!unsure || before == m) {
				line = hex.AppendEncode(line, m.sum[:])
				line = strconv.AppendInt(append(line, ' '), m.size, 10)
			} else {
				line = append(line, "- 0"...)
			}
			_, _ = out.Write(append(append(append(line, ' '), name...), '\n')) // Flush tells
		}
		return out.Flush()
	})
}

// discard removes what was staged.
func (o *output) discard() {
	if o.staging != "" {
		_ = os.RemoveAll(o.staging)
	}
}
