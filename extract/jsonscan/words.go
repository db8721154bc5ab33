package jsonscan

import (
	"slices"
	"strings"
)

// maxWords is how many words are kept, more than documents of Graph have.
const maxWords = 1023

// word is a name that the objects in one place of a document have had: in the
// document itself, or in the value of another word.
type word struct {
	name string
	text string // as it is written, with quotes and colon
	head head   // of text
	bit  uint64 // stands for the name among those of its place
	mark uint8  // see SetMark

	next    uint16 // the word that came after it
	first   uint16 // the word that objects in its value began with
	inner   uint16 // a word of the objects in its value
	sibling uint16 // another word of its own place
}

// head is what a text begins with, in a form that is compared at once. Comparing
// strings is a call, in which the time goes by their length.
type head struct{ bytes, mask [headBytes / 8]uint64 }

const headBytes = 32

func headOf(text string) (h head) {
	for i := range min(len(text), headBytes) {
		h.bytes[i/8] |= uint64(text[i]) << (i % 8 * 8)
		h.mask[i/8] |= 0xff << (i % 8 * 8)
	}
	return h
}

// The numbers of words that are no names: noWord stands for a name that has
// none, and for those of the objects in its value.
const (
	noWord = iota
	theDocument
)

// words are the names of documents by their places.
type words struct {
	list  []word // by number
	owned int    // of the list: those whose text is no part of a document
}

// reset begins another document. Its names are likely those of the last one,
// which are kept, unless there are so many that few would be free for new ones.
func (w *words) reset() {
	if n := len(w.list); n == 0 || n > maxWords*3/4 {
		clear(w.list)
		w.list = append(slices.Grow(w.list[:0], 16), word{}, word{})
		w.owned = len(w.list)
	}
	for ; w.owned < len(w.list); w.owned++ {
		word := &w.list[w.owned]
		word.text = strings.Clone(word.text)
		word.name = word.text[len(`"`):][:len(word.name)]
	}
}

// number returns the number of a name of objects in the value of the word at,
// noWord if it gets none. text is how it is written, with quotes and colon.
func (w *words) number(at uint16, name, text string) uint16 {
	if at == noWord {
		return noWord
	}
	sibling := w.list[at].inner
	for n := sibling; n != noWord; n = w.list[n].sibling {
		if w.list[n].name == name {
			return n
		}
	}
	bit := uint64(1)
	if sibling != noWord {
		bit = w.list[sibling].bit << 1
	}
	if bit == 0 || len(w.list) > maxWords {
		return noWord
	}
	n := uint16(len(w.list))
	w.list = append(w.list, word{name: name, text: text, head: headOf(text), bit: bit, sibling: sibling})
	w.list[at].inner = n
	return n
}

// Mark returns what [Scanner.SetMark] has given to the name of the member read
// last, in whichever object in this place and in whichever document; else 0.
func (s *Scanner) Mark() uint8 { return s.words.list[s.at].mark }

// SetMark marks the name of the member read last, for objects in this place.
// It may be forgotten.
func (s *Scanner) SetMark(mark uint8) {
	if s.at != noWord {
		s.words.list[s.at].mark = mark
	}
}
