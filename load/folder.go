package load

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The lake holds personal data, so nothing in it is ever for everybody. Readers
// on the same host get access through the folder's group, which a set-gid
// folder passes on; a stricter umask narrows this further. Staged files are
// for nobody else, since their folder is closed.
const (
	fileMode    = 0o640
	folderMode  = 0o750
	privateMode = 0o700
)

// folder is a store in a directory.
type folder struct {
	root   string
	staged string
}

// openFolder makes the folder where it is missing, and sees that it can be
// written to.
func openFolder(root string) (*folder, error) {
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("%w: finding folder %s: %w", ErrStorage, root, err)
	}
	f := &folder{root: abs, staged: filepath.Join(abs, stateFolder, "staged")}
	if err := os.MkdirAll(filepath.Join(abs, stateFolder), folderMode); err != nil {
		return nil, fmt.Errorf("%w: creating folder %s: %w", ErrStorage, root, err)
	}
	if err := os.MkdirAll(f.staged, privateMode); err != nil {
		return nil, fmt.Errorf("%w: creating folder %s: %w", ErrStorage, f.staged, err)
	}
	probe, err := f.newFile()
	if err != nil {
		return nil, fmt.Errorf("%w: folder %s cannot be written to: %w", ErrStorage, root, err)
	}
	err = probe.Close()
	if removeErr := os.Remove(probe.Name()); !errors.Is(removeErr, fs.ErrNotExist) { // a run that holds the lock may have swept it
		err = errors.Join(err, removeErr)
	}
	return f, err
}

func (f *folder) close() error { return nil }

func (f *folder) lock(context.Context) (func() error, error) {
	release, err := lockFile(f.path(stateFolder + "/lock"))
	if err != nil {
		return nil, err
	}
	if err := f.sweep(); err != nil {
		return nil, errors.Join(err, release())
	}
	return release, nil
}

func (f *folder) path(key string) string { return filepath.Join(f.root, filepath.FromSlash(key)) }

func (f *folder) describe(key string) string { return f.path(key) }

func (f *folder) open(ctx context.Context, key string) (*object, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	file, err := os.Open(f.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNotExist
	}
	if err != nil {
		return nil, fmt.Errorf("%w: opening: %w", ErrStorage, err)
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%w: opening: %w", ErrStorage, err)
	}
	return &object{
		ReaderAt: file,
		size:     info.Size(),
		version:  fileVersion(info),
		digest:   func() (digest, error) { return digestOf(file, info.Size()) },
		close:    file.Close,
	}, nil
}

func (f *folder) openParts(ctx context.Context, key string) (*object, error) { return f.open(ctx, key) }

func (f *folder) remove(_ context.Context, key, version string) error {
	if err := f.expect(key, version); err != nil {
		return err
	}
	if err := os.Remove(f.path(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: removing: %w", ErrStorage, err)
	}
	if err := syncFolder(filepath.Dir(f.path(key))); err != nil {
		return fmt.Errorf("%w: removing %s: %w", ErrStorage, f.path(key), err)
	}
	return nil
}

// expect returns ErrConflict unless the file has this version.
func (f *folder) expect(key, version string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	now := noVersion
	info, err := os.Stat(f.path(key))
	switch {
	case err == nil:
		now = fileVersion(info)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: looking at: %w", ErrStorage, err)
	}
	if now != version {
		return fmt.Errorf("%s: %w", f.path(key), ErrConflict)
	}
	return nil
}

func (f *folder) get(ctx context.Context, key string) ([]byte, string, error) {
	if err := errors.Join(checkKey(key), ctx.Err()); err != nil {
		return nil, "", err
	}
	data, err := os.ReadFile(f.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", errNotExist
	}
	if err != nil {
		return nil, "", fmt.Errorf("%w: reading: %w", ErrStorage, err)
	}
	return data, recordVersion(data), nil
}

func (f *folder) put(ctx context.Context, key string, data []byte, version string) (string, error) {
	if version != anyVersion {
		_, now, err := f.get(ctx, key)
		if err != nil && !errors.Is(err, errNotExist) {
			return "", err
		}
		if now != version {
			return "", fmt.Errorf("%s: %w", f.path(key), ErrConflict)
		}
	}
	if err := errors.Join(checkKey(key), ctx.Err()); err != nil {
		return "", err
	}
	file, err := f.newFile()
	if err != nil {
		return "", fmt.Errorf("%w: writing %s: %w", ErrStorage, f.path(key), err)
	}
	_, err = file.Write(data)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = f.place(file.Name(), key)
	}
	if err != nil {
		os.Remove(file.Name())
		return "", fmt.Errorf("%w: writing %s: %w", ErrStorage, f.path(key), err)
	}
	return recordVersion(data), nil
}

func (f *folder) drop(_ context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := os.Remove(f.path(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: removing: %w", ErrStorage, err)
	}
	return nil
}

// recordVersion is a hash: records are small, and one that is replaced twice
// within a tick of the clock might get its old inode back.
func recordVersion(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// newFile creates a file that nobody else can reach.
func (f *folder) newFile() (*os.File, error) {
	return os.OpenFile(filepath.Join(f.staged, rand.Text()), os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
}

// place gives a synced file its key, and makes the name durable.
func (f *folder) place(name, key string) error {
	target := f.path(key)
	if err := makeFolders(filepath.Dir(target)); err != nil {
		return err
	}
	if err := os.Rename(name, target); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(target))
}

// makeFolders is MkdirAll with every new name made durable.
func makeFolders(dir string) error {
	if err := os.Mkdir(dir, folderMode); err == nil {
		return syncFolder(filepath.Dir(dir))
	} else if errors.Is(err, fs.ErrExist) {
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := makeFolders(filepath.Dir(dir)); err != nil {
		return err
	}
	return makeFolders(dir)
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
