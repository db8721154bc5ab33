package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"

	"etl/extract"
	"etl/load"
	"etl/load/rawfile"
	"etl/schemas"
	"etl/transform"
)

// archive keeps call records as Graph sent them; *load.Lake is it.
type archive interface {
	RawObjects(ctx context.Context, from, until string) iter.Seq2[load.RawObject, error]
	OpenRaw(ctx context.Context, key string) (*load.RawFile, error)
}

// keysByDate adds the keys of objects of an archive to those of their dates.
func keysByDate(dates map[string][]string, objects iter.Seq2[load.RawObject, error]) error {
	for o, err := range objects {
		if err != nil {
			return err
		}
		dates[o.Date] = append(dates[o.Date], o.Key)
	}
	return nil
}

// dateSource reads the calls of one date from an archive, each at its newest
// version. It must be closed.
type dateSource struct {
	archive archive
	objects []string
	// only, if not nil, are the objects whose calls are wanted; of those calls
	// all objects of the date are read.
	only  map[string]bool
	picks map[callID]*pick

	indexed   map[string]indexedRaw
	cache     *rawfile.Cache
	flattener transform.Flattener
}

// indexedRaw is an object with an index, which stays open.
type indexedRaw struct {
	*rawfile.File
	raw *load.RawFile
}

// callID identifies a call; two tenants may have records of the same one.
type callID struct{ tenant, call string }

// pick is the newest version of a call that an archive has.
type pick struct {
	version int64
	object  string // the first that holds it
	line    int
	copies  int
	wanted  bool
	start   *int64
	older   []int64 // other versions
}

// has reports whether the archive has a version.
func (p *pick) has(version int64) bool {
	return p.version == version || slices.Contains(p.older, version)
}

// newDateSource looks through the objects of a date: in the index of each, or,
// where it has none, in all lines. Only the keys of calls are kept. The cache
// may be that of other dates.
func newDateSource(ctx context.Context, a archive, objects []string, only map[string]bool, cache *rawfile.Cache) (*dateSource, error) {
	s := &dateSource{archive: a, objects: objects, only: only, picks: map[callID]*pick{}, indexed: map[string]indexedRaw{}, cache: cache}
	for entry, err := range s.entries(ctx) {
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		s.note(entry)
	}
	return s, nil
}

func (s *dateSource) close() error {
	var all []error
	for _, o := range s.indexed {
		o.Close()
		all = append(all, o.raw.Close())
	}
	return errors.Join(all...)
}

// note compares an entry with the versions met so far.
func (s *dateSource) note(e entry) {
	id := callID{e.key.TenantID, e.key.CallID}
	p := s.picks[id]
	if p == nil {
		p = &pick{version: e.key.CallVersion}
		s.picks[id] = p
	}
	switch {
	case e.key.CallVersion > p.version:
		p.older = append(p.older, p.version)
		p.version, p.copies = e.key.CallVersion, 0
	case e.key.CallVersion < p.version:
		p.older = append(p.older, e.key.CallVersion)
	}
	if e.key.CallVersion == p.version {
		if p.copies == 0 {
			p.object, p.line, p.start = e.object, e.line, e.key.CallStartDateTime
		}
		p.copies++
	}
	p.wanted = p.wanted || s.only == nil || s.only[e.object]
}

// entry is a record of the archive with its place and key.
type entry struct {
	key       schemas.CallKey
	fetchedAt int64 // in microseconds since 1970
	object    string
	line      int

	record string        // "" where the object has an index
	file   *rawfile.File // the object, if it has
	place  rawfile.Call
}

// addTo adds a call to a batch, as read from an object of the lake's own
// archive or, where that is "", of another's. What is odd about it is noted
// whenever it is flattened. The record is read again for that, or packed where
// it couldn't be found again.
func (s *dateSource) addTo(batch *load.Batch, e entry, archived string, notes *transform.Notes) {
	change := load.Change{
		TenantID: e.key.TenantID, CallID: e.key.CallID, Version: e.key.CallVersion, Start: e.key.CallStartDateTime,
		FetchedAt: e.fetchedAt, Archived: archived,
	}
	origin := transform.Origin{TenantID: e.key.TenantID, FetchedAt: change.FetchedAt}
	flatten := func(record string) (rows *schemas.Rows, err error) {
		rows, *notes, err = s.flattener.Flatten(record, origin)
		return rows, err
	}
	if e.file == nil {
		batch.Add(change, []byte(e.record), flatten)
		return
	}
	change.Bytes = int64(e.place.Size)
	change.Rows = func() (*schemas.Rows, error) {
		record, err := e.file.Record(e.place)
		if err != nil {
			return nil, damaged(e.object, err)
		}
		return flatten(record)
	}
	batch.AddRead(change)
}

// entries yields all records of the date. An object that isn't there any more
// has none.
func (s *dateSource) entries(ctx context.Context) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		for _, object := range s.objects {
			if more, err := s.read(ctx, object, yield); err != nil {
				yield(entry{}, damaged(object, err))
				return
			} else if !more {
				return
			}
		}
	}
}

