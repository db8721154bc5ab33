package columns

import (
	"encoding/binary"
	"hash/maphash"
)

// table finds the codes of values by their hashes: open addressing, at most
// half full. Codes count up in the order in which values come first, so that
// hashes, which differ from process to process, are in no file.
type table struct {
	slots   []slot
	used    int
	touched uint32 // means nothing
}

type slot struct {
	hash uint32
	more uint32 // tells values with one hash apart: see the dictionaries
	code int32  // plus one; zero is free
}

const tableSlots = 64 // to begin with

func (t *table) reset() {
	clear(t.slots)
	t.used = 0
}

// first is where the search for a hash begins. There is a free slot after it.
func (t *table) first(hash uint32) uint32 {
	if 2*t.used >= len(t.slots) {
		t.grow()
	}
	return hash & uint32(len(t.slots)-1)
}

// touch reads the slot that a search for the hash will begin with. Slots are
// spread over more memory than the processor's caches have, and it waits once for
// many values whose slots are touched before they are searched for.
func (t *table) touch(hash uint32) {
	if len(t.slots) > 0 {
		t.touched += t.slots[hash&uint32(len(t.slots)-1)].hash
	}
}

func (t *table) next(i uint32) uint32 { return (i + 1) & uint32(len(t.slots)-1) }

// insert gives the value that isn't there the next code.
func (t *table) insert(i, hash, more uint32) int32 {
	t.used++
	t.slots[i] = slot{hash, more, int32(t.used)}
	return int32(t.used) - 1
}

func (t *table) grow() {
	old := t.slots
	t.slots = make([]slot, max(tableSlots, 2*len(old)))
	for _, s := range old {
		if s.code == 0 {
			continue
		}
		i := s.hash & uint32(len(t.slots)-1)
		for t.slots[i].code != 0 {
			i = t.next(i)
		}
		t.slots[i] = s
	}
}

// textDictionary holds the distinct strings of a column. Its slots say where the
// bytes begin, since what is far apart in memory costs most here.
type textDictionary struct {
	table
	seed   maphash.Seed
	data   []byte   // as in the dictionary page: lengths and bytes
	starts []uint32 // where the bytes of each code begin
}

func (d *textDictionary) reset() {
	d.table.reset()
	d.data, d.starts = d.data[:0], d.starts[:0]
}

// bytes is how large the dictionary page is.
func (d *textDictionary) bytes() int { return len(d.data) }

func (d *textDictionary) len() int { return len(d.starts) }

func (d *textDictionary) text(code int32) []byte { return d.at(d.starts[code]) }

// at returns the string whose bytes begin there.
func (d *textDictionary) at(start uint32) []byte {
	return d.data[start:][:binary.LittleEndian.Uint32(d.data[start-4:])]
}

func (d *textDictionary) hash(value []byte) uint32 { return uint32(maphash.Bytes(d.seed, value)) }

func (d *textDictionary) code(value []byte) int32 { return d.find(d.hash(value), value) }

// find returns the code of a string by its hash.
func (d *textDictionary) find(hash uint32, value []byte) int32 {
	for i := d.first(hash); ; i = d.next(i) {
		switch s := d.slots[i]; {
		case s.code == 0:
			d.data = appendText(d.data, value)
			start := uint32(len(d.data) - len(value))
			d.starts = append(d.starts, start)
			return d.insert(i, hash, start)
		case s.hash == hash && string(d.at(s.more)) == string(value):
			return s.code - 1
		}
	}
}

// wordDictionary holds the distinct numbers of a column. Its hashes have as many
// bits as a number and are different for all: the slots have the other half.
type wordDictionary struct {
	table
	words []uint64
}

func (d *wordDictionary) reset() {
	d.table.reset()
	d.words = d.words[:0]
}

func (d *wordDictionary) bytes() int { return 8 * len(d.words) }

func (d *wordDictionary) len() int { return len(d.words) }

func (d *wordDictionary) code(value uint64) int32 {
	spread := value * 0x9E3779B97F4A7C15 // odd, and so no two values become one
	hash, more := uint32(spread>>32), uint32(spread)
	for i := d.first(hash); ; i = d.next(i) {
		switch s := d.slots[i]; {
		case s.code == 0:
			d.words = append(d.words, value)
			return d.insert(i, hash, more)
		case s.hash == hash && s.more == more:
			return s.code - 1
		}
	}
}

// appendText appends a string as the encoding PLAIN has it.
func appendText(to, value []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(to, uint32(len(value))), value...)
}
