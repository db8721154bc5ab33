package load

import (
	"fmt"

	"github.com/parquet-go/parquet-go"

	"etl/schemas"
)

// merge writes the new object of one table and date: the rows of the old one
// but for those that are replaced, with new ones in their places.
type merge struct {
	table  *table
	key    string
	name   string            // of the object, in messages
	old    *rowSource        // nil: there is no object
	upTo   map[callKey]int64 // rows of these calls go, up to this version; shared with other merges
	kept   map[callKey]bool  // calls whose rows stay after all
	newer  map[callKey]bool  // calls whose old rows are newer than those added
	create func() (draft, error)

	draft draft // nil while there are no rows
	out   *rowWriter

	at    position // of the old row looked at
	drops bool     // whether rows of its call go
	limit int64    // up to which version
}

// feed is what merges are told, in the order of the calls.
type feed struct {
	at   position
	rows *schemas.Rows // nil: there are none after all, and the old ones stay
}

// take writes a call's rows, after all old ones that come before it.
func (m *merge) take(f feed) error {
	if f.rows == nil {
		m.kept[f.at.key] = true
		m.drops = m.drops && m.at.key != f.at.key // the next old row may be the call's
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
	for i := range all.Len() {
		if err := m.begin(); err != nil {
			return err
		}
		if err := m.out.write(all.Index(i)); err != nil {
			return m.failed(err)
		}
	}
	return nil
}

// finish passes the remaining old rows and completes the file. Without any
// rows there is no draft.
func (m *merge) finish() error {
	if err := m.passUntil(nil); err != nil || m.out == nil {
		return err
	}
	if err := m.out.close(m.draft, func() int64 { return m.draft.digest().size }); err != nil {
		return m.failed(err)
	}
	return nil
}

func (m *merge) failed(err error) error { return fmt.Errorf("writing %s: %w", m.name, err) }

// passUntil copies old rows that come before a position, or all.
func (m *merge) passUntil(end *position) error {
	for m.old != nil {
		if len(m.old.batch) == 0 {
			n := chunkRows
			if m.out != nil {
				m.out.keep()
				n = m.out.room() // the next chunk is then read and written whole
			}
			if err := m.old.fill(n); err != nil {
				return fmt.Errorf("%w: %s: %w", ErrStorage, m.name, err)
			}
			if len(m.old.batch) == 0 {
				return nil
			}
		}
		row := m.old.batch[0]
		if err := m.look(row); err != nil {
			return err
		}
		if end != nil && m.at.compare(*end) >= 0 {
			return nil
		}
		m.old.batch = m.old.batch[1:]
		if m.drops && row[versionPlace].Int64() <= m.limit {
			continue
		}
		if err := m.begin(); err != nil {
			return err
		}
		if err := m.out.pass(row); err != nil {
			return m.failed(err)
		}
	}
	return nil
}

// look moves at to the row's call.
func (m *merge) look(row parquet.Row) error {
	if !leads(row) {
		return fmt.Errorf("%w: %s: broken Parquet: a row does not begin with the call's columns", ErrStorage, m.name)
	}
	at := position{start: startOf(row[startPlace]), key: m.at.key}
	if m.at.key.differs(row[tenantPlace], row[callIDPlace]) {
		at.key = keyOf(row[tenantPlace], row[callIDPlace])
		m.limit, m.drops = m.upTo[at.key]
		m.drops = m.drops && !m.kept[at.key]
	}
	if at.compare(m.at) < 0 {
		return fmt.Errorf("%w: %s: its rows are not in order at call %s; etl did not write it", ErrStorage, m.name, at.key.call)
	}
	m.at = at
	return nil
}

// begin makes the draft when the first row comes.
func (m *merge) begin() error {
	if m.out != nil {
		return nil
	}
	d, err := m.create()
	if err != nil {
		return err
	}
	m.draft, m.out = d, newRowWriter(m.table, d)
	return nil
}
