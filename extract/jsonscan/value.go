package jsonscan

import (
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Skip passes over the next value, checking it, and returns it as sent.
func (s *Scanner) Skip() string {
	kind := s.Next()
	start := s.pos
	switch kind {
	case Object:
		// Names are checked for syntax only: a value that is passed over
		// whole is kept as sent, equal names included.
		s.Enter()
		for s.advance('}') {
			s.name()
			s.Skip()
		}
	case Array:
		s.Enter()
		for s.Element() {
			s.Skip()
		}
	case String:
		s.quoted()
	case Number:
		s.Number()
	case Bool:
		s.Bool()
	case Null:
		s.Null()
	}
	if s.err != nil {
		return ""
	}
	return s.doc[start:s.pos]
}

// name passes over a member's name and the colon after it, and returns where
// the name's text begins and ends, and whether it holds escapes.
func (s *Scanner) name() (start, end int, escaped bool) {
	if s.space(); s.pos >= len(s.doc) || s.doc[s.pos] != '"' {
		s.fail("a name is missing")
		return 0, 0, false
	}
	start = s.pos + 1
	escaped = s.quoted()
	end = s.pos - 1
	if s.space(); s.err == nil && (s.pos >= len(s.doc) || s.doc[s.pos] != ':') {
		s.fail("a colon is missing")
	}
	if s.err != nil {
		return 0, 0, false
	}
	s.pos++
	return start, end, escaped
}

// Null reads the next value if it is null, and reports whether it was.
func (s *Scanner) Null() bool {
	if s.Next() != Null {
		return false
	}
	return s.literal("null")
}

// Bool reads the next value, true or false.
func (s *Scanner) Bool() bool {
	if s.Next() != Bool {
		s.fail("true or false is missing")
		return false
	}
	if s.doc[s.pos] == 't' {
		return s.literal("true")
	}
	s.literal("false")
	return false
}

func (s *Scanner) literal(text string) bool {
	if !strings.HasPrefix(s.doc[s.pos:], text) {
		s.fail(text + " is misspelt")
		return false
	}
	s.pos += len(text)
	return true
}

// Number reads the next value, a number, and returns its text as sent.
func (s *Scanner) Number() string {
	if s.Next() != Number {
		s.fail("a number is missing")
		return ""
	}
	doc, start, i := s.doc, s.pos, s.pos
	if doc[i] == '-' {
		i++
	}
	first := i
	i = digits(doc, i)
	if i == first || (doc[first] == '0' && i > first+1) {
		s.fail("a number is malformed")
		return ""
	}
	if i < len(doc) && doc[i] == '.' {
		from := i + 1
		if i = digits(doc, from); i == from {
			s.fail("a number is malformed")
			return ""
		}
	}
	if i < len(doc) && (doc[i] == 'e' || doc[i] == 'E') {
		i++
		if i < len(doc) && (doc[i] == '+' || doc[i] == '-') {
			i++
		}
		from := i
		if i = digits(doc, from); i == from {
			s.fail("a number is malformed")
			return ""
		}
	}
	s.pos = i
	return doc[start:i]
}

func digits(doc string, i int) int {
	for i < len(doc) && doc[i] >= '0' && doc[i] <= '9' {
		i++
	}
	return i
}

// String reads the next value, a string, and returns it without escapes.
func (s *Scanner) String() string {
	if s.Next() != String {
		s.fail("a string is missing")
		return ""
	}
	start := s.pos + 1
	if escaped := s.quoted(); s.err != nil {
		return ""
	} else if escaped {
		return s.unescape(s.doc[start : s.pos-1])
	}
	return s.doc[start : s.pos-1]
}

// quoted passes over a string, checking it, and reports whether it holds
// escapes.
func (s *Scanner) quoted() (escaped bool) {
	doc := s.doc
	for i := plain(doc, s.pos+1); i < len(doc); i = plain(doc, i+1) {
		switch c := doc[i]; {
		case c == '"':
			s.pos = i + 1
			return escaped
		case c == '\\':
			escaped = true
			i++
			if i >= len(doc) {
				break
			}
			switch doc[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if _, ok := hex4(doc[i+1:]); !ok {
					s.pos = i
					s.fail("an escape is malformed")
					return false
				}
				i += 4
			default:
				s.pos = i
				s.fail("an escape is malformed")
				return false
			}
		case c < 0x20:
			s.pos = i
			s.fail("a control character is not escaped")
			return false
		}
	}
	s.fail("a string is not closed")
	return false
}

// plain returns where, from i on, the next byte of a string is that may be
// other than itself: a quote, a backslash or a control character. It looks at
// eight bytes at a time.
func plain(doc string, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(doc); i += 8 {
		d := doc[i : i+8]
		x := uint64(d[0]) | uint64(d[1])<<8 | uint64(d[2])<<16 | uint64(d[3])<<24 |
			uint64(d[4])<<32 | uint64(d[5])<<40 | uint64(d[6])<<48 | uint64(d[7])<<56
		// The high bit of a byte is set where it is below 0x20, and where it
		// becomes zero; above the first such byte there may be false ones.
		found := (x - 0x20*ones) &^ x
		quote, escape := x^'"'*ones, x^'\\'*ones
		found |= (quote-ones)&^quote | (escape-ones)&^escape
		if found &= highs; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	return i
}

// unescape resolves the escapes of a string that quoted has checked. A lone
// surrogate, which no UTF-8 text can hold, becomes U+FFFD.
func (s *Scanner) unescape(raw string) string {
	var b strings.Builder
	b.Grow(len(raw))
	for {
		i := strings.IndexByte(raw, '\\')
		if i < 0 {
			b.WriteString(raw)
			return b.String()
		}
		b.WriteString(raw[:i])
		c := raw[i+1]
		raw = raw[i+2:]
		switch c {
		case 'b':
			b.WriteByte('\b')
		case 'f':
			b.WriteByte('\f')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case 'u':
			r, _ := hex4(raw)
			raw = raw[4:]
			if utf16.IsSurrogate(r) {
				pair := rune(utf8.RuneError)
				if strings.HasPrefix(raw, `\u`) {
					low, _ := hex4(raw[2:])
					pair = utf16.DecodeRune(r, low)
				}
				if r = pair; r == utf8.RuneError {
					s.surrogates++
				} else {
					raw = raw[6:]
				}
			}
			b.WriteRune(r)
		default:
			b.WriteByte(c)
		}
	}
}

func hex4(text string) (rune, bool) {
	if len(text) < 4 {
		return 0, false
	}
	v, err := strconv.ParseUint(text[:4], 16, 16)
	return rune(v), err == nil
}

// AppendCompact appends a valid JSON value to dst without the white space
// between its tokens; every token stays as sent.
func AppendCompact(dst []byte, value string) []byte {
	from := 0 // of what is not appended yet
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '"':
			for i = plain(value, i+1); value[i] != '"'; i = plain(value, i+1) {
				if value[i] == '\\' {
					i++
				}
			}
		case ' ', '\n', '\r', '\t':
			dst = append(dst, value[from:i]...)
			from = i + 1
		}
	}
	return append(dst, value[from:]...)
}
