// Command peers reads the pages of the article benchmark with go-trafilatura,
// for `make bench` to stand beside ours in the same run. It is a module of its
// own, so that the program does not carry the library.
//
//	peers DIR    DIR holds ground-truth.json and html/*.html.gz
//
// It prints the pages read, the seconds of the clock and of the processor, and
// the memory resident at the peak in MB.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/markusmobius/go-trafilatura"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: peers DIR")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

type page struct {
	address *url.URL
	body    []byte
}

func run(dir string) error {
	pages, err := load(dir)
	if err != nil {
		return err
	}
	before := processor()
	began := time.Now()
	for _, p := range pages {
		// A page it can't read counts as read: it took its time.
		_, _ = trafilatura.Extract(bytes.NewReader(p.body), trafilatura.Options{OriginalURL: p.address, EnableFallback: true, ExcludeComments: true})
	}
	wall := time.Since(began).Seconds()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return err
	}
	fmt.Printf("%d %.3f %.3f %.1f\n", len(pages), wall, processor()-before, float64(use.Maxrss)/1024)
	return nil
}

func load(dir string) ([]page, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "ground-truth.json"))
	if err != nil {
		return nil, err
	}
	var truth map[string]struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal(raw, &truth); err != nil {
		return nil, err
	}
	var pages []page
	for id, t := range truth {
		address, err := url.Parse(t.URL)
		if err != nil {
			return nil, err
		}
		file, err := os.Open(filepath.Join(dir, "html", id+".html.gz"))
		if err != nil {
			return nil, err
		}
		defer file.Close()
		plain, err := gzip.NewReader(file)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(plain)
		if err != nil {
			return nil, err
		}
		pages = append(pages, page{address, body})
	}
	return pages, nil
}

// processor is the time this process took, in seconds.
func processor() float64 {
	var use syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &use) // it can't fail for one's own
	return float64(use.Utime.Nano()+use.Stime.Nano()) / 1e9
}
