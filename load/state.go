package load

import (
	"context"
	"errors"
	"fmt"
)

// Token stands for the state of a record when it was read or written. The
// zero Token stands for a record that does not exist.
type Token string

// ReadState reads a small record of the lake, _state/<name>.json. A record
// that does not exist is empty, with the zero Token. Errors wrap ErrStorage.
func (l *Lake) ReadState(ctx context.Context, name string) ([]byte, Token, error) {
	key, err := recordKey(stateFolder, name)
	if err != nil {
		return nil, "", fmt.Errorf("reading state: %w", err)
	}
	data, version, err := l.store.get(ctx, key)
	if errors.Is(err, errNotExist) {
		return nil, "", nil
	}
	return data, Token(version), err
}

// WriteState writes a record, if it is still as it was when the token was
// given; else the error is ErrConflict, and the caller reads again. Errors
// wrap ErrConflict, ErrStorage or ErrLocked.
func (l *Lake) WriteState(ctx context.Context, name string, data []byte, token Token) (Token, error) {
	key, err := recordKey(stateFolder, name)
	if err != nil {
		return "", fmt.Errorf("writing state: %w", err)
	}
	var version string
	err = l.exclusively(ctx, func() error {
		version, err = l.store.put(ctx, key, data, string(token))
		return err
	})
	return Token(version), err
}

// WriteRun keeps the report of a run as _runs/<name>.json. Errors wrap
// ErrStorage or ErrLocked.
func (l *Lake) WriteRun(ctx context.Context, name string, report []byte) error {
	key, err := recordKey(runsFolder, name)
	if err != nil {
		return fmt.Errorf("writing the run report: %w", err)
	}
	return l.exclusively(ctx, func() error {
		_, err := l.store.put(ctx, key, report, anyVersion)
		return err
	})
}

// Runs hands over the run reports of the lake, _runs/<name>.json, in the order of
// their names. Errors wrap ErrStorage.
func (l *Lake) Runs(ctx context.Context, yield func(name string, report []byte) error) error {
	for o, err := range l.store.list(ctx, runsFolder+"/") {
		if err != nil {
			return err
		}
		data, _, err := l.store.get(ctx, o.key)
		if errors.Is(err, errNotExist) {
			continue
		}
		if err == nil {
			err = yield(o.key, data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
