package columns

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/format"
)

// How columns are cut into pages. A page ends with the row that fills it. The
// numbers are part of the bytes.
const (
	pageValues = 16_384    // that are not NULL
	pageLevels = groupRows // only a list has more of them than rows
	pageBytes  = 256 << 10 // of strings
	// wordSample is how many numbers are looked at to see whether a dictionary
	// is worth it. Strings are looked at for a page: they take more room, and
	// the same people and devices come again after many rows.
	wordSample = 1024
	// indexBytes is how much of a string is in the page index.
	indexBytes = 16
)

// column writes one column of the row group that is under way.
type column struct {
	*leaf
	writer *Writer

	// The page.
	defs, reps []byte
	values     values
	texts      *texts // values is this, or words
	words      *words
	sample     int // of so many values, to see whether the dictionary is worth it

	// The row group.
	settled bool                  // it has been decided whether there is a dictionary
	group   int                   // counts row groups: the codes of one mean nothing in the next
	rows    int64                 // so far
	starts  int64                 // of them before the page
	pages   blocks                // with their headers, as they will be in the file
	sizes   format.ColumnMetaData // sizes, encodings and statistics so far
	index   parquet.ColumnIndexer
	places  []format.PageLocation
}

func newColumn(w *Writer, l *leaf) *column {
	c := &column{leaf: l, writer: w, index: l.typ.NewColumnIndexer(indexBytes)}
	if l.kind == text {
		c.texts = newTexts(l.plain)
		c.values, c.sample = c.texts, pageValues
	} else {
		c.words = newWords(l.kind)
		c.values, c.sample = c.words, wordSample
	}
	return c
}

// room is how many rows there are surely before something is to be done, where
// a row has no more than one value.
func (c *column) room() int {
	values := pageValues
	if !c.settled {
		values = c.sample
	}
	return min(values-c.values.len(), pageLevels-len(c.defs))
}

// wrote counts rows. At the end of a row it is time to see whether the
// dictionary is worth it, or to end the page.
func (c *column) wrote(rows int) error {
	c.rows += int64(rows)
	n := c.values.len()
	if !c.settled && n >= c.sample {
		c.settle()
	}
	if n >= pageValues || len(c.defs) >= pageLevels || !c.values.fits() {
		return c.endPage()
	}
	return nil
}

// settle does without a dictionary up to the end of the row group, if that is
// smaller by what there has been of values.
func (c *column) settle() {
	if c.settled = true; c.values.coded() && !c.values.pays() {
		c.values.spell()
	}
}

// write adds the values of rows.
func (c *column) write(rows *block) error {
	switch {
	case c.list:
		return c.writeList(rows)
	case c.kind == text:
		return c.writeTexts(rows)
	default:
		return c.writeWords(rows)
	}
}

func (c *column) writeTexts(rows *block) error {
	var values [blockRows]*string
	for i := 0; i < rows.n; {
		n := min(rows.n-i, c.room())
		rows.texts(c.leaf, i, n, &values)
		n = c.texts.addAll(values[:n])
		if c.maxDef > 0 {
			for _, v := range values[:n] {
				var level byte
				if v != nil {
					level = 1
				}
				c.defs = append(c.defs, level)
			}
		}
		if err := c.wrote(n); err != nil {
			return err
		}
		i += n
	}
	return nil
}

func (c *column) writeWords(rows *block) error {
	var values [blockRows]uint64
	for i := 0; i < rows.n; {
		n := min(rows.n-i, c.room())
		some, present := rows.words(c.leaf, i, n, &values)
		c.words.addAll(values[:some])
		if c.maxDef > 0 {
			for j := range n {
				c.defs = append(c.defs, byte(present>>j&1))
			}
		}
		if err := c.wrote(n); err != nil {
			return err
		}
		i += n
	}
	return nil
}

func (c *column) writeList(rows *block) error {
	for i := range rows.n {
		list, null := rows.list(c.leaf, i)
		switch {
		case null:
			c.level(0, 0)
		case list.n == 0:
			c.level(0, 1)
		}
		for j := range list.n {
			repetition := byte(min(j, 1))
			if c.kind == text {
				if v := list.text(j); v != nil {
					c.level(repetition, c.maxDef)
					c.texts.add(stringBytes(*v))
					continue
				}
			} else if v, ok := list.word(c.kind, j); ok {
				c.level(repetition, c.maxDef)
				c.words.add(v)
				continue
			}
			c.level(repetition, 2)
		}
		if err := c.wrote(1); err != nil {
			return err
		}
	}
	return nil
}

func (c *column) level(repetition, definition byte) {
	c.reps, c.defs = append(c.reps, repetition), append(c.defs, definition)
}

