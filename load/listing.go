package load

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func (f *folder) list(ctx context.Context, prefix string) iter.Seq2[listed, error] {
	return func(yield func(listed, error) bool) {
		err := filepath.WalkDir(f.path(prefix), func(name string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // never was, or is gone by now
			}
			if err = errors.Join(err, ctx.Err()); err != nil || entry.IsDir() {
				return err
			}
			info, err := entry.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			key, err := filepath.Rel(f.root, name)
			if err != nil {
				return err
			}
			if !yield(listed{key: filepath.ToSlash(key), size: info.Size()}, nil) {
				return filepath.SkipAll
			}
			return nil
		})
		if err != nil {
			yield(listed{}, fmt.Errorf("%w: listing %s: %w", ErrStorage, f.path(prefix), err))
		}
	}
}

func (s *s3Store) list(ctx context.Context, prefix string) iter.Seq2[listed, error] {
	return func(yield func(listed, error) bool) {
		under := strings.TrimSuffix(*s.name(prefix + "x"), "x")
		pages := s3.NewListObjectsV2Paginator(s.client, &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: &under})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(listed{}, s.explain(ctx, "listing", prefix, err))
				return
			}
			for _, o := range page.Contents {
				key := prefix + strings.TrimPrefix(aws.ToString(o.Key), under)
				if strings.HasSuffix(key, "/") {
					continue // what some tools make to show a folder
				}
				if !yield(listed{key: key, size: aws.ToInt64(o.Size)}, nil) {
					return
				}
			}
		}
	}
}
