package extract

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"strconv"
	"strings"
	"time"

	"etl/extract/jsonscan"
)

// Listed is what a list says of a call.
type Listed struct {
	ID           string
	Version      int64     // 0 where the list doesn't say
	Start, End   time.Time // zero where the list has none that can be read
	LastModified time.Time
}

const (
	preferList = "include-unknown-enum-members"
	// maxListPages bounds the pages of one list. Graph sends 60 calls a page.
	maxListPages = 20_000
)

// List yields the calls that Graph lists with a start in [from, until), page
// by page, in no order; a call may come twice. An error is the last that is
// yielded, after which the list is not whole: a *Failure, ErrSignIn, ErrClock
// or the cause of ctx. Memory does not grow with the number of calls.
//
// See https://learn.microsoft.com/graph/api/callrecords-cloudcommunications-list-callrecords.
func (c *Client) List(ctx context.Context, from, until time.Time) iter.Seq2[Listed, error] {
	return func(yield func(Listed, error) bool) {
		const form = "2006-01-02T15:04:05.999999Z"
		f := &fetch{client: c, doing: "listing calls", window: c.list}
		l := listing{
			target: fmt.Sprintf("%s?$filter=startDateTime%%20ge%%20%s%%20and%%20startDateTime%%20lt%%20%s&$select=id,version,startDateTime,endDateTime,lastModifiedDateTime",
				listPath, from.UTC().Format(form), until.UTC().Format(form)),
			want:    wanted{items: "value"},
			allowed: func(path string) bool { return path == listPath },
			take: func(item string) error {
				call, ok := parseListed(item)
				if !ok {
					fail := failf(ReasonBadPage, "the list has a call without an id")
					fail.RequestID = f.requestID
					return fail
				}
				if !yield(call, nil) {
					return errEnough
				}
				return nil
			},
		}
		if err := c.read(ctx, f, l); err != nil {
			yield(Listed{}, err)
		}
	}
}

// listing is a list to read: its first page, where next links may lead, and
// what takes an item as it stands in the page.
type listing struct {
	target  string
	want    wanted
	allowed func(path string) bool
	take    func(item string) error // errEnough: no more are wanted
}

// read reads a list. Its error is what List promises, or nil.
func (c *Client) read(ctx context.Context, f *fetch, l listing) error {
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	leave, err := c.breaker.enter(cancel)
	if err != nil {
		return err
	}
	defer leave()
	if f.share, err = c.memory.share(inner); err == nil {
		defer f.share.release()
		err = f.list(inner, l)
	}
	if err == nil || errors.Is(err, errEnough) {
		return nil
	}
	err = c.explain(ctx, f, err)
	if fail := (*Failure)(nil); errors.As(err, &fail) {
		fail.doing = f.doing
	}
	return err
}

// list reads the pages of a list.
func (f *fetch) list(ctx context.Context, l listing) error {
	target, seed, empty := l.target, maphash.MakeSeed(), 0
	visited := map[uint64]bool{maphash.String(seed, target): true}
	var last uint64
	for pages := 0; ; pages++ {
		if pages == maxListPages {
			return failf(ReasonTooManyPages, "the list has more than %d pages", maxListPages)
		}
		f.pages, f.size = 0, 0
		f.discard(0)
		p, err := f.page(ctx, ask{target: target, prefer: preferList, want: l.want, first: true})
		if err != nil {
			return err
		}
		if linkOutside(p.edits, nil) {
			return failf(ReasonBadLink, "a page of the list has a next link of something else")
		}
		for _, item := range p.spans {
			if err := l.take(p.text[item.from:item.to]); err != nil {
				return err
			}
		}
		f.share.shrink(firstShare)
		if p.next == "" {
			return nil
		}
		items := maphash.String(seed, p.text[p.items.open:p.items.close+1])
		switch {
		case len(p.spans) > 0 && items == last:
			return failf(ReasonNoProgress, "two pages of the list in a row have the same items")
		case len(p.spans) > 0:
			empty = 0
		default:
			if empty++; empty > maxEmptyPages {
				return failf(ReasonNoProgress, "more than %d pages in a row of the list are empty", maxEmptyPages)
			}
		}
		last = items
		if target, err = resolve(p.next, f.client.graph, l.allowed); err != nil {
			return failf(ReasonBadLink, "the next link of the list was refused: %w", err)
		}
		if link := maphash.String(seed, target); visited[link] {
			return failf(ReasonNoProgress, "the next links of the list go in a circle")
		} else {
			visited[link] = true
		}
	}
}

// parseListed reads an item of a list, which is valid JSON. It needs an id.
func parseListed(item string) (l Listed, ok bool) {
	s := jsonscan.New(item)
	if s.Next() != jsonscan.Object {
		return l, false
	}
	text := func() string {
		if s.Next() == jsonscan.String {
			return s.String()
		}
		s.Skip()
		return ""
	}
	s.Enter()
	for name, more := s.Member(); more; name, more = s.Member() {
		switch name {
		case "id":
			l.ID = strings.Clone(text()) // it outlives the page
		case "version":
			l.Version, _ = strconv.ParseInt(s.Skip(), 10, 64)
		case "startDateTime":
			l.Start = parseTime(text())
		case "endDateTime":
			l.End = parseTime(text())
		case "lastModifiedDateTime":
			l.LastModified = parseTime(text())
		default:
			s.Skip()
		}
	}
	return l, l.ID != ""
}
