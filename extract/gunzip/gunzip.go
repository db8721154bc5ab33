// Package gunzip unpacks gzip streams that are in memory as a whole, into
// memory that the caller gives.
//
// It exists because unpacking is the most of what fetching a call costs.
// Readers of streams, such as compress/gzip, ask for each byte and write each
// twice, by way of a window; with all input and output at hand neither is
// needed. It accepts what compress/gzip accepts and checks the same sums.
//
// See RFC 1951 (deflate) and RFC 1952 (gzip).
package gunzip

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// ErrShort says that the buffer's capacity is less than what there is to unpack.
// Any other error says that the stream is damaged; it is io.ErrUnexpectedEOF if
// the stream ends early.
var ErrShort = errors.New("there is more to unpack than the buffer has room for")

var (
	errHead = errors.New("not a gzip stream")
	errSum  = errors.New("the checksum of a gzip stream is wrong")
	errCode = errors.New("a gzip stream is damaged")
)

// Unpacker unpacks streams, one after the other. The zero Unpacker is ready.
type Unpacker struct{ inflater inflater }

const (
	headSize = 10
	tailSize = 8
)

// Size returns how many bytes a packed stream says that it holds: of several
// the last, and of one that is cut short or made with malice anything up to 4 GB.
func Size(packed []byte) int64 {
	if len(packed) < headSize+tailSize {
		return 0
	}
	return int64(binary.LittleEndian.Uint32(packed[len(packed)-4:]))
}

// Append unpacks the streams that packed consists of and appends them to dst,
// which must have the capacity for them. With an error it returns what it
// unpacked before.
func (u *Unpacker) Append(dst, packed []byte) ([]byte, error) {
	for first := true; first || len(packed) > 0; first = false {
		body, err := skipHead(packed)
		if err != nil {
			return dst, err
		}
		begin := len(dst)
		if dst, packed, err = u.inflater.inflate(dst, body); err != nil {
			return dst, err
		}
		if len(packed) < tailSize {
			return dst, io.ErrUnexpectedEOF
		}
		plain := dst[begin:]
		if crc32.ChecksumIEEE(plain) != binary.LittleEndian.Uint32(packed) || uint32(len(plain)) != binary.LittleEndian.Uint32(packed[4:]) {
			return dst, errSum
		}
		packed = packed[tailSize:]
	}
	return dst, nil
}

// skipHead returns what follows the head of a stream.
func skipHead(packed []byte) ([]byte, error) {
	const (
		hasSum     = 1 << 1
		hasExtra   = 1 << 2
		hasName    = 1 << 3
		hasComment = 1 << 4

		deflated = 8
		maxText  = 512 // of a name or comment; that of compress/gzip
	)
	if len(packed) < headSize {
		return nil, io.ErrUnexpectedEOF
	}
	if packed[0] != 0x1f || packed[1] != 0x8b || packed[2] != deflated {
		return nil, errHead
	}
	flags, rest := packed[3], packed[headSize:]
	if flags&hasExtra != 0 {
		if len(rest) < 2 {
			return nil, io.ErrUnexpectedEOF
		}
		n := 2 + int(binary.LittleEndian.Uint16(rest))
		if len(rest) < n {
			return nil, io.ErrUnexpectedEOF
		}
		rest = rest[n:]
	}
	for _, flag := range [...]byte{hasName, hasComment} {
		if flags&flag == 0 {
			continue
		}
		end := bytes.IndexByte(rest[:min(len(rest), maxText)], 0)
		if end < 0 && len(rest) >= maxText {
			return nil, errHead
		} else if end < 0 {
			return nil, io.ErrUnexpectedEOF
		}
		rest = rest[end+1:]
	}
	if flags&hasSum != 0 {
		if len(rest) < 2 {
			return nil, io.ErrUnexpectedEOF
		}
		sum := crc32.ChecksumIEEE(packed[:len(packed)-len(rest)])
		if binary.LittleEndian.Uint16(rest) != uint16(sum) {
			return nil, errHead
		}
		rest = rest[2:]
	}
	return rest, nil
}
