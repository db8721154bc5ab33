package load

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const (
	minPartSize    = 16 << 20         // bytes
	maxParts       = 10_000           // that S3 allows
	settleTimeout  = 20 * time.Second // for what was published to be seen
	completions    = 3                // attempts, where success was answered and did not happen
	abortions      = 5                // at most, where a part may still arrive
	partSizeFactor = 1 << 20          // part sizes are whole MiB
)

// s3Draft is an uncompleted multipart upload. It is spooled first, since the
// digest goes into the metadata, which is set before the first part.
type s3Draft struct {
	*spool
	store     *s3Store
	key       string
	upload    *string // id, once begun
	torn      bool    // a part may still arrive
	parts     []types.CompletedPart
	published bool
}

func (s *s3Store) create(_ context.Context, key string) (draft, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	file, err := tempSpool(s.tempDir)
	if err != nil {
		return nil, err
	}
	return &s3Draft{spool: file, store: s, key: key}, nil
}

func (d *s3Draft) sum() string {
	sum := d.digest().sha256
	return hex.EncodeToString(sum[:])
}

// seal uploads the parts. Each carries its CRC-32 as a plain header, which no
// store refuses; Create must name the algorithm, or Complete fails.
func (d *s3Draft) seal(ctx context.Context) error {
	defer d.close()
	if err := d.begin(ctx); err != nil {
		return err
	}
	size := partSize(d.size)
	for offset := int64(0); offset < d.size; offset += size {
		part := io.NewSectionReader(d.file, offset, min(size, d.size-offset))
		if err := d.sendPart(ctx, int32(len(d.parts)+1), part); err != nil {
			return err
		}
	}
	return nil
}

// begin is not interrupted: an upload whose id is not known cannot be aborted.
func (d *s3Draft) begin(ctx context.Context) error {
	s := d.store
	if ctx.Err() != nil {
		return s.explain(ctx, "staging", d.key, ctx.Err())
	}
	created, err := s.client.CreateMultipartUpload(context.WithoutCancel(ctx), &s3.CreateMultipartUploadInput{
		Bucket: &s.bucket, Key: s.name(d.key),
		ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
		ContentType:       aws.String(contentType(d.key)),
		Metadata:          map[string]string{sumMetadata: d.sum()},
	}, func(o *s3.Options) { o.RetryMaxAttempts = 4 })
	if err != nil {
		return s.explain(ctx, "staging", d.key, err)
	}
	if aws.ToString(created.UploadId) == "" {
		return s.explain(ctx, "staging", d.key, errors.New("the answer has no upload id"))
	}
	d.upload = created.UploadId
	return nil
}

func contentType(key string) string {
	if path.Ext(key) == ".parquet" {
		return "application/vnd.apache.parquet"
	}
	return "application/zstd"
}

// partSize keeps an object of this size within the number of parts allowed.
func partSize(size int64) int64 {
	least := (size + maxParts - 1) / maxParts
	return max(minPartSize, (least+partSizeFactor-1)/partSizeFactor*partSizeFactor)
}

func (d *s3Draft) sendPart(ctx context.Context, number int32, part *io.SectionReader) error {
	s := d.store
	crc := crc32.NewIEEE()
	if _, err := io.Copy(crc, part); err != nil {
		return fmt.Errorf("%w: reading a temporary file: %w", ErrStorage, err)
	}
	if _, err := part.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("%w: reading a temporary file: %w", ErrStorage, err)
	}
	sum := base64.StdEncoding.EncodeToString(crc.Sum(nil))
	out, err := s.client.UploadPart(ctx, &s3.UploadPartInput{
		Bucket: &s.bucket, Key: s.name(d.key), UploadId: d.upload, PartNumber: &number,
		Body: part, ContentLength: aws.Int64(part.Size()),
		ChecksumAlgorithm: types.ChecksumAlgorithmCrc32, ChecksumCRC32: &sum,
	})
	if err != nil {
		d.torn = true
		return s.explain(ctx, "staging", d.key, err)
	}
	if aws.ToString(out.ETag) == "" {
		return s.explain(ctx, "staging", d.key, errors.New("the answer has no ETag"))
	}
	completed := types.CompletedPart{PartNumber: &number, ETag: out.ETag}
	if out.ChecksumCRC32 != nil { // a store that knows checksums wants them back
		completed.ChecksumCRC32 = &sum
	}
	d.parts = append(d.parts, completed)
	return nil
}

