package rawfile

import (
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// cachedFrames is how many unpacked frames a Cache holds: the objects of a
// date that are read side by side, as their calls alternate in time.
const cachedFrames = 16

// Cache holds the frames read last, of any number of files, as text: 32 MiB. It
// may be used concurrently.
type Cache struct {
	unpacker *zstd.Decoder
	mu       sync.Mutex
	frames   []*cached // the one used last is last
}

type cached struct {
	file   *File
	frame  int
	unpack func() ([]byte, error)
}

// NewCache returns an empty cache.
func NewCache() *Cache {
	unpacker, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		panic("setting up the unpacker of the archive: " + err.Error()) // its options are constant
	}
	return &Cache{unpacker: unpacker}
}

// text returns the text of a frame, which nobody may change.
func (c *Cache) text(f *File, frame int) ([]byte, error) {
	if f.index.Frames[frame].Text > frameText {
		return f.unpack(frame) // it has one record
	}
	return c.get(f, frame).unpack()
}

func (c *Cache) get(f *File, frame int) *cached {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.frames, func(e *cached) bool { return e.file == f && e.frame == frame })
	var e *cached
	switch {
	case i >= 0:
		e = c.frames[i]
		c.frames = slices.Delete(c.frames, i, i+1)
	case len(c.frames) == cachedFrames:
		c.frames = slices.Delete(c.frames, 0, 1)
	}
	if e == nil {
		e = &cached{file: f, frame: frame, unpack: sync.OnceValues(func() ([]byte, error) { return f.unpack(frame) })}
	}
	c.frames = append(c.frames, e)
	return e
}
