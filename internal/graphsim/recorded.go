package graphsim

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// LoadRecords reads every *.json file of a folder. Each holds a whole call
// record, or a response of Graph's: a call, a call with sessions or
// participants_v2 expanded, or a page of a call's sessions or participants_v2
// whose @odata.context names the call. What belongs to one version of a call
// is combined into one record; pages of a collection, which don't tell their
// version, belong to the call's newest.
//
// Pages that were recorded with a next link are served as they were recorded.
// The link keeps its form but gets the server's origin. It leads to the next
// page of that call in the order of file names, or to an empty last page where
// no more was recorded.
//
// The records are in the order of ids and versions. Recorded calls are often
// older than 30 days: a tenant that serves them may need KeepForever.
func LoadRecords(dir string) ([]Record, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", dir, err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("reading recorded responses: %s has no *.json file", dir)
	}
	slices.Sort(names)
	var calls, pages []response
	for _, name := range names {
		r, err := readResponse(name)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		if r.page == "" {
			calls = append(calls, r)
		} else {
			pages = append(pages, r)
		}
	}
	return combineAll(calls, pages)
}

// response is one recorded response.
type response struct {
	file string
	head head
	id   string
	// page is the relation that a collection response is a page of.
	page relation
}

func readResponse(name string) (response, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return response{}, err
	}
	h, err := parseHead(bytes.TrimSpace(data))
	if err != nil {
		return response{}, err
	}
	r := response{file: name, head: h, id: h.record.ID}
	for rel, link := range h.links {
		if h.links[rel], err = withoutOrigin(link); err != nil {
			return response{}, err
		}
	}
	if h.value == nil {
		if r.id == "" {
			return response{}, errors.New("it has no id")
		}
		return r, nil
	}
	if _, below, ok := strings.Cut(h.context, "callRecords"); ok {
		id, rest, ok := cutKey(below)
		for _, rel := range []relation{sessions, participants} {
			if ok && strings.HasPrefix(rest, "/"+string(rel)) {
				r.id, r.page = id, rel
				return r, nil
			}
		}
	}
	return response{}, fmt.Errorf("it has no id: its @odata.context %q names no sessions or participants_v2 of a call", h.context)
}

// withoutOrigin cuts scheme and host from a next link.
func withoutOrigin(link string) (string, error) {
	_, rest, ok := strings.Cut(link, "://")
	at := strings.IndexByte(rest, '/')
	if !ok || at < 0 {
		return "", fmt.Errorf("the next link %q isn't absolute", link)
	}
	return rest[at:], nil
}

func combineAll(calls, pages []response) ([]Record, error) {
	slices.SortStableFunc(calls, func(a, b response) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.head.record.Version, b.head.record.Version))
	})
	var records []Record
	for len(calls) > 0 {
		n := 1
		for n < len(calls) && calls[n].id == calls[0].id && calls[n].head.record.Version == calls[0].head.record.Version {
			n++
		}
		var of []response
		if n == len(calls) || calls[n].id != calls[0].id {
			for i := 0; i < len(pages); {
				if pages[i].id == calls[0].id {
					of = append(of, pages[i])
					pages = slices.Delete(pages, i, i+1)
				} else {
					i++
				}
			}
		}
		record, err := combine(calls[:n], of)
		if err != nil {
			return nil, err
		}
		records = append(records, record)
		calls = calls[n:]
	}
	if len(pages) > 0 {
		return nil, fmt.Errorf("reading %s: no other file has the call %s itself", pages[0].file, pages[0].id)
	}
	return records, nil
}

// chain is what was recorded of one relation.
type chain struct {
	items bytes.Buffer
	n     int
	pages []recordedPage
}

// combine makes one record of the responses about one version of a call.
func combine(calls, pages []response) (Record, error) {
	var out bytes.Buffer
	seen := map[string]bool{}
	chains := map[relation]*chain{}
	for _, r := range calls {
		for _, m := range r.head.record.split().members {
			if !seen[m.name] {
				seen[m.name] = true
				out.WriteByte(',')
				out.Write(m.pair.of(r.head.record.JSON))
			}
		}
		for _, rel := range []relation{participants, sessions} {
			if c := r.head.record.split().of(rel); c.present {
				if chains[rel] != nil {
					return Record{}, fmt.Errorf("reading %s: another file has %s of the call %s already", r.file, rel, r.id)
				}
				chains[rel] = &chain{}
				chains[rel].add(r.head, c.items, r.head.links[rel])
			}
		}
	}
	for _, r := range pages {
		c := chains[r.page]
		if c == nil {
			c = &chain{}
			chains[r.page] = c
		} else if c.pages[len(c.pages)-1].link == "" {
			return Record{}, fmt.Errorf("reading %s: the %s of the call %s end before this page", r.file, r.page, r.id)
		}
		link := r.head.links[""]
		if link == "" {
			link = r.head.links[r.page]
		}
		c.add(r.head, r.head.value, link)
	}
	for _, rel := range []relation{participants, sessions} {
		if c := chains[rel]; c != nil {
			fmt.Fprintf(&out, `,"%s":[%s]`, rel, c.items.Bytes())
		}
	}
	out.WriteByte('}')
	data := out.Bytes()
	data[0] = '{'
	h, err := parseHead(data)
	if err != nil {
		return Record{}, fmt.Errorf("combining the responses about the call %s: %w", calls[0].id, err)
	}
	for rel, c := range chains {
		if len(c.pages) > 1 || c.pages[0].link != "" {
			h.record.split().of(rel).recorded = c.pages
		}
	}
	return h.record, nil
}

func (c *chain) add(h head, spans []span, link string) {
	for _, item := range spans {
		if c.n > 0 {
			c.items.WriteByte(',')
		}
		c.items.Write(item.of(h.record.JSON))
		c.n++
	}
	c.pages = append(c.pages, recordedPage{end: c.n, link: link})
}
