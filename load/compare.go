package load

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// Compare says which calls have other rows in the lake than those given: flaws
// of the kind FlawRaw, one for each table. The lake must have the calls on
// their dates. Nothing is written, and of the rows only hashes are held. Errors
// wrap ErrStorage or ErrNewerFormat.
func (l *Lake) Compare(ctx context.Context, changes []Change) ([]Flaw, error) {
	return l.compare(ctx, &comparison{tables: l.tables}, changes)
}

func (l *Lake) compare(ctx context.Context, c *comparison, changes []Change) ([]Flaw, error) {
	c.lake, c.seed, c.want = l, maphash.MakeSeed(), map[string]map[callKey][]rowsHash{}
	for _, change := range changes {
		if err := c.expect(change); err != nil {
			return nil, err
		}
	}
	for _, date := range slices.Sorted(maps.Keys(c.want)) {
		for i, t := range c.tables {
			if err := c.compare(ctx, date, i, t); err != nil {
				return nil, fmt.Errorf("date %s: %w", date, err)
			}
		}
	}
	return c.flaws, nil
}

// FlawRaw: rows are not those that the archived record has.
const FlawRaw = "differs_from_raw"

// comparison is one call of Lake.Compare.
type comparison struct {
	lake   *Lake
	tables []*table
	log    bool // the version of a row, which is when it was fetched, does not count
	seed   maphash.Seed
	want   map[string]map[callKey][]rowsHash // by date and call, one for each table
	flaws  []Flaw
	bytes  []byte
}

// rowsHash stands for the rows of a call in a table, in their order.
type rowsHash struct {
	rows int
	hash uint64
}

func (c *comparison) expect(change Change) error {
	w, err := newWork(change, new(Result))
	if err != nil {
		return fmt.Errorf("call %s: %w", change.CallID, err)
	}
	rows, err := w.flatten(c.tables)
	if errors.Is(err, ErrStorage) {
		return fmt.Errorf("call %s: %w", change.CallID, err)
	}
	if err != nil {
		c.flaws = append(c.flaws, Flaw{Kind: FlawRaw, TenantID: change.TenantID, CallID: change.CallID, Detail: err.Error()})
		return nil
	}
	defer free(rows)
	var hashes []rowsHash
	var row parquet.Row
	for _, t := range c.tables {
		var h rowsHash
		all := t.inOrder(t.rowsOf(rows))
		for i := range all.Len() {
			row = t.layout.AppendRow(row[:0], all, i)
			c.add(&h, row)
		}
		hashes = append(hashes, h)
	}
	if c.want[w.date] == nil {
		c.want[w.date] = map[callKey][]rowsHash{}
	}
	c.want[w.date][w.at.key] = hashes
	return nil
}

func (c *comparison) add(h *rowsHash, row parquet.Row) {
	b := binary.LittleEndian.AppendUint64(c.bytes[:0], h.hash)
	for place, v := range row {
		if c.log && place == versionPlace {
			continue
		}
		b = append(b, byte(v.Kind()), byte(v.DefinitionLevel()), byte(v.RepetitionLevel()))
		start := len(b)
		b = v.AppendBytes(b)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(b)-start))
	}
	h.rows++
	h.hash = maphash.Bytes(c.seed, b)
	c.bytes = b
}

// compare reads a table of a date.
func (c *comparison) compare(ctx context.Context, date string, i int, t *table) (err error) {
	got := map[callKey]*rowsHash{}
	e, err := openExisting(ctx, c.lake.store, t, date)
	if err != nil {
		return err
	}
	if e != nil {
		defer func() { err = errors.Join(err, e.close()) }()
		if err := c.read(e, c.lake.store.describe(objectKey(t.name, date)), c.want[date], got); err != nil {
			return err
		}
	}
	for key, hashes := range c.want[date] {
		have := rowsHash{}
		if h := got[key]; h != nil {
			have = *h
		}
		want := hashes[i]
		if have == want {
			continue
		}
		detail := "values differ from those of the archived record"
		if have.rows != want.rows {
			detail = fmt.Sprintf("%d rows, and the archived record has %d", have.rows, want.rows)
		}
		c.flaws = append(c.flaws, Flaw{Kind: FlawRaw, Key: objectKey(t.name, date), TenantID: key.tenant, CallID: key.call, Detail: detail})
	}
	return nil
}

func (c *comparison) read(e *existing, name string, want map[callKey][]rowsHash, got map[callKey]*rowsHash) (err error) {
	defer recoverBroken(name, &err)
	rows := newRowSource(e.file, e.columns)
	defer rows.close()
	var key callKey
	var h *rowsHash
	for {
		if err := rows.fill(); err != nil {
			return fmt.Errorf("%w: reading %s: %w", ErrStorage, name, err)
		}
		if len(rows.batch) == 0 {
			return nil
		}
		for _, row := range rows.batch {
			if !leads(row) {
				return fmt.Errorf("%w: %s: broken Parquet: a row does not begin with the call's columns", ErrStorage, name)
			}
			if key.differs(row[tenantPlace], row[callIDPlace]) {
				key, h = keyOf(row[tenantPlace], row[callIDPlace]), nil
				if want[key] != nil {
					if h = got[key]; h == nil {
						h = new(rowsHash)
						got[key] = h
					}
				}
			}
			if h != nil {
				c.add(h, row)
			}
		}
	}
}
