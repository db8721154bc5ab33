package columns

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/rle"
)

// How values are encoded. The numbers are part of the bytes.
const (
	// dictionaryBytes is the largest dictionary of a column in a row group. A
	// column with more distinct values goes on without one.
	dictionaryBytes = 1 << 20
	wordBytes       = 32 << 10 // the same for numbers, whose entries cost more beside their bytes
	// fewWords is how many numbers are always worth a dictionary.
	fewWords = 16
	// codedOverhead is what a dictionary costs beside its values: the header
	// of its page and a frame of the compressor.
	codedOverhead = 64
)

// values are the values of a page, without the NULLs: either plain, or codes
// in the dictionary of the row group.
type values interface {
	len() int
	// fits tells whether the page may have another one.
	fits() bool
	// coded tells whether the page has codes.
	coded() bool
	// pays tells whether codes make the page and the dictionary smaller
	// than plain values would be.
	pays() bool
	// spell makes the codes of the page plain values, and goesPlain the
	// values of all pages to come.
	spell()
	goesPlain()
	full() bool // the dictionary
	// encode appends the page, dictionary the dictionary's page.
	encode(to []byte) ([]byte, error)
	dictionary(to []byte) (page []byte, values int)
	bounds() (least, most parquet.Value)
	endPage()
	endGroup()
}

// coding is what texts and words have in common.
type coding struct {
	codes []int32 // of the page
	plain bool    // no codes any more, up to the end of the row group
	stamp []uint32
	pages uint32 // counts pages, as stamps
}

func (c *coding) coded() bool { return !c.plain }

func (c *coding) goesPlain() { c.plain = true }

func (c *coding) encode(to []byte) ([]byte, error) {
	n := len(to)
	encoded, err := new(rle.DictionaryEncoding).EncodeInt32(to[n:], c.codes)
	return append(to[:n], encoded...), err
}

// bitsOf is how many bits a code takes.
func bitsOf(distinct int) int { return bits.Len(uint(max(distinct, 1) - 1)) }

// distinct calls f once for each code in the page.
func (c *coding) distinct(of int, f func(code int32)) {
	c.pages++
	for len(c.stamp) < of {
		c.stamp = append(c.stamp, 0)
	}
	for _, code := range c.codes {
		if c.stamp[code] != c.pages {
			c.stamp[code] = c.pages
			f(code)
		}
	}
}

// texts are the values of a column of strings.
type texts struct {
	coding
	never bool // a dictionary
	dict  textDictionary
	data  []byte // plain values
	n     int    // of them

	last int32 // the code before
}

func newTexts(never bool) *texts {
	return &texts{coding: coding{plain: never}, never: never, dict: textDictionary{seed: maphash.MakeSeed()}}
}

func (t *texts) len() int {
	if t.plain {
		return t.n
	}
	return len(t.codes)
}

func (t *texts) fits() bool {
	if t.plain {
		return len(t.data) < pageBytes
	}
	return !t.full()
}

func (t *texts) add(value []byte) {
	if t.plain {
		t.data = appendText(t.data, value)
		t.n++
		return
	}
	t.codes = append(t.codes, t.code(value))
}

// addAll adds the strings of rows, but for those that are nil, until no more
// fit. It returns how many rows it has taken.
func (t *texts) addAll(values []*string) int {
	if t.plain {
		for i, v := range values {
			if v == nil {
				continue
			}
			if t.add(stringBytes(*v)); !t.fits() {
				return i + 1
			}
		}
		return len(values)
	}
	var distinct [blockRows]*string
	var first, which [blockRows]uint8 // the row of each of them, and which one each row has
	n, last, before := 0, 0, 0
	for i, v := range values {
		switch {
		case v == nil:
			continue
		// Rows of a call repeat most of what they hold, or alternate.
		case n > 0 && *v == *distinct[last]:
		case n > 1 && *v == *distinct[before]:
			last, before = before, last
		default:
			distinct[n], first[n] = v, uint8(i)
			last, before = n, last
			n++
		}
		which[i] = uint8(last)
	}
	var hashes [blockRows]uint32
	for i, v := range distinct[:n] {
		hashes[i] = t.dict.hash(stringBytes(*v))
		t.dict.touch(hashes[i])
	}
	taken := len(values)
	var codes [blockRows]int32
	for i, v := range distinct[:n] {
		if codes[i] = t.dict.find(hashes[i], stringBytes(*v)); !t.fits() {
			taken = int(first[i]) + 1
			break
		}
	}
	for i, v := range values[:taken] {
		if v != nil {
			t.codes = append(t.codes, codes[which[i]])
		}
	}
	return taken
}

// code looks first whether the value is the one before.
func (t *texts) code(value []byte) int32 {
	if int(t.last) >= t.dict.len() || string(t.dict.text(t.last)) != string(value) {
		t.last = t.dict.code(value)
	}
	return t.last
}

