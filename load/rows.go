package load

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// Rows reads some columns of a table's rows of a date, in the order of calls:
// by start, call id and tenant, and within a call by ordinals. Memory does not
// grow with the number of rows. It is not to be used concurrently.
type Rows struct {
	ctx    context.Context
	object string    // for errors
	open   *existing // nil where there is no object
	rows   *columnRows
	lead   [startPlace + 1]parquet.Value // of the row; the columns asked for come after them
	at     position
	read   int64
	ahead  bool // the row belongs to a call that NextOf was not asked for yet
	err    error
}

// Rows opens the rows of a date, YYYY-MM-DD or schemas.NoStartDate; a date
// without any has none. Of the table only the columns named are read, which
// can't be lists, and those by which a row belongs to its call; columns that an
// old object does not have yet are NULL. Close the rows. Errors wrap ErrStorage
// or ErrNewerFormat, and ErrConflict where another run has replaced the object
// while it was read.
func (l *Lake) Rows(ctx context.Context, name, date string, columns ...string) (*Rows, error) {
	t := l.tables[slices.IndexFunc(l.tables, func(t *table) bool { return t.name == name })]
	r := &Rows{ctx: ctx, object: l.store.describe(objectKey(name, date))}
	places := slices.Clone(leadingPlaces)
	for _, column := range columns {
		place, ok := t.place(column)
		if !ok {
			return nil, fmt.Errorf("reading %s: the table has no column %s of single values", r.object, column)
		}
		places = append(places, place)
	}
	e, err := openColumns(ctx, l.store, t, date)
	if err != nil || e == nil {
		return r, err
	}
	r.open, r.rows = e, e.columnRows(places)
	return r, nil
}

// looksUpEvery is how many rows are read between two looks at the context.
const looksUpEvery = 1024

// Next goes on to the next row. It returns false at the end and on an error,
// which Err has.
func (r *Rows) Next() bool {
	r.ahead = false
	if r.open == nil || r.err != nil {
		return false
	}
	if r.read++; r.read%looksUpEvery == 0 && r.ctx.Err() != nil {
		r.err = context.Cause(r.ctx)
		return false
	}
	more, err := r.rows.advance()
	if err == nil && !more {
		return false
	}
	if err == nil {
		err = r.place()
	}
	switch {
	case errors.Is(err, ErrStorage) || errors.Is(err, ErrConflict) || r.ctx.Err() != nil:
		r.err = err
	case err != nil:
		r.err = fmt.Errorf("%w: %w: reading %s: %w; etl audit says more", ErrStorage, ErrDamaged, r.object, err)
	}
	return err == nil
}

// place notes to which call the row belongs. Rows out of order would be missed
// by those who join tables by that order.
func (r *Rows) place() error {
	for i := range r.lead {
		r.lead[i] = r.rows.value(i)
	}
	if !leads(r.lead[:]) {
		return errBrokenRow
	}
	start := startOf(r.lead[startPlace])
	if start == r.at.start && !r.at.key.differs(r.lead[tenantPlace], r.lead[callIDPlace]) {
		return nil
	}
	at := position{start: start, key: keyOf(r.lead[tenantPlace], r.lead[callIDPlace])}
	if at.compare(r.at) < 0 {
		return errors.New("its rows are not in the order of calls")
	}
	r.at = at
	return nil
}

// NextOf goes on to the next row of the call that another table's rows are at,
// and of the same version. Rows of earlier calls are passed over; false says
// that there is no more of this call, or an error.
func (r *Rows) NextOf(call *Rows) bool {
	for r.ahead || r.Next() {
		order := r.at.compare(call.at)
		if r.ahead = order > 0; r.ahead {
			return false
		}
		if order == 0 && r.lead[versionPlace].Int64() == call.lead[versionPlace].Int64() {
			return true
		}
	}
	return false
}

// Err returns what kept Next from going on.
func (r *Rows) Err() error { return r.err }

// Close lets go of the object.
func (r *Rows) Close() error {
	if r.open == nil {
		return nil
	}
	r.rows.close()
	return r.open.close()
}

// value is that of a column, by its place among those asked for. One of another
// type, which only a broken file has, is none.
func (r *Rows) value(column int, kind parquet.Kind) (parquet.Value, bool) {
	v := r.rows.value(len(leadingPlaces) + column)
	return v, !v.IsNull() && v.Kind() == kind
}

// Text returns a text, by the column's place among those asked for, until the
// next row is read; nil where it is NULL.
func (r *Rows) Text(column int) []byte {
	v, ok := r.value(column, parquet.ByteArray)
	if !ok {
		return nil
	}
	if text := v.ByteArray(); len(text) > 0 {
		return text
	}
	return []byte{} // "" is not NULL
}

// Int returns an integer, or the microseconds since 1970 of a time; false where
// it is NULL.
func (r *Rows) Int(column int) (int64, bool) {
	v, ok := r.value(column, parquet.Int64)
	if !ok {
		return 0, false
	}
	return v.Int64(), true
}

// Double returns a double; false where it is NULL.
func (r *Rows) Double(column int) (float64, bool) {
	v, ok := r.value(column, parquet.Double)
	if !ok {
		return 0, false
	}
	return v.Double(), true
}

// True tells whether a boolean is true; it is not where it is NULL.
func (r *Rows) True(column int) bool {
	v, ok := r.value(column, parquet.Boolean)
	return ok && v.Boolean()
}

// CallStart returns the start of the row's call in microseconds since 1970;
// false where it is not known.
func (r *Rows) CallStart() (int64, bool) { return r.at.start.micros, r.at.start.known }
