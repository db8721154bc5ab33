package load

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/klauspost/compress/s2"
)

const (
	// looseBytes is how much may wait as it is: the calls of most runs.
	looseBytes = 16 << 20
	// packBlock is how much of a record is packed at once. Room is needed for as
	// much again.
	packBlock = 1 << 20
	// firstText is what records are packed by before there is one to go by.
	firstText = `{"version":1,"type":"groupCall"}`
)

// packer holds records that wait in memory. A few it leaves as they are. More of
// them it packs: as they are alike, each as what differs from an earlier one, by
// S2, which takes half the time of zstd, and the result is hardly larger. The
// zero packer is ready.
type packer struct {
	loose   []*waiting // not packed yet
	bytes   int64      // that the records take
	packs   bool       // there are too many to leave them as they are
	by      *s2.Dict
	size    int    // of the text that records are packed by
	scratch []byte // room for a packed block
}

// waiting is a record that waits. It is packed if it is in blocks.
type waiting struct {
	text   []byte
	by     *s2.Dict
	blocks [][]byte
	size   int    // of the record
	sum    uint32 // CRC-32 of it, if it is packed: blocks have none of their own
}

// add adds a record, which may be reused afterwards.
func (p *packer) add(record []byte) *waiting {
	w := &waiting{size: len(record)}
	if !p.packs && p.bytes+int64(w.size) > looseBytes {
		p.packAll()
	}
	if p.packs {
		p.pack(w, record)
		return w
	}
	w.text = bytes.Clone(record)
	p.loose = append(p.loose, w)
	p.bytes += int64(w.size)
	return w
}

// packAll packs what waits, as what is added from then on.
func (p *packer) packAll() {
	p.packs, p.bytes = true, 0
	for _, w := range p.loose {
		p.pack(w, w.text)
		w.text = nil
	}
	p.loose = nil
}

func (p *packer) pack(w *waiting, record []byte) {
	if text := record[:min(len(record), s2.MaxDictSize)]; len(text) >= 2*max(p.size, len(firstText)) {
		p.goBy(text)
	} else if p.by == nil {
		p.goBy([]byte(firstText))
	}
	w.by, w.sum = p.by, crc32.ChecksumIEEE(record)
	for block := range slices.Chunk(record, packBlock) {
		p.scratch = slices.Grow(p.scratch[:0], s2.MaxEncodedLen(len(block)))
		packed := bytes.Clone(p.by.Encode(p.scratch, block))
		w.blocks = append(w.blocks, packed)
		p.bytes += int64(len(packed))
	}
}

// goBy has records packed by a text. Each is at least twice as large as the one
// before, so that there are few of them.
func (p *packer) goBy(text []byte) {
	p.by, p.size = s2.MakeDict(bytes.Clone(text), text[:s2.MinDictSize]), len(text)
}

// whole returns the record, which nobody may change.
func (w *waiting) whole() ([]byte, error) {
	if w.blocks == nil {
		return w.text, nil
	}
	return w.appendTo(nil)
}

// appendTo appends the record to a text.
func (w *waiting) appendTo(text []byte) ([]byte, error) {
	text = append(slices.Grow(text, w.size), w.text...)
	begin := len(text)
	for _, block := range w.blocks {
		n := len(text)
		part, err := w.by.Decode(text[n:n:cap(text)], block)
		if err != nil {
			return nil, fmt.Errorf("unpacking the record: %w", err)
		}
		text = text[:n+len(part)]
	}
	if w.blocks != nil && crc32.ChecksumIEEE(text[begin:]) != w.sum {
		return nil, errors.New("unpacking the record: it is not what was packed")
	}
	return text, nil
}
