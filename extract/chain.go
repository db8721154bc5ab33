package extract

import (
	"context"
	"hash/maphash"
	"sort"
)

// chain follows the next links of one collection, over all its pages.
type chain struct {
	fetch  *fetch
	name   string // of the collection
	prefer string
	depth  int // how many collections it lies in
	// once says that an item which is byte for byte the same on two pages is
	// kept once. Within a page nothing is dropped.
	once bool

	seeds   [2]maphash.Seed
	visited map[string]bool
	seen    map[digest]bool // items of earlier pages
	empty   int             // pages without an item, in a row
}

// digest stands for the bytes of an item. Its seeds are secret and 128 bits
// are many, so that two items with one digest are the same.
type digest struct {
	a, b   uint64
	length int
}

func (c *chain) digest(item string) digest {
	return digest{maphash.String(c.seeds[0], item), maphash.String(c.seeds[1], item), len(item)}
}

// rest reads the pages after the first and returns their items, as parts of
// text with commas between them. first are those of the first page,
// in text.
func (c *chain) rest(ctx context.Context, text string, first []span, next string) ([]string, error) {
	c.seeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}
	c.visited, c.seen = map[string]bool{}, map[digest]bool{}
	for _, item := range first {
		c.seen[c.digest(text[item.from:item.to])] = true
	}
	var parts []string
	for next != "" {
		p, err := c.next(ctx, next)
		if err != nil {
			return nil, err
		}
		if parts, err = c.take(ctx, parts, p); err != nil {
			return nil, err
		}
		next = p.next
	}
	return parts, nil
}

// next reads the page behind a link.
func (c *chain) next(ctx context.Context, link string) (*page, error) {
	f := c.fetch
	target, err := resolveLink(link, f.client.graph, f.ref.ID)
	if err != nil {
		return nil, failf(ReasonBadLink, "the next link for %s was refused: %w", plain(c.name, 80), err)
	}
	if c.visited[target] {
		return nil, failf(ReasonNoProgress, "the next links for %s go in a circle", c.name)
	}
	c.visited[target] = true
	return f.page(ctx, ask{
		target: target,
		prefer: c.prefer,
		want:   wanted{id: f.ref.ID, items: "value"},
		linked: true,
	})
}

// take appends the items of a page that aren't to be dropped.
func (c *chain) take(ctx context.Context, parts []string, p *page) ([]string, error) {
	items := p.spans
	digests := make([]digest, len(items))
	known, nulls := 0, 0
	for i, item := range items {
		text := p.text[item.from:item.to]
		digests[i] = c.digest(text)
		switch {
		case text == "null":
			nulls++
		case c.seen[digests[i]]:
			known++
		}
	}
	if known > 0 && known+nulls == len(items) {
		return nil, failf(ReasonNoProgress, "a page of %s brings nothing that isn't on an earlier page", c.name)
	}
	if nulls < len(items) {
		c.empty = 0
	} else if c.empty++; c.empty > maxEmptyPages && p.next != "" {
		return nil, failf(ReasonNoProgress, "more than %d pages in a row of %s are empty", maxEmptyPages, c.name)
	}
	if linkOutside(p.edits, items) {
		return nil, failf(ReasonBadLink, "a page of %s has a next link of something else", c.name)
	}
	for i, item := range items {
		text := p.text[item.from:item.to]
		if c.once && text != "null" && c.seen[digests[i]] {
			c.fetch.count("repeated_session", 1)
			continue
		}
		edits := within(p.edits, item)
		if err := c.fetch.complete(ctx, p.text, edits, c.prefer, c.depth); err != nil {
			return nil, err
		}
		if len(parts) > 0 {
			parts = append(parts, ",")
		}
		parts = emit(parts, p.text, item.from, item.to, edits)
	}
	for i, item := range items {
		if p.text[item.from:item.to] != "null" {
			c.seen[digests[i]] = true
		}
	}
	return parts, nil
}

// within returns the edits that lie inside of in.
func within(edits []edit, in span) []edit {
	from := sort.Search(len(edits), func(i int) bool { return edits[i].from >= in.from })
	to := sort.Search(len(edits), func(i int) bool { return edits[i].from >= in.to })
	return edits[from:to]
}

// linkOutside reports whether a next link lies in none of the items, which are
// in order.
func linkOutside(edits []edit, items []span) bool {
	for _, e := range edits {
		if e.link == nil {
			continue
		}
		i := sort.Search(len(items), func(i int) bool { return items[i].to > e.from })
		if i == len(items) || items[i].from > e.from {
			return true
		}
	}
	return false
}
