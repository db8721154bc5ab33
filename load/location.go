package load

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

// location is where a lake is: a bucket and prefix, or a folder.
type location struct {
	bucket, prefix string
	folder         string
}

// parseLocation reads s3://bucket[/prefix], file:///folder, or a folder's path.
func parseLocation(text string) (location, error) {
	scheme, rest, hasScheme := strings.Cut(text, "://")
	switch {
	case text == "":
		return location{}, fmt.Errorf("%w: it is empty; give ./folder or s3://bucket/prefix", ErrLocation)
	case !hasScheme:
		return location{folder: filepath.Clean(text)}, nil
	case strings.EqualFold(scheme, "s3"):
		return parseS3(rest)
	case strings.EqualFold(scheme, "file"):
		u, err := url.Parse(text)
		if err != nil || (u.Host != "" && u.Host != "localhost") || u.Path == "" || u.RawQuery != "" || u.Fragment != "" {
			return location{}, fmt.Errorf("%w: %q: a file URL has the form file:///absolute/folder", ErrLocation, text)
		}
		return location{folder: filepath.Clean(filepath.FromSlash(u.Path))}, nil
	default:
		return location{}, fmt.Errorf("%w: %s:// is not supported; give ./folder or s3://bucket/prefix", ErrLocation, scheme)
	}
}

func parseS3(rest string) (location, error) {
	bucket, prefix, _ := strings.Cut(rest, "/")
	prefix = strings.TrimRight(prefix, "/")
	if len(bucket) < 3 || len(bucket) > 63 || strings.Trim(bucket, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" {
		return location{}, fmt.Errorf("%w: %q is not the name of a bucket", ErrLocation, bucket)
	}
	if prefix != "" {
		if err := checkKey(prefix); err != nil {
			return location{}, fmt.Errorf("%w: prefix %w", ErrLocation, err)
		}
	}
	return location{bucket: bucket, prefix: prefix}, nil
}
