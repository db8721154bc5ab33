package extract

import (
	"errors"
	"fmt"
	"strings"

	"etl/extract/jsonscan"
)

// maxDocument bounds a JSON document that goes over several lines.
const maxDocument = 16 << 20

// readDocuments reads JSON documents one after another, on a line each or
// pretty-printed over many.
func readDocuments(l *lines, line string, yield func(Ref) bool) error {
	var doc strings.Builder
	var nesting nesting
	ok := true
	for ok {
		for line != "" {
			end := nesting.end(line)
			whole := end >= 0
			if !whole {
				end = len(line)
			}
			if doc.WriteString(line[:end]); doc.Len() > maxDocument {
				return fmt.Errorf("the document is longer than %d bytes", maxDocument)
			}
			line = line[end:]
			if !whole {
				break
			}
			if err := readDocument(doc.String(), yield); err != nil {
				return err
			}
			doc.Reset()
			line = strings.TrimLeft(line, " \t,")
		}
		var err error
		if doc.Len() > 0 {
			doc.WriteByte('\n')
			line, ok, err = l.next()
		} else {
			line, ok, err = l.content()
		}
		if err != nil {
			return err
		}
	}
	if doc.Len() > 0 {
		return errors.New("the JSON document doesn't end")
	}
	return nil
}

// nesting follows the brackets of a document that comes in parts.
type nesting struct {
	depth             int
	quoted, backslash bool
}

// end returns where in the part the document ends, or -1 if it goes on.
func (n *nesting) end(part string) int {
	for i := range len(part) {
		c := part[i]
		switch {
		case n.backslash:
			n.backslash = false
		case n.quoted:
			n.quoted, n.backslash = c != '"', c == '\\'
		case c == '"':
			n.quoted = true
		case c == '{', c == '[':
			n.depth++
		case c == '}', c == ']':
			n.depth--
		}
		if n.depth <= 0 && !n.quoted {
			return i + 1
		}
	}
	return -1
}

// readDocument yields the calls of one document.
func readDocument(doc string, yield func(Ref) bool) error {
	s := jsonscan.New(doc)
	if s.Next() != jsonscan.Object && s.Err() == nil {
		return errors.New("a JSON object is missing")
	}
	whole := scanNotice(s)
	if err := s.End(); err != nil {
		return err
	}
	calls := whole.value
	if calls == nil {
		calls = []notice{whole}
	}
	for _, n := range calls {
		ref, ok, err := n.ref()
		if err != nil {
			return err
		}
		if ok && !yield(ref) {
			return errEnough
		}
	}
	return nil
}

// notice is an object that names a call by its id, or a change notification,
// whose own id is that of the notification: see
// https://learn.microsoft.com/graph/api/resources/changenotification.
type notice struct {
	id, start, end string
	notification   bool
	dataID         string // of resourceData
	resource       string
	lifecycle      bool     // it is about the subscription and names no call
	value          []notice // not nil if the object is a list of others
}

func scanNotice(s *jsonscan.Scanner) notice {
	var n notice
	s.Enter()
	for name, ok := s.Member(); ok; name, ok = s.Member() {
		var text *string
		switch name {
		case "id":
			text = &n.id
		case "startDateTime", "start_date_time":
			text = &n.start
		case "endDateTime", "end_date_time":
			text = &n.end
		case "resource":
			text, n.notification = &n.resource, true
		case "lifecycleEvent":
			text, n.lifecycle = new(string), true
		}
		switch kind := s.Next(); {
		case text != nil && kind == jsonscan.String:
			*text = s.String()
		case name == "resourceData" && kind == jsonscan.Object:
			n.dataID, n.notification = scanNotice(s).id, true
		case name == "value" && kind == jsonscan.Array:
			n.value = []notice{}
			s.Enter()
			for s.Element() {
				if s.Next() == jsonscan.Object {
					n.value = append(n.value, scanNotice(s))
				} else {
					s.Skip()
					n.value = append(n.value, notice{})
				}
			}
		default:
			s.Skip()
		}
	}
	return n
}

// ref returns the call that is named; ok is false if none needs to be.
func (n notice) ref() (ref Ref, ok bool, err error) {
	id := n.id
	if n.notification {
		if id = n.dataID; id == "" {
			id = resourceID(n.resource)
		}
		if id == "" && n.lifecycle {
			return Ref{}, false, nil
		}
	}
	if id = strings.TrimSpace(id); id == "" {
		return Ref{}, false, errors.New("an object names no call: it has no id that is a text")
	}
	return Ref{ID: id, Start: knownTime(n.start), End: knownTime(n.end)}, true, nil
}

// resourceID returns the id in communications/callRecords/{id} or
// communications/callRecords('{id}'), or "".
func resourceID(resource string) string {
	_, key, ok := strings.Cut(resource, "callRecords")
	if !ok {
		return ""
	}
	if key, ok = strings.CutPrefix(key, "/"); !ok {
		key = strings.TrimSuffix(strings.TrimPrefix(key, "('"), "')")
	}
	return key
}
