package load

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

const (
	readBytes = 4 << 10 // the buffer of each column that is read
	readRows  = 64      // rows read at once
)

func openParquet(r io.ReaderAt, size int64) (*parquet.File, error) {
	return parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(readBytes))
}

// rowSource streams the rows of an existing object, as the values they are
// stored as. Reading them into structs would turn NULLs in embedded structs
// into zeros.
type rowSource struct {
	columns *columnMap
	groups  []parquet.RowGroup // still to be read
	rows    parquet.Rows       // of the group being read
	buffer  []parquet.Row
	batch   []parquet.Row // read and not yet taken
}

func newRowSource(file *parquet.File, columns *columnMap) *rowSource {
	return &rowSource{columns: columns, groups: file.RowGroups(), buffer: make([]parquet.Row, readRows)}
}

// fill reads rows into batch, and none at the end. It invalidates all rows read
// before.
func (s *rowSource) fill() error {
	s.batch = nil
	for {
		if s.rows == nil {
			if len(s.groups) == 0 {
				return nil
			}
			s.rows, s.groups = s.groups[0].Rows(), s.groups[1:]
		}
		got, err := s.rows.ReadRows(s.buffer)
		s.batch = s.buffer[:got]
		for i, row := range s.batch {
			s.batch[i] = s.columns.apply(row)
		}
		switch {
		case errors.Is(err, io.EOF):
			if err := s.close(); err != nil {
				return err
			}
		case err != nil:
			return fmt.Errorf("reading rows: %w", err)
		}
		if got > 0 {
			return nil
		}
	}
}

func (s *rowSource) close() error {
	if s.rows == nil {
		return nil
	}
	err := s.rows.Close()
	s.rows = nil
	return err
}
