package columns

import (
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// Copy adds a row group of another file as bytes, without decoding it, if that
// gives the bytes that passing its rows would give: if the file is of this
// edition, and the row group begins and ends where this file's has to. It
// returns false if it doesn't, and nothing has been written. The units are
// those of the row group's rows; last says that no rows come after it.
//
// The checksums of all pages are compared first. The statistics and indexes,
// which have none, are believed.
func (w *Writer) Copy(file *parquet.File, group int, units []Unit, last bool) (bool, error) {
	meta := &file.Metadata().RowGroups[group]
	final := units[len(units)-1]
	for _, u := range slices.Backward(units[:len(units)-1]) {
		if u.Number != final.Number {
			break
		}
		final.Rows += u.Rows
	}
	rows := int(meta.NumRows)
	switch {
	case !w.layout.wrote(file.Metadata()):
		return false, nil
	case w.rows > 0 && (units[0].Number == w.unit || !endsGroup(w.rows, w.unit, w.unitRow)):
		return false, nil
	case !last && rows < groupRows && !endsGroup(rows, final.Number, final.Rows):
		return false, nil
	}
	if err := w.endGroup(); err != nil {
		return false, err
	}
	if err := w.begin(); err != nil {
		return false, err
	}
	start := w.offset
	var chunks []chunk
	for i := range meta.Columns {
		done, err := w.copyChunk(file, &meta.Columns[i])
		if err != nil {
			return false, fmt.Errorf("column %s: %w", strings.Join(w.layout.leaves[i].path, "."), err)
		}
		chunks = append(chunks, done)
	}
	w.unit = final.Number
	return true, w.ended(chunks, rows, start)
}

func (w *Writer) copyChunk(file *parquet.File, from *format.ColumnChunk) (chunk, error) {
	meta := from.MetaData
	start := meta.DataPageOffset
	if meta.DictionaryPageOffset > 0 {
		start = meta.DictionaryPageOffset
	}
	// The page's memory is as good a place as any for them.
	var err error
	if w.page, err = read(file, w.page, start, meta.TotalCompressedSize); err != nil {
		return chunk{}, err
	}
	if err := checkPages(w.page, meta.NumValues); err != nil {
		return chunk{}, err
	}
	moved := w.offset - start
	meta.DataPageOffset += moved
	if meta.DictionaryPageOffset > 0 {
		meta.DictionaryPageOffset += moved
	}
	if err := w.put(w.page); err != nil {
		return chunk{}, err
	}
	done := chunk{meta: meta}
	if done.column, err = read(file, nil, from.ColumnIndexOffset, int64(from.ColumnIndexLength)); err != nil {
		return chunk{}, err
	}
	places, err := read(file, nil, from.OffsetIndexOffset, int64(from.OffsetIndexLength))
	if err != nil {
		return chunk{}, err
	}
	var index format.OffsetIndex
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), places, &index); err != nil {
		return chunk{}, fmt.Errorf("reading the offset index: %w", err)
	}
	for i := range index.PageLocations {
		index.PageLocations[i].Offset += moved
	}
	done.pages, err = encode(&index)
	return done, err
}

// read reads a part of a file into memory that is there, or more.
func read(file *parquet.File, to []byte, offset, length int64) ([]byte, error) {
	if offset < 0 || length < 0 || offset > file.Size()-length {
		return nil, fmt.Errorf("%d bytes at %d are not in the file", length, offset)
	}
	to = slices.Grow(to[:0], int(length))[:length]
	if n, err := file.ReadAt(to, offset); n < len(to) {
		return nil, fmt.Errorf("reading %d bytes at %d: %w", length, offset, err)
	}
	return to, nil
}

// checkPages compares the pages of a column with their checksums, and their
// number of values with that in the footer.
func checkPages(pages []byte, values int64) error {
	reader := new(thrift.CompactProtocol).NewReaderFromBytes(nil)
	decoder := thrift.NewDecoder(reader)
	for len(pages) > 0 {
		var page format.PageHeader
		reader.ResetBytes(pages)
		if err := decoder.Decode(&page); err != nil {
			return fmt.Errorf("reading a page header: %w", err)
		}
		pages = pages[reader.BytesRead():]
		n := page.CompressedPageSize
		if n < 0 || int(n) > len(pages) {
			return errors.New("a page reaches beyond the end of the column")
		}
		if crc32.ChecksumIEEE(pages[:n]) != uint32(page.CRC) {
			return errors.New("the checksum of a page is wrong")
		}
		values -= int64(page.DataPageHeader.V.NumValues)
		pages = pages[n:]
	}
	if values != 0 {
		return errors.New("its pages don't have as many values as the footer says")
	}
	return nil
}
