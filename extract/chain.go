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

	seed    maphash.Seed
	visited map[string]bool
	seen    map[uint64]string // items of earlier pages: see slot
	empty   int               // pages without an item, in a row
}

// slot returns where in seen an item is, or is to be. To hash the head of it is
// enough to tell nearly all items apart, and is cheap; to compare them is sure.
func (c *chain) slot(item string) (at uint64, known bool) {
	const head = 256
	at = maphash.String(c.seed, item[:min(len(item), head)]) + uint64(len(item))
	for {
		if there, taken := c.seen[at]; !taken || there == item {
			return at, taken
		}
		at++
	}
}

// rest reads the pages after the first and returns their items, as parts of
// text with commas between them. first are those of the first page,
// in text.
func (c *chain) rest(ctx context.Context, text string, first []span, next string) ([]string, error) {
	c.seed, c.visited, c.seen = maphash.MakeSeed(), map[string]bool{}, map[uint64]string{}
	for _, item := range first {
		item := text[item.from:item.to]
		at, _ := c.slot(item)
		c.seen[at] = item
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
	repeated := make([]bool, len(items))
	known, nulls := 0, 0
	for i, item := range items {
		if text := p.text[item.from:item.to]; text == "null" {
			nulls++
		} else if _, repeated[i] = c.slot(text); repeated[i] {
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
		if c.once && repeated[i] {
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
	for _, item := range items {
		if text := p.text[item.from:item.to]; text != "null" {
			at, _ := c.slot(text)
			c.seen[at] = text
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
