package load

import (
	"fmt"

	"etl/load/columns"
	"etl/schemas"
)

// merge writes the new object of one table and date: the rows of the old one
// but for those that are replaced, with new ones in their places.
type merge struct {
	table  *table
	key    string
	name   string            // of the object, in messages
	old    *oldRows          // nil: there is no object
	upTo   map[callKey]int64 // rows of these calls go, up to this version; shared with other merges
	kept   map[callKey]bool  // calls whose rows stay after all
	newer  map[callKey]bool  // calls whose old rows are newer than those added
	create func() (draft, error)

	draft draft // nil while there are no rows
	out   *columns.Writer
}

// feed is what merges are told, in the order of the calls.
type feed struct {
	at   position
	rows *schemas.Rows // nil: there are none after all, and the old ones stay
	// taken is called when the merge has no more use for the rows, not before
	// they are flushed.
	taken func()
}

// take writes a call's rows, after all old ones that come before it.
func (m *merge) take(f feed) error {
	if f.rows == nil {
		m.kept[f.at.key] = true
		return nil
	}
	return m.add(f.at, f.rows)
}

func (m *merge) add(at position, rows *schemas.Rows) error {
	if err := m.passUntil(&at); err != nil {
		return err
	}
	if m.newer[at.key] {
		return nil
	}
	all := m.table.inOrder(m.table.rowsOf(rows))
	if all.Len() == 0 {
		return nil
	}
	if err := m.begin(); err != nil {
		return err
	}
	if err := m.out.Write(at.key.number(), all); err != nil {
		return m.failed(err)
	}
	return nil
}

// flush makes an end of reading the rows of the calls that were taken.
func (m *merge) flush() error {
	if m.out == nil {
		return nil
	}
	if err := m.out.Flush(); err != nil {
		return m.failed(err)
	}
	return nil
}

// finish passes the remaining old rows and completes the file. Without any
// rows there is no draft.
func (m *merge) finish() error {
	if err := m.passUntil(nil); err != nil || m.out == nil {
		return err
	}
	if err := m.close(); err != nil {
		return m.failed(err)
	}
	return nil
}

// close writes the footer and checks what it says.
func (m *merge) close() error {
	if err := m.out.Close(); err != nil {
		return err
	}
	written, err := openParquet(m.draft, m.draft.digest().size)
	if err != nil {
		return err
	}
	if n := written.NumRows(); n != m.out.Rows() {
		return fmt.Errorf("the file has %d rows instead of %d", n, m.out.Rows())
	}
	return nil
}

func (m *merge) failed(err error) error { return fmt.Errorf("writing %s: %w", m.name, err) }

// passUntil passes old rows that come before a position, or all.
func (m *merge) passUntil(end *position) error {
	for m.old != nil {
		stretches, err := m.old.next()
		if err != nil {
			return m.broken(err)
		}
		n, replaced := m.alike(stretches, end)
		if n == 0 {
			return nil
		}
		if replaced {
			if err := m.old.take(n, nil); err != nil {
				return m.broken(err)
			}
			continue
		}
		if err := m.begin(); err != nil {
			return err
		}
		if m.old.whole && n == len(stretches) {
			copied, err := m.old.copy(m.out, end == nil)
			if err != nil {
				return m.broken(err)
			}
			if copied {
				continue
			}
		}
		if err := m.old.take(n, m.out); err != nil {
			return m.broken(err)
		}
	}
	return nil
}

// alike is how many of the first stretches come before a position and either
// all go or all stay.
func (m *merge) alike(stretches []stretch, end *position) (n int, replaced bool) {
	for i := range stretches {
		s := &stretches[i]
		if end != nil && s.at.compare(*end) >= 0 {
			return i, replaced
		}
		goes := m.goes(s)
		if i > 0 && goes != replaced {
			return i, replaced
		}
		replaced = goes
	}
	return len(stretches), replaced
}

// goes tells whether old rows are replaced.
func (m *merge) goes(s *stretch) bool {
	limit, replaced := m.upTo[s.at.key]
	return replaced && !m.kept[s.at.key] && s.version <= limit
}

func (m *merge) broken(err error) error { return fmt.Errorf("%w: %s: %w", ErrStorage, m.name, err) }

// begin makes the draft when the first row comes.
func (m *merge) begin() error {
	if m.out != nil {
		return nil
	}
	d, err := m.create()
	if err != nil {
		return err
	}
	m.draft, m.out = d, m.table.layout.NewWriter(d)
	return nil
}
