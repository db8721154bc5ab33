package load

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/klauspost/compress/s2"
)

const (
	// packBlock is how much of a record is packed at once. Room is needed for as
	// much again.
	packBlock = 1 << 20
	// firstText is what records are packed by before there is one to go by.
	firstText = `{"version":1,"type":"groupCall"}`
)

// packer packs records that wait in memory. They are alike, so each is packed as
// what differs from an earlier one: by S2, that takes half the time of zstd, and
// the result is hardly larger. The zero packer is ready.
type packer struct {
	by      *s2.Dict
	size    int    // of the text that records are packed by
	scratch []byte // room for a packed block
}

// packed is a record that is packed.
type packed struct {
	by     *s2.Dict
	blocks [][]byte
	size   int // of the record
}

// pack packs a record, which may be reused afterwards.
func (p *packer) pack(record []byte) packed {
	if text := record[:min(len(record), s2.MaxDictSize)]; len(text) >= 2*max(p.size, len(firstText)) {
		p.goBy(text)
	} else if p.by == nil {
		p.goBy([]byte(firstText))
	}
	r := packed{by: p.by, size: len(record)}
	for block := range slices.Chunk(record, packBlock) {
		p.scratch = slices.Grow(p.scratch[:0], s2.MaxEncodedLen(len(block)))
		r.blocks = append(r.blocks, bytes.Clone(p.by.Encode(p.scratch, block)))
	}
	return r
}

// goBy has records packed by a text. Each is at least twice as large as the one
// before, so that there are few of them.
func (p *packer) goBy(text []byte) {
	p.by, p.size = s2.MakeDict(bytes.Clone(text), text[:s2.MinDictSize]), len(text)
}

// bytes is how much memory the record takes.
func (r packed) bytes() (n int64) {
	for _, block := range r.blocks {
		n += int64(len(block))
	}
	return n
}

// appendTo appends the record to a text.
func (r packed) appendTo(text []byte) ([]byte, error) {
	text = slices.Grow(text, r.size)
	for _, block := range r.blocks {
		n := len(text)
		part, err := r.by.Decode(text[n:n:cap(text)], block)
		if err != nil {
			return nil, fmt.Errorf("unpacking the record: %w", err)
		}
		text = text[:n+len(part)]
	}
	return text, nil
}
