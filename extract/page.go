package extract

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"etl/extract/jsonscan"
)

const nextLink = "@odata.nextLink"

// page is one answer of Graph and what a single pass over it found.
type page struct {
	text string

	// Of a call record:
	id         string
	version    int64
	start, end time.Time
	key        keyTexts

	// The collection that was asked for, with its next link, "" if there is none.
	items       array
	spans       []span // of the items
	next        string
	open, close int // where the braces of the document's own object are

	// edits are what has to change for the text to be whole: next links to
	// cut out, and the places where the items behind them go. They are in
	// order.
	edits []edit
}

// array is where a JSON array stands in a text.
type array struct {
	open, close int // of its brackets
	empty       bool
}

// edit replaces text[from:to] by the parts, which follow what is there: after
// a comma, if the array that they are put into has items already.
type edit struct {
	from, to int
	link     *nestedLink // what the parts are to be fetched by, or nil
	parts    []string
}

// nestedLink is the next link of a collection inside an item.
type nestedLink struct {
	name   string // of the collection
	target string // of the link, not yet checked
	items  array
}

// wanted says what a page must be.
type wanted struct {
	id     string // of the call
	items  string // name of the array: sessions, participants_v2, value, or "" for none
	record bool   // whether it is a call record, with id and version
	drop   string // name of a collection to leave out, since it is fetched by itself
	log    bool   // whether it is of a log
}

// parsePage reads an answer strictly. Its errors are Failures.
func parsePage(text string, want wanted) (*page, error) {
	w := walker{s: jsonscan.New(text), text: text}
	p := &page{text: text}
	var r rootMembers
	if w.s.Next() == jsonscan.Object {
		w.root = &r
		w.want = want
		w.object()
	} else {
		w.s.Skip()
	}
	if err := w.s.End(); err != nil {
		return nil, scanFailure(err)
	}
	if err := r.check(want); err != nil {
		return nil, err
	}
	if w.fail != nil {
		return nil, w.fail
	}
	if want.record {
		p.id = r.id
		p.version, _ = strconv.ParseInt(r.version, 10, 64)
		p.start, p.end = parseTime(r.start), parseTime(r.end)
		p.key = r.key
	}
	p.items, p.spans, p.next, p.open, p.close = r.items, r.spans, r.next, r.open, r.close
	p.edits = w.edits
	slices.SortStableFunc(p.edits, func(a, b edit) int { return a.from - b.from })
	return p, nil
}

// keyTexts are the members that key a call record, as they stand there; "" where
// they are absent, or not what they should be.
type keyTexts struct{ id, version, start string }

// record returns a record that has nothing but these.
func (k keyTexts) record() string {
	record := `{"id":` + k.id + `,"version":` + k.version
	if k.start != "" {
		record += `,"startDateTime":` + k.start
	}
	return record + "}"
}

// rootMembers are the members of a page's own object that decide what it is.
type rootMembers struct {
	isObject           bool
	id, version        string
	start, end         string
	key                keyTexts
	context            string
	hasItems, hasError bool
	err                graphError
	items              array
	spans              []span
	next               string
	open, close        int
}

func (r *rootMembers) check(want wanted) error {
	switch {
	case !r.isObject:
		return failf(ReasonBadPage, "the page is not a JSON object")
	case r.hasError:
		return failf(ReasonBadPage, "Graph answered 200 OK with an error%s", r.err)
	case r.id != "" && !sameID(r.id, want.id), contextID(r.context) != "" && !sameID(contextID(r.context), want.id):
		return failf(ReasonWrongCall, "the page is of another call")
	case want.record && r.id == "":
		return failf(ReasonBadPage, "the page lacks the id of the call")
	case want.items != "" && !r.hasItems:
		return failf(ReasonBadPage, "the page lacks the array %s", want.items)
	}
	if want.record {
		if _, err := strconv.ParseInt(r.version, 10, 64); err != nil {
			return failf(ReasonBadPage, "the page lacks a version that is a whole number")
		}
	}
	return nil
}

// parseTime reads a time of Graph's; one that can't be read is not known.
func parseTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// elements returns the elements of an array as they stand in the text.
func elements(text string, a array) []span {
	var spans []span
	s := jsonscan.New(text[a.open : a.close+1])
	s.Enter()
	for s.Element() {
		from := a.open + s.Offset()
		spans = append(spans, span{from, from + len(s.Skip())})
	}
	return spans
}

type span struct{ from, to int }

// isNextLink classes the name of a member: a next link, and of which
// collection. Other spellings are refused, not overlooked: the items behind
// such a link would be missing.
func isNextLink(name string) (collection string, link, misspelt bool) {
	if !maybeNextLink(name) {
		return "", false, false
	}
	collection, link = strings.CutSuffix(name, nextLink)
	return collection, link, !link
}

// maybeNextLink reports whether a name is that of a next link in whatever spelling.
func maybeNextLink(name string) bool {
	const last = "nextLink"
	n := len(name) - len(last)
	return n >= 0 && name[len(name)-1]|0x20 == 'k' && strings.EqualFold(name[n:], last)
}
