package jsonscan

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Skip passes over the next value, checking it, and returns it as sent. Names
// inside are checked for syntax only: a value that is passed over whole is kept
// as sent, equal names included.
func (s *Scanner) Skip() string {
	if s.Next() == Invalid {
		return ""
	}
	start := s.pos
	if s.pass(nil); s.err != nil {
		return ""
	}
	return s.doc[start:s.pos]
}

// SkipUnless passes over the next value as Skip does, unless a member inside,
// however deep, has a name that is suspect or holds escapes: then it reads
// nothing and returns false.
func (s *Scanner) SkipUnless(suspect func(name string) bool) bool {
	return s.Next() == Invalid || s.pass(suspect)
}

// Again passes over the next value if it is written exactly as text: a string,
// array or object that has been read before in this document, as sent. It need
// not be checked anew then. Else it reads nothing and returns false.
func (s *Scanner) Again(text string) bool {
	return text != "" && hasAt(s.doc, s.pos, text) && s.again(text)
}

func (s *Scanner) again(text string) bool {
	if text[0] != '"' && len(s.open)+strings.Count(text, "{")+strings.Count(text, "[") > MaxDepth {
		return false // it may be too deep here
	}
	s.pos += len(text)
	return true
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
	return s.pos < len(s.doc) && s.doc[s.pos] == 'n' && s.literal("null")
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
	if !hasAt(s.doc, s.pos, text) {
		s.fail(text + " is misspelt")
		return false
	}
	s.pos += len(text)
	return true
}

// String reads the next value, a string, and returns it without escapes.
func (s *Scanner) String() string {
	text, ok := s.Text()
	if !ok {
		s.fail("a string is missing")
	}
	return text
}

// Text reads the next value if it is a string, as String does. Else it reads
// nothing and returns false.
func (s *Scanner) Text() (text string, ok bool) {
	if s.pos >= len(s.doc) || s.doc[s.pos] != '"' {
		return "", false
	}
	start := s.pos + 1
	end, escaped, what := endOfString(s.doc, start)
	if s.pos = end; what != "" {
		s.fail(what)
		return "", false
	}
	if text = s.doc[start : end-1]; escaped {
		text = s.unescape(text)
	}
	return text, true
}

// quoted passes over a string, checking it, and reports whether it holds
// escapes.
func (s *Scanner) quoted() (escaped bool) {
	end, escaped, what := endOfString(s.doc, s.pos+1)
	s.pos = end
	if what != "" {
		s.fail(what)
	}
	return escaped
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
			end, _, _ := endOfString(value, i+1)
			i = end - 1
		case ' ', '\n', '\r', '\t':
			dst = append(dst, value[from:i]...)
			from = i + 1
		}
	}
	return append(dst, value[from:]...)
}
