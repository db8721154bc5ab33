package extract

import (
	"cmp"
	"time"
)

// Bounds limit what one call may cost. A call that hits one fails alone: see
// the reasons too_large, too_many_pages and timeout. A zero field has its
// default. Nesting is bounded by jsonscan.MaxDepth.
type Bounds struct {
	PageBytes  int64         // bytes of one page, decompressed; 64 MiB
	CallBytes  int64         // bytes of one whole record; 256 MiB
	Pages      int           // pages of one call; 5,000
	HeaderTime time.Duration // from sending a request to the head of its answer, connecting included; 90 s
	IdleTime   time.Duration // without a byte while an answer is read; 60 s
	PageTime   time.Duration // for one answer from its request to its end; 5 min
}

func (b Bounds) orDefault() Bounds {
	return Bounds{
		PageBytes:  cmp.Or(b.PageBytes, 64<<20),
		CallBytes:  cmp.Or(b.CallBytes, 256<<20),
		Pages:      cmp.Or(b.Pages, 5000),
		HeaderTime: cmp.Or(b.HeaderTime, 90*time.Second),
		IdleTime:   cmp.Or(b.IdleTime, time.Minute),
		PageTime:   cmp.Or(b.PageTime, 5*time.Minute),
	}
}

func (b Bounds) valid() bool {
	return min(b.PageBytes, b.CallBytes, int64(b.Pages), int64(b.HeaderTime), int64(b.IdleTime), int64(b.PageTime)) > 0
}

const (
	// maxEmptyPages is how many pages in a row may be empty and still have a
	// next link, which Graph allows itself.
	maxEmptyPages = 20
	// maxLinkDepth is how deep paged collections may lie in one another. A
	// call record has four: sessions, segments, media, streams.
	maxLinkDepth = 8
	// maxHeaderBytes bounds the head of an answer.
	maxHeaderBytes = 256 << 10
	// maxErrorBytes is how much of an error's body is read.
	maxErrorBytes = 64 << 10
)
