package load

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go"

	"etl/schemas"
)

// buildingsKey is where the table of buildings is.
const buildingsKey = schemas.Buildings + "/part-0.parquet"

// PutBuildings makes the rows the table of buildings, in place of those that
// are there. If those are the same, nothing is written, and changed is false.
// Errors wrap ErrStorage, ErrClock or ErrLocked; also ErrConflict where somebody
// else has published a table meanwhile.
func (l *Lake) PutBuildings(ctx context.Context, rows []schemas.Building) (p Published, changed bool, err error) {
	err = l.exclusively(ctx, func() error {
		p, changed, err = l.putBuildings(ctx, rows)
		if errors.Is(err, ErrConflict) {
			err = fmt.Errorf("%w: publishing the buildings: %w; run it again", ErrStorage, err)
		}
		return err
	})
	return p, changed, err
}

func (l *Lake) putBuildings(ctx context.Context, rows []schemas.Building) (p Published, changed bool, err error) {
	before, version, err := l.versionOf(ctx, buildingsKey)
	if err != nil {
		return p, false, err
	}
	d, err := l.store.create(ctx, buildingsKey)
	if err != nil {
		return p, false, err
	}
	defer func() {
		if err != nil || !changed {
			err = errors.Join(err, cleanUp(ctx, d.abort))
		}
	}()
	if err := writeBuildings(d, rows); err != nil {
		return p, false, fmt.Errorf("%w: writing %s: %w", ErrStorage, l.store.describe(buildingsKey), err)
	}
	now := d.digest()
	p = Published{Key: buildingsKey, Bytes: now.size, SHA256: hex.EncodeToString(now.sha256[:])}
	if version != noVersion && before == now {
		return p, false, nil
	}
	if err := d.seal(ctx); err != nil {
		return p, false, err
	}
	return p, true, d.publish(ctx, version)
}

// versionOf returns what identifies the object and its bytes; noVersion where
// there is none.
func (l *Lake) versionOf(ctx context.Context, key string) (digest, string, error) {
	o, err := l.store.open(ctx, key)
	if errors.Is(err, errNotExist) {
		return digest{}, noVersion, nil
	}
	if err != nil {
		return digest{}, noVersion, err
	}
	d, err := o.digest()
	if err = errors.Join(err, o.close()); err != nil {
		return digest{}, noVersion, fmt.Errorf("%w: reading %s: %w", ErrStorage, l.store.describe(key), err)
	}
	return d, o.version, nil
}

// writeBuildings writes the file. It is small and has neither NULLs nor embedded
// structs, so that it needs nothing of what the tables of calls need.
func writeBuildings(to draft, rows []schemas.Building) error {
	out := parquet.NewGenericWriter[schemas.Building](to,
		parquet.Compression(newCodec()),
		parquet.DataPageVersion(1),
		parquet.DataPageStatistics(false),
		parquet.SortingWriterConfig(parquet.SortingColumns(parquet.Ascending("first_address"))),
		parquet.CreatedBy("etl", "1", ""),
	)
	if _, err := out.Write(rows); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	written, err := openParquet(to, to.digest().size)
	if err != nil {
		return err
	}
	if n := written.NumRows(); n != int64(len(rows)) {
		return fmt.Errorf("the file has %d rows instead of %d", n, len(rows))
	}
	return nil
}

// Buildings returns the table of buildings, none where the lake has no such
// table. Errors wrap ErrStorage.
func (l *Lake) Buildings(ctx context.Context) (rows []schemas.Building, err error) {
	o, err := l.store.open(ctx, buildingsKey)
	if errors.Is(err, errNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	name := l.store.describe(buildingsKey)
	defer recoverBroken(name, &err)
	if rows, err = parquet.Read[schemas.Building](o, o.size); err != nil {
		return nil, fmt.Errorf("%w: reading %s: %w", ErrStorage, name, err)
	}
	return rows, nil
}
