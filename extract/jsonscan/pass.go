package jsonscan

import "math/bits"

// pass passes over the next value in one loop, checking its syntax as strictly
// as the other methods do. It keeps no names: equal ones go unnoticed. At a
// member whose name holds escapes or is suspect it gives up, having read
// nothing, and returns false. With a nil suspect it doesn't look at names.
func (s *Scanner) pass(suspect func(name string) bool) bool {
	doc, i := s.doc, s.pos
	limit := MaxDepth - len(s.open)
	depth := 0
	var objects [MaxDepth / 64]uint64 // a bit for each open level that is an object
	fail := func(at int, what string) bool {
		s.pos = at
		s.fail(what)
		return true
	}
	for {
		// A value begins at i, unless there is none.
		if i >= len(doc) {
			return fail(i, "the document ends early")
		}
		inObject := false
		switch c := doc[i]; c {
		case '"':
			end, _, what := endOfString(doc, i+1)
			if what != "" {
				return fail(end, what)
			}
			i = end
		case '{', '[':
			if depth == limit {
				s.tooDeep(i)
				return true
			}
			i = afterSpace(doc, i+1)
			if i < len(doc) && doc[i] == c+2 { // { and }, [ and ] are two apart
				i++
				break
			}
			if bit := uint64(1) << (depth & 63); c == '{' {
				objects[depth>>6] |= bit
				inObject = true
			} else {
				objects[depth>>6] &^= bit
			}
			depth++
			if !inObject {
				continue
			}
			goto name
		case 'n':
			if !hasAt(doc, i, "null") {
				return fail(i, "null is misspelt")
			}
			i += len("null")
		case 't':
			if !hasAt(doc, i, "true") {
				return fail(i, "true is misspelt")
			}
			i += len("true")
		case 'f':
			if !hasAt(doc, i, "false") {
				return fail(i, "false is misspelt")
			}
			i += len("false")
		case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			_, end := readDecimal(doc, i)
			if end < 0 {
				return fail(i, "a number is malformed")
			}
			i = end
		default:
			return fail(i, "a value is missing")
		}
		// What follows a value.
		for {
			if depth == 0 {
				s.pos = i
				return true
			}
			if i = afterSpace(doc, i); i >= len(doc) {
				return fail(i, "the document ends early")
			}
			inObject = objects[(depth-1)>>6]>>((depth-1)&63)&1 != 0
			c := doc[i]
			if c == ',' {
				i = afterSpace(doc, i+1)
				break
			}
			if inObject && c == '}' || !inObject && c == ']' {
				i++
				depth--
				continue
			}
			return fail(i, "a comma is missing")
		}
		if !inObject {
			continue
		}
	name:
		if i >= len(doc) || doc[i] != '"' {
			return fail(i, "a name is missing")
		}
		end, escaped, what := endOfString(doc, i+1)
		if what != "" {
			return fail(end, what)
		}
		if suspect != nil && (escaped || suspect(doc[i+1:end-1])) {
			return false
		}
		if i = afterSpace(doc, end); i >= len(doc) || doc[i] != ':' {
			return fail(i, "a colon is missing")
		}
		i = afterSpace(doc, i+1)
	}
}

// afterSpace returns where the white space that begins at i, if any, ends.
func afterSpace(doc string, i int) int {
	for i < len(doc) && doc[i] <= ' ' && (doc[i] == ' ' || doc[i] == '\n' || doc[i] == '\r' || doc[i] == '\t') {
		i++
	}
	return i
}

func hasAt(doc string, i int, text string) bool {
	return len(doc)-i >= len(text) && doc[i:i+len(text)] == text
}

const (
	eachByte  = 0x0101010101010101
	highBits  = 0x80 * eachByte
	quotes    = '"' * eachByte
	backslash = '\\' * eachByte
	spaces    = ' ' * eachByte
)

// eight returns the first eight bytes of a text as a number, the first lowest.
func eight(b string) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// endOfString checks the string whose text begins at i, and returns where the
// closing quote ends and whether there are escapes; or what is wrong, and where.
func endOfString(doc string, i int) (end int, escaped bool, what string) {
	for {
		// Eight bytes at a time: the lowest high bit of stop that is set is that
		// of the first byte that is ", \ or a control character. A borrow can
		// only spoil the bytes above one that is.
		for i+8 <= len(doc) {
			w := eight(doc[i : i+8])
			stop := ((w ^ quotes - eachByte) | (w ^ backslash - eachByte) | (w - spaces)) &^ w & highBits
			if stop != 0 {
				if i += bits.TrailingZeros64(stop) >> 3; doc[i] == '"' {
					return i + 1, escaped, ""
				}
				break
			}
			i += 8
		}
		for i < len(doc) && doc[i] >= ' ' && doc[i] != '"' && doc[i] != '\\' {
			i++
		}
		switch {
		case i >= len(doc):
			return i, false, "a string is not closed"
		case doc[i] == '"':
			return i + 1, escaped, ""
		case doc[i] != '\\':
			return i, false, "a control character is not escaped"
		}
		escaped = true
		if i++; i >= len(doc) {
			return i, false, "a string is not closed"
		}
		switch doc[i] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			i++
		case 'u':
			if _, ok := hex4(doc[i+1:]); !ok {
				return i, false, "an escape is malformed"
			}
			i += 5
		default:
			return i, false, "an escape is malformed"
		}
	}
}