// publish completes the upload. Whatever the answer, the object's metadata say
// whether it is this one: a lost reply comes back as a conflict, as an unknown
// upload, or not at all.
func (d *s3Draft) publish(ctx context.Context, version string) error {
	if d.published {
		return nil
	}
	s := d.store
	in := &s3.CompleteMultipartUploadInput{
		Bucket: &s.bucket, Key: s.name(d.key), UploadId: d.upload,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: d.parts},
	}
	in.IfMatch, in.IfNoneMatch = condition(version)
	for attempt := 1; ; attempt++ {
		out, err := s.client.CompleteMultipartUpload(ctx, in)
		if err == nil && aws.ToString(out.ETag) != "" {
			d.published = true
			return d.settle(ctx, version, *out.ETag)
		}
		head, headErr := d.head(ctx)
		switch {
		case headErr == nil && d.isThis(head) == nil:
			d.published = true
			return nil
		case isConflict(err) || isMissing(err):
			return fmt.Errorf("%s: %w", s.describe(d.key), ErrConflict)
		case err != nil:
			return s.explain(ctx, "publishing", d.key, err)
		case attempt == completions:
			return s.explain(ctx, "publishing", d.key, errors.New("the store answered that it was published, but it was not"))
		}
	}
}

// settle reads back until the object that was published, or a later one, is
// seen: some stores show an older state for a while.
func (d *s3Draft) settle(ctx context.Context, before, etag string) error {
	deadline := time.Now().Add(settleTimeout)
	for wait := 50 * time.Millisecond; ; wait *= 2 {
		head, err := d.head(ctx)
		switch {
		case err == nil && d.isThis(head) == nil:
			return nil
		case err == nil && unquoted(head.ETag) == unquoted(&etag):
			return d.store.explain(ctx, "reading back", d.key, d.isThis(head))
		case err == nil && aws.ToString(head.ETag) != before:
			return nil // another writer has read and replaced it
		case err != nil && !isMissing(err):
			return d.store.explain(ctx, "reading back", d.key, err)
		case time.Now().After(deadline):
			return d.store.explain(ctx, "reading back", d.key, errors.New("what was published does not show"))
		}
		select {
		case <-ctx.Done():
			return d.store.explain(ctx, "reading back", d.key, ctx.Err())
		case <-time.After(wait):
		}
	}
}

// unquoted makes ETags comparable: some stores quote them in headers only.
func unquoted(etag *string) string { return strings.Trim(aws.ToString(etag), `"`) }

func (d *s3Draft) head(ctx context.Context) (*s3.HeadObjectOutput, error) {
	return d.store.client.HeadObject(ctx, &s3.HeadObjectInput{
		Bucket: &d.store.bucket, Key: d.store.name(d.key), ChecksumMode: types.ChecksumModeEnabled,
	})
}

// isThis compares digest, size and, where the store keeps one, the checksum.
func (d *s3Draft) isThis(head *s3.HeadObjectOutput) error {
	if head.Metadata[sumMetadata] != d.sum() {
		return errors.New("the object is another one")
	}
	if size := aws.ToInt64(head.ContentLength); size != d.size {
		return fmt.Errorf("it has %d bytes instead of %d", size, d.size)
	}
	// A checksum of the whole object, without the number of parts, cannot be
	// told from the parts' checksums.
	if stored := aws.ToString(head.ChecksumCRC32); strings.Contains(stored, "-") && stored != d.checksum() {
		return errors.New("its checksum differs")
	}
	return nil
}

// checksum is the one S3 keeps of a multipart upload: of the parts' checksums.
func (d *s3Draft) checksum() string {
	crc := crc32.NewIEEE()
	for _, part := range d.parts {
		sum, err := base64.StdEncoding.DecodeString(aws.ToString(part.ChecksumCRC32))
		if err != nil {
			return ""
		}
		crc.Write(sum)
	}
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc.Sum32())) + fmt.Sprintf("-%d", len(d.parts))
}

// abort repeats itself where a part was under way, until the upload is unknown:
// a part that arrives after the first time brings it back.
func (d *s3Draft) abort(ctx context.Context) error {
	d.close()
	if d.upload == nil || d.published {
		return nil
	}
	s := d.store
	for attempt := 1; ; attempt++ {
		_, err := s.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &s.bucket, Key: s.name(d.key), UploadId: d.upload})
		if err != nil && !isMissing(err) {
			return s.explain(ctx, "dropping the staged", d.key, err)
		}
		if err != nil || !d.torn || attempt == abortions {
			d.upload = nil
			return nil
		}
		select {
		case <-ctx.Done():
			return s.explain(ctx, "dropping the staged", d.key, ctx.Err())
		case <-time.After(time.Duration(attempt) * 100 * time.Millisecond):
		}
	}
}
