package load

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

const (
	startTimeout = 20 * time.Second // to reach the bucket at start
	stallTimeout = time.Minute      // for a download that stands still
	downloads    = 5                // attempts, where the connection breaks in the middle
	maxRecord    = 64 << 20         // bytes of a record
	sumMetadata  = "sha256"         // metadata of table objects: their own digest
)

// s3Store is a store under a prefix of a bucket. An object's version is its
// ETag.
type s3Store struct {
	client         *s3.Client
	bucket, prefix string
	tempDir        string
	log            *slog.Logger
	singleWriter   bool
	staleAge       time.Duration // of uploads that are swept

	starting sync.Mutex
	started  bool // it is known that the lake can be written safely
}

// openS3 sees within startTimeout that the bucket can be read. The record that
// it asks for need not be there.
func openS3(ctx context.Context, at location, opts Options) (*s3Store, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("%w: no answer within %s", ErrStorage, startTimeout))
	defer cancel()
	client, err := newS3Client(ctx)
	if err != nil {
		return nil, fmt.Errorf("opening s3://%s: %w", at.bucket, err)
	}
	s := &s3Store{
		client: client, bucket: at.bucket, prefix: at.prefix,
		tempDir: opts.TempDir, log: opts.Log, singleWriter: opts.SingleWriter, staleAge: staleAge,
	}
	temp, err := tempSpool(s.tempDir)
	if err != nil {
		return nil, err
	}
	temp.close()
	_, _, err = s.read(ctx, formatKey, func(o *s3.Options) { o.RetryMaxAttempts = 3 })
	if err != nil && !errors.Is(err, errNotExist) {
		return nil, err
	}
	return s, nil
}

func (s *s3Store) close() error { return nil }

func (s *s3Store) name(key string) *string {
	if s.prefix != "" {
		key = s.prefix + "/" + key
	}
	return &key
}

func (s *s3Store) describe(key string) string { return "s3://" + s.bucket + "/" + *s.name(key) }

// open downloads the object into a file without a name. Merging reads hundreds
// of column chunks side by side, in no order that suits requests; one GET of
// the whole object is the cheapest, costs no memory however large the day, and
// lets the digest be checked before the first row is believed.
func (s *s3Store) open(ctx context.Context, key string) (*object, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		o, err := s.download(ctx, key)
		if broken := (*brokenBody)(nil); !errors.As(err, &broken) || attempt == downloads || ctx.Err() != nil {
			return o, err
		}
	}
}

// brokenBody is an answer that began well and did not end so.
type brokenBody struct{ error }

func (b *brokenBody) Unwrap() error { return b.error }

func (s *s3Store) download(ctx context.Context, key string) (*object, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: s.name(key)})
	if err != nil {
		if errorCode(err) == "NoSuchKey" {
			return nil, errNotExist
		}
		return nil, s.explain(ctx, "reading", key, err)
	}
	defer out.Body.Close()
	file, err := tempSpool(s.tempDir)
	if err != nil {
		return nil, err
	}
	stall := alarm(cancel)
	defer stall.Stop()
	_, err = io.Copy(file, &watchedReader{out.Body, stall})
	if err == nil {
		err = s.checkBody(out, file.digest())
	}
	if err != nil {
		file.close()
		if errors.Is(err, ErrStorage) { // the temporary file
			return nil, fmt.Errorf("reading %s: %w", s.describe(key), err)
		}
		return nil, &brokenBody{s.explain(ctx, "reading", key, err)}
	}
	return &object{
		ReaderAt: file,
		size:     file.size,
		version:  *out.ETag,
		digest:   func() (digest, error) { return file.digest(), nil },
		close:    file.close,
	}, nil
}

// checkBody compares what came with what was announced and with the digest
// taken when the object was written: a body that ends early, but cleanly, is
// no error to the HTTP client.
func (s *s3Store) checkBody(out *s3.GetObjectOutput, got digest) error {
	if aws.ToString(out.ETag) == "" {
		return errors.New("the answer has no ETag")
	}
	sum, hasSum := out.Metadata[sumMetadata]
	if hasSum && sum != hex.EncodeToString(got.sha256[:]) {
		return fmt.Errorf("%w: the bytes are not those that were written (SHA-256 differs)", ErrDamaged)
	}
	if out.ContentLength != nil && *out.ContentLength != got.size {
		return fmt.Errorf("%d bytes came of %d", got.size, *out.ContentLength)
	}
	if !hasSum && out.ContentLength == nil {
		return errors.New("the answer has neither a length nor a digest")
	}
	return nil
}

