package jsonscan

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

// numbers are texts on both sides of what Int and Float take, and of what is
// taken without strconv.
var numbers = []string{
	"0", "-0", "7", "-67", "123456789", "0.1", "-0.0", "157.3996646", "0.0000692", "1.0", "0.00", "1e3", "-1.5E-7", "1e999", "-1e999", "1e-400", "1e", "1e+", "2E+05",
	"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551616", "9007199254740992", "9007199254740993",
	"9007199254740.993", "0.3333333333333333", "0.333333333333333333333", "1234567890123456789", "12345678901234567890", "0.1234567890123456789", "4.35", "2.675",
	"01", "-01", "00", "1.", ".5", "-", "--1", "+1", "-.5", "1.e1", "x", "", "1_000", "0x1p4",
}

func TestIntsAndFloatsAreThoseOfStrconv(t *testing.T) {
	for _, text := range numbers {
		checkNumber(t, text)
	}
}

func FuzzNumber(f *testing.F) {
	for _, text := range numbers {
		f.Add(text)
	}
	f.Fuzz(checkNumber)
}

// checkNumber checks what Int and Float take of a text, strconv being right
// about numbers and Number about what is one.
func checkNumber(t *testing.T, text string) {
	s := New(text)
	if s.Err() != nil {
		return // not UTF-8
	}
	s.Number()
	malformed := s.Err() != nil
	if s.End() != nil && !malformed || strings.TrimSpace(text) != text {
		return
	}
	s = New(text)
	n, ok := s.Int()
	if want, err := strconv.ParseInt(text, 10, 64); ok != (err == nil && !malformed) || ok && n != want {
		t.Errorf("%q: Int is %d, %v, want %d, error %v", text, n, ok, want, err)
	}
	checkTaken(t, s, text, ok)

	s = New(text)
	f, ok := s.Float()
	if want, err := strconv.ParseFloat(text, 64); ok != (err == nil && !malformed) || ok && math.Float64bits(f) != math.Float64bits(want) {
		t.Errorf("%q: Float is %v, %v, want %v, error %v", text, f, ok, want, err)
	}
	checkTaken(t, s, text, ok)
}

// checkTaken checks that a number was read if it was taken, and else nothing.
func checkTaken(t *testing.T, s *Scanner, text string, taken bool) {
	t.Helper()
	if s.Err() != nil || taken && s.End() != nil || !taken && s.pos != 0 {
		t.Errorf("%q was read up to %d, error %v", text, s.pos, s.Err())
	}
}
