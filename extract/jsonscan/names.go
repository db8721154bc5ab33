package jsonscan

import "strings"

// maxWords is how many names of a document are numbered, more than any document
// of Graph has. Number 0 stands for the others.
const maxWords = 255

// word is a name that the document has had. Graph writes the members of all
// objects of a kind in one order, so that after a name mostly that comes which
// came after it before: that guess is checked by one comparison, which is less
// than reading the name.
type word struct {
	name string
	text string // with quotes and colon; "" where that isn't how it is written
	next uint8  // the word that came after it last
}

// words are the names of documents, numbered as they come.
type words struct {
	list  []word                    // by number
	table [2 * (maxWords + 1)]uint8 // numbers by hash, each in the first place free from there on
	last  uint8
	owned int // of the list: those that are no part of a document
}

// reset begins another document. Its names are likely those of the last one,
// which are kept, unless there are so many that few would be free for new ones.
func (w *words) reset() {
	if n := len(w.list); n == 0 || n > maxWords*3/4 {
		*w = words{list: append(w.list[:0], word{}), owned: 1}
	}
	for i := range w.list[w.owned:] {
		word := &w.list[w.owned+i]
		word.name, word.text = strings.Clone(word.name), strings.Clone(word.text)
	}
	w.owned, w.last = len(w.list), 0
}

// number returns the number of a name, 0 if it gets none.
func (w *words) number(name string) uint8 {
	at := nameHash(name) % uint(len(w.table))
	for ; w.table[at] != 0; at = (at + 1) % uint(len(w.table)) {
		if w.list[w.table[at]].name == name {
			return w.table[at]
		}
	}
	if len(w.list) > maxWords {
		return 0
	}
	n := uint8(len(w.list))
	w.list = append(w.list, word{name: name})
	w.table[at] = n
	return n
}

// nameHash spreads the property names of a call record well enough; equality
// is decided by comparing.
func nameHash(name string) uint {
	n := uint(len(name))
	if n == 0 {
		return 0
	}
	return n*31 + uint(name[0])*7 + uint(name[n/2])*13 + uint(name[n-1])*3 + uint(name[n/3])*17
}

// memberName reads a member's name and the colon after it, and returns the name
// and its number.
func (s *Scanner) memberName() (name string, number uint8) {
	s.space()
	guess := s.words.list[s.words.last].next
	if w := &s.words.list[guess]; guess != 0 && strings.HasPrefix(s.doc[s.pos:], w.text) {
		s.pos += len(w.text)
		s.words.last = guess
		return w.name, guess
	}
	start, end, escaped := s.name()
	if s.err != nil {
		return "", 0
	}
	if name = s.doc[start:end]; escaped {
		name = s.unescape(name)
	}
	number = s.words.number(name)
	w := &s.words.list[number]
	if number != 0 && w.text == "" && !escaped && s.pos == end+len(`":`) {
		w.text = s.doc[start-1 : s.pos]
	}
	if w.text != "" {
		s.words.list[s.words.last].next = number
	}
	s.words.last = number
	return name, number
}

// repeated reports whether the innermost object has had this name, and
// remembers it.
func (s *Scanner) repeated(name string, number uint8) bool {
	f := &s.open[len(s.open)-1]
	if number != 0 {
		seen, bit := &f.seen[number/64], uint64(1)<<(number%64)
		again := *seen&bit != 0
		*seen |= bit
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
