// Package pullquote holds nothing but this repository's own sample newsletter,
// shipped inside the program so that `pullquote demo` has an archive to write
// the next issue for.
package pullquote

import (
	"embed"
	"io/fs"
)

//go:embed pullquote.yaml issues pages
var sample embed.FS

// Sample gives pullquote.yaml, issues/ and pages/ of the sample newsletter.
func Sample() fs.FS { return sample }
