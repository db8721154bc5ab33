package rawfile

import (
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// What a Cache holds of unpacked frames.
const (
	// cachedFrames is the most: 32 MiB.
	cachedFrames = 16
	// framesOfFile is the most of one file: its records are read in their order,
	// but by several at a time.
	framesOfFile = 2
	// coldReads is how many records are read of others before a frame is
	// dropped: its file has probably been read to the end.
	coldReads = 256
)

// Cache holds the frames read last, of several files: those of a date are read
// side by side, as their calls alternate in time. It may be used concurrently.
type Cache struct {
	unpacker *zstd.Decoder
	mu       sync.Mutex
	reads    int64     // so far
	frames   []*cached // the one used last is last
}

type cached struct {
	file   *File
	frame  int
	read   int64 // the last, as counted by the cache
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

// closed drops the frames of a file.
func (c *Cache) closed(f *File) {
	c.mu.Lock()
	defer c.mu.Unlock()
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
	c.reads++
	i := slices.IndexFunc(c.frames, func(e *cached) bool { return e.file == f && e.frame == frame })
	var e *cached
	if i >= 0 {
		e = c.frames[i]
		c.frames = slices.Delete(c.frames, i, i+1)
	} else {
		e = &cached{file: f, frame: frame, unpack: sync.OnceValues(func() ([]byte, error) { return f.unpack(frame) })}
		c.makeRoom(f)
	}
	e.read = c.reads
	c.frames = append(c.frames, e)
	return e
}

// makeRoom drops frames that will hardly be read again, for another of a file.
func (c *Cache) makeRoom(f *File) {
	c.frames = slices.DeleteFunc(c.frames, func(e *cached) bool { return c.reads-e.read > coldReads })
	of := 0
	for i, e := range slices.Backward(c.frames) {
		if e.file != f {
			continue
		}
		if of++; of == framesOfFile {
			c.frames = slices.Delete(c.frames, i, i+1)
			return
		}
	}
	if len(c.frames) == cachedFrames {
		c.frames = slices.Delete(c.frames, 0, 1)
	}
}
