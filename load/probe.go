package load

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

const (
	probeFolder = stateFolder + "/probe"
	// wrongVersion has the form of an ETag, and is no object's.
	wrongVersion = `"00000000000000000000000000000000"`
)

// lock locks nothing. The first time, it sees that this is safe.
func (s *s3Store) lock(ctx context.Context) (func() error, error) {
	s.starting.Lock()
	defer s.starting.Unlock()
	if !s.started {
		if err := s.probe(ctx); err != nil {
			return nil, err
		}
		if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("uploads that earlier runs left uncompleted are not cleared; a lifecycle rule can do it", "error", err)
		}
		s.started = true
	}
	return func() error { return nil }, nil
}

// probe tries, on an object of its own, what two writers rely on: that a store
// refuses a write whose condition does not hold. Some stores accept the
// condition and ignore it. It writes the way commits do, so it also finds
// permissions that are missing before anything is fetched.
func (s *s3Store) probe(ctx context.Context) (err error) {
	key := probeFolder + "/" + rand.Text()
	defer func() {
		if removeErr := s.removeProbe(ctx, key); err == nil {
			err = removeErr
		}
	}()
	if err := s.probeRecord(ctx, key); err != nil {
		return err
	}
	var ignored []string
	for _, try := range []struct {
		condition, version string
		write              func(ctx context.Context, key, version string) error
	}{
		{"If-None-Match of PutObject", noVersion, s.tryRecord},
		{"If-Match of PutObject", wrongVersion, s.tryRecord},
		{"If-None-Match of CompleteMultipartUpload", noVersion, s.tryDraft},
		{"If-Match of CompleteMultipartUpload", wrongVersion, s.tryDraft},
	} {
		err := try.write(ctx, key, try.version)
		switch {
		case err == nil:
			ignored = append(ignored, try.condition)
		case !errors.Is(err, ErrConflict):
			return err
		}
	}
	if len(ignored) > 0 && !s.singleWriter {
		return fmt.Errorf("%w: %s ignores %s for bucket %s, so one writer could undo what another has written; if etl never runs twice at a time on this lake, say so by --single-writer",
			ErrStorage, s.endpoint(), strings.Join(ignored, ", "), s.bucket)
	}
	return nil
}

// probeRecord creates the object, and sees that it is there as it was written.
func (s *s3Store) probeRecord(ctx context.Context, key string) error {
	data := probeData()
	_, err := s.put(ctx, key, data, noVersion)
	if errors.Is(err, ErrConflict) {
		err = fmt.Errorf("%w: %s refuses to create %s, as if it were there already", ErrStorage, s.endpoint(), s.describe(key))
	}
	if err != nil {
		return err
	}
	there, _, err := s.get(ctx, key)
	switch {
	case errors.Is(err, errNotExist):
		return s.explain(ctx, "reading back", key, errors.New("what was written does not show"))
	case err != nil:
		return err
	case !bytes.Equal(there, data):
		return s.explain(ctx, "reading back", key, errors.New("it is not what was written"))
	}
	return nil
}

// tryRecord writes over the object by one request.
func (s *s3Store) tryRecord(ctx context.Context, key, version string) error {
	_, err := s.put(ctx, key, probeData(), version)
	return err
}

// tryDraft writes over the object by an upload in parts. Each try has its own:
// a store may drop an upload whose completion it has refused.
func (s *s3Store) tryDraft(ctx context.Context, key, version string) (err error) {
	d, err := s.create(ctx, key)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
		defer cancel()
		if abortErr := d.abort(ctx); abortErr != nil && (err == nil || errors.Is(err, ErrConflict)) {
			err = abortErr
		}
	}()
	if _, err := d.Write(probeData()); err != nil {
		return err
	}
	if err := d.seal(ctx); err != nil {
		return err
	}
	return d.publish(ctx, version)
}

// probeData differs each time, so that reading back tells which write it was.
func probeData() []byte { return []byte(`{"probe":"` + rand.Text() + "\"}\n") }

// removeProbe deletes the object also when the context has ended. The answer
// tells the store's time.
func (s *s3Store) removeProbe(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	out, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: s.name(key)})
	if err != nil {
		return s.explain(ctx, "removing", key, err)
	}
	return s.checkClock(out.ResultMetadata)
}
