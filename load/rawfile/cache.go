package rawfile

import (
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// cachedFrames is the most unpacked frames that a Cache holds: 32 MiB.
const cachedFrames = 16

// Cache holds the frames read last, two for each file that is open: files of a
// date are read side by side, as their calls alternate in time. It may be used
// concurrently.
type Cache struct {
	unpacker *zstd.Decoder
	mu       sync.Mutex
	files    int       // that are open
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

// opened makes room for the frames of another file.
func (c *Cache) opened() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files++
}

// closed drops the frames of a file.
func (c *Cache) closed(f *File) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files--
	c.frames = slices.DeleteFunc(c.frames, func(e *cached) bool { return e.file == f })
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
	case len(c.frames) > 0 && len(c.frames) >= min(2*c.files, cachedFrames):
		c.frames = slices.Delete(c.frames, 0, 1)
	}
	if e == nil {
		e = &cached{file: f, frame: frame, unpack: sync.OnceValues(func() ([]byte, error) { return f.unpack(frame) })}
	}
	c.frames = append(c.frames, e)
	return e
}
