package load

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/parquet-go/parquet-go"

	"etl/schemas"
)

// TableObject is an object below the folder of a table.
type TableObject struct {
	Table, Key string
	Bytes      int64
	Date       string // "" for an object that has no place there
}

// TableObjects lists what is below the folders of the tables, in the order of
// the tables and of keys, but for the object of the table of buildings. Errors
// wrap ErrStorage.
func (l *Lake) TableObjects(ctx context.Context) iter.Seq2[TableObject, error] {
	return func(yield func(TableObject, error) bool) {
		for _, t := range append(schemas.Tables(), schemas.BuildingTable()) {
			for o, err := range l.store.list(ctx, t.Name+"/") {
				if err != nil {
					yield(TableObject{}, err)
					return
				}
				if o.key == buildingsKey {
					continue
				}
				found := TableObject{Table: t.Name, Key: o.key, Bytes: o.size}
				if date, ok := dateOf(o.key); ok && o.key == objectKey(t.Name, date) {
					found.Date = date
				}
				if !yield(found, nil) {
					return
				}
			}
		}
	}
}

// Inspected is what the tables have of a date.
type Inspected struct {
	Calls   []InspectedCall
	Objects []Published // that could be read
	Flaws   []Flaw
}

// InspectedCall is a call in the table calls.
type InspectedCall struct {
	TenantID, CallID string
	Version          int64
	Start            *int64 // in microseconds since 1970; nil where it is not known
}

// Flaw is something that must not be in a lake.
type Flaw struct {
	Kind             string // see the constants
	Key              string // of the object
	TenantID, CallID string // "" where it is about the object as a whole
	Detail           string // for people
}

// Kinds of flaws.
const (
	FlawDamaged   = "damaged_object"  // it can't be read
	FlawPartition = "wrong_partition" // rows of a call that starts on another date
	FlawOrder     = "wrong_order"     // rows that are not sorted, or twice
	FlawOrphan    = "orphan_rows"     // rows of a call that calls hasn't
	FlawVersion   = "mixed_versions"  // rows of another version than calls has
	FlawCount     = "wrong_count"     // not as many rows as calls says
)

// Inspect reads the keys of all rows of a date, and says what must not be:
// calls twice, rows of calls that aren't there or of another version, fewer or
// more of them than the call's own counts, rows on the wrong date or out of
// order. Objects that can't be read are flaws, too; an error is of the storage
// as a whole, and wraps ErrStorage or ErrNewerFormat.
func (l *Lake) Inspect(ctx context.Context, date string) (*Inspected, error) {
	in := &inspection{lake: l, date: date, result: new(Inspected), calls: map[callKey]*inspectedCall{}}
	for _, t := range slices.Backward(l.tables) { // calls first
		if err := in.table(ctx, t); err != nil {
			return nil, err
		}
	}
	return in.result, nil
}

// inspection is one call of Lake.Inspect.
type inspection struct {
	lake   *Lake
	date   string
	result *Inspected
	calls  map[callKey]*inspectedCall
	blind  bool // calls can't be read: nothing can be said of the children
	log    bool // it is of the table of a log, which has no children
}

// inspectedCall is what calls has of a call.
type inspectedCall struct {
	version int64
	counts  map[string]int64 // by table
}

func (in *inspection) flaw(kind string, t *table, call callKey, format string, args ...any) {
	in.result.Flaws = append(in.result.Flaws, Flaw{
		Kind: kind, Key: objectKey(t.name, in.date), TenantID: call.tenant, CallID: call.call, Detail: fmt.Sprintf(format, args...),
	})
}

func (in *inspection) table(ctx context.Context, t *table) error {
	s := &tableInspection{inspection: in, table: t, rows: map[callKey]*rowsOfCall{}}
	e, err := openExisting(ctx, in.lake.store, t, in.date)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil && e != nil:
		if err = s.read(ctx, e); ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if err != nil && !errors.Is(err, ErrDamaged) {
		return err
	}
	if err != nil {
		in.flaw(FlawDamaged, t, callKey{}, "%v", err)
		in.blind = in.blind || t.name == schemas.Calls
		return nil
	}
	if t.name != schemas.Calls && !in.blind {
		s.compare()
	}
	return nil
}

// tableInspection is the inspection of one table.
type tableInspection struct {
	*inspection
	table *table
	rows  map[callKey]*rowsOfCall
}

// rowsOfCall are the rows of a call in a table.
type rowsOfCall struct {
	version, n        int64
	mixed, date, once bool // whether it has been said
}

