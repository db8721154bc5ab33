package columns

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math"
	"reflect"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// How rows are cut into row groups. The numbers are part of the bytes.
const (
	// groupRows is the most that a row group has, and bounds the memory of a
	// Writer, which keeps its compressed pages.
	groupRows = 65_536
	// groupLeast is how many it has at least before it may end with a unit,
	// and groupMore about how many more it has then.
	groupLeast = 32_768
	groupMore  = 16_384
)

// Writer writes a file. The rows come in units: rows that belong together, and
// are known by a number that is made of what they have in common. A row group
// ends after a unit whose number says so, and so where the rows say, not where
// so many others came before. Two units with rows beside each other that have
// the same number are one.
//
// After an error a Writer is of no more use.
type Writer struct {
	layout  *Layout
	out     io.Writer
	offset  int64
	columns []*column
	block   block // rows that are not taken apart yet
	rows    int   // of the row group, with those
	total   int64 // of the row groups before
	unit    uint64
	unitRow int // rows of the unit in the row group
	groups  []format.RowGroup
	indexes [][]chunk

	// Memory that all columns share.
	page, packed []byte
	head         bytes.Buffer
	spare        [][]byte // blocks
}

// NewWriter returns a writer of a file. It takes over the memory of one that
// was closed, which is most of what a file costs where memory is dear.
func (l *Layout) NewWriter(out io.Writer) *Writer {
	if w := l.reuse(); w != nil {
		w.out = out
		return w
	}
	w := &Writer{layout: l, out: out}
	for i := range l.leaves {
		w.columns = append(w.columns, newColumn(w, &l.leaves[i]))
	}
	return w
}

func (l *Layout) reuse() *Writer {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	n := len(l.closed)
	if n == 0 {
		return nil
	}
	w := l.closed[n-1]
	l.closed = l.closed[:n-1]
	return w
}

// retire leaves the memory of a writer that is done to one to come.
func (l *Layout) retire(w *Writer) {
	next := &Writer{layout: l, columns: w.columns, page: w.page, packed: w.packed, spare: w.spare}
	for _, c := range next.columns {
		c.writer = next
	}
	w.columns = nil
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.closed = append(l.closed, next)
}

// Unit is rows that belong together.
type Unit struct {
	Number uint64
	Rows   int
}

