package load

import (
	"fmt"

	"etl/load/columns"
)

// oldRows are the rows of an existing object, call by call. The columns that
// lead every row are read first, a row group at a time; the others only where
// rows are passed on and the row group can't be copied.
type oldRows struct {
	table     *table
	file      *existing
	keys      *columnRows
	at        position        // of the row that was read last
	group     int             // the one that it is in
	stretches []stretch       // of the row group, not yet taken
	whole     bool            // none has been taken
	source    *columns.Source // of the row group; nil: only its leading columns have been read
}

// stretch is rows beside each other of the same call and version.
type stretch struct {
	at      position
	version int64
	columns.Unit
}

func newOldRows(t *table, e *existing) *oldRows {
	return &oldRows{table: t, file: e, keys: e.columnRows(leadingPlaces), group: -1}
}

// next returns the stretches of the row group that are not yet taken, none at the
// end of the file.
func (o *oldRows) next() ([]stretch, error) {
	if len(o.stretches) > 0 {
		return o.stretches, nil
	}
	groups := o.file.file.RowGroups()
	if err := o.closeGroup(); err != nil || o.group+1 == len(groups) {
		return nil, err
	}
	o.group++
	o.whole = true
	for range groups[o.group].NumRows() {
		if err := o.read(); err != nil {
			return nil, err
		}
	}
	return o.stretches, nil
}

// read reads the columns that lead a row.
func (o *oldRows) read() error {
	row, err := o.keys.next()
	if err != nil {
		return fmt.Errorf("reading rows: %w", err)
	}
	version := row[versionPlace].Int64()
	at := position{startOf(row[startPlace]), o.at.key}
	if at.key.differs(row[tenantPlace], row[callIDPlace]) {
		at.key = keyOf(row[tenantPlace], row[callIDPlace])
	}
	if at.compare(o.at) < 0 {
		return fmt.Errorf("its rows are not in order at call %s; etl did not write it", at.key.call)
	}
	if n := len(o.stretches); n > 0 && at == o.at && version == o.stretches[n-1].version {
		o.stretches[n-1].Rows++
		return nil
	}
	o.at = at
	o.stretches = append(o.stretches, stretch{at: at, version: version, Unit: columns.Unit{Number: at.key.number(), Rows: 1}})
	return nil
}

// take passes the first stretches on, or leaves them out where there is no writer.
func (o *oldRows) take(n int, to *columns.Writer) error {
	if o.source == nil {
		o.source = o.table.layout.NewSource(o.file.file.RowGroups()[o.group], o.file.columns.origins)
	}
	units := unitsOf(o.stretches[:n])
	o.stretches, o.whole = o.stretches[n:], false
	if to != nil {
		return to.Pass(o.source, units)
	}
	rows := 0
	for _, u := range units {
		rows += u.Rows
	}
	return o.source.Skip(rows)
}

// copy adds the row group as bytes, if it can; see [columns.Writer.Copy]. last
// says that no other rows come after those of the file.
func (o *oldRows) copy(to *columns.Writer, last bool) (bool, error) {
	last = last && o.group+1 == len(o.file.file.RowGroups())
	copied, err := to.Copy(o.file.file, o.group, unitsOf(o.stretches), last)
	if copied {
		o.stretches = nil
	}
	return copied, err
}

func unitsOf(stretches []stretch) []columns.Unit {
	units := make([]columns.Unit, len(stretches))
	for i, r := range stretches {
		units[i] = r.Unit
	}
	return units
}

func (o *oldRows) closeGroup() error {
	if o.source == nil {
		return nil
	}
	err := o.source.Close()
	o.source = nil
	return err
}

func (o *oldRows) close() error {
	o.keys.close()
	return o.closeGroup()
}
