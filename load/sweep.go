package load

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"etl/schemas"
)

// staleAge is how old an upload must be to be a dead run's. A run that loses a
// younger one merges again: this is about its time, not its safety.
const staleAge = 24 * time.Hour

// sweep aborts what runs that died have left staged: uploads to keys of the
// lake, older than staleAge by the store's clock. Nobody sees them, but they
// are paid for. It is no reason to stop a run that it cannot be done.
func (s *s3Store) sweep(ctx context.Context) error {
	in := &s3.ListMultipartUploadsInput{Bucket: &s.bucket, Prefix: s.name("")}
	for {
		page, err := s.client.ListMultipartUploads(ctx, in, sweepOptions)
		if err != nil {
			return s.explain(ctx, "listing uncompleted uploads to", "", err)
		}
		now, _ := awsmiddleware.GetServerTime(page.ResultMetadata) // without a Date nothing is old
		for _, u := range page.Uploads {
			key := strings.TrimPrefix(aws.ToString(u.Key), aws.ToString(in.Prefix))
			if u.Initiated == nil || now.Sub(*u.Initiated) <= s.staleAge || !isStaged(key) {
				continue
			}
			_, err := s.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &s.bucket, Key: u.Key, UploadId: u.UploadId}, sweepOptions)
			if err != nil && !isMissing(err) {
				return s.explain(ctx, "dropping a stale upload to", key, err)
			}
		}
		if !aws.ToBool(page.IsTruncated) {
			return s.sweepProbes(ctx)
		}
		// By the key alone: some stores do not go on from an upload that is
		// gone. More uploads to the same key are left to the next run.
		next := aws.ToString(page.NextKeyMarker)
		if next == aws.ToString(in.KeyMarker) {
			return s.explain(ctx, "listing uncompleted uploads to", "", errors.New("the list does not go on"))
		}
		in.KeyMarker = &next
	}
}

// sweepProbes deletes what probes of dead runs have left.
func (s *s3Store) sweepProbes(ctx context.Context) error {
	page, err := s.client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: s.name(probeFolder + "/")}, sweepOptions)
	if err != nil {
		return s.explain(ctx, "listing", probeFolder, err)
	}
	now, _ := awsmiddleware.GetServerTime(page.ResultMetadata)
	for _, o := range page.Contents {
		if o.LastModified == nil || now.Sub(*o.LastModified) <= s.staleAge {
			continue
		}
		_, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: o.Key}, sweepOptions)
		if err != nil && !isMissing(err) {
			return s.explain(ctx, "dropping an object left by a probe:", *o.Key, err)
		}
	}
	return nil
}

// sweepOptions has few attempts: the next run sweeps again.
func sweepOptions(o *s3.Options) { o.RetryMaxAttempts = 3 }

// isStaged tells whether uploads to this key are etl's: the bucket may hold
// more than the lake.
func isStaged(key string) bool {
	if key == buildingsKey {
		return true
	}
	folder, rest, _ := strings.Cut(key, "/")
	if !strings.HasPrefix(rest, "call_date=") {
		return strings.HasPrefix(key, probeFolder+"/")
	}
	return folder == rawFolder || slices.ContainsFunc(schemas.Tables(), func(t schemas.Table) bool {
		return folder == t.Name || schemas.IsLog(t.Name) && folder == archiveOfLog(t.Name).folder
	})
}

// sweep deletes what runs that died have left staged: under the lock nobody
// else stages anything.
func (f *folder) sweep() error {
	entries, err := os.ReadDir(f.staged)
	for _, entry := range entries {
		if entry.Type().IsRegular() && err == nil {
			if err = os.Remove(filepath.Join(f.staged, entry.Name())); errors.Is(err, fs.ErrNotExist) {
				err = nil // of a run that is only looking whether it could write
			}
		}
	}
	if err != nil {
		return fmt.Errorf("%w: clearing what an earlier run left: %w", ErrStorage, err)
	}
	return nil
}
