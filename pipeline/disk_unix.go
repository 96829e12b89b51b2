//go:build unix

package pipeline

// This file writes and reads the many files of a render in few calls of the
// system. os.OpenFile asks it of each whether it can be waited for, as a socket
// can, in five calls; no file of a disk can. What went wrong is said as os says it.

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"
)

// writeWhole is os.WriteFile with the permissions of a new file of the user's.
func writeWhole(name string, body []byte) error {
	fd, err := openDisk(name, syscall.O_WRONLY|syscall.O_CREAT|syscall.O_TRUNC)
	if err != nil {
		return err
	}
	if err = writeAll(fd, body); err != nil {
		err = &fs.PathError{Op: "write", Path: name, Err: err}
	}
	// Interrupted or not, it is closed.
	if failed := syscall.Close(fd); failed != nil && err == nil && !errors.Is(failed, syscall.EINTR) {
		err = &fs.PathError{Op: "close", Path: name, Err: failed}
	}
	return err
}

func writeAll(fd int, body []byte) error {
	for len(body) > 0 {
		n, err := syscall.Write(fd, body[:min(len(body), 1<<30)]) // some systems take no more at once
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return err
		case n == 0:
			return io.ErrUnexpectedEOF
		}
		body = body[n:]
	}
	return nil
}

// openDisk opens a file; its error is a *fs.PathError.
func openDisk(name string, flag int) (fd int, err error) {
	for {
		fd, err = syscall.Open(name, flag|syscall.O_CLOEXEC, 0o666)
		if err == nil {
			return fd, nil
		}
		if !errors.Is(err, syscall.EINTR) {
			return -1, &fs.PathError{Op: "open", Path: name, Err: err}
		}
	}
}

// diskFolder is os.DirFS, with ReadInto.
func diskFolder(dir string) fs.FS { return folderFS{os.DirFS(dir).(dirFS), dir} }

// dirFS is what os.DirFS gives.
type dirFS interface {
	fs.ReadDirFS
	fs.ReadFileFS
	fs.ReadLinkFS
	fs.StatFS
}

type folderFS struct {
	dirFS
	dir string
}

// ReadInto is what issue.ReadSource asks a file system for that has it: it reads the
// first bytes of a file, most at most, into the memory of into when that has the room.
func (f folderFS) ReadInto(name string, into []byte, most int) ([]byte, error) {
	if !fs.ValidPath(name) || f.dir == "" {
		_, err := f.Open(name) // which says what is wrong
		return nil, err
	}
	fd, err := openDisk(f.dir+"/"+name, syscall.O_RDONLY)
	if err != nil {
		err.(*fs.PathError).Path = name
		return nil, err
	}
	defer syscall.Close(fd)
	if cap(into) == 0 {
		var about syscall.Stat_t
		if syscall.Fstat(fd, &about) == nil {
			into = make([]byte, 0, max(0, min(about.Size, int64(most)))+1) // the end is found by reading on
		}
	}
	src := into[:0]
	for len(src) < most {
		src = slices.Grow(src, 1)
		n, err := syscall.Read(fd, src[len(src):min(cap(src), most)])
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return src, &fs.PathError{Op: "read", Path: name, Err: err}
		case n == 0:
			return src, nil
		default:
			src = src[:len(src)+n]
		}
	}
	return src, nil
}
