//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package load

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockFile takes the lock on a file, which the system lets go when the process
// ends in whatever way: there is no stale lock to break.
func lockFile(name string) (release func() error, err error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, fmt.Errorf("%w: opening the lock: %w", ErrStorage, err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		file.Close()
		return nil, fmt.Errorf("%w (%s)", ErrLocked, name)
	case err != nil:
		file.Close()
		return nil, fmt.Errorf("%w: locking %s: %w", ErrStorage, name, err)
	}
	return file.Close, nil
}

// fileVersion tells one state of a file from another. Replacing a file gives
// it another inode.
func fileVersion(info os.FileInfo) string {
	var inode uint64
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		inode = uint64(stat.Ino)
	}
	return fmt.Sprintf("%d-%d-%d", info.Size(), info.ModTime().UnixNano(), inode)
}