func (t *texts) pays() bool {
	plain := 0
	for _, code := range t.codes {
		plain += 4 + len(t.dict.text(code))
	}
	return t.dict.bytes()+len(t.codes)*bitsOf(t.dict.len())/8+codedOverhead < plain*3/4
}

func (t *texts) spell() {
	for _, code := range t.codes {
		t.data = appendText(t.data, t.dict.text(code))
		t.n++
	}
	t.codes = t.codes[:0]
	t.dict.reset()
	t.plain = true
}

func (t *texts) full() bool { return t.dict.bytes() > dictionaryBytes }

func (t *texts) encode(to []byte) ([]byte, error) {
	if t.plain {
		return append(to, t.data...), nil
	}
	return t.coding.encode(to)
}

func (t *texts) dictionary(to []byte) ([]byte, int) {
	return append(to, t.dict.data...), t.dict.len()
}

func (t *texts) bounds() (least, most parquet.Value) {
	var low, high []byte
	first := true
	look := func(value []byte) {
		if first || string(value) < string(low) {
			low = value
		}
		if first || string(value) > string(high) {
			high = value
		}
		first = false
	}
	if t.plain {
		for rest := t.data; len(rest) > 0; {
			n := binary.LittleEndian.Uint32(rest)
			look(rest[4 : 4+n])
			rest = rest[4+n:]
		}
	} else {
		t.distinct(t.dict.len(), func(code int32) { look(t.dict.text(code)) })
	}
	return parquet.ByteArrayValue(low), parquet.ByteArrayValue(high)
}

func (t *texts) endPage() {
	t.codes, t.data, t.n = t.codes[:0], t.data[:0], 0
}

func (t *texts) endGroup() {
	t.dict.reset()
	clear(t.stamp)
	t.plain = t.never
}

// words are the values of a column of numbers or booleans.
type words struct {
	coding
	kind kind
	dict wordDictionary
	data []uint64 // plain values

	last     int32 // the code before
	lastWord uint64
}

func newWords(k kind) *words { return &words{coding: coding{plain: k == boolean}, kind: k} }

func (w *words) len() int { return len(w.data) + len(w.codes) }

func (w *words) fits() bool { return true }

func (w *words) add(value uint64) {
	if w.plain {
		w.data = append(w.data, value)
		return
	}
	w.codes = append(w.codes, w.code(value))
}

func (w *words) addAll(values []uint64) {
	if w.plain {
		w.data = append(w.data, values...)
		return
	}
	for _, v := range values {
		w.codes = append(w.codes, w.code(v))
	}
}

func (w *words) code(value uint64) int32 {
	if w.dict.len() == 0 || w.lastWord != value {
		w.last, w.lastWord = w.dict.code(value), value
	}
	return w.last
}

func (w *words) pays() bool {
	n, distinct, runs := len(w.codes), w.dict.len(), 1
	for i := 1; i < n; i++ {
		if w.codes[i] != w.codes[i-1] {
			runs++
		}
	}
	// Values that don't come again once others have come, as starts of calls,
	// are small enough as they are: the compressor sees that they repeat.
	if distinct > fewWords && 2*distinct > runs {
		return false
	}
	return w.dict.bytes()+n*bitsOf(distinct)/8+codedOverhead < 8*n*3/4
}

func (w *words) spell() {
	for _, code := range w.codes {
		w.data = append(w.data, w.dict.words[code])
	}
	w.codes = w.codes[:0]
	w.dict.reset()
	w.plain = true
}

func (w *words) full() bool { return w.dict.bytes() > wordBytes }

func (w *words) encode(to []byte) ([]byte, error) {
	if !w.plain {
		return w.coding.encode(to)
	}
	if w.kind != boolean {
		return appendWords(to, w.data), nil
	}
	for i, v := range w.data {
		if i%8 == 0 {
			to = append(to, 0)
		}
		to[len(to)-1] |= byte(v) << (i % 8)
	}
	return to, nil
}

func (w *words) dictionary(to []byte) ([]byte, int) {
	return appendWords(to, w.dict.words), w.dict.len()
}

func appendWords(to []byte, words []uint64) []byte {
	for _, v := range words {
		to = binary.LittleEndian.AppendUint64(to, v)
	}
	return to
}

func (w *words) bounds() (least, most parquet.Value) {
	b := wordBounds{kind: w.kind}
	if w.plain {
		for _, v := range w.data {
			b.look(v)
		}
	} else {
		w.distinct(w.dict.len(), func(code int32) { b.look(w.dict.words[code]) })
	}
	return b.values()
}

func (w *words) endPage() {
	w.codes, w.data = w.codes[:0], w.data[:0]
}

func (w *words) endGroup() {
	w.dict.reset()
	clear(w.stamp)
	w.plain = w.kind == boolean
}
