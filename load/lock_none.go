//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package load

import (
	"fmt"
	"os"
	"runtime"
)

func lockFile(string) (release func() error, err error) {
	return nil, fmt.Errorf("%w: a folder lake needs file locks, which etl does not support on %s; use an s3:// lake", ErrStorage, runtime.GOOS)
}

func fileVersion(info os.FileInfo) string {
	return fmt.Sprintf("%d-%d", info.Size(), info.ModTime().UnixNano())
}
