package load

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// leadingPlaces are the places of the columns that lead every row.
var leadingPlaces = []int{tenantPlace, callIDPlace, versionPlace, startPlace}

// columnRows reads some columns of an object, none of them with repetition and
// the leading ones first, row by row. The others are neither read nor decoded.
type columnRows struct {
	existing *existing
	places   []int           // of the columns, in a row of the table
	group    int             // the next row group
	left     int64           // rows of the group being read
	readers  []*columnReader // nil for a column that the file does not have
	closers  []io.Closer
	row      []parquet.Value
}

func (e *existing) columnRows(places []int) *columnRows {
	return &columnRows{existing: e, places: places, row: make([]parquet.Value, len(places))}
}

// next returns the next row, or nil at the end. The row is valid until the next
// one is read; columns that the file does not have are NULL.
func (r *columnRows) next() (row []parquet.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			row, err = nil, fmt.Errorf("%w: broken Parquet: panic: %v", ErrDamaged, p)
		}
	}()
	groups := r.existing.file.RowGroups()
	for r.left == 0 {
		if r.group == len(groups) {
			return nil, nil
		}
		if err := r.open(groups[r.group]); err != nil {
			return nil, err
		}
		r.group++
	}
	r.left--
	for i, column := range r.readers {
		if column == nil {
			continue
		}
		if r.row[i], err = column.next(); err != nil {
			return nil, fmt.Errorf("reading column %s: %w", r.existing.file.Schema().Columns()[r.column(i)], err)
		}
	}
	if !leads(r.row) {
		return nil, errors.New("broken Parquet: a row does not begin with the call's columns")
	}
	return r.row, nil
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

// columnReader reads a column without repetition value by value. A value is
// valid until the next is read.
type columnReader struct {
	values parquet.ValueReader
	buffer [256]parquet.Value
	batch  []parquet.Value
}

func (r *columnReader) next() (parquet.Value, error) {
	for len(r.batch) == 0 {
		n, err := r.values.ReadValues(r.buffer[:])
		if n == 0 && err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return parquet.Value{}, err
		}
		r.batch = r.buffer[:n]
	}
	v := r.batch[0]
	r.batch = r.batch[1:]
	return v, nil
}
