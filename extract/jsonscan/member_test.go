package jsonscan

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// A Scanner guesses names by what it has read before: in whatever order members
// come and whichever are left out, it must read the same as one that is new.
func TestGuessesMakeNoDifference(t *testing.T) {
	docs := []string{
		`[{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8},{"a":1,"c":3},{"b":2,"a":1,"h":8},{"h":8,"a":1},{"g":7,"new":0,"h":8},{}]`,
		`[{"a":1,"b":2,"a":3,"b":4,"c":5},{"a":1,"a":2},{"b":1,"c":2,"a":3,"b":4}]`,
		`[{"a":{"a":{"a":1,"b":2},"b":3},"b":{"a":4}},{"a":{"b":{"a":1}},"b":[{"a":1},[{"b":2,"a":3}]]}]`,
		`[{"a":1,"b":2},{"a" :1,"b": 2},{ "a":1 , "b":2 },{"\u0061":1,"b":2},{"a":1,"\u0062":2},{"a":1,"b":2}]`,
		`[{"\ud800":1,"\ufffd":2},{"\ud800":1},{"\ufffd":1,"b":2},{"\ud800":1,"b":2}]`, `[{"�":1,"b":2},{"�":1,"b":2},{"\ud800":1,"b":2}]`,
		`[{"a\"b":1,"c":2},{"a\"b":1,"c":2},{"c":1,"a\"b":2}]`, `{"a":1,"b":2}`, `{"b":2}`, `{"ab":1,"a":2}`, `{"a":1,"bc":2}`,
		`{"postForwardErrorCorrectionPacketLossRate":1,"postForwardErrorCorrectionPacketRate":2,"a":[0,1,2,3,4,5,6,7,8,9,10,11]}`,
		`{"postForwardErrorCorrectionPacketLoss":1,"postForwardErrorCorrectionPacketLossRate":2,"a":[0,1,2,3,4,5,6,7,8,9,10,11]}`,
		`{"a":1,"b"`, `{"a":1,"b"=2}`, `{"a":1,"b":}`, `{"a":1,"b":2`, `{"a":1"b":2}`, `{"a":1,,"b":2}`, `{,"a":1}`, `{"a":1,}`, `[{"a":1,"b":2},{"a"b":1}]`, `[{"a"b":1,"c":2}]`,
	}
	for _, before := range docs {
		for _, doc := range docs {
			checkUsedAgain(t, before, doc)
		}
	}
}

// checkUsedAgain checks that a Scanner that has read another document reads doc
// as a new one does.
func checkUsedAgain(t *testing.T, before, doc string) {
	t.Helper()
	doc += strings.Repeat(" ", headBytes) // without it the last names are not guessed
	used, fresh := New(before), New(doc)
	value(used)
	used.Reset(doc)
	got, want := value(used), value(fresh)
	if err, wantErr := used.End(), fresh.End(); !reflect.DeepEqual(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) ||
		used.Duplicates() != fresh.Duplicates() || used.Surrogates() != fresh.Surrogates() {
		t.Fatalf("after %q, %q: got %v, %d duplicates, %d surrogates, error %v; want %v, %d, %d, %v",
			before, doc, got, used.Duplicates(), used.Surrogates(), err, want, fresh.Duplicates(), fresh.Surrogates(), wantErr)
	}
}