// read reads the columns that make the key of every row, and checks the
// object's bytes.
func (s *tableInspection) read(ctx context.Context, e *existing) (err error) {
	name := s.lake.store.describe(objectKey(s.table.name, s.date))
	defer func() { err = errors.Join(err, e.close()) }()
	defer recoverBroken(name, &err)
	places := slices.Clone(leadingPlaces)
	for _, c := range s.table.sorting[3:] {
		place, _ := s.table.place(c.Path()[0])
		places = append(places, place)
	}
	if s.table.name == schemas.Calls {
		for _, column := range editionColumns[1:] {
			place, _ := s.table.place(column)
			places = append(places, place)
		}
	}
	for _, place := range places {
		if e.columns.origins[place].Column < 0 {
			return fmt.Errorf("%w: %w: %s lacks the column %s", ErrStorage, ErrDamaged, name, s.table.schema.Columns()[place][0])
		}
	}
	var last []int64
	var lastAt position
	err = e.eachRow(places, func(row []parquet.Value) { last, lastAt = s.row(row, last, lastAt) })
	if err != nil {
		return fmt.Errorf("%w: %w: reading %s: %w", ErrStorage, ErrDamaged, name, err)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := readAll(e); err != nil {
		return fmt.Errorf("%w: %w: reading %s: %w", ErrStorage, ErrDamaged, name, err)
	}
	d, err := e.object.digest()
	if err != nil {
		return fmt.Errorf("%w: reading %s: %w", ErrStorage, name, err)
	}
	s.result.Objects = append(s.result.Objects, Published{
		Key: objectKey(s.table.name, s.date), Bytes: d.size, SHA256: hex.EncodeToString(d.sha256[:]),
	})
	return nil
}

// readAll reads every page, and so checks all checksums.
func readAll(e *existing) error {
	rows := newRowSource(e.file, e.columns)
	defer rows.close()
	for {
		if err := rows.fill(); err != nil || len(rows.batch) == 0 {
			return err
		}
	}
}

// row takes a row's key into account, and returns it for the next one.
func (s *tableInspection) row(row []parquet.Value, last []int64, lastAt position) ([]int64, position) {
	at := position{start: startOf(row[startPlace]), key: keyOf(row[tenantPlace], row[callIDPlace])}
	version := row[versionPlace].Int64()
	of := s.rows[at.key]
	if of == nil {
		of = &rowsOfCall{version: version}
		s.rows[at.key] = of
	}
	of.n++
	if of.version != version && !of.mixed {
		of.mixed = true
		s.flaw(FlawVersion, s.table, at.key, "rows of versions %d and %d", of.version, version)
	}
	var start *int64
	if at.start.known {
		start = &at.start.micros
	}
	if date := schemas.CallDate(start); date != s.date && !of.date {
		of.date = true
		s.flaw(FlawPartition, s.table, at.key, "the call starts on %s", date)
	}
	var ordinals []int64
	rest := row[startPlace+1:]
	if s.log && of.n == 1 {
		s.result.Calls = append(s.result.Calls, InspectedCall{TenantID: at.key.tenant, CallID: at.key.call, Version: version, Start: start})
	}
	if s.table.name == schemas.Calls {
		s.call(at.key, version, start, rest, of)
	} else {
		for _, v := range rest {
			ordinals = append(ordinals, v.Int64())
		}
	}
	order := at.compare(lastAt)
	if last != nil && !of.once && (order < 0 || order == 0 && slices.Compare(ordinals, last) <= 0) {
		of.once = true
		s.flaw(FlawOrder, s.table, at.key, "row %d of the call is there twice or out of order", of.n-1)
	}
	if ordinals == nil {
		ordinals = []int64{}
	}
	return ordinals, at
}

// call notes a row of calls, whose last values are the counts.
func (s *tableInspection) call(key callKey, version int64, start *int64, counts []parquet.Value, of *rowsOfCall) {
	if of.n > 1 {
		return
	}
	s.result.Calls = append(s.result.Calls, InspectedCall{TenantID: key.tenant, CallID: key.call, Version: version, Start: start})
	call := &inspectedCall{version: version, counts: map[string]int64{}}
	for i, name := range []string{schemas.Sessions, schemas.Segments, schemas.MediaTable, schemas.Streams, schemas.Participants} {
		call.counts[name] = counts[i].Int64()
	}
	s.calls[key] = call
}

// compare compares a child table with calls.
func (s *tableInspection) compare() {
	for key, of := range s.rows {
		call := s.calls[key]
		switch {
		case call == nil:
			s.flaw(FlawOrphan, s.table, key, "%d rows of a call that is not in calls", of.n)
		case call.version != of.version && !of.mixed:
			s.flaw(FlawVersion, s.table, key, "rows of version %d, and calls has %d", of.version, call.version)
		}
	}
	for key, call := range s.calls {
		var n int64
		if of := s.rows[key]; of != nil {
			n = of.n
		}
		if want := call.counts[s.table.name]; n != want {
			s.flaw(FlawCount, s.table, key, "%d rows, and calls says %d", n, want)
		}
	}
}
