package rawfile

import (
	"runtime"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// mostAtOnce bounds the frames that are packed at once, whatever the cores: each
// takes some seven megabytes.
const mostAtOnce = 4

// Packer packs the frames of objects, in memory that it uses again: its tables
// and buffers take more than a small object. Objects written side by side may
// share one.
type Packer struct {
	encoder *zstd.Encoder
	atOnce  int       // frames of an object
	frames  sync.Pool // of *openFrame
}

// NewPacker returns a Packer.
func NewPacker() *Packer {
	atOnce := min(runtime.GOMAXPROCS(0), mostAtOnce)
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(atOnce), zstd.WithWindowSize(frameText), zstd.WithLowerEncoderMem(true))
	if err != nil {
		panic("setting up the packer of the archive: " + err.Error()) // its options are constant
	}
	return &Packer{encoder: encoder, atOnce: atOnce}
}

// openFrame is a frame on its way into an object.
type openFrame struct {
	text   []byte
	packed []byte        // is there when done is closed
	done   chan struct{} // nil while the frame is filled
}

// frame returns an empty frame.
func (p *Packer) frame() *openFrame {
	f, ok := p.frames.Get().(*openFrame)
	if !ok {
		return &openFrame{text: make([]byte, 0, frameText), packed: make([]byte, 0, frameText/8)}
	}
	f.text, f.packed, f.done = f.text[:0], f.packed[:0], nil
	return f
}

// free takes a frame back, unless its memory is that of a large record.
func (p *Packer) free(f *openFrame) {
	if cap(f.text) <= 2*frameText {
		p.frames.Put(f)
	}
}

// begin packs a frame, whose text must not change any more.
func (p *Packer) begin(f *openFrame) {
	f.done = make(chan struct{})
	go func() {
		defer close(f.done)
		f.packed = p.encoder.EncodeAll(f.text, f.packed)
	}()
}
