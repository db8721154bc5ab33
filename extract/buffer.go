package extract

import (
	"math/bits"
	"sync"
)

const (
	// minBuffer holds most pages, and maxBuffer is the largest buffer that is
	// kept.
	minBuffer = 64 << 10
	maxBuffer = minBuffer << (bufferSizes - 1)

	bufferSizes = 7

	// bufferGrowth is how much larger a buffer is that follows one that is
	// full, whose content is copied.
	bufferGrowth = 4
)

// buffers keeps the memory of pages and of records for reuse: new memory for
// each costs as much time as reading it. Each size is twice the one before it.
type buffers [bufferSizes]sync.Pool

// get returns an empty buffer with room for size bytes at least, and for less
// than twice as many if that is more than minBuffer.
func (b *buffers) get(size int) []byte {
	if size > maxBuffer {
		return make([]byte, 0, size)
	}
	i := bits.Len(uint(max(size, 1)-1) / minBuffer)
	if p, ok := b[i].Get().(*[]byte); ok {
		return (*p)[:0]
	}
	return make([]byte, 0, minBuffer<<i)
}

// put takes a buffer back, whose content must not be used any more.
func (b *buffers) put(buf []byte) {
	if i := bits.Len(uint(cap(buf)) / (2 * minBuffer)); i < bufferSizes && cap(buf) == minBuffer<<i {
		b[i].Put(&buf)
	}
}
