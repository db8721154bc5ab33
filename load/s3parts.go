package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"
)

const (
	tailBytes = 128 << 10 // that are read first: the footer is in them, as a rule
	gapBytes  = 128 << 10 // that cost less to read than another request
	partsRead = 4         // at once
)

// extent is a range of bytes.
type extent struct{ from, until int64 }

// parts is an object of which some parts are held in memory. All are of the
// version that was met first. It is not to be used concurrently.
type parts struct {
	ctx     context.Context // ReadAt has none
	store   *s3Store
	key     string
	version string
	size    int64
	held    []part // the object's end first
}

type part struct {
	extent
	bytes []byte
}

// openParts opens the object without reading more than its end.
func (s *s3Store) openParts(ctx context.Context, key string) (*object, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	p := &parts{ctx: ctx, store: s, key: key}
	tail, err := p.get(ctx, fmt.Sprintf("bytes=-%d", tailBytes))
	if err != nil {
		return nil, err
	}
	p.held = []part{tail}
	return &object{ReaderAt: p, size: p.size, version: p.version, fetch: p.fetch, close: func() error { return nil }}, nil
}

// get reads a range, again where the answer breaks off.
func (p *parts) get(ctx context.Context, bytes string) (part, error) {
	for attempt := 1; ; attempt++ {
		got, err := p.getOnce(ctx, bytes)
		if broken := (*brokenBody)(nil); !errors.As(err, &broken) || attempt == downloads || ctx.Err() != nil {
			return got, err
		}
	}
}

func (p *parts) getOnce(ctx context.Context, bytes string) (part, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	in := &s3.GetObjectInput{Bucket: &p.store.bucket, Key: p.store.name(p.key), Range: &bytes}
	if p.version != "" {
		in.IfMatch = &p.version
	}
	out, err := p.store.client.GetObject(ctx, in)
	switch {
	case errorCode(err) == "NoSuchKey" && p.version == "":
		return part{}, errNotExist
	case isConflict(err) || errorCode(err) == "NoSuchKey":
		return part{}, fmt.Errorf("reading %s: %w", p.store.describe(p.key), ErrConflict)
	case err != nil:
		return part{}, p.store.explain(ctx, "reading", p.key, err)
	}
	defer out.Body.Close()
	got, size, err := partOf(out)
	if err == nil {
		stall := alarm(cancel)
		defer stall.Stop()
		_, err = io.ReadFull(&watchedReader{out.Body, stall}, got.bytes)
	}
	if err != nil {
		return part{}, &brokenBody{p.store.explain(ctx, "reading", p.key, err)}
	}
	if p.version == "" { // the first; the others come at the same time
		p.version, p.size = *out.ETag, size
	}
	return got, nil
}

// partOf says which part of the object an answer has, with room for its bytes,
// and how large the object is.
func partOf(out *s3.GetObjectOutput) (got part, size int64, err error) {
	var last int64
	if _, err := fmt.Sscanf(aws.ToString(out.ContentRange), "bytes %d-%d/%d", &got.from, &last, &size); err != nil || aws.ToString(out.ETag) == "" {
		return part{}, 0, errors.New("the answer is no part of an object with an ETag; the store must know ranges")
	}
	if got.until = last + 1; got.until <= got.from || got.until > size || out.ContentLength != nil && *out.ContentLength != got.until-got.from {
		return part{}, 0, fmt.Errorf("the answer has the range %q, which is not what it holds", *out.ContentRange)
	}
	got.bytes = make([]byte, got.until-got.from)
	return got, size, nil
}

// fetch holds these parts beside the end, and none of those before.
func (p *parts) fetch(wanted []extent) error {
	p.held = p.held[:1:1]
	work, ctx := errgroup.WithContext(p.ctx)
	work.SetLimit(partsRead)
	joined := join(wanted)
	held := make([]part, len(joined))
	for i, e := range joined {
		work.Go(func() (err error) {
			held[i], err = p.get(ctx, fmt.Sprintf("bytes=%d-%d", e.from, e.until-1))
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	p.held = append(p.held, held...)
	return nil
}

// join puts extents together that touch, or nearly.
func join(extents []extent) []extent {
	slices.SortFunc(extents, func(a, b extent) int { return cmp.Compare(a.from, b.from) })
	var joined []extent
	for _, e := range extents {
		if last := len(joined) - 1; last >= 0 && e.from <= joined[last].until+gapBytes {
			joined[last].until = max(joined[last].until, e.until)
			continue
		}
		joined = append(joined, e)
	}
	return joined
}

// ReadAt reads from the parts that are held, or else from the store.
func (p *parts) ReadAt(b []byte, off int64) (int, error) {
	if off >= p.size {
		return 0, io.EOF
	}
	end := min(off+int64(len(b)), p.size)
	for _, held := range p.held {
		if off >= held.from && end <= held.until {
			return p.copied(b, held, off)
		}
	}
	got, err := p.get(p.ctx, fmt.Sprintf("bytes=%d-%d", off, max(end, min(off+tailBytes, p.size))-1))
	if err != nil {
		return 0, err
	}
	p.held = append(p.held, got)
	return p.copied(b, got, off)
}

func (p *parts) copied(b []byte, from part, off int64) (int, error) {
	n := copy(b, from.bytes[off-from.from:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}
