package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"path"
	"slices"

	"etl/load/rawfile"
)

// rawFolder is the archive of call records as Graph sent them.
const rawFolder = "raw"

// archive is where a commit keeps what Graph sent.
type archive struct {
	folder string
	member string // that holds the record in a line
}

func archiveOfCalls() archive { return archive{rawFolder, "call"} }

// key is that of an object of the archive.
func (a archive) key(date, commit string) string {
	return path.Join(a.folder, "call_date="+date, commit+".jsonl.zst")
}

// RawObject is an object of the raw archive, of the form that package rawfile
// describes: a JSON line for each version of a call, or row of a log, that was
// fetched.
type RawObject struct {
	Key   string
	Date  string // of the calls' starts
	Bytes int64
}

// RawObjects lists the objects of the raw archive of the dates from and until,
// both included and each open where it is "", in the order of their keys:
// by date, then by time of the run. Errors wrap ErrStorage.
func (l *Lake) RawObjects(ctx context.Context, from, until string) iter.Seq2[RawObject, error] {
	return l.rawObjects(ctx, rawFolder, from, until)
}

func (l *Lake) rawObjects(ctx context.Context, folder, from, until string) iter.Seq2[RawObject, error] {
	return func(yield func(RawObject, error) bool) {
		for o, err := range l.store.list(ctx, folder+"/") {
			if err != nil {
				yield(RawObject{}, err)
				return
			}
			date, ok := dateOf(o.key)
			if !ok || date < from || until != "" && date > until {
				continue
			}
			if !yield(RawObject{Key: o.key, Date: date, Bytes: o.size}, nil) {
				return
			}
		}
	}
}

// RawFile is an open object of the raw archive. What it holds does not change
// while it is open.
type RawFile struct {
	*io.SectionReader
	close func() error
}

// Close lets go of the object.
func (f *RawFile) Close() error { return f.close() }

// OpenRaw opens an object of the raw archive, packed as it is. Errors wrap
// ErrStorage; of an object that isn't there also fs.ErrNotExist.
func (l *Lake) OpenRaw(ctx context.Context, key string) (*RawFile, error) {
	o, err := l.store.open(ctx, key)
	if errors.Is(err, errNotExist) {
		return nil, fmt.Errorf("%w: %s: %w", ErrStorage, l.store.describe(key), fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	return &RawFile{io.NewSectionReader(o, 0, o.size), o.close}, nil
}

// Archive adds records to the raw archive whose rows are not to be put into
// the tables. Changes that no table could have, for want of an id or a date, are
// left out. Errors wrap ErrStorage or ErrLocked.
func (l *Lake) Archive(ctx context.Context, name string, changes []Change) (Receipt, error) {
	return l.archiveOnly(ctx, archiveOfCalls(), name, changes)
}

func (l *Lake) archiveOnly(ctx context.Context, to archive, name string, changes []Change) (Receipt, error) {
	receipt := Receipt{Rows: map[string]int64{}}
	if err := checkCommitName(name); err != nil || l.noRaw || len(changes) == 0 {
		return receipt, err
	}
	c := &commit{name: name, archive: to, store: l.store, receipt: &receipt}
	byDate := map[string]*day{}
	for _, change := range changes {
		w, err := newWork(change, new(Result))
		if err != nil {
			continue
		}
		if byDate[w.date] == nil {
			byDate[w.date] = &day{date: w.date}
		}
		byDate[w.date].adds = append(byDate[w.date].adds, w)
	}
	return receipt, l.exclusively(ctx, func() error {
		staged, err := c.stageRaw(ctx, slices.Collect(maps.Values(byDate)))
		if err == nil {
			err = c.publishRaw(ctx, staged)
		}
		return errors.Join(err, dropObjects(ctx, staged))
	})
}

// stageRaw stages the records of calls whose rows are staged, one object for
// each date. A record is archived once, however often its date is merged.
func (c *commit) stageRaw(ctx context.Context, days []*day) (staged []*stagedObject, err error) {
	var packer *rawfile.Packer
	for _, d := range days {
		var works []*work
		for _, w := range d.adds {
			if w.Record != nil && !w.raw {
				works = append(works, w)
			}
		}
		slices.SortFunc(works, func(a, b *work) int { return a.at.compare(b.at) })
		if c.noRaw || len(works) == 0 {
			continue
		}
		if packer == nil {
			packer = rawfile.NewPacker()
		}
		o, err := c.stageRawObject(ctx, c.nextRawKey(d.date), works, packer)
		if o != nil {
			staged = append(staged, o)
		}
		if err != nil {
			return staged, err
		}
		for _, w := range works {
			w.raw = true
		}
	}
	return staged, nil
}

// nextRawKey is the key of the commit's next object of a date: when the date is
// merged again, there may be calls that had been left out before.
func (c *commit) nextRawKey(date string) string {
	if c.rawObjects == nil {
		c.rawObjects = map[string]int{}
	}
	c.rawObjects[date]++
	if n := c.rawObjects[date]; n > 1 {
		return c.archive.key(date, fmt.Sprintf("%s.%d", c.name, n))
	}
	return c.archive.key(date, c.name)
}

func (c *commit) stageRawObject(ctx context.Context, key string, works []*work, packer *rawfile.Packer) (*stagedObject, error) {
	d, err := c.store.create(ctx, key)
	if err != nil {
		return nil, err
	}
	o := &stagedObject{key: key, draft: d, version: noVersion}
	if err := writeRaw(rawfile.NewWriter(d, c.archive.member, packer), works); err != nil {
		return o, fmt.Errorf("writing %s: %w", c.store.describe(key), err)
	}
	o.bytes = d.digest().size
	return o, d.seal(ctx)
}

// writeRaw writes the records of calls, in the order given.
func writeRaw(out *rawfile.Writer, works []*work) error {
	for _, w := range works {
		call := rawfile.Call{TenantID: w.TenantID, CallID: w.CallID, Version: w.Version, Start: w.Start, FetchedAt: w.FetchedAt, Size: int(w.Bytes)}
		if err := out.Add(call, w.Record); err != nil {
			return fmt.Errorf("call %s: %w", w.CallID, err)
		}
	}
	return out.Close()
}

// publishRaw makes staged records visible.
func (c *commit) publishRaw(ctx context.Context, staged []*stagedObject) error {
	for _, o := range staged {
		if err := o.draft.publish(ctx, o.version); err != nil {
			return fmt.Errorf("%w: archiving: %w", ErrStorage, err)
		}
		c.receipt.published(o)
	}
	return nil
}
