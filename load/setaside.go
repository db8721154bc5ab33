package load

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// damagedFolder is where damaged objects are kept.
const damagedFolder = stateFolder + "/damaged"

// SetAside moves an object that can't be used any more out of the readers'
// way, below _state/damaged/, so that it can be built anew; nothing is thrown
// away. It returns the new key. Errors wrap ErrStorage, ErrLocked or
// ErrConflict.
func (l *Lake) SetAside(ctx context.Context, key string) (kept string, err error) {
	kept = fmt.Sprintf("%s/%s.%s", damagedFolder, key, time.Now().UTC().Format("20060102T150405.000Z"))
	if err := errors.Join(checkKey(key), checkKey(kept)); err != nil {
		return "", err
	}
	return kept, l.exclusively(ctx, func() error { return l.store.move(ctx, key, kept) })
}

func (f *folder) move(_ context.Context, from, to string) error {
	err := makeFolders(filepath.Dir(f.path(to)))
	if err == nil {
		err = os.Rename(f.path(from), f.path(to))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = errors.Join(syncFolder(filepath.Dir(f.path(to))), syncFolder(filepath.Dir(f.path(from))))
	}
	if err != nil {
		return fmt.Errorf("%w: setting aside %s: %w", ErrStorage, f.path(from), err)
	}
	return nil
}

// move copies within the store, since what is damaged may not be readable. An
// object of over 5 GB, which S3 does not copy at once, is an error.
func (s *s3Store) move(ctx context.Context, from, to string) error {
	head, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.bucket, Key: s.name(from)})
	if isMissing(err) {
		return nil
	}
	if err != nil {
		return s.explain(ctx, "setting aside", from, err)
	}
	_, err = s.client.CopyObject(ctx, &s3.CopyObjectInput{
		Bucket: &s.bucket, Key: s.name(to),
		CopySource: aws.String(url.PathEscape(s.bucket + "/" + *s.name(from))), CopySourceIfMatch: head.ETag,
	})
	if err != nil {
		return s.explain(ctx, "setting aside", from, err)
	}
	return s.remove(ctx, from, aws.ToString(head.ETag))
}
