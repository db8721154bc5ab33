package load

import (
	"context"
	"sync"
)

// hooks is a store that lets tests step between its steps, and that has no
// lock, so that two lakes can write to one folder.
type hooks struct {
	store
	mu sync.Mutex
	// before and after publishing or removing the object; an error of the
	// first comes instead of publishing.
	before  func(key string) error
	after   func(key string) error
	sealing func(key string) error // before
	sealed  func(key string) error // after
}

func hook(l *Lake) *hooks {
	h := &hooks{store: l.store}
	l.store = h
	return h
}

func (h *hooks) lock(context.Context) (func() error, error) { return func() error { return nil }, nil }

func (h *hooks) call(f func(string) error, key string) error {
	if f == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return f(key)
}

func (h *hooks) create(ctx context.Context, key string) (draft, error) {
	d, err := h.store.create(ctx, key)
	if err != nil {
		return nil, err
	}
	return &hookedDraft{d, h, key}, nil
}

func (h *hooks) remove(ctx context.Context, key, version string) error {
	return h.around(key, func() error { return h.store.remove(ctx, key, version) })
}

func (h *hooks) around(key string, publish func() error) error {
	if err := h.call(h.before, key); err != nil {
		return err
	}
	if err := publish(); err != nil {
		return err
	}
	return h.call(h.after, key)
}

type hookedDraft struct {
	draft
	hooks *hooks
	key   string
}

func (d *hookedDraft) seal(ctx context.Context) error {
	if err := d.hooks.call(d.hooks.sealing, d.key); err != nil {
		return err
	}
	if err := d.draft.seal(ctx); err != nil {
		return err
	}
	return d.hooks.call(d.hooks.sealed, d.key)
}

func (d *hookedDraft) publish(ctx context.Context, version string) error {
	return d.hooks.around(d.key, func() error { return d.draft.publish(ctx, version) })
}
