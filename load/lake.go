package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
)

// formatVersion is the number of the lake's layout. It rises when an older etl would
// damage what a newer one writes.
const formatVersion = 1

// Lake is an open lake. Its methods may be called concurrently.
type Lake struct {
	store  store
	tables []*table
	logs   map[string]*table
	noRaw  bool

	working sync.Mutex // held by a commit
	mu      sync.Mutex // guards what follows
	release func() error
	marked  bool // the format is known to be written down
}

// Options adjust a lake. The zero value is good.
type Options struct {
	// TempDir is where objects are kept while they are merged, if the lake is
	// on S3: those of two dates, old and new. Default: [os.TempDir].
	TempDir string
	// NoRaw keeps no archive of call records as Graph sent them. The tables can
	// then not be rebuilt.
	NoRaw bool
	// SingleWriter says that nobody else writes to a lake on S3 at the same
	// time, so that a store will do that ignores the conditions of writes.
	SingleWriter bool
	// Log is told what an operator should know and no error says: a clock that
	// is off, leftovers that cannot be cleared. Default: nobody is told.
	Log *slog.Logger
}

// Open opens the lake at s3://bucket/prefix or in a folder, which is created
// where it is missing. It sees that the bucket can be read, which takes 20
// seconds at most, or that the folder can be written to. Errors wrap
// ErrLocation, ErrStorage or ErrNewerFormat.
func Open(ctx context.Context, where string, opts Options) (*Lake, error) {
	at, err := parseLocation(where)
	if err != nil {
		return nil, err
	}
	if opts.TempDir == "" {
		opts.TempDir = os.TempDir()
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	var s store
	if at.bucket != "" {
		s, err = openS3(ctx, at, opts)
	} else {
		s, err = openFolder(at.folder)
	}
	if err != nil {
		return nil, err
	}
	return newLake(ctx, s, opts)
}

func newLake(ctx context.Context, s store, opts Options) (*Lake, error) {
	codec := newCodec()
	l := &Lake{store: s, tables: newTables(codec), logs: newLogTables(codec), noRaw: opts.NoRaw}
	err := l.checkFormat(ctx)
	if err != nil && !errors.Is(err, errNotExist) {
		return nil, errors.Join(err, s.close())
	}
	l.marked = err == nil
	return l, nil
}

// Close lets go of the lock, if it is held.
func (l *Lake) Close() error {
	l.mu.Lock()
	release := l.release
	l.release = nil
	l.mu.Unlock()
	if release != nil {
		return errors.Join(release(), l.store.close())
	}
	return l.store.close()
}

// marker is the content of the format record.
type marker struct {
	Format int `json:"format"`
}

func (l *Lake) checkFormat(ctx context.Context) error {
	data, _, err := l.store.get(ctx, formatKey)
	if err != nil {
		return err
	}
	var m marker
	if err := json.Unmarshal(data, &m); err != nil || m.Format < 1 {
		return fmt.Errorf("%w: %s does not hold a lake's format", ErrStorage, l.store.describe(formatKey))
	}
	if m.Format > formatVersion {
		return fmt.Errorf("%w: %s says format %d, and this etl knows %d; update it", ErrNewerFormat, l.store.describe(formatKey), m.Format, formatVersion)
	}
	return nil
}

// mark writes the format down before the lake is first written to.
func (l *Lake) mark(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.marked {
		return nil
	}
	data, err := json.Marshal(marker{Format: formatVersion})
	if err != nil {
		return err
	}
	_, err = l.store.put(ctx, formatKey, append(data, '\n'), noVersion)
	if errors.Is(err, ErrConflict) {
		err = l.checkFormat(ctx)
	}
	l.marked = err == nil
	return err
}
