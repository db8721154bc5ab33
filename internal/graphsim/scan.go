package graphsim

import "bytes"

// span is a range of bytes of a JSON text.
type span struct{ start, end int }

func (s span) of(b []byte) []byte { return b[s.start:s.end] }

// The scanners below find the borders of values in JSON that is known to be
// valid. They copy nothing and report nothing: on text that isn't JSON they
// may stop anywhere, but never beyond its end.

// skipSpace returns the index of the first byte at or after i that isn't white space.
func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// skipString returns the index after the string that starts at i.
func skipString(b []byte, i int) int {
	for i++; i < len(b); {
		q := bytes.IndexByte(b[i:], '"')
		if q < 0 {
			return len(b)
		}
		q += i
		slashes := 0
		for q-1-slashes >= i && b[q-1-slashes] == '\\' {
			slashes++
		}
		i = q + 1
		if slashes%2 == 0 {
			return i
		}
	}
	return len(b)
}

// skipValue returns the index after the value that starts at i.
func skipValue(b []byte, i int) int {
	if i >= len(b) {
		return len(b)
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		depth := 0
		for i < len(b) {
			switch b[i] {
			case '"':
				i = skipString(b, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				depth--
				if depth == 0 {
					return i + 1
				}
			}
			i++
		}
		return len(b)
	}
	for i < len(b) {
		switch b[i] {
		case ',', '}', ']', ' ', '\n', '\r', '\t':
			return i
		}
		i++
	}
	return i
}

// eachMember calls yield for every member of the object that starts at i, with
// the spans of the name (without its quotes) and of the value, until yield
// returns false. It does nothing if no object starts there.
func eachMember(b []byte, i int, yield func(name, value span) bool) {
	i = skipSpace(b, i)
	if i >= len(b) || b[i] != '{' {
		return
	}
	i = skipSpace(b, i+1)
	for i < len(b) && b[i] == '"' {
		end := skipString(b, i)
		name := span{i + 1, end - 1}
		i = skipSpace(b, end) // at the colon
		i = skipSpace(b, i+1) // at the value
		value := span{i, skipValue(b, i)}
		if !yield(name, value) {
			return
		}
		i = skipSpace(b, value.end)
		if i >= len(b) || b[i] != ',' {
			return
		}
		i = skipSpace(b, i+1)
	}
}

// items returns the spans of the elements of the array that starts at i, and
// nil if no array starts there.
func items(b []byte, i int) []span {
	i = skipSpace(b, i)
	if i >= len(b) || b[i] != '[' {
		return nil
	}
	spans := []span{}
	i = skipSpace(b, i+1)
	for i < len(b) && b[i] != ']' {
		item := span{i, skipValue(b, i)}
		spans = append(spans, item)
		i = skipSpace(b, item.end)
		if i < len(b) && b[i] == ',' {
			i = skipSpace(b, i+1)
		}
	}
	return spans
}
