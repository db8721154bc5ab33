package load

import (
	"context"
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// existing is the object of a table and date that a merge starts from.
type existing struct {
	object  *object
	file    *parquet.File
	columns *columnMap
}

// openExisting returns nil where there is no object.
func openExisting(ctx context.Context, s store, t *table, date string) (*existing, error) {
	return openTable(ctx, s, s.open, t, date)
}

// openColumns is openExisting for an object of which some columns are read.
func openColumns(ctx context.Context, s store, t *table, date string) (*existing, error) {
	return openTable(ctx, s, s.openParts, t, date)
}

func openTable(ctx context.Context, s store, open func(context.Context, string) (*object, error), t *table, date string) (e *existing, err error) {
	key := objectKey(t.name, date)
	o, err := open(ctx, key)
	if errors.Is(err, errNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			o.close()
		}
	}()
	defer recoverBroken(s.describe(key), &err)
	file, err := openParquet(o, o.size)
	if errors.Is(err, ErrStorage) || errors.Is(err, ErrConflict) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w: %s is no Parquet file: %w", ErrStorage, ErrDamaged, s.describe(key), err)
	}
	columns, err := mapColumns(t, file.Schema())
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", s.describe(key), err)
	}
	if err := checkFooter(file, o.size); err != nil {
		return nil, fmt.Errorf("%w: %w: %s is not as etl writes it: %w", ErrStorage, ErrDamaged, s.describe(key), err)
	}
	return &existing{object: o, file: file, columns: columns}, nil
}

// checkFooter refuses what etl never writes. The pages of a file have checksums,
// but its footer has none, and the library believes it: a flipped bit in a
// codec or size can take all memory.
func checkFooter(file *parquet.File, size int64) error {
	columns := file.Schema().Columns()
	for _, group := range file.Metadata().RowGroups {
		if len(group.Columns) != len(columns) || group.NumRows < 1 {
			return fmt.Errorf("it has a row group of %d rows and %d columns", group.NumRows, len(group.Columns))
		}
		for i, c := range group.Columns {
			m := c.MetaData
			if leaf, _ := file.Schema().Lookup(columns[i]...); leaf.MaxRepetitionLevel == 0 && m.NumValues != group.NumRows {
				return fmt.Errorf("a column has %d values for %d rows", m.NumValues, group.NumRows)
			}
			if m.Codec != format.Zstd {
				return fmt.Errorf("a column is compressed with %s", m.Codec)
			}
			if m.DataPageOffset < 0 || m.DictionaryPageOffset < 0 || m.TotalCompressedSize < 0 || m.NumValues < 0 ||
				max(m.DataPageOffset, m.DictionaryPageOffset) > size || m.TotalCompressedSize > size {
				return errors.New("a column reaches beyond the end of the file")
			}
		}
	}
	return nil
}

// recoverBroken turns a panic of the Parquet library, which trusts the pages it
// reads, into an error about the object.
func recoverBroken(object string, err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %w: %s: broken Parquet: panic: %v", ErrStorage, ErrDamaged, object, p)
	}
}

func (e *existing) close() error { return e.object.close() }

// head is what an object has of a call.
type head struct {
	version int64 // highest of its rows
	moved   bool  // some row has another start than the one given
}

// heads looks up calls, given with their starts, by the columns that lead every
// row. Only these calls take memory.
func (e *existing) heads(wanted map[callKey]start) (map[callKey]head, error) {
	found := map[callKey]head{}
	if len(wanted) == 0 {
		return found, nil
	}
	var key callKey
	var at start
	asked := false
	err := e.eachRow(leadingPlaces, func(row []parquet.Value) {
		if key.differs(row[tenantPlace], row[callIDPlace]) {
			key = keyOf(row[tenantPlace], row[callIDPlace])
			at, asked = wanted[key]
		}
		if asked {
			h, seen := found[key]
			if v := row[versionPlace].Int64(); !seen || v > h.version {
				h.version = v
			}
			h.moved = h.moved || startOf(row[startPlace]) != at
			found[key] = h
		}
	})
	return found, err
}
