package jsonscan

import (
	"math"
	"strconv"
)

// Number reads the next value, a number, and returns its text as sent.
func (s *Scanner) Number() string {
	if s.Next() != Number {
		s.fail("a number is missing")
		return ""
	}
	start := s.pos
	_, end := readDecimal(s.doc, start)
	if end < 0 {
		s.fail("a number is malformed")
		return ""
	}
	s.pos = end
	return s.doc[start:end]
}

// Int reads the next value if it is a number that an int64 holds, written
// without fraction and exponent. Else it reads nothing and returns false.
func (s *Scanner) Int() (n int64, ok bool) {
	d, end := readDecimal(s.doc, s.pos)
	if end < 0 || !d.exact || d.places > 0 {
		return 0, false
	}
	switch {
	case d.mantissa <= math.MaxInt64:
		if n = int64(d.mantissa); d.negative {
			n = -n
		}
	case d.negative && d.mantissa == -math.MinInt64:
		n = math.MinInt64
	default:
		return 0, false
	}
	s.pos = end
	return n, true
}

// Float reads the next value if it is a number, as the double nearest to it.
// Else, and where it is beyond all doubles, it reads nothing and returns false.
func (s *Scanner) Float() (f float64, ok bool) {
	d, end := readDecimal(s.doc, s.pos)
	if end < 0 {
		return 0, false
	}
	if d.exact && d.mantissa <= 1<<53 {
		// Both are doubles exactly, so that only the division rounds.
		if f = float64(int64(d.mantissa)) / powers[d.places]; d.negative {
			f = -f
		}
	} else {
		var err error
		if f, err = strconv.ParseFloat(s.doc[s.pos:end], 64); err != nil {
			return 0, false
		}
	}
	s.pos = end
	return f, true
}

// exactDigits is how many digits of a number surely fit a uint64.
const exactDigits = 19

// powers are those of ten.
var powers = [exactDigits]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// decimal is a number as it is written, mantissa / 10^places.
type decimal struct {
	mantissa uint64
	places   int
	negative bool
	exact    bool // the others say all; not where there is an exponent or too many digits
}

// readDecimal reads the number that begins at i, and returns where it ends, -1
// if there is none or it is malformed.
func readDecimal(doc string, i int) (d decimal, end int) {
	if i < len(doc) && doc[i] == '-' {
		d.negative = true
		i++
	}
	first := i
	i, d.mantissa = readDigits(doc, i, 0)
	n := i - first
	if n == 0 || n > 1 && doc[first] == '0' {
		return d, -1
	}
	if i < len(doc) && doc[i] == '.' {
		from := i + 1
		i, d.mantissa = readDigits(doc, from, d.mantissa)
		if d.places = i - from; d.places == 0 {
			return d, -1
		}
		n += d.places
	}
	d.exact = n <= exactDigits
	if i < len(doc) && doc[i]|0x20 == 'e' {
		d.exact = false
		i++
		if i < len(doc) && (doc[i] == '+' || doc[i] == '-') {
			i++
		}
		from := i
		if i, _ = readDigits(doc, from, 0); i == from {
			return d, -1
		}
	}
	return d, i
}

// readDigits returns where the digits that begin at i end, and n followed by them.
func readDigits(doc string, i int, n uint64) (int, uint64) {
	for i < len(doc) && doc[i]-'0' <= 9 {
		n = n*10 + uint64(doc[i]-'0')
		i++
	}
	return i, n
}