// Write adds rows of a unit: a slice of structs of the layout's type. They may
// be read later, up to the next Flush or Close, and must not be changed before.
// Errors are those of the file's writer.
func (w *Writer) Write(unit uint64, slice reflect.Value) error {
	all := w.layout.rowsOf(slice)
	return w.add([]Unit{{unit, all.n}}, func(from, n int) error {
		for end := from + n; from < end; {
			from += w.block.add(all, from, end-from)
			if w.block.n == blockRows {
				if err := w.Flush(); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Flush reads all rows that were written.
func (w *Writer) Flush() error {
	if w.block.n == 0 {
		return nil
	}
	for _, c := range w.columns {
		if err := c.write(&w.block); err != nil {
			return err
		}
	}
	w.block = block{}
	return nil
}

// Pass adds the next rows of another file, which are of these units.
func (w *Writer) Pass(s *Source, units []Unit) error {
	if err := w.Flush(); err != nil {
		return err
	}
	return w.add(units, func(_, n int) error {
		for i, c := range w.columns {
			if err := c.pass(s.chunks[i], n); err != nil {
				return err
			}
		}
		return nil
	})
}

// Rows returns how many rows there are.
func (w *Writer) Rows() int64 { return w.total + int64(w.rows) }

// add adds rows of units. Where row groups end is seen from their numbers, so
// that to is called for as many rows at once as there are up to there.
func (w *Writer) add(units []Unit, to func(from, n int) error) error {
	from, n := 0, 0
	send := func() error {
		err := to(from, n)
		from, n = from+n, 0
		return err
	}
	cut := func() error {
		if err := send(); err != nil {
			return err
		}
		return w.endGroup()
	}
	for _, unit := range units {
		if unit.Rows > 0 && unit.Number != w.unit {
			if endsGroup(w.rows, w.unit, w.unitRow) {
				if err := cut(); err != nil {
					return err
				}
			}
			w.unit, w.unitRow = unit.Number, 0
		}
		for left := unit.Rows; left > 0; {
			part := min(left, groupRows-w.rows)
			left -= part
			n += part
			w.rows += part
			w.unitRow += part
			if w.rows == groupRows {
				if err := cut(); err != nil {
					return err
				}
			}
		}
	}
	return send()
}

// endsGroup tells whether a row group ends after a unit that has so many rows
// in it. The more rows a unit has, the likelier it is, so that tables with many
// rows for each call have groups as large as others.
func endsGroup(rows int, unit uint64, unitRows int) bool {
	return rows >= groupLeast && unit/uint64(unitRows) < math.MaxUint64/groupMore
}

// endGroup writes the row group.
func (w *Writer) endGroup() error {
	if w.rows == 0 {
		return nil
	}
	if err := errors.Join(w.Flush(), w.begin()); err != nil {
		return err
	}
	start := w.offset
	var chunks []chunk
	for _, c := range w.columns {
		done, err := c.endGroup()
		if err != nil {
			return err
		}
		chunks = append(chunks, done)
	}
	return w.ended(chunks, w.rows, start)
}

// ended notes a row group that has been written.
func (w *Writer) ended(chunks []chunk, rows int, start int64) error {
	if len(w.groups) == math.MaxInt16 {
		return errors.New("the file would have more than 32,767 row groups")
	}
	group := format.RowGroup{
		NumRows: int64(rows), SortingColumns: w.layout.sorting,
		FileOffset: start, TotalCompressedSize: w.offset - start, Ordinal: int16(len(w.groups)),
	}
	for _, c := range chunks {
		group.Columns = append(group.Columns, format.ColumnChunk{MetaData: c.meta})
		group.TotalByteSize += c.meta.TotalUncompressedSize
	}
	w.groups, w.indexes = append(w.groups, group), append(w.indexes, chunks)
	w.total += int64(rows)
	w.rows, w.unitRow = 0, 0
	return nil
}

// Close completes the file. It does not close what the file is written to.
func (w *Writer) Close() error {
	if err := w.endGroup(); err != nil {
		return err
	}
	if err := w.begin(); err != nil {
		return err
	}
	for i, chunks := range w.indexes {
		for j, c := range chunks {
			at := &w.groups[i].Columns[j]
			at.ColumnIndexOffset, at.ColumnIndexLength = w.offset, int32(len(c.column))
			if err := w.put(c.column); err != nil {
				return err
			}
		}
	}
	for i, chunks := range w.indexes {
		for j, c := range chunks {
			at := &w.groups[i].Columns[j]
			at.OffsetIndexOffset, at.OffsetIndexLength = w.offset, int32(len(c.pages))
			if err := w.put(c.pages); err != nil {
				return err
			}
		}
	}
	footer := w.layout.empty
	footer.NumRows, footer.RowGroups = w.total, w.groups
	data, err := encode(&footer)
	if err != nil {
		return err
	}
	data = binary.LittleEndian.AppendUint32(data, uint32(len(data)))
	if err := w.put(append(data, magic...)); err != nil {
		return err
	}
	w.layout.retire(w)
	return nil
}

const magic = "PAR1"

// begin writes what comes before all else.
func (w *Writer) begin() error {
	if w.offset > 0 {
		return nil
	}
	return w.put([]byte(magic))
}

func (w *Writer) put(data []byte) error {
	n, err := w.out.Write(data)
	w.offset += int64(n)
	return err
}

// pack compresses the page and makes its header. What it returns is valid up to
// the next page.
func (w *Writer) pack(header *format.PageHeader, sizes *format.ColumnMetaData) (head, packed []byte, err error) {
	if w.packed, err = w.layout.codec.Encode(w.packed[:0], w.page); err != nil {
		return nil, nil, err
	}
	if len(w.page) > math.MaxInt32 || len(w.packed) > math.MaxInt32 {
		return nil, nil, errors.New("a page is larger than 2 GiB")
	}
	header.UncompressedPageSize, header.CompressedPageSize = int32(len(w.page)), int32(len(w.packed))
	header.CRC = int32(crc32.ChecksumIEEE(w.packed))
	w.head.Reset()
	if err := thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(&w.head)).Encode(header); err != nil {
		return nil, nil, err
	}
	sizes.TotalUncompressedSize += int64(w.head.Len() + len(w.page))
	sizes.TotalCompressedSize += int64(w.head.Len() + len(w.packed))
	return w.head.Bytes(), w.packed, nil
}

// encode returns a part of the format as the file has it.
func encode(part any) ([]byte, error) {
	var buffer bytes.Buffer
	err := thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(&buffer)).Encode(part)
	return buffer.Bytes(), err
}

// chunk is a column of a row group that has been written.
type chunk struct {
	meta          format.ColumnMetaData
	column, pages []byte // its two indexes
}
