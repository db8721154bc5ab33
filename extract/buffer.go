package extract

import "sync"

// buffers keeps the buffers into which answers are read, for reuse.
type buffers struct{ pool sync.Pool }

const (
	newBuffer = 64 << 10
	// maxBuffer is the largest buffer that is kept.
	maxBuffer = 1 << 20
)

// get returns an empty buffer.
func (b *buffers) get() []byte {
	if p, ok := b.pool.Get().(*[]byte); ok {
		return (*p)[:0]
	}
	return make([]byte, 0, newBuffer)
}

func (b *buffers) put(buf []byte) {
	if cap(buf) <= maxBuffer {
		b.pool.Put(&buf)
	}
}
