package graphsim

import (
	"strings"
	"sync"
)

// relation is a collection of a call record that Graph serves in pages.
type relation string

const (
	sessions     relation = "sessions"
	participants relation = "participants_v2"
)

// layout says where the parts of a record's JSON are, so that pages are served
// as ranges of its bytes. It is found once, when first needed.
type layout struct {
	once sync.Once

	// members are the top-level members without the two relations and without
	// annotations, which the server writes itself.
	members                []member
	sessions, participants collection

	segmentsOnce sync.Once
	segments     []segmentList
}

// member is one member of an object: its name, and the spans of the pair and
// of the value alone.
type member struct {
	name        string
	pair, value span
}

// collection is one relation of a record.
type collection struct {
	present bool
	items   []span
	// recorded holds the borders of the pages that were recorded with next
	// links. Where it is empty the server decides how to cut pages.
	recorded []recordedPage
}

// recordedPage is a page as it was recorded: the items up to a border, and the
// next link without its origin.
type recordedPage struct {
	end  int
	link string
}

// segmentList is the segments member of one session.
type segmentList struct {
	array span
	items []span
}

func (l *layout) of(rel relation) *collection {
	if rel == sessions {
		return &l.sessions
	}
	return &l.participants
}

// split returns the layout of the record, which it finds at the first call.
func (r Record) split() *layout {
	l := r.layout
	if l == nil {
		l = &layout{}
	}
	l.once.Do(func() {
		eachMember(r.JSON, 0, func(name, value span) bool {
			switch key := string(name.of(r.JSON)); {
			case key == string(sessions), key == string(participants):
				c := l.of(relation(key))
				c.items = items(r.JSON, value.start)
				c.present = c.items != nil
			case strings.Contains(key, "@odata."):
			default:
				l.members = append(l.members, member{key, span{name.start - 1, value.end}, value})
			}
			return true
		})
	})
	return l
}

// segmentsOf returns the segments of the session with the given ordinal.
func (r Record) segmentsOf(ordinal int) segmentList {
	l := r.split()
	l.segmentsOnce.Do(func() {
		l.segments = make([]segmentList, len(l.sessions.items))
		for i, item := range l.sessions.items {
			eachMember(r.JSON, item.start, func(name, value span) bool {
				if string(name.of(r.JSON)) != "segments" {
					return true
				}
				l.segments[i] = segmentList{value, items(r.JSON, value.start)}
				return false
			})
		}
	})
	return l.segments[ordinal]
}
