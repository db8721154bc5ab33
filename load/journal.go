package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// journalFolder has a record of each commit that is being published.
const journalFolder = stateFolder + "/commits"

// Unfinished is a commit whose run has died, or is just publishing it: some of
// its tables may be ahead of others.
type Unfinished struct {
	Commit string `json:"-"`
	// Raw are the objects of the raw archive that hold the calls.
	Raw []string `json:"raw"`
	// Calls are those that are in no object of the archive.
	Calls []UnfinishedCall `json:"calls"`
}

// UnfinishedCall is a call to be fetched again.
type UnfinishedCall struct {
	ID            string     `json:"id"`
	StartDateTime *time.Time `json:"start_date_time"` // null where it is not known
}

// journal is the record while its commit runs.
type journal struct {
	Unfinished
	calls, raw map[string]bool // what it has
}

// checkCommitName refuses a name that could not be part of a key.
func checkCommitName(name string) error {
	_, err := recordKey(journalFolder, name)
	if err != nil {
		return fmt.Errorf("naming a commit: %w", err)
	}
	return nil
}

// writeJournal writes down, before anything is published, where the calls can
// be found again that are about to be. Another run then completes what a run
// that dies in between has begun.
func (c *commit) writeJournal(ctx context.Context, days []*day, raw []*stagedObject) error {
	j := c.journal
	if j == nil {
		j = &journal{calls: map[string]bool{}, raw: map[string]bool{}}
	}
	before := len(j.Raw) + len(j.Calls)
	for _, o := range raw {
		j.addRaw(o.key)
	}
	for _, d := range days {
		if !d.changes() {
			continue
		}
		for _, w := range append(d.adds[:len(d.adds):len(d.adds)], d.drops...) {
			j.add(w, c.rebuild)
		}
	}
	if len(j.Raw)+len(j.Calls) == before {
		return nil
	}
	text, err := json.Marshal(j.Unfinished)
	if err != nil {
		return fmt.Errorf("encoding the journal of a commit: %w", err)
	}
	if _, err := c.store.put(ctx, journalKey(c.name), append(text, '\n'), anyVersion); err != nil {
		return err
	}
	c.journal = j
	return nil
}

func (j *journal) addRaw(key string) {
	if !j.raw[key] {
		j.raw[key] = true
		j.Raw = append(j.Raw, key)
	}
}

// add notes where a call can be found again that is in no object which this
// commit archives.
func (j *journal) add(w *work, rebuild bool) {
	switch {
	case w.Archived != "":
		j.addRaw(w.Archived)
		return
	case w.raw || rebuild || w.Record == nil || j.calls[w.CallID]:
		return // archived by this commit, or from a place that the lake does not know
	}
	j.calls[w.CallID] = true
	call := UnfinishedCall{ID: w.CallID}
	if w.Start != nil {
		start := time.UnixMicro(*w.Start).UTC()
		call.StartDateTime = &start
	}
	j.Calls = append(j.Calls, call)
}

func (c *commit) dropJournal(ctx context.Context) error {
	if c.journal == nil {
		return nil
	}
	return cleanUp(ctx, func(ctx context.Context) error { return c.store.drop(ctx, journalKey(c.name)) })
}

func journalKey(commit string) string { return path.Join(journalFolder, commit+".json") }

// Unfinished returns the commits that dead runs have left unfinished, the
// oldest first. On S3 there may be some of runs that go on: completing those,
// too, does no harm. Errors wrap ErrStorage.
func (l *Lake) Unfinished(ctx context.Context) ([]Unfinished, error) {
	var all []Unfinished
	for o, err := range l.store.list(ctx, journalFolder+"/") {
		if err != nil {
			return nil, err
		}
		name, isRecord := strings.CutSuffix(path.Base(o.key), ".json")
		if !isRecord {
			continue
		}
		data, _, err := l.store.get(ctx, o.key)
		if errors.Is(err, errNotExist) {
			continue // it was finished just now
		}
		if err != nil {
			return nil, err
		}
		u := Unfinished{Commit: name}
		if err := json.Unmarshal(data, &u); err != nil {
			return nil, fmt.Errorf("%w: reading %s: %w", ErrStorage, l.store.describe(o.key), err)
		}
		all = append(all, u)
	}
	slices.SortFunc(all, func(a, b Unfinished) int { return strings.Compare(a.Commit, b.Commit) })
	return all, nil
}

// Finished drops the record of an unfinished commit, once its calls are in the
// lake or pending. Errors wrap ErrStorage or ErrLocked.
func (l *Lake) Finished(ctx context.Context, commit string) error {
	if err := checkCommitName(commit); err != nil {
		return err
	}
	return l.exclusively(ctx, func() error { return l.store.drop(ctx, journalKey(commit)) })
}
