package extract

import (
	"context"
	"sync"
)

// tokenSource gives access tokens for Graph. It is safe for concurrent use.
type tokenSource interface {
	// Token returns a token that is neither empty nor the refused one, which
	// Graph has answered with 401 ("" if none was). Its errors are for the
	// whole run, but for that of ctx.
	Token(ctx context.Context, refused string) (string, error)
}

// bearer is a token and what Graph has said to it.
type bearer struct {
	token string
	// fresh says that the token was fetched because Graph had refused the one
	// before: if it is refused, too, so will any other be.
	fresh bool
	probe chan struct{} // holds one item while a request tries a fresh token

	mu     sync.Mutex
	proven bool
}

// accepted notes that Graph took the token.
func (b *bearer) accepted() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.proven = true
}

func (b *bearer) doubtful() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.fresh && !b.proven
}

// bearers keeps the current token of a Client.
type bearers struct {
	source tokenSource

	mu      sync.Mutex
	current *bearer
}

// get returns the token to send. refused is the one that Graph has just
// answered with 401, or nil.
func (b *bearers) get(ctx context.Context, refused *bearer) (*bearer, error) {
	not := ""
	if refused != nil {
		not = refused.token
	}
	token, err := b.source.Token(ctx, not)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.current == nil || b.current.token != token {
		b.current = &bearer{token: token, fresh: refused != nil, probe: make(chan struct{}, 1)}
	}
	return b.current, nil
}

// try waits until the token may be sent. A doubtful one is sent by one request
// at a time, so that a sign-in that is broken for good isn't found out by all
// workers at once.
func (b *bearer) try(ctx context.Context) (done func(), err error) {
	if !b.doubtful() {
		return func() {}, nil
	}
	select {
	case b.probe <- struct{}{}:
		if !b.doubtful() { // any more
			<-b.probe
			return func() {}, nil
		}
		return func() { <-b.probe }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
