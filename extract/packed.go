package extract

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"etl/extract/gunzip"
)

// isPacked reports whether an answer came packed by gzip. The client asks for
// that itself and takes no other encoding: net/http, if left to it, would
// unpack by compress/gzip, which takes twice as long.
func isPacked(h http.Header) bool { return strings.EqualFold(h.Get("Content-Encoding"), "gzip") }

// likelyRatio is how much smaller than its text a packed page hardly ever is. A
// page that says so may just be damaged.
const likelyRatio = 64

// unpack returns what a packed page holds, within the bounds, in a buffer.
func (f *fetch) unpack(ctx context.Context, packed []byte) ([]byte, error) {
	most := f.client.bounds.PageBytes
	for size := min(gunzip.Size(packed), likelyRatio*int64(len(packed)), most); ; {
		if err := f.share.hold(ctx, f.held+int64(cap(packed))+size); err != nil {
			return nil, err
		}
		buf := f.client.buffers.get(int(size))
		text, err := f.client.gunzip(buf, packed)
		if err == nil && int64(len(text)) <= most {
			return text, nil
		}
		f.client.buffers.put(buf)
		switch {
		case err == nil, errors.Is(err, gunzip.ErrShort) && int64(cap(buf)) >= most:
			return nil, f.pageTooLarge()
		case errors.Is(err, gunzip.ErrShort):
			size = min(2*int64(cap(buf)), most)
		default:
			return nil, failf(ReasonBadPage, "the page is damaged: unpacking it: %w", err)
		}
	}
}

// gunzip appends what packed bytes hold to a buffer.
func (c *Client) gunzip(buf, packed []byte) ([]byte, error) {
	u, ok := c.unpackers.Get().(*gunzip.Unpacker)
	if !ok {
		u = new(gunzip.Unpacker)
	}
	defer c.unpackers.Put(u)
	return u.Append(buf, packed)
}
