package load

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// folderDraft is a file in the closed folder of staged files.
type folderDraft struct {
	*spool
	store     *folder
	key       string
	published bool
}

func (f *folder) create(ctx context.Context, key string) (draft, error) {
	if err := errors.Join(checkKey(key), ctx.Err()); err != nil {
		return nil, err
	}
	file, err := f.newFile()
	if err != nil {
		return nil, fmt.Errorf("%w: staging %s: %w", ErrStorage, f.path(key), err)
	}
	return &folderDraft{spool: newSpool(file), store: f, key: key}, nil
}

func (d *folderDraft) seal(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := errors.Join(d.file.Sync(), d.close()); err != nil {
		return fmt.Errorf("%w: staging %s: %w", ErrStorage, d.store.path(d.key), err)
	}
	return nil
}

func (d *folderDraft) publish(_ context.Context, version string) error {
	if d.published {
		return nil
	}
	if err := d.store.expect(d.key, version); err != nil {
		return err
	}
	if err := d.store.place(d.file.Name(), d.key); err != nil {
		return fmt.Errorf("%w: publishing %s: %w", ErrStorage, d.store.path(d.key), err)
	}
	d.published = true
	return d.verify()
}

// verify reads back what was published.
func (d *folderDraft) verify() error {
	name := d.store.path(d.key)
	file, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("%w: reading back: %w", ErrStorage, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("%w: reading back: %w", ErrStorage, err)
	}
	got, err := digestOf(file, info.Size())
	if err != nil {
		return fmt.Errorf("%w: reading back: %w", ErrStorage, err)
	}
	if got != d.digest() {
		return fmt.Errorf("%w: %s is not what was written to it: the disk or file system is faulty", ErrStorage, name)
	}
	return nil
}

func (d *folderDraft) abort(context.Context) error {
	d.close()
	if err := os.Remove(d.file.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: dropping a staged file: %w", ErrStorage, err)
	}
	return nil
}
