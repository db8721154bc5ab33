package extract

import (
	"slices"
	"strings"

	"etl/extract/jsonscan"
)

// walker finds the next links of a page, wherever they are.
type walker struct {
	s    *jsonscan.Scanner
	text string
	want wanted
	root *rootMembers // while the document's own object is read
	fail *Failure     // the first; jsonscan's errors come before it

	edits []edit
	// arrays and links are those of the open objects, innermost last.
	arrays []namedArray
	links  []foundLink
}

type namedArray struct {
	name string
	array
}

type foundLink struct{ name, target string }

func (w *walker) failf(reason Reason, format string, args ...any) {
	if w.fail == nil {
		w.fail = failf(reason, format, args...)
	}
}

func (w *walker) value() {
	switch w.s.Next() {
	case jsonscan.Object:
		w.object()
	case jsonscan.Array:
		w.array(false, nil)
	default:
		w.s.Skip()
	}
}

// valueOfRoot reads a value that is a member of the document's own object or
// an element of one. Few of them have a next link inside, and to find that out
// takes a third of the time. Inside a value that has one this is not tried
// again, or nesting would make it dear.
func (w *walker) valueOfRoot() {
	if !w.s.SkipUnless(maybeNextLink) {
		w.value()
	}
}

// array reads an array, of the document's own object or of another, and adds
// where its elements are to items, if that isn't nil.
func (w *walker) array(ofRoot bool, items *[]span) array {
	a := array{open: w.s.Offset(), empty: true}
	w.s.Enter()
	for {
		a.close = w.s.Offset()
		if !w.s.Element() {
			return a
		}
		a.empty = false
		from := w.s.Offset()
		if ofRoot {
			w.valueOfRoot()
		} else {
			w.value()
		}
		if items != nil && w.s.Err() == nil {
			value := strings.TrimRight(w.text[from:w.s.Offset()], " \n\r\t")
			*items = append(*items, span{from, from + len(value)})
		}
	}
}

func (w *walker) object() {
	root := w.root // nil but for the outermost
	w.root = nil
	arrays, links := len(w.arrays), len(w.links)
	var passed []string
	kept := false // whether a member before this one stays
	if root != nil {
		root.open = w.s.Offset()
	}
	w.s.Enter()
	for {
		from := w.s.Offset() // of the comma, the first name, or the }
		duplicates := w.s.Duplicates()
		name, ok := w.s.Member()
		if w.s.Duplicates() > duplicates {
			var names []string
			names, from = w.passedOver(from)
			passed = append(passed, names...)
			kept = true
		}
		if !ok {
			if root != nil {
				root.close = from
			}
			break
		}
		edits := len(w.edits)
		cut := false
		collection, link, misspelt := isNextLink(name)
		if w.want.log && name == logNextLink {
			collection, link, misspelt = "", true, false
		}
		if misspelt {
			w.failf(ReasonBadLink, "the page has a next link by the unknown name %q", plain(name, 80))
			w.s.Skip()
		} else if link {
			w.link(collection)
			cut = true
		} else if w.s.Next() == jsonscan.Array {
			var items *[]span
			if root != nil && name == w.want.items {
				items = &root.spans
			}
			w.arrays = append(w.arrays, namedArray{name, w.array(root != nil, items)})
		} else if root == nil {
			w.value()
		} else if !w.decisive(root, name) {
			w.valueOfRoot()
		}
		if root != nil && w.want.drop != "" && (name == w.want.drop || name == w.want.drop+nextLink) {
			w.edits = w.edits[:edits]
			w.links = slices.DeleteFunc(w.links, func(l foundLink) bool { return l.name == w.want.drop })
			cut = true
		}
		if !cut {
			kept = true
		} else if w.s.Err() == nil {
			w.edits = append(w.edits, w.cut(from, kept))
		}
	}
	if root != nil {
		w.settleRoot(root, passed)
	}
	w.graft(w.links[links:], w.arrays[arrays:], passed)
	w.arrays, w.links = w.arrays[:arrays], w.links[:links]
}

// link reads the value of a next link. null and "" are the end of the data.
func (w *walker) link(collection string) {
	switch w.s.Next() {
	case jsonscan.Null:
		w.s.Null()
	case jsonscan.String:
		// The target outlives the page's text, which may be in a buffer that
		// is used again.
		if target := strings.Clone(w.s.String()); target != "" {
			w.links = append(w.links, foundLink{collection, target})
		}
	default:
		w.failf(ReasonBadLink, "the page has a next link that is not a string")
		w.s.Skip()
	}
}

