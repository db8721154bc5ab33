package jobs

import "time"

// Span is a range of call starts: From belongs to it, Until does not.
type Span struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

func (s Span) empty() bool { return !s.From.Before(s.Until) }

func (s Span) length() time.Duration { return s.Until.Sub(s.From) }

func (s Span) holds(t time.Time) bool { return !t.Before(s.From) && t.Before(s.Until) }

// within returns what of the span lies in another.
func (s Span) within(other Span) Span {
	return Span{latest(s.From, other.From), earliest(s.Until, other.Until)}
}

func (s Span) shift(by time.Duration) Span { return Span{s.From.Add(by), s.Until.Add(by)} }

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// without returns what is left of spans, which are in order, after others are
// taken out of them.
func without(spans, others []Span) []Span {
	for _, o := range others {
		var left []Span
		for _, s := range spans {
			before := Span{s.From, earliest(s.Until, o.From)}
			after := Span{latest(s.From, o.Until), s.Until}
			if o.empty() || s.within(o).empty() {
				before, after = s, Span{}
			}
			for _, part := range []Span{before, after} {
				if !part.empty() {
					left = append(left, part)
				}
			}
		}
		spans = left
	}
	return spans
}

// byDate cuts spans at every midnight, UTC.
func byDate(spans []Span) []Span {
	var parts []Span
	for _, s := range spans {
		for !s.empty() {
			midnight := s.From.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
			parts = append(parts, Span{s.From, earliest(midnight, s.Until)})
			s.From = midnight
		}
	}
	return parts
}
