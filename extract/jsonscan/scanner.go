// Package jsonscan reads JSON documents as Microsoft Graph sends them, in one
// pass and strictly.
//
// It exists because the standard decoder is too lenient for documents that
// are kept for good: it folds invalid UTF-8 so that two ids become one,
// matches names without regard to case, lets the last of two equal names win
// and ignores what follows the document. Here invalid UTF-8, bad syntax,
// nesting beyond a bound and trailing data are errors, names match exactly,
// and of two equal names in an object the first counts ([Scanner.Duplicates]
// says how many were passed over).
//
// Strings and spans are substrings of the document, so reading allocates
// only where a string holds escapes. It is not a general decoder: there is no
// reflection and no writing apart from [AppendCompact].
package jsonscan

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// Errors that a caller may want to tell apart; every error of a Scanner wraps
// one of them.
var (
	ErrSyntax      = errors.New("not valid JSON")
	ErrInvalidUTF8 = errors.New("not valid UTF-8")
	ErrTooDeep     = errors.New("nested too deeply")
)

// MaxDepth is the nesting at which a Scanner gives up. A call record needs
// about a dozen levels.
const MaxDepth = 128

// Kind is the kind of a JSON value.
type Kind uint8

// The kinds of JSON values; Invalid is also what a Scanner that has failed
// reports.
const (
	Invalid Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

// Scanner walks one JSON document from front to back. The first error stays:
// from then on every method returns its zero value and [Scanner.Err] the error.
// The zero Scanner is ready for [Scanner.Reset].
type Scanner struct {
	doc string
	pos int
	err error

	// open holds a frame for each object or array entered and not yet left.
	open  []frame
	words words
	at    uint16 // the word of the member that was read last and isn't left
	guess uint16 // the word that comes next, maybe
	// names holds the names without a number that the open objects have had,
	// innermost last.
	names []string

	duplicates int
	surrogates int
}

type frame struct {
	seen  uint64 // the bits of its names that are words
	names int    // where its other names begin
	in    uint16 // the word that it is the value of, or within the value
	begun bool   // a first member or element has been read
}

// New returns a Scanner at the beginning of doc.
func New(doc string) *Scanner {
	s := new(Scanner)
	s.Reset(doc)
	return s
}

// Reset makes the Scanner read doc from its beginning, keeping its buffers.
func (s *Scanner) Reset(doc string) {
	*s = Scanner{doc: doc, open: s.open[:0], names: s.names[:0], words: s.words, at: theDocument}
	s.words.reset()
	if !utf8.ValidString(doc) {
		s.end(fmt.Errorf("reading JSON: %w", ErrInvalidUTF8))
	}
	s.space()
}

// Err returns the first error met.
func (s *Scanner) Err() error { return s.err }

// Duplicates returns how many members were passed over because their object
// already had one of that name.
func (s *Scanner) Duplicates() int { return s.duplicates }

// Surrogates returns how many escaped lone surrogates became U+FFFD.
func (s *Scanner) Surrogates() int { return s.surrogates }

// Offset returns the position in the document of the next token.
func (s *Scanner) Offset() int {
	s.space()
	return s.pos
}

// Since returns the document from an earlier [Scanner.Offset] to the end of
// the token read last.
func (s *Scanner) Since(offset int) string {
	if s.err != nil {
		return ""
	}
	return s.doc[offset:s.pos]
}

// Next returns the kind of the next value without reading it.
func (s *Scanner) Next() Kind {
	if s.pos < len(s.doc) && kinds[s.doc[s.pos]] != Invalid {
		return kinds[s.doc[s.pos]]
	}
	s.noValue()
	return Invalid
}

func (s *Scanner) noValue() {
	if s.pos >= len(s.doc) {
		s.fail("the document ends early")
	} else {
		s.fail("a value is missing")
	}
}

// kinds are those of values by their first byte.
var kinds = [256]Kind{
	'{': Object, '[': Array, '"': String, 'n': Null, 't': Bool, 'f': Bool, '-': Number,
	'0': Number, '1': Number, '2': Number, '3': Number, '4': Number, '5': Number, '6': Number, '7': Number, '8': Number, '9': Number,
}

// Enter enters the next value, an object or array. Members follow by
// [Scanner.Member], elements by [Scanner.Element], until they return false.
func (s *Scanner) Enter() {
	switch s.Next() {
	case Object, Array:
		if len(s.open) >= MaxDepth {
			s.tooDeep(s.pos)
			return
		}
		s.pos++
		s.open = append(s.open, frame{names: len(s.names), in: s.at})
		s.guess = s.words.list[s.at].first
	case Invalid:
	default:
		s.fail("an object or array is missing")
	}
}

// Element moves to the next element of the array entered last. It returns
// false, having left the array, when there is none.
func (s *Scanner) Element() bool {
	if !s.advance(']') {
		return false
	}
	s.space()
	return true
}

// advance reads the comma before the next member or element, or the end of
// the object or array.
func (s *Scanner) advance(end byte) bool {
	if s.err != nil {
		return false
	}
	if s.space(); s.pos >= len(s.doc) {
		s.fail("the document ends early")
		return false
	}
	f := &s.open[len(s.open)-1]
	switch c := s.doc[s.pos]; {
	case c == end:
		s.pos++
		s.at = f.in
		s.guess = s.words.list[f.in].next
		s.names = s.names[:f.names]
		s.open = s.open[:len(s.open)-1]
		return false
	case !f.begun:
		f.begun = true
	case c == ',':
		s.pos++
	default:
		s.fail("a comma is missing")
		return false
	}
	return true
}

// End checks that nothing but white space follows the document.
func (s *Scanner) End() error {
	if s.err == nil {
		if s.space(); s.pos < len(s.doc) {
			s.fail("more follows after the document")
		}
	}
	return s.err
}

func (s *Scanner) space() {
	if s.pos < len(s.doc) && s.doc[s.pos] <= ' ' {
		s.spaces()
	}
}

func (s *Scanner) spaces() {
	for s.pos < len(s.doc) {
		switch s.doc[s.pos] {
		case ' ', '\n', '\r', '\t':
			s.pos++
		default:
			return
		}
	}
}

// fail records an error of syntax; the first one stays. The document's text
// is not quoted, as it holds personal data.
func (s *Scanner) fail(what string) {
	if s.err == nil {
		s.end(fmt.Errorf("reading JSON: %w: %s at byte %d of %d", ErrSyntax, what, s.pos, len(s.doc)))
	}
}

func (s *Scanner) tooDeep(at int) {
	s.end(fmt.Errorf("reading JSON: %w: more than %d levels at byte %d", ErrTooDeep, MaxDepth, at))
}

// end ends reading by an error. That nothing is left of the document spares
// methods a look at the error where they find what they look for.
func (s *Scanner) end(err error) {
	s.err, s.doc, s.pos = err, "", 0
}
