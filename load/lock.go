package load

import "context"

// Lock keeps other runs out of a folder until the lake is unlocked or closed,
// or the process ends. Where another run holds it, Lock returns ErrLocked at
// once. On S3 two runs are safe, if the store honours conditional writes: the
// first Lock sees that it does, that its clock and this machine's agree, and
// that there are the permissions to write. What a run that died has left
// staged is cleared. Errors wrap ErrLocked, ErrStorage or ErrClock.
//
// What writes takes the lock by itself, for as long as it writes; Lock is for
// a run that reads first, or writes more than once.
func (l *Lake) Lock(ctx context.Context) (unlock func() error, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.release != nil {
		return nil, ErrLocked
	}
	release, err := l.store.lock(ctx)
	if err != nil {
		return nil, err
	}
	l.release = release
	return l.unlock, nil
}

func (l *Lake) unlock() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.release == nil {
		return nil
	}
	release := l.release
	l.release = nil
	return release()
}

// exclusively runs one writer at a time, under the lock.
func (l *Lake) exclusively(ctx context.Context, write func() error) (err error) {
	l.working.Lock()
	defer l.working.Unlock()
	l.mu.Lock()
	held := l.release != nil
	l.mu.Unlock()
	if !held {
		unlock, err := l.Lock(ctx)
		if err != nil {
			return err
		}
		defer unlock()
	}
	if err := l.mark(ctx); err != nil {
		return err
	}
	return write()
}
