//go:build !unix

package pipeline

import (
	"io/fs"
	"os"
)

// writeWhole writes a file with the permissions of a new file of the user's.
func writeWhole(name string, body []byte) error { return os.WriteFile(name, body, 0o666) }

// diskFolder gives a folder as a file system.
func diskFolder(dir string) fs.FS { return os.DirFS(dir) }
