package render

// This file lends what files are written into. A file is handed out, put onto
// the disk and forgotten: what it was written into is used again, so that an
// archive's files of some 50 MB cost the memory of a few.

import "sync"

// paper is what waits to be written into. The zero value has none yet.
type paper struct {
	mu   sync.Mutex
	free [][]byte
	held int // bytes
}

// mostPaper is how many bytes may wait.
const mostPaper = 6 << 20

// take gives bytes to append to.
func (p *paper) take() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		b := p.free[n-1]
		p.free = p.free[:n-1]
		p.held -= cap(b)
		return b
	}
	return make([]byte, 0, 32<<10)
}

// give takes them back: nobody may look at them any more.
func (p *paper) give(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if cap(b) > 0 && p.held+cap(b) <= mostPaper {
		p.held += cap(b)
		p.free = append(p.free, b[:0])
	}
}

func (p *paper) giveAll(files []File) {
	for _, file := range files {
		p.give(file.Body)
	}
}
