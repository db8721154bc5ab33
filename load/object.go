package load

import (
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// OpenObject opens any object on S3, by s3://bucket/key, to be read from front
// to back. Errors wrap ErrLocation or ErrStorage.
func OpenObject(ctx context.Context, where string) (io.ReadCloser, error) {
	at, err := parseLocation(where)
	if err != nil {
		return nil, err
	}
	if at.bucket == "" || at.prefix == "" {
		return nil, fmt.Errorf("%w: %q is not of the form s3://bucket/key", ErrLocation, where)
	}
	client, err := newS3Client(ctx)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", where, err)
	}
	s := &s3Store{client: client, bucket: at.bucket}
	out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: &at.prefix})
	if errorCode(err) == "NoSuchKey" {
		return nil, fmt.Errorf("%w: there is no object %s", ErrStorage, where)
	}
	if err != nil {
		return nil, s.explain(ctx, "reading", at.prefix, err)
	}
	return out.Body, nil
}