// Documents with more names than are kept, in all and in one place, are read
// as any other.
func TestManyNamesAreRead(t *testing.T) {
	object := func(from, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"n%d":{"x":%d,"inner":{"x":1}},`, from+i, i)
		}
		return "{" + b.String() + `"end":0}`
	}
	for _, n := range []int{62, 63, 64, 65, 400, 2 * maxWords} {
		checkUsedAgain(t, object(0, n), object(n/2, n))
		checkUsedAgain(t, `{"x":1}`, object(0, n))
		got, err := read(object(0, n))
		if m, ok := got.(map[string]any); err != nil || !ok || len(m) != n+1 || len(m["n1"].(map[string]any)) != 2 {
			t.Errorf("%d names: got %d, error %v", n, len(m), err)
		}
	}
}

func TestMarksAreOfANameInAPlace(t *testing.T) {
	s := new(Scanner)
	// mark gives the marks of the names of the document's objects, by their
	// paths, and marks each with its number.
	mark := func(doc string) map[string]uint8 {
		marks := map[string]uint8{}
		n := uint8(0)
		var walk func(path string)
		walk = func(path string) {
			switch s.Next() {
			case Object:
				s.Enter()
				for name, ok := s.Member(); ok; name, ok = s.Member() {
					marks[path+name] = s.Mark()
					n++
					s.SetMark(n)
					walk(path + name + ".")
				}
			case Array:
				for s.Enter(); s.Element(); {
					walk(path)
				}
			default:
				s.Skip()
			}
		}
		s.Reset(doc)
		if walk(""); s.End() != nil {
			t.Fatal(s.Err())
		}
		return marks
	}
	mark(`{"a":{"x":1,"y":[{"x":2}]},"b":[{"x":3},{"z":4}]}`)
	want := map[string]uint8{"b": 5, "b.z": 7, "b.x": 6, "b.y": 0, "x": 0, "a": 1, "a.y": 3, "a.y.x": 4, "a.x": 2}
	if got := mark(`{"b":{"z":1,"x":2,"y":3},"x":4,"a":{"y":{"x":1},"x":5}}`); !reflect.DeepEqual(got, want) {
		t.Errorf("marks %v, want %v", got, want)
	}
	// What is expected within an object is not what is expected after it.
	s = new(Scanner)
	mark(`{"a":{"x":1,"y":2},"y":3}`)
	if got := mark(`{"a":{"x":1},"y":3}                                `); got["y"] != 4 {
		t.Errorf("marks %v", got)
	}
	// Names that are not kept, and those of the objects which are their values,
	// have no marks, not those of others.
	var many strings.Builder
	for i := range 70 {
		fmt.Fprintf(&many, `"n%d":{"x":1},`, i)
	}
	doc := "{" + many.String() + `"x":0}`
	s = new(Scanner)
	mark(doc)
	if got := mark(doc); got["n1"] != 3 || got["n1.x"] != 4 || got["n69"] != 0 || got["n69.x"] != 0 || got["x"] != 0 {
		t.Errorf("marks %v", got)
	}
	many.Reset()
	for i := range 63 {
		fmt.Fprintf(&many, `"n%d":1,`, i)
	}
	s = new(Scanner)
	mark(`{"a":{` + many.String() + `"x":1},"b":{` + many.String() + `"x":1}}`)
	doc = `{"a":{"new":1,"x":2},"b":{"new":1,"x":2}}                               `
	mark(doc)
	if got := mark(doc); got["a.new"] != 0 || got["a.x"] != 3 || got["b.x"] != 6 {
		t.Errorf("marks %v", got)
	}
}

func TestAgainPassesOverTheSameValue(t *testing.T) {
	for _, c := range []struct {
		text, doc string
		again     bool
	}{
		{`{"b":[1]}`, `{"b":[1]}`, true}, {`"x"`, `"x"`, true}, {`[]`, `[]`, true}, {`{"b":[1]}`, `{"b":[1],"c":2}`, false},
		{`{"b":[1]}`, `{"b": [1]}`, false}, {`"x"`, `"xy"`, false}, {`"xy"`, `"x"`, false}, {`"a"`, `"\u0061"`, false}, {"", `"x"`, false},
	} {
		s := New(`[` + c.doc + `,5]`)
		s.Enter()
		s.Element()
		if again := s.Again(c.text); again != c.again {
			t.Errorf("%s after %s: %v, want %v", c.doc, c.text, again, c.again)
		} else if !again {
			s.Skip()
		}
		if s.Element(); s.Number() != "5" || s.Element() || s.End() != nil {
			t.Errorf("%s after %s: error %v", c.doc, c.text, s.Err())
		}
	}
}

// What is not nested too deeply in one place may be in another.
func TestAgainBoundsDepth(t *testing.T) {
	for depth, again := range map[int]bool{MaxDepth / 2: true, MaxDepth/2 + 1: false} {
		deep := strings.Repeat("[", MaxDepth/2) + strings.Repeat("]", MaxDepth/2)
		s := New(strings.Repeat("[", depth) + deep + strings.Repeat("]", depth))
		for range depth {
			s.Enter()
			s.Element()
		}
		if got := s.Again(deep); got != again {
			t.Errorf("at depth %d: %v, want %v", depth, got, again)
		}
		if s.Skip(); !again && !errors.Is(s.Err(), ErrTooDeep) {
			t.Errorf("at depth %d: error %v, want ErrTooDeep", depth, s.Err())
		}
	}
}

func TestTextReadsStringsAlone(t *testing.T) {
	s := New(`["a\n",5,null,"b"]`)
	s.Enter()
	var got []string
	for s.Element() {
		text, ok := s.Text()
		if !ok {
			text = "not " + s.Skip()
		}
		got = append(got, text)
	}
	if want := []string{"a\n", "not 5", "not null", "b"}; s.End() != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, error %v", got, s.Err())
	}
}
