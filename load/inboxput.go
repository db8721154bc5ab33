package load

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// create writes under a name that an inbox hides, and renames.
func (f folderBox) create(_ context.Context, name string, data []byte) error {
	path := filepath.Join(string(f), name)
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s: %w", path, ErrConflict)
	}
	err := f.write(path, name, data)
	if err == nil {
		err = syncFolder(string(f))
	}
	if err != nil {
		return fmt.Errorf("%w: writing to the inbox: %w", ErrStorage, err)
	}
	return nil
}

func (f folderBox) write(path, name string, data []byte) (err error) {
	file, err := os.CreateTemp(string(f), "."+name+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	_, err = file.Write(data)
	if err == nil {
		err = file.Chmod(fileMode)
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

func (b *bucketBox) create(ctx context.Context, name string, data []byte) error {
	_, err := b.put(ctx, name, data, noVersion)
	return err
}
