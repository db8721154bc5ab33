package load

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"sync"
)

// spool is a file being written, with its digest.
type spool struct {
	file  *os.File
	hash  hash.Hash
	size  int64
	close func() error
}

// newSpool owns the file and closes it once.
func newSpool(file *os.File) *spool {
	return &spool{file: file, hash: sha256.New(), close: sync.OnceValue(file.Close)}
}

// tempSpool is a spool in a private file without a name, so that nothing of it
// is left behind whatever happens to the process.
func tempSpool(dir string) (*spool, error) {
	file, err := os.CreateTemp(dir, "etl-*")
	if err != nil {
		return nil, fmt.Errorf("%w: creating a temporary file: %w", ErrStorage, err)
	}
	s := newSpool(file)
	if os.Remove(file.Name()) != nil { // a system that keeps the names of open files
		s.close = sync.OnceValue(func() error { return errors.Join(file.Close(), os.Remove(file.Name())) })
	}
	return s, nil
}

func (s *spool) Write(p []byte) (int, error) {
	n, err := s.file.Write(p)
	s.hash.Write(p[:n])
	s.size += int64(n)
	if err != nil {
		return n, fmt.Errorf("%w: writing a temporary file: %w", ErrStorage, err)
	}
	return n, nil
}

func (s *spool) ReadAt(p []byte, off int64) (int, error) { return s.file.ReadAt(p, off) }

func (s *spool) digest() digest {
	d := digest{size: s.size}
	s.hash.Sum(d.sha256[:0])
	return d
}

// digestOf reads everything.
func digestOf(r io.ReaderAt, size int64) (digest, error) {
	h := sha256.New()
	n, err := io.Copy(h, io.NewSectionReader(r, 0, size))
	if err != nil {
		return digest{}, err
	}
	d := digest{size: n}
	h.Sum(d.sha256[:0])
	return d, nil
}
