package load

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// leadingPlaces are the places of the columns that lead every row.
var leadingPlaces = []int{tenantPlace, callIDPlace, versionPlace, startPlace}

var errBrokenRow = errors.New("broken Parquet: a row does not begin with the call's columns")

// columnRows reads some columns of an object, none of them with repetition and
// the leading ones first, row by row. The others are neither read nor decoded.
type columnRows struct {
	existing *existing
	places   []int           // of the columns, in a row of the table
	group    int             // the next row group
	left     int64           // rows of the group after those that are ready
	readers  []*columnReader // nil for a column that the file does not have
	closers  []io.Closer
	ready    int // rows of which every column's batch has the value
	at       int // the row among them
	row      []parquet.Value
}

func (e *existing) columnRows(places []int) *columnRows {
	return &columnRows{existing: e, places: places, row: make([]parquet.Value, len(places))}
}

// advance goes on to the next row, and returns false at the end.
func (r *columnRows) advance() (bool, error) {
	if r.at++; r.at < r.ready {
		return true, nil
	}
	return r.fill()
}

// value returns a column's value in the row, valid until the next is read; NULL
// where the file does not have the column.
func (r *columnRows) value(i int) parquet.Value {
	if column := r.readers[i]; column != nil {
		return column.batch[r.at]
	}
	return parquet.Value{}
}

// next returns the next row, or nil at the end. The row is valid until the next
// one is read; columns that the file does not have are NULL.
func (r *columnRows) next() ([]parquet.Value, error) {
	if more, err := r.advance(); err != nil || !more {
		return nil, err
	}
	for i := range r.row {
		r.row[i] = r.value(i)
	}
	if !leads(r.row) {
		return nil, errBrokenRow
	}
	return r.row, nil
}

// fill reads on where a column has no more values, and is then at a row.
func (r *columnRows) fill() (more bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			more, err = false, fmt.Errorf("%w: broken Parquet: panic: %v", ErrDamaged, p)
		}
	}()
	read := r.ready
	r.at, r.ready = 0, 0
	groups := r.existing.file.RowGroups()
	for r.left == 0 {
		if r.group == len(groups) {
			return false, nil
		}
		if err := r.open(groups[r.group]); err != nil {
			return false, err
		}
		r.group++
		read = 0
	}
	ready := r.left
	for i, column := range r.readers {
		if column == nil {
			continue
		}
		if err := column.skip(read); err != nil {
			return false, fmt.Errorf("reading column %s: %w", r.existing.file.Schema().Columns()[r.column(i)], err)
		}
		ready = min(ready, int64(len(column.batch)))
	}
	r.ready = int(ready)
	r.left -= ready
	return true, nil
}

// column is where a column is in the file, -1 where it isn't.
func (r *columnRows) column(i int) int { return r.existing.columns.origins[r.places[i]].Column }

// open goes on to a row group.
func (r *columnRows) open(group parquet.RowGroup) error {
	r.close()
	if fetch := r.existing.object.fetch; fetch != nil {
		if err := fetch(r.extents()); err != nil {
			return err
		}
	}
	r.left = group.NumRows()
	r.readers = make([]*columnReader, len(r.places))
	for i := range r.places {
		if column := r.column(i); column >= 0 {
			values := parquet.NewColumnChunkValueReader(group.ColumnChunks()[column])
			r.readers[i], r.closers = &columnReader{values: values}, append(r.closers, values)
		}
	}
	return nil
}

// extents are where the columns are in the row group.
func (r *columnRows) extents() []extent {
	var all []extent
	for i := range r.places {
		if column := r.column(i); column >= 0 {
			m := r.existing.file.Metadata().RowGroups[r.group].Columns[column].MetaData
			from := m.DataPageOffset
			if m.DictionaryPageOffset > 0 {
				from = min(from, m.DictionaryPageOffset)
			}
			all = append(all, extent{from, from + m.TotalCompressedSize})
		}
	}
	return all
}

func (r *columnRows) close() {
	for _, c := range r.closers {
		c.Close()
	}
	r.closers = nil
}

// eachRow hands over all rows of some columns; see columnRows.
func (e *existing) eachRow(places []int, f func(row []parquet.Value)) error {
	rows := e.columnRows(places)
	defer rows.close()
	for {
		row, err := rows.next()
		if err != nil || row == nil {
			return err
		}
		f(row)
	}
}

// columnReader reads a column without repetition batch by batch. A batch is
// valid until the next is read.
type columnReader struct {
	values parquet.ValueReader
	buffer [256]parquet.Value
	batch  []parquet.Value
}

// skip leaves out the first values of the batch, and reads the next one where
// none is left.
func (r *columnReader) skip(n int) error {
	r.batch = r.batch[n:]
	for len(r.batch) == 0 {
		n, err := r.values.ReadValues(r.buffer[:])
		if n == 0 && err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		r.batch = r.buffer[:n]
	}
	return nil
}
