package load

import (
	"errors"
	"fmt"
	"path"
	"runtime"
	"strings"
	"time"

	"etl/schemas"
)

// Change is one fetched call to be put into the lake, or one row of a log. Of
// a log's row CallID is the row's own id, Version is FetchedAt, since logs have
// no versions, and Rows has that one row.
type Change struct {
	TenantID, CallID string // identify the call
	Version          int64  // replaces rows of lower versions
	// Start of the call in microseconds since 1970; nil where the record has
	// no readable one. It decides the partition and, with the id, the order.
	Start *int64
	// Rows flattens the call. It is called when the rows are to be written,
	// and again after a conflict, and must give equal rows each time: rows
	// that carry the ids, version and start above. Calls are flattened side by
	// side. It may fail or panic, and then the call is left out; an error that
	// wraps ErrStorage, because the record can't be read, ends the commit.
	Rows func() (*schemas.Rows, error)
	// Bytes is about the memory that flattening takes: the size of the record,
	// by which it gets its place in the archive, too.
	Bytes int64

	// Record appends the call record as Graph sent it to a text, for the raw
	// archive, with the time of the fetch in microseconds since 1970. nil: the
	// record is not to be archived.
	Record    func(to []byte) ([]byte, error)
	FetchedAt int64
	// Archived is the key of the object of the raw archive that the record
	// was read from; "" where it wasn't. The next run then reads it again if
	// this one dies while publishing.
	Archived string
}

// work is a change within a commit.
type work struct {
	Change
	at     position
	date   string
	result *Result
	tried  bool // its rows may have been published, wholly or in part
	raw    bool // its record has been archived by this commit
	proven bool // it could be flattened before, and old rows rely on it
	// elsewhere: another date has the call at a higher version.
	elsewhere bool
	rows      []int // rows by table, when last flattened
}

func newWork(c Change, result *Result) (*work, error) {
	*result = Result{TenantID: c.TenantID, CallID: c.CallID}
	w := &work{
		Change: c,
		at:     position{start: startAt(c.Start), key: callKey{tenant: c.TenantID, call: c.CallID}},
		date:   schemas.CallDate(c.Start),
		result: result,
	}
	if _, err := time.Parse(time.DateOnly, w.date); err != nil {
		return nil, fmt.Errorf("call starts outside the years 1 to 9999, in %s", w.date)
	}
	if c.TenantID == "" || c.CallID == "" || c.Rows == nil {
		return nil, errors.New("change lacks the tenant, the call's id or the rows")
	}
	return w, nil
}

// settle records an outcome, unless the call was loaded earlier in the commit.
func (w *work) settle(outcome Outcome, err error) {
	if w.result.Outcome != Loaded {
		w.result.Outcome, w.result.Err = outcome, err
	}
}

// flatten calls Rows, and refuses rows that would end up in another call's
// place.
func (w *work) flatten(tables []*table) (rows *schemas.Rows, err error) {
	defer func() {
		if p := recover(); p != nil {
			rows, err = nil, fmt.Errorf("flattening the call: panic: %v (%s)", p, panicSite())
		}
	}()
	rows, err = w.Rows()
	if err != nil {
		return nil, fmt.Errorf("flattening the call: %w", err)
	}
	if rows == nil {
		return nil, errors.New("flattening the call: there are no rows")
	}
	w.rows = w.rows[:0]
	for _, t := range tables {
		all := t.rowsOf(rows)
		w.rows = append(w.rows, all.Len())
		for i := range all.Len() {
			if err := w.owns(t.keyOf(all.Index(i))); err != nil {
				return nil, fmt.Errorf("flattening the call: row %d of %s %w", i, t.name, err)
			}
		}
	}
	return rows, nil
}

// panicSite is where the code panicked that is being recovered from.
func panicSite() string {
	var callers [64]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers[:])])
	panicked := false
	for {
		frame, more := frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if panicked && !inRuntime {
			return fmt.Sprintf("%s:%d", path.Base(frame.File), frame.Line)
		}
		panicked = panicked || frame.Function == "runtime.gopanic"
		if !more {
			return "unknown place"
		}
	}
}

// owns checks the columns that lead every row.
func (w *work) owns(key rowKey) error {
	switch {
	case key.tenant != w.TenantID || key.id != w.CallID:
		return errors.New("is of another call")
	case key.version != w.Version:
		return fmt.Errorf("is of version %d instead of %d", key.version, w.Version)
	case startAt(key.start) != w.at.start:
		return errors.New("has another call start")
	}
	return nil
}
