package jsonscan

// Member moves to the next member of the object entered last and returns its
// name; its value is the next value. It returns false, having left the
// object, when there is none.
//
// Graph writes the members of all objects in a place in one order, so that after
// a name mostly that comes which came after it before: that guess is checked by
// one comparison, which is less than reading the name.
func (s *Scanner) Member() (name string, ok bool) {
	if s.err != nil {
		return "", false
	}
	f, at := &s.open[len(s.open)-1], s.pos
	if f.begun {
		if at >= len(s.doc) || s.doc[at] != ',' {
			return s.member()
		}
		at++
	}
	guess := s.guess
	w := &s.words.list[guess]
	if guess == noWord || f.seen&w.bit != 0 || len(s.doc)-at < headBytes {
		return s.member()
	}
	here, want, mask := s.doc[at:at+headBytes], &w.head.bytes, &w.head.mask
	if (eight(here[0:8])^want[0])&mask[0]|(eight(here[8:16])^want[1])&mask[1]|
		(eight(here[16:24])^want[2])&mask[2]|(eight(here[24:32])^want[3])&mask[3] != 0 {
		return s.member()
	}
	if len(w.text) > headBytes && !hasAt(s.doc, at+headBytes, w.text[headBytes:]) {
		return s.member()
	}
	f.begun = true
	f.seen |= w.bit
	s.pos = at + len(w.text)
	s.at, s.guess = guess, w.next
	s.space()
	return w.name, true
}

// member is Member where the guess may be wrong.
func (s *Scanner) member() (name string, ok bool) {
	for {
		first := !s.open[len(s.open)-1].begun
		if !s.advance('}') {
			return "", false
		}
		s.space()
		if name, ok = s.laterName(); !ok {
			name = s.newName(first)
		}
		if s.err != nil {
			return "", false
		}
		s.space()
		s.guess = s.words.list[s.at].next
		if !s.repeated(name) {
			return name, true
		}
		s.duplicates++
		s.Skip()
	}
}

// leftOut is how many members in a row that an object may have are thought to be
// left out.
const leftOut = 4

// laterName reads a member's name and the colon after it, if it is one that is
// expected soon after the one that was guessed: Graph leaves out some.
func (s *Scanner) laterName() (name string, ok bool) {
	later := s.guess
	for range leftOut {
		if later = s.words.list[later].next; later == noWord {
			break
		}
		if w := &s.words.list[later]; hasAt(s.doc, s.pos, w.text) {
			s.pos += len(w.text)
			s.at = later
			return w.name, true
		}
	}
	return "", false
}

// newName reads a member's name and the colon after it, and has it be guessed
// the next time.
func (s *Scanner) newName(first bool) string {
	start, end, escaped := s.name()
	if s.err != nil {
		return ""
	}
	name, text := s.doc[start:end], s.doc[start-1:s.pos]
	if escaped {
		name = s.unescape(name)
		text = `"` + name + `":` // not guessed unless it needs no escapes
	}
	number := s.words.number(s.open[len(s.open)-1].in, name, text)
	if number != noWord && s.at != noWord && !escaped {
		if last := &s.words.list[s.at]; first {
			last.first = number
		} else {
			last.next = number
		}
	}
	s.at = number
	return name
}

// repeated reports whether the innermost object has had the name of the member
// that is read, and remembers it.
func (s *Scanner) repeated(name string) bool {
	f := &s.open[len(s.open)-1]
	if s.at != noWord {
		bit := s.words.list[s.at].bit
		again := f.seen&bit != 0
		f.seen |= bit
		return again
	}
	for _, n := range s.names[f.names:] {
		if n == name {
			return true
		}
	}
	s.names = append(s.names, name)
	return false
}
