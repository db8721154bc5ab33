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
	"etl/schemas"
	"etl/transform"
)

// archive keeps call records as Graph sent them; *load.Lake is it.
type archive interface {
	RawObjects(ctx context.Context, from, until string) iter.Seq2[load.RawObject, error]
	OpenRaw(ctx context.Context, key string) (io.ReadCloser, error)
}

// dateSource reads the calls of one date from an archive, each at its newest
// version.
type dateSource struct {
	archive archive
	objects []string
	// only, if not nil, are the objects whose calls are wanted; of those calls
	// all objects of the date are read.
	only  map[string]bool
	picks map[callID]*pick
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

// newDateSource looks through the objects of a date. Only the keys of calls
// are kept.
func newDateSource(ctx context.Context, a archive, objects []string, only map[string]bool) (*dateSource, error) {
	s := &dateSource{archive: a, objects: objects, only: only, picks: map[callID]*pick{}}
	for entry, err := range s.entries(ctx) {
		if err != nil {
			return nil, err
		}
		id := callID{entry.key.TenantID, entry.key.CallID}
		p := s.picks[id]
		if p == nil {
			p = &pick{version: entry.key.CallVersion}
			s.picks[id] = p
		}
		switch {
		case entry.key.CallVersion > p.version:
			p.older = append(p.older, p.version)
			p.version, p.copies = entry.key.CallVersion, 0
		case entry.key.CallVersion < p.version:
			p.older = append(p.older, entry.key.CallVersion)
		}
		if entry.key.CallVersion == p.version {
			if p.copies == 0 {
				p.object, p.line, p.start = entry.object, entry.line, entry.key.CallStartDateTime
			}
			p.copies++
		}
		p.wanted = p.wanted || only == nil || only[entry.object]
	}
	return s, nil
}

// entry is a record of the archive with its place and key.
type entry struct {
	extract.Archived
	object string
	line   int
	key    schemas.CallKey
}

// addTo adds the call to a batch, as read from an object of the lake's own
// archive or, where that is "", of another's. What is odd about it is noted
// whenever it is flattened.
func (e entry) addTo(batch *load.Batch, archived string, notes *transform.Notes) {
	change := load.Change{
		TenantID: e.key.TenantID, CallID: e.key.CallID, Version: e.key.CallVersion, Start: e.key.CallStartDateTime,
		FetchedAt: e.FetchedAt.UnixMicro(), Archived: archived,
	}
	origin := transform.Origin{TenantID: e.key.TenantID, FetchedAt: change.FetchedAt}
	batch.Add(change, e.Record, func(record []byte) (rows *schemas.Rows, err error) {
		rows, *notes, err = transform.Flatten(string(record), origin)
		return rows, err
	})
}

// entries yields all records of the date. An object that isn't there any more
// has none.
func (s *dateSource) entries(ctx context.Context) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		for _, object := range s.objects {
			if more, err := s.read(ctx, object, yield); err != nil {
				yield(entry{}, &damagedRaw{object, fmt.Errorf("%w: reading the archive: %s: %w", load.ErrStorage, object, err)})
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

func (d *damagedRaw) Unwrap() error { return d.error }

func (s *dateSource) read(ctx context.Context, object string, yield func(entry, error) bool) (more bool, err error) {
	in, err := s.archive.OpenRaw(ctx, object)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer in.Close()
	line := 0
	for archived, err := range extract.ReadArchive(in) {
		if err != nil {
			return false, err
		}
		line++
		key, err := transform.Key(string(archived.Record), archived.TenantID)
		if err != nil {
			return false, fmt.Errorf("line %d: %w", line, err)
		}
		if err := context.Cause(ctx); err != nil {
			return false, err
		}
		if !yield(entry{archived, object, line, key}, nil) {
			return false, nil
		}
	}
	return true, nil
}

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