// endPage encodes what there is of a page.
func (c *column) endPage() error {
	if c.rows == c.starts {
		return nil
	}
	if !c.settled {
		c.settle()
	}
	var err error
	page := c.writer.page[:0]
	if c.maxRep > 0 {
		page, err = appendLevels(page, c.reps, c.maxRep)
	}
	if err == nil && c.maxDef > 0 {
		page, err = appendLevels(page, c.defs, c.maxDef)
	}
	if err == nil {
		page, err = c.values.encode(page)
	}
	c.writer.page = page
	if err != nil {
		return err
	}
	encoding := format.Plain
	if c.values.coded() {
		encoding = format.RLEDictionary
	}
	values := c.values.len()
	levels := max(values, len(c.defs))
	header := format.PageHeader{Type: format.DataPage}
	header.DataPageHeader.Valid = true
	header.DataPageHeader.V = format.DataPageHeader{
		NumValues: int32(levels), Encoding: encoding,
		DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE,
	}
	head, packed, err := c.writer.pack(&header, &c.sizes)
	if err != nil {
		return err
	}
	c.places = append(c.places, format.PageLocation{
		Offset: c.pages.size, CompressedPageSize: int32(len(head) + len(packed)), FirstRowIndex: c.starts,
	})
	c.pages.append(c.writer, head)
	c.pages.append(c.writer, packed)
	c.countPage(encoding)
	c.bound(values, levels)
	c.starts = c.rows
	c.defs, c.reps = c.defs[:0], c.reps[:0]
	if c.values.endPage(); c.values.coded() && c.values.full() {
		c.values.goesPlain()
	}
	return nil
}

// appendLevels appends levels as pages of version 1 have them, with their
// length before them.
func appendLevels(to, levels []byte, most byte) ([]byte, error) {
	start := len(to) + 4
	to = append(to, 0, 0, 0, 0)
	encoder := rle.Encoding{BitWidth: bits.Len8(most)}
	encoded, err := encoder.EncodeLevels(to[start:], levels)
	if err != nil {
		return to, err
	}
	to = append(to[:start], encoded...)
	binary.LittleEndian.PutUint32(to[start-4:], uint32(len(encoded)))
	return to, nil
}

// bound takes the page into the statistics and the index.
func (c *column) bound(values, levels int) {
	nulls := int64(levels - values)
	c.sizes.NumValues += int64(levels)
	stats := &c.sizes.Statistics
	stats.NullCount += nulls
	if values == 0 {
		c.index.IndexPage(int64(levels), nulls, parquet.Value{}, parquet.Value{})
		return
	}
	low, high := c.values.bounds()
	c.index.IndexPage(int64(levels), nulls, low, high)
	if low.Kind() == parquet.Double && math.IsNaN(low.Double()) {
		return
	}
	if stats.MinValue == nil || c.typ.Compare(low, c.typ.Kind().Value(stats.MinValue)) < 0 {
		stats.MinValue = low.AppendBytes([]byte{})
	}
	if stats.MaxValue == nil || c.typ.Compare(high, c.typ.Kind().Value(stats.MaxValue)) > 0 {
		stats.MaxValue = high.AppendBytes([]byte{})
	}
}

// countPage counts the pages of each encoding.
func (c *column) countPage(encoding format.Encoding) {
	for i := range c.sizes.EncodingStats {
		if s := &c.sizes.EncodingStats[i]; s.Encoding == encoding {
			s.Count++
			return
		}
	}
	c.sizes.EncodingStats = append(c.sizes.EncodingStats, format.PageEncodingStats{PageType: format.DataPage, Encoding: encoding, Count: 1})
}

// endGroup writes the column's part of the row group.
func (c *column) endGroup() (chunk, error) {
	if err := c.endPage(); err != nil {
		return chunk{}, err
	}
	meta := c.sizes
	meta.Type, meta.PathInSchema, meta.Codec = format.Type(c.typ.Kind()), c.path, c.writer.layout.codec.CompressionCodec()
	var dictionary int
	if c.writer.page, dictionary = c.values.dictionary(c.writer.page[:0]); dictionary > 0 {
		meta.DictionaryPageOffset = c.writer.offset
		if err := c.writeDictionary(dictionary, &meta); err != nil {
			return chunk{}, err
		}
	}
	meta.Encoding = encodingsOf(meta.EncodingStats, c.maxDef)
	meta.DataPageOffset = c.writer.offset
	for i := range c.places {
		c.places[i].Offset += meta.DataPageOffset
	}
	if err := c.pages.put(c.writer); err != nil {
		return chunk{}, err
	}
	done := chunk{meta: meta}
	index := c.index.ColumnIndex()
	var err error
	if done.column, err = encode(&index); err != nil {
		return chunk{}, err
	}
	if done.pages, err = encode(&format.OffsetIndex{PageLocations: c.places}); err != nil {
		return chunk{}, err
	}
	c.reset()
	return done, nil
}

// writeDictionary writes the page of the dictionary, which the writer holds.
func (c *column) writeDictionary(values int, meta *format.ColumnMetaData) error {
	header := format.PageHeader{Type: format.DictionaryPage}
	header.DictionaryPageHeader.Valid = true
	header.DictionaryPageHeader.V = format.DictionaryPageHeader{NumValues: int32(values), Encoding: format.Plain}
	head, packed, err := c.writer.pack(&header, meta)
	if err != nil {
		return err
	}
	meta.EncodingStats = append(meta.EncodingStats, format.PageEncodingStats{PageType: format.DictionaryPage, Encoding: format.Plain, Count: 1})
	if err := c.writer.put(head); err != nil {
		return err
	}
	return c.writer.put(packed)
}

// encodingsOf lists what is in the pages.
func encodingsOf(pages []format.PageEncodingStats, maxDef byte) []format.Encoding {
	var all []format.Encoding
	if maxDef > 0 {
		all = append(all, format.RLE)
	}
	for _, p := range pages {
		all = append(all, p.Encoding)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// reset makes the column ready for the next row group.
func (c *column) reset() {
	c.group++
	c.rows, c.starts, c.settled = 0, 0, false
	c.places = c.places[:0]
	c.sizes = format.ColumnMetaData{}
	c.index.Reset()
	c.values.endGroup()
}
