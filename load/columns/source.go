package columns

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// Origin says where the values of a column come from in another file.
type Origin struct {
	Column  int  // of the file; -1: nowhere, all rows are NULL
	Missing bool // the file's column only shows how many elements a list has
	Parent  int  // definition level of the struct in the list, where Missing
}

// Source reads the rows of a row group, to be passed on to a [Writer]. A file
// that is not sound makes it panic, as it does parquet-go.
type Source struct {
	chunks []*source // by columns of the layout
}

// NewSource reads a row group of a file, with an origin for each column of a
// layout.
func (l *Layout) NewSource(group parquet.RowGroup, origins []Origin) *Source {
	s := new(Source)
	for i, from := range origins {
		c := &source{leaf: &l.leaves[i], origin: from}
		if from.Column >= 0 {
			c.pages = group.ColumnChunks()[from.Column].Pages()
		}
		s.chunks = append(s.chunks, c)
	}
	return s
}

// Close ends the reading.
func (s *Source) Close() error {
	var all []error
	for _, c := range s.chunks {
		c.release()
		if c.pages != nil {
			all = append(all, c.pages.Close())
		}
	}
	return errors.Join(all...)
}

// Skip leaves rows out.
func (s *Source) Skip(rows int) error {
	for _, c := range s.chunks {
		if err := c.skip(rows); err != nil {
			return err
		}
	}
	return nil
}

// source reads a column of a row group.
type source struct {
	*leaf
	origin Origin
	pages  parquet.Pages // nil: all rows are NULL

	// What is left of the page.
	page       parquet.Page
	defs, reps []byte // levels
	rows       int    // where there are no levels
	coded      bool
	codes      []int32
	plain      entries

	// The dictionary, and which codes the Writer has for its entries in a row
	// group of its own; -1 where that isn't known.
	dictionary parquet.Dictionary
	entries    entries
	same       []int32
	group      int
}

// entries are values as they are in memory when read from a file.
type entries struct {
	data    []byte
	offsets []uint32 // of strings
	next    int      // how many have been taken
}

func entriesOf(k kind, page parquet.Page) entries {
	values := page.Data()
	if k == text {
		data, offsets := values.ByteArray()
		return entries{data: data, offsets: offsets}
	}
	data, _ := values.Data()
	return entries{data: data}
}

func (e *entries) text(i int) []byte { return e.data[e.offsets[i]:e.offsets[i+1]] }

func (e *entries) word(k kind, i int) uint64 {
	if k == boolean {
		return uint64(e.data[i/8] >> (i % 8) & 1)
	}
	return binary.LittleEndian.Uint64(e.data[8*i:])
}

func (s *source) name() string { return strings.Join(s.path, ".") }

// left is how many levels are left in the page.
func (s *source) left() int { return max(s.rows, len(s.defs)) }

// fill goes on to the next page where there is nothing left. It returns false
// at the end.
func (s *source) fill() (bool, error) {
	for s.left() == 0 {
		s.release()
		page, err := s.pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("reading column %s: %w", s.name(), err)
		}
		s.open(page)
	}
	return true, nil
}

func (s *source) release() {
	if s.page != nil {
		parquet.Release(s.page)
		s.page = nil
	}
	s.defs, s.reps, s.rows = nil, nil, 0
}

func (s *source) open(page parquet.Page) {
	s.page = page
	s.reps, s.defs = page.RepetitionLevels(), page.DefinitionLevels()
	if s.maxDef == 0 {
		s.rows = int(page.NumValues())
	}
	if s.origin.Missing {
		return
	}
	dictionary := page.Dictionary()
	if s.coded = dictionary != nil; !s.coded {
		s.plain = entriesOf(s.kind, page)
		return
	}
	values := page.Data()
	s.codes = values.Int32()
	if dictionary != s.dictionary {
		s.dictionary, s.entries = dictionary, entriesOf(s.kind, dictionary.Page())
		s.same, s.group = make([]int32, dictionary.Len()), -1
	}
}

// drop leaves values out.
func (s *source) drop(n int) {
	switch {
	case s.origin.Missing:
	case s.coded:
		s.codes = s.codes[n:]
	default:
		s.plain.next += n
	}
}

// skip leaves rows out.
func (s *source) skip(rows int) error {
	switch {
	case s.pages == nil:
		return nil
	case s.list:
		for range rows {
			if err := s.eachOfRow(func(_, def byte) {
				if def == s.maxDef {
					s.drop(1)
				}
			}); err != nil {
				return err
			}
		}
		return nil
	}
	for rows > 0 {
		n, err := s.some(rows)
		if err != nil {
			return err
		}
		s.drop(s.count(n))
		rows -= n
	}
	return nil
}

// some returns how many of so many rows there are in the page, at least one.
func (s *source) some(rows int) (int, error) {
	more, err := s.fill()
	if err != nil {
		return 0, err
	}
	if !more {
		return 0, s.short()
	}
	return min(rows, s.left()), nil
}

func (s *source) short() error {
	return fmt.Errorf("reading column %s: it has fewer rows than the row group: %w", s.name(), io.ErrUnexpectedEOF)
}

// count takes the levels of rows, and returns how many values they have.
func (s *source) count(rows int) int {
	if s.maxDef == 0 {
		s.rows -= rows
		return rows
	}
	values := bytes.Count(s.defs[:rows], []byte{s.maxDef})
	s.defs = s.defs[rows:]
	return values
}

// eachOfRow takes the levels of a row of a list.
func (s *source) eachOfRow(f func(rep, def byte)) error {
	for first := true; ; first = false {
		more, err := s.fill()
		if err != nil {
			return err
		}
		if !more && first {
			return s.short()
		}
		if !more || !first && s.reps[0] == 0 {
			return nil
		}
		rep, def := s.reps[0], s.defs[0]
		s.reps, s.defs = s.reps[1:], s.defs[1:]
		f(rep, def)
	}
}
