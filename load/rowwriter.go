package load

import (
	"fmt"
	"io"
	"reflect"

	"github.com/parquet-go/parquet-go"
)

// How files are cut. The numbers are part of the bytes: a file depends on its
// rows and on nothing else.
const (
	// groupRows bounds the memory of a writer, which keeps a row group's
	// compressed pages, and is a multiple of chunkRows.
	groupRows = 65_536
	// chunkRows is how many rows are written in one call. The writer looks
	// only between calls whether a page is full, so that the same rows in
	// other portions would make other pages.
	chunkRows = 64
	// pageBytes and dictionaryBytes make a writer of the widest table cost
	// about 50 MB. A column with more distinct values per row group than its
	// dictionary holds goes on without one.
	pageBytes       = 64 << 10
	dictionaryBytes = 256 << 10
)

func (t *table) newWriter(to io.Writer) *parquet.GenericWriter[any] {
	// A new writer per file: Reset in v0.32.0 leaves files without column paths.
	return parquet.NewGenericWriter[any](to,
		t.schema,
		parquet.Compression(t.codec),
		parquet.DataPageVersion(1),
		parquet.DataPageStatistics(false), // page headers would hold every bound four times
		parquet.PageBufferSize(pageBytes),
		parquet.DictionaryMaxBytes(dictionaryBytes), // never together with bloom filters, which then lose rows
		parquet.MaxRowsPerRowGroup(groupRows),
		parquet.SortingWriterConfig(parquet.SortingColumns(t.sorting...)),
		parquet.CreatedBy("etl", "1", ""),
	)
}

// rowWriter writes rows in chunks.
type rowWriter struct {
	table *table
	out   *parquet.GenericWriter[any]
	chunk []parquet.Row // rows waiting to be written
	kept  []parquet.Row // memory for rows of the chunk
	lent  []bool        // whether the row is in the reader's memory
	rows  int64         // in the file and the chunk
}

func newRowWriter(t *table, to io.Writer) *rowWriter {
	return &rowWriter{
		table: t,
		out:   t.newWriter(to),
		chunk: make([]parquet.Row, 0, chunkRows),
		kept:  make([]parquet.Row, chunkRows),
		lent:  make([]bool, chunkRows),
	}
}

// write adds a new row.
func (w *rowWriter) write(row reflect.Value) error {
	i := len(w.chunk)
	w.kept[i] = w.table.appendRow(w.kept[i][:0], row)
	w.lent[i] = false
	w.chunk = append(w.chunk, w.kept[i])
	return w.wrote()
}

// pass adds a row that lies in the reader's memory. It must be valid until the
// chunk is full or keep is called.
func (w *rowWriter) pass(row parquet.Row) error {
	w.lent[len(w.chunk)] = true
	w.chunk = append(w.chunk, row)
	return w.wrote()
}

func (w *rowWriter) wrote() error {
	w.rows++
	if len(w.chunk) < chunkRows {
		return nil
	}
	return w.flush()
}

// room is the number of rows until the chunk is written.
func (w *rowWriter) room() int { return chunkRows - len(w.chunk) }

// keep copies the waiting rows, so that the reader may go on.
func (w *rowWriter) keep() {
	for i, row := range w.chunk {
		if !w.lent[i] {
			continue
		}
		w.kept[i] = w.kept[i][:0]
		for _, v := range row {
			w.kept[i] = append(w.kept[i], v.Clone())
		}
		w.chunk[i], w.lent[i] = w.kept[i], false
	}
}

func (w *rowWriter) flush() error {
	_, err := w.out.WriteRows(w.chunk)
	w.chunk = w.chunk[:0]
	return err
}

// close writes the footer and checks what it says.
func (w *rowWriter) close(file io.ReaderAt, size func() int64) error {
	if err := w.flush(); err != nil {
		return err
	}
	if err := w.out.Close(); err != nil {
		return err
	}
	written, err := openParquet(file, size())
	if err != nil {
		return err
	}
	if n := written.NumRows(); n != w.rows {
		return fmt.Errorf("the file has %d rows instead of %d", n, w.rows)
	}
	return nil
}