// cut takes out the member just read, which starts at from, with one comma.
func (w *walker) cut(from int, kept bool) edit {
	to := w.s.Offset()
	if kept {
		return edit{from: from, to: to}
	}
	if w.text[from] == ',' {
		from++
	}
	if to < len(w.text) && w.text[to] == ',' {
		to++
	}
	return edit{from: from, to: to}
}

// graft notes for each link of an object where the items behind it go.
func (w *walker) graft(links []foundLink, arrays []namedArray, passed []string) {
	for i, l := range links {
		at := slices.IndexFunc(arrays, func(a namedArray) bool { return a.name == l.name })
		twice := slices.ContainsFunc(links[:i], func(other foundLink) bool { return other.name == l.name })
		if l.name == "" || at < 0 || twice || slices.Contains(passed, l.name) {
			w.failf(ReasonBadLink, "the page has a next link for %q, which is not one array beside it", plain(l.name, 80))
			return
		}
		a := arrays[at].array
		w.edits = append(w.edits, edit{from: a.close, to: a.close, link: &nestedLink{l.name, l.target, a}})
	}
}

// decisive reads a member of the document's own object if it is one that says
// what the page is.
func (w *walker) decisive(root *rootMembers, name string) bool {
	switch name {
	case "error":
		root.hasError = true
		root.err = scanError(w.s)
		return true
	case "version":
		if w.s.Next() != jsonscan.Number {
			return false
		}
		root.version = w.s.Number()
		root.key.version = root.version
		return true
	}
	var text, key *string
	switch name {
	case "id":
		text, key = &root.id, &root.key.id
	case "@odata.context":
		text = &root.context
	case "startDateTime":
		text, key = &root.start, &root.key.start
	case "endDateTime":
		text = &root.end
	default:
		return false
	}
	if w.s.Next() != jsonscan.String {
		return false
	}
	from := w.s.Offset()
	*text = w.s.String()
	if key != nil {
		*key = w.s.Since(from)
	}
	return true
}

// settleRoot takes the collection that was asked for out of the links and
// arrays of the document's own object.
func (w *walker) settleRoot(root *rootMembers, passed []string) {
	root.isObject = true
	for _, name := range passed {
		switch name {
		case "id", "version", "startDateTime", "endDateTime", "@odata.context", "error", "value", "sessions", "participants_v2":
			w.failf(ReasonBadPage, "the page has %s twice", name)
		}
	}
	for _, a := range w.arrays {
		if a.name == w.want.items {
			root.items, root.hasItems = a.array, true
		}
	}
	own := w.want.items
	if own == "value" {
		own = "" // {"value":[…],"@odata.nextLink":…}
	}
	w.links = slices.DeleteFunc(w.links, func(l foundLink) bool {
		if !root.hasItems || l.name != own {
			return false
		}
		root.next = l.target
		return true
	})
}

// passedOver returns the names of the members that jsonscan has passed over as
// duplicates since from, and where the member that it came to begins. What
// they hold is kept as sent, so it must not be a link.
func (w *walker) passedOver(from int) (names []string, member int) {
	const most = 100
	end := w.s.Offset()
	if w.s.Err() != nil {
		return nil, from
	}
	for at := from; ; {
		rest := strings.TrimLeft(w.text[at:end], " \n\r\t")
		at = end - len(rest)
		s := jsonscan.New(strings.TrimPrefix(rest, ","))
		skipped := len(rest) - len(strings.TrimPrefix(rest, ","))
		if s.Next() != jsonscan.String {
			return names, at // the } of the object
		}
		name := s.String()
		value := at + skipped + s.Offset() + 1 // behind the colon
		if strings.TrimLeft(w.text[value:end], " \n\r\t") == "" {
			return names, at // the member that is read next
		}
		inner := walker{s: jsonscan.New(w.text[value:end]), text: w.text[value:end]}
		inner.value()
		if _, link, misspelt := isNextLink(name); link || misspelt || len(inner.edits) > 0 || inner.fail != nil {
			w.failf(ReasonBadPage, "the page has %q twice, with a next link", plain(name, 80))
		}
		if names = append(names, name); len(names) > most {
			w.failf(ReasonBadPage, "the page has an object with more than %d names that are there twice", most)
			return names, at
		}
		if at = value + inner.s.Offset(); inner.s.Err() != nil {
			w.fail = scanFailure(inner.s.Err())
			return names, at
		}
	}
}