// alarm gives up on a download that stands still.
func alarm(cancel context.CancelCauseFunc) *time.Timer {
	return time.AfterFunc(stallTimeout, func() {
		cancel(fmt.Errorf("%w: the download stood still for %s", ErrStorage, stallTimeout))
	})
}

// watchedReader puts off the alarm whenever something was read.
type watchedReader struct {
	io.Reader
	alarm *time.Timer
}

func (r *watchedReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.alarm.Reset(stallTimeout)
	}
	return n, err
}

// remove deletes conditionally. Some stores ignore the condition, so the
// version is looked at first: that leaves a race only there.
func (s *s3Store) remove(ctx context.Context, key, version string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	head, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.bucket, Key: s.name(key)})
	if isMissing(err) {
		return nil
	}
	if err != nil {
		return s.explain(ctx, "removing", key, err)
	}
	if aws.ToString(head.ETag) != version {
		return fmt.Errorf("%s: %w", s.describe(key), ErrConflict)
	}
	_, err = s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: s.name(key), IfMatch: &version})
	switch {
	case err == nil || isMissing(err):
		return nil
	case isConflict(err):
		return fmt.Errorf("%s: %w", s.describe(key), ErrConflict)
	}
	return s.explain(ctx, "removing", key, err)
}

func (s *s3Store) get(ctx context.Context, key string) ([]byte, string, error) {
	return s.read(ctx, key)
}

func (s *s3Store) read(ctx context.Context, key string, options ...func(*s3.Options)) ([]byte, string, error) {
	if err := checkKey(key); err != nil {
		return nil, "", err
	}
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: s.name(key)}, options...)
	if err != nil {
		if errorCode(err) == "NoSuchKey" {
			return nil, "", errNotExist
		}
		return nil, "", s.explain(ctx, "reading", key, err)
	}
	defer out.Body.Close()
	data, err := io.ReadAll(io.LimitReader(out.Body, maxRecord+1))
	switch {
	case err != nil:
	case len(data) > maxRecord:
		err = fmt.Errorf("it is larger than %d bytes", maxRecord)
	case aws.ToString(out.ETag) == "":
		err = errors.New("the answer has no ETag")
	case out.ContentLength == nil || *out.ContentLength != int64(len(data)):
		err = fmt.Errorf("%d bytes came of %d", len(data), aws.ToInt64(out.ContentLength))
	}
	if err != nil {
		return nil, "", s.explain(ctx, "reading", key, err)
	}
	return data, *out.ETag, nil
}

// put settles by reading back whatever the answer leaves open: a reply that
// was lost makes the SDK's next attempt look like a conflict, and some proxies
// answer 200 to anything.
func (s *s3Store) put(ctx context.Context, key string, data []byte, version string) (string, error) {
	if err := checkKey(key); err != nil {
		return "", err
	}
	in := &s3.PutObjectInput{
		Bucket: &s.bucket, Key: s.name(key), Body: bytes.NewReader(data), ContentType: aws.String("application/json"),
	}
	in.IfMatch, in.IfNoneMatch = condition(version)
	out, err := s.client.PutObject(ctx, in)
	if err == nil && aws.ToString(out.ETag) != "" {
		return *out.ETag, nil
	}
	there, etag, getErr := s.get(ctx, key)
	switch {
	case getErr == nil && bytes.Equal(there, data):
		return etag, nil
	case isConflict(err) || isMissing(err):
		return "", fmt.Errorf("%s: %w", s.describe(key), ErrConflict)
	case err == nil:
		err = errors.New("the store answered that it was written, but it was not")
	}
	return "", s.explain(ctx, "writing", key, err)
}

func (s *s3Store) drop(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	_, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: s.name(key)})
	if err != nil && !isMissing(err) {
		return s.explain(ctx, "removing", key, err)
	}
	return nil
}

// condition turns a version into the headers that guard it.
func condition(version string) (ifMatch, ifNoneMatch *string) {
	switch version {
	case noVersion:
		return nil, aws.String("*")
	case anyVersion:
		return nil, nil
	}
	return &version, nil
}
