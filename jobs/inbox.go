package jobs

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"log/slog"
	"sync"

	"etl/extract"
	"etl/load"
)

// inboxFiles is where files of ids are put; *load.Inbox is it.
type inboxFiles interface {
	Names(ctx context.Context) ([]string, error)
	Read(ctx context.Context, name string) ([]byte, load.Token, error)
	Remove(ctx context.Context, name string, token load.Token) error
}

// anomalyUnreadable counts files of the inbox that are in none of the forms of
// ids, or that hold what can be none.
const anomalyUnreadable = "unreadable_inbox_file"

// mailroom takes the ids out of an inbox. A file is removed when each of its
// ids is in the lake or in the kept list of pending calls.
type mailroom struct {
	inbox inboxFiles
	log   *slog.Logger

	mu   sync.Mutex
	read map[string]load.Token // files of which all ids have been handed over
	bad  map[string]bool       // files that stay for somebody to look at
}

func newMailroom(inbox inboxFiles, log *slog.Logger) *mailroom {
	return &mailroom{inbox: inbox, log: log, read: map[string]load.Token{}, bad: map[string]bool{}}
}

// sourceOf names a file of the inbox as the source of ids.
func sourceOf(name string) string { return "inbox " + name }

// refs yields the calls that are named in the inbox.
func (m *mailroom) refs(ctx context.Context) iter.Seq2[extract.Ref, error] {
	return func(yield func(extract.Ref, error) bool) {
		names, err := m.inbox.Names(ctx)
		if err != nil {
			yield(extract.Ref{}, err)
			return
		}
		for _, name := range names {
			data, token, err := m.inbox.Read(ctx, name)
			if err != nil {
				yield(extract.Ref{}, err)
				return
			}
			if token == "" {
				continue // somebody has taken it
			}
			if !m.open(ctx, name, data, yield) {
				return
			}
			m.mu.Lock()
			m.read[name] = token
			m.mu.Unlock()
		}
	}
}

// open yields the ids of a file, and reports whether there may be more.
func (m *mailroom) open(ctx context.Context, name string, data []byte, yield func(extract.Ref, error) bool) bool {
	for ref, err := range extract.ReadIDs(bytes.NewReader(data)) {
		if err != nil {
			m.reject(name)
			m.log.Warn("inbox file left where it is: it can't be read", "file", printable(name, maxID), "error", err)
			return true
		}
		ref.Source = sourceOf(name)
		if extract.ValidID(ref.ID) != nil {
			m.reject(name)
		}
		if ctx.Err() != nil || !yield(ref, nil) {
			return false
		}
	}
	return true
}

// reject notes that a file stays.
func (m *mailroom) reject(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bad[name] = true
}

// settle removes the files that are done with, when the pending calls have
// been kept.
func (m *mailroom) settle(ctx context.Context, report *Report) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []error
	for name, token := range m.read {
		if m.bad[name] {
			report.Anomalies[anomalyUnreadable]++
			continue
		}
		// One that has changed meanwhile is read again by the next run.
		if err := m.inbox.Remove(ctx, name, token); err != nil && !errors.Is(err, load.ErrConflict) {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}