// damagedRaw is the error for an object of the archive that can't be read.
type damagedRaw struct {
	object string
	error
}

func damaged(object string, err error) error {
	return &damagedRaw{object, fmt.Errorf("%w: reading the archive: %s: %w", load.ErrStorage, object, err)}
}

func (d *damagedRaw) Unwrap() error { return d.error }

// read yields the records of an object.
func (s *dateSource) read(ctx context.Context, object string, yield func(entry, error) bool) (more bool, err error) {
	o, open := s.indexed[object]
	if !open {
		raw, err := s.archive.OpenRaw(ctx, object)
		if errors.Is(err, fs.ErrNotExist) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		file, err := rawfile.Open(raw, raw.Size(), s.cache)
		if err != nil {
			defer raw.Close()
		}
		if errors.Is(err, rawfile.ErrNoIndex) {
			return s.scan(ctx, object, raw, yield)
		}
		if err != nil {
			return false, err
		}
		o = indexedRaw{file, raw}
		s.indexed[object] = o
	}
	for i, call := range o.Calls() {
		key := schemas.CallKey{TenantID: call.TenantID, CallID: call.CallID, CallVersion: call.Version, CallStartDateTime: call.Start}
		if !yield(entry{key: key, fetchedAt: call.FetchedAt, object: object, line: i + 1, file: o.File, place: call}, nil) {
			return false, nil
		}
	}
	return true, context.Cause(ctx)
}

// scan yields the records of an object by reading all of it.
func (s *dateSource) scan(ctx context.Context, object string, in io.Reader, yield func(entry, error) bool) (more bool, err error) {
	line := 0
	for archived, err := range extract.ReadArchive(in) {
		if err != nil {
			return false, err
		}
		line++
		key, err := transform.Key(archived.Record, archived.TenantID)
		if err != nil {
			return false, fmt.Errorf("line %d: %w", line, err)
		}
		if err := context.Cause(ctx); err != nil {
			return false, err
		}
		if !yield(entry{key: key, fetchedAt: archived.FetchedAt.UnixMicro(), object: object, line: line, record: archived.Record}, nil) {
			return false, nil
		}
	}
	return true, nil
}

// verify reads every record of the objects that have an index, and sees that
// the index is right.
func (s *dateSource) verify(ctx context.Context) error {
	for _, object := range s.objects {
		if o, ok := s.indexed[object]; ok {
			if err := s.verifyObject(ctx, object, o); err != nil {
				return damaged(object, err)
			}
		}
	}
	return nil
}

func (s *dateSource) verifyObject(ctx context.Context, object string, o indexedRaw) error {
	if _, err := o.raw.Seek(0, io.SeekStart); err != nil {
		return err
	}
	calls, lines, wrong := o.Calls(), 0, error(nil)
	_, err := s.scan(ctx, object, o.raw, func(e entry, _ error) bool {
		if e.line > len(calls) {
			wrong = fmt.Errorf("line %d is not in the index", e.line)
		} else {
			wrong = e.verify(o.File, calls[e.line-1])
		}
		if wrong == nil {
			lines = e.line
		}
		return wrong == nil
	})
	if err == nil && wrong == nil && lines < len(calls) {
		err = fmt.Errorf("there are %d lines, and %d in the index", lines, len(calls))
	}
	return errors.Join(err, wrong)
}

// verify compares a record that was scanned with what the index has of it.
func (e entry) verify(file *rawfile.File, call rawfile.Call) error {
	record, err := file.Record(call)
	switch {
	case err != nil:
		return err
	case call.TenantID != e.key.TenantID, call.CallID != e.key.CallID, call.Version != e.key.CallVersion, call.FetchedAt != e.fetchedAt,
		!equal(call.Start, e.key.CallStartDateTime), record != e.record:
		return fmt.Errorf("line %d is not what the index says", e.line)
	}
	return nil
}

func equal(a, b *int64) bool { return a == b || a != nil && b != nil && *a == *b }

// newest yields the calls that are wanted, each once: those of which the
// archive has several copies of the newest version are left to contested.
func (s *dateSource) newest(ctx context.Context) iter.Seq2[entry, error] {
	return s.pick(ctx, func(e entry, p *pick) bool { return p.copies == 1 && p.object == e.object && p.line == e.line })
}

// contested yields all copies of the calls that newest leaves out. They have
// to be put into the lake together, for it to decide.
func (s *dateSource) contested(ctx context.Context) iter.Seq2[entry, error] {
	for _, p := range s.picks {
		if p.wanted && p.copies > 1 {
			return s.pick(ctx, func(e entry, p *pick) bool { return p.copies > 1 && e.key.CallVersion == p.version })
		}
	}
	return func(func(entry, error) bool) {}
}

func (s *dateSource) pick(ctx context.Context, is func(entry, *pick) bool) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		for e, err := range s.entries(ctx) {
			if err == nil {
				if p := s.picks[callID{e.key.TenantID, e.key.CallID}]; !p.wanted || !is(e, p) {
					continue
				}
			}
			if !yield(e, err) {
				return
			}
		}
	}
}
