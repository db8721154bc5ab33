package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"etl/load"
)

// states keeps small records with compare-and-swap; *load.Lake is it.
type states interface {
	ReadState(ctx context.Context, name string) ([]byte, load.Token, error)
	WriteState(ctx context.Context, name string, data []byte, token load.Token) (load.Token, error)
}

// readRecord reads a record of the lake; one that does not exist is the zero
// value.
func readRecord[T any](ctx context.Context, lake states, name string) (record T, token load.Token, err error) {
	data, token, err := lake.ReadState(ctx, name)
	if err != nil || len(data) == 0 {
		return record, token, err
	}
	if err := json.Unmarshal(data, &record); err != nil {
		return record, token, fmt.Errorf("%w: reading _state/%s.json: %w; correct it or remove it", load.ErrStorage, name, err)
	}
	return record, token, nil
}

// editRecord changes a record, again if another run was first. Where change
// reports false, nothing is written.
func editRecord[T any](ctx context.Context, lake states, name string, change func(record *T) bool) error {
	for {
		record, token, err := readRecord[T](ctx, lake, name)
		if err != nil || !change(&record) {
			return err
		}
		text, err := json.MarshalIndent(record, "", " ")
		if err != nil {
			return fmt.Errorf("encoding _state/%s.json: %w", name, err)
		}
		if _, err = lake.WriteState(ctx, name, append(text, '\n'), token); !errors.Is(err, load.ErrConflict) {
			return err
		}
		if err := context.Cause(ctx); err != nil {
			return fmt.Errorf("writing _state/%s.json: %w", name, err)
		}
	}
}
