package rawfile

import (
	"fmt"
	"io"
	"unsafe"
)

// File is an object of the archive whose records are read in any order. It may
// be used concurrently.
type File struct {
	from  io.ReaderAt
	index *index
	cache *Cache
}

// Open reads the index of an object. The file must be closed. Errors wrap ErrNoIndex, ErrDamaged, or
// those of reading.
func Open(r io.ReaderAt, size int64, cache *Cache) (*File, error) {
	x, err := readIndex(r, size)
	if err != nil {
		return nil, fmt.Errorf("opening an object of the archive: %w", err)
	}
	return &File{from: r, index: x, cache: cache}, nil
}

// Close forgets what was read. It does not close what it was read from.
func (f *File) Close() { f.cache.closed(f) }

// Calls are the records of the object in the order of their lines.
func (f *File) Calls() []Call { return f.index.Calls }

// Record returns a record as Graph sent it. Records that are read in the order
// of their lines are unpacked once. Errors wrap ErrDamaged or those of reading.
func (f *File) Record(call Call) (string, error) {
	text, err := f.cache.text(f, call.Frame)
	if err != nil {
		return "", fmt.Errorf("reading call %s from the archive: %w", call.CallID, err)
	}
	// Without a copy: the text of a frame does not change.
	record := text[call.Offset : call.Offset+call.Size]
	return unsafe.String(unsafe.SliceData(record), len(record)), nil
}

// unpack reads a frame.
func (f *File) unpack(n int) ([]byte, error) {
	at := f.index.Frames[n]
	packed := make([]byte, at.Packed)
	if _, err := f.from.ReadAt(packed, at.offset); err != nil {
		return nil, err
	}
	text, err := f.cache.unpacker.DecodeAll(packed, make([]byte, 0, at.Text))
	if err == nil && len(text) != at.Text {
		err = fmt.Errorf("it has %d bytes instead of %d", len(text), at.Text)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: frame %d: %w", ErrDamaged, n, err)
	}
	return text, nil
}
