package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Inbox is a folder, or a prefix of a bucket, into which others put files for
// etl. Files whose names begin with a dot or end in .tmp are being written, and
// left alone; so are folders in it.
type Inbox struct {
	box box
}

// box is where an inbox is. The methods' errors wrap ErrStorage or ErrLocation.
type box interface {
	names(ctx context.Context) ([]string, error)
	// read returns a file and its version, or errNotExist.
	read(ctx context.Context, name string) (data []byte, version string, err error)
	// remove deletes the file, or returns ErrConflict if it has another version.
	remove(ctx context.Context, name, version string) error
	// create writes a file that is not there yet, whole or not at all.
	create(ctx context.Context, name string, data []byte) error
}

// maxInboxFile bounds a file, in bytes.
const maxInboxFile = maxRecord

// OpenInbox opens the inbox at s3://bucket/prefix or in a folder, which must
// be there. Errors wrap ErrLocation or ErrStorage.
func OpenInbox(ctx context.Context, where string) (*Inbox, error) {
	at, err := parseLocation(where)
	if err != nil {
		return nil, err
	}
	if at.bucket != "" {
		client, err := newS3Client(ctx)
		if err != nil {
			return nil, fmt.Errorf("opening the inbox %s: %w", where, err)
		}
		return &Inbox{&bucketBox{&s3Store{client: client, bucket: at.bucket, prefix: at.prefix}}}, nil
	}
	if info, err := os.Stat(at.folder); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("%w: the inbox %s is no folder", ErrLocation, where)
	}
	return &Inbox{folderBox(at.folder)}, nil
}

// Names returns the names of the files in the inbox, in order.
func (i *Inbox) Names(ctx context.Context) ([]string, error) {
	names, err := i.box.names(ctx)
	names = slices.DeleteFunc(names, func(name string) bool {
		return name == "" || name[0] == '.' || strings.HasSuffix(name, ".tmp") || strings.Contains(name, "/")
	})
	slices.Sort(names)
	return names, err
}

// Read returns a file, with a token of its state. A file that is gone is
// empty, with the zero Token.
func (i *Inbox) Read(ctx context.Context, name string) ([]byte, Token, error) {
	data, version, err := i.box.read(ctx, name)
	if errors.Is(err, errNotExist) {
		return nil, "", nil
	}
	return data, Token(version), err
}

// Remove deletes a file, if it is still as it was when it was read; else the
// error is ErrConflict.
func (i *Inbox) Remove(ctx context.Context, name string, token Token) error {
	return i.box.remove(ctx, name, string(token))
}

// Put adds a file, which nobody sees before it is whole and durable. The name
// is one that no other file of the inbox has; it may hold letters, digits and
// . _ = -. Errors wrap ErrStorage or ErrConflict.
func (i *Inbox) Put(ctx context.Context, name string, data []byte) error {
	if err := checkKey(name); err != nil {
		return fmt.Errorf("%w: naming a file of the inbox: %w", ErrStorage, err)
	}
	return i.box.create(ctx, name, data)
}

// folderBox is a folder's path.
type folderBox string

func (f folderBox) names(context.Context) ([]string, error) {
	entries, err := os.ReadDir(string(f))
	if err != nil {
		return nil, fmt.Errorf("%w: reading the inbox: %w", ErrStorage, err)
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

func (f folderBox) read(_ context.Context, name string) ([]byte, string, error) {
	file, err := os.Open(filepath.Join(string(f), name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", errNotExist
	}
	if err != nil {
		return nil, "", fmt.Errorf("%w: reading the inbox: %w", ErrStorage, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil && info.Size() > maxInboxFile {
		err = fmt.Errorf("%s is larger than %d bytes", file.Name(), maxInboxFile)
	}
	if err != nil {
		return nil, "", fmt.Errorf("%w: reading the inbox: %w", ErrStorage, err)
	}
	data, err := io.ReadAll(io.LimitReader(file, info.Size()))
	if err != nil {
		return nil, "", fmt.Errorf("%w: reading the inbox: %w", ErrStorage, err)
	}
	return data, fileVersion(info), nil
}

func (f folderBox) remove(_ context.Context, name, version string) error {
	path := filepath.Join(string(f), name)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && fileVersion(info) != version {
		return fmt.Errorf("%s: %w", path, ErrConflict)
	}
	if err == nil {
		err = os.Remove(path)
	}
	if err != nil {
		return fmt.Errorf("%w: emptying the inbox: %w", ErrStorage, err)
	}
	return nil
}

// bucketBox is a prefix of a bucket.
type bucketBox struct{ *s3Store }

func (b *bucketBox) names(ctx context.Context) ([]string, error) {
	prefix := *b.name("")
	pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.bucket, Prefix: &prefix, Delimiter: aws.String("/")})
	var names []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, b.explain(ctx, "listing", "", err)
		}
		for _, o := range page.Contents {
			names = append(names, strings.TrimPrefix(aws.ToString(o.Key), prefix))
		}
	}
	return names, nil
}

func (b *bucketBox) read(ctx context.Context, name string) ([]byte, string, error) {
	return b.get(ctx, name)
}
