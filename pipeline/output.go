package pipeline

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"github.com/pullquote/pullquote/pipeline/render"
)

// manifestName is the list of what render made, with a hash each: what
// another wrote into the same folder is never touched.
const manifestName = ".pullquote-made"

// stagingName is the folder, inside the output, where a render's new files
// wait: on the same disk, so that a rename puts each in its place.
const stagingName = ".pullquote-new"

// output is a folder that render writes into. New and changed files wait in a
// staging folder beside their places until all are made; commit then renames
// each into place and removes what is no longer made. out/ can always be made
// again, so its files are renamed but not synced to the disk one by one.
type output struct {
	dir     string
	staging string
	before  map[string]string // path -> hash, as the last render left it
	made    map[string]string
	sizes   map[string]int64
	changed []string // waits in the staging folder under its index
}

// openOutput makes ready to render into dir.
func openOutput(dir string) (*output, error) {
	o := &output{dir: dir, before: map[string]string{}, made: map[string]string{}, sizes: map[string]int64{}}
	body, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(body))
	for lines.Scan() {
		if sum, name, ok := strings.Cut(lines.Text(), "  "); ok && safePath(name) {
			o.before[name] = sum
		}
	}
	return o, nil
}

// safePath tells whether a path stays below the folder it is put into. The
// manifest lies where others may write, and render's paths come from permalinks.
func safePath(name string) bool {
	return fs.ValidPath(name) && name != "." && !strings.ContainsAny(name, "\\:\x00")
}

// add takes one rendered file. A file that stands already with the same bytes
// costs one look at the disk and no write.
func (o *output) add(f render.File) error {
	if !safePath(f.Path) {
		return fmt.Errorf("rendering %q: the path leaves the output folder", f.Path)
	}
	if _, twice := o.made[f.Path]; twice {
		return fmt.Errorf("rendering %s: two pages have this address", f.Path)
	}
	if f.Kept {
		o.made[f.Path] = o.before[f.Path]
		return nil
	}
	sum := hash(f.Body)
	o.made[f.Path], o.sizes[f.Path] = sum, int64(len(f.Body))
	if o.stands(f.Path, sum, int64(len(f.Body))) {
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
	o.changed = append(o.changed, f.Path)
	return os.WriteFile(o.staged(len(o.changed)-1), f.Body, 0o666)
}

// stands tells whether a file is there as the last render left it. What it
// holds is not read again: only its size is looked at.
func (o *output) stands(name, sum string, size int64) bool {
	if o.before[name] != sum {
		return false
	}
	info, err := os.Lstat(filepath.Join(o.dir, filepath.FromSlash(name)))
	return err == nil && info.Mode().IsRegular() && info.Size() == size
}

// staged gives where the i-th changed file waits. One flat folder: a folder of
// its own for each page would cost as much as the page.
func (o *output) staged(i int) string { return filepath.Join(o.staging, strconv.Itoa(i)) }

// commit puts what was made into its place. Until it is called the folder is
// as it was. It gives how many files were written and removed.
func (o *output) commit() (written, removed int, err error) {
	var gone []string
	for name := range o.before {
		if _, still := o.made[name]; !still {
			gone = append(gone, name)
		}
	}
	if len(o.changed) == 0 && len(gone) == 0 {
		return 0, 0, nil
	}
	// The manifest first, with the old and the new: killed in mid-way, the next
	// render still knows all that is ours.
	all := map[string]string{}
	for name := range o.before {
		all[name] = "-"
	}
	for name := range o.made {
		all[name] = "-"
	}
	if err := o.writeManifest(all); err != nil {
		return 0, 0, err
	}
	folder := ""
	for i, name := range o.changed {
		target := filepath.Join(o.dir, filepath.FromSlash(name))
		if in := filepath.Dir(target); in != folder {
			if err := os.MkdirAll(in, 0o777); err != nil {
				return written, removed, err
			}
			folder = in
		}
		if err := os.Rename(o.staged(i), target); err != nil {
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
	return written, removed, o.writeManifest(o.made)
}

func (o *output) writeManifest(files map[string]string) error {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	var b bytes.Buffer
	for _, name := range names {
		fmt.Fprintf(&b, "%s  %s\n", files[name], name)
	}
	return WriteFile(filepath.Join(o.dir, manifestName), b.Bytes())
}

// discard removes what was staged.
func (o *output) discard() {
	if o.staging != "" {
		_ = os.RemoveAll(o.staging)
	}
}
