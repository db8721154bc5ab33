package jsonscan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// value reads the next value into the types that encoding/json would use.
func value(s *Scanner) any {
	switch s.Next() {
	case Object:
		m := map[string]any{}
		s.Enter()
		for {
			name, ok := s.Member()
			if !ok {
				return m
			}
			m[name] = value(s)
		}
	case Array:
		a := []any{}
		s.Enter()
		for s.Element() {
			a = append(a, value(s))
		}
		return a
	case String:
		return s.String()
	case Number:
		return json.Number(s.Number())
	case Bool:
		return s.Bool()
	default:
		s.Null()
		return nil
	}
}

func read(doc string) (any, error) {
	s := New(doc)
	v := value(s)
	return v, s.End()
}

func TestScannerReadsWhatEncodingJSONReads(t *testing.T) {
	for _, doc := range []string{
		`{}`, `[]`, ` { "a" : [ 1 , -0.5e+3, true, false, null, "x" ] , "b":{"c":{}} } `,
		`"\u0041\n\t\"\\\/\b\f\r \ud83d\ude00 é"`, `{"":1}`, `{"a":{"a":1},"b":[{"a":2}]}`,
		`0`, `-0`, `1E9`, `"\ud800"`, `"\ud800\u0041"`, `"\udc00x"`, `"\ud83d\ud83d\ude00"`,
	} {
		got, err := read(doc)
		if err != nil {
			t.Errorf("%s: %v", doc, err)
			continue
		}
		if want := decode(t, doc); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, want %#v", doc, got, want)
		}
	}
}

func decode(t testing.TB, doc string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(doc))
	d.UseNumber()
	var want any
	if err := d.Decode(&want); err != nil {
		t.Fatal(err)
	}
	return want
}

func TestScannerRefusesWhatIsNotJSON(t *testing.T) {
	for _, doc := range []string{
		``, ` `, `{`, `[`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `[1,]`, `[,1]`, `[1 2]`, `{"a" 1}`, `{a:1}`,
		`{"a":1 "b":2}`, `01`, `-`, `1.`, `.5`, `1e`, `+1`, `NaN`, `nul`, `tru`, `"a`, `"\x"`, `"\u12"`, `"\u12g4"`, "\"\n\"",
		`{} {}`, `[]x`, `{"a":1]`, `[1}`, "\ufeff{}", `"\`, `<html>`,
	} {
		if v, err := read(doc); !errors.Is(err, ErrSyntax) {
			t.Errorf("%q: got %v and error %v, want ErrSyntax", doc, v, err)
		}
		s := New(doc)
		s.Skip()
		if err := s.End(); !errors.Is(err, ErrSyntax) {
			t.Errorf("skipping %q: error %v, want ErrSyntax", doc, err)
		}
	}
}

func TestScannerRefusesInvalidUTF8(t *testing.T) {
	if _, err := read("{\"id\":\"a\xff\"}"); !errors.Is(err, ErrInvalidUTF8) {
		t.Errorf("error %v, want ErrInvalidUTF8", err)
	}
}

func TestScannerBoundsDepth(t *testing.T) {
	nested := func(n int) string { return strings.Repeat(`{"a":[`, n/2) + strings.Repeat(`]}`, n/2) }
	if _, err := read(nested(MaxDepth)); err != nil {
		t.Errorf("%d levels: %v", MaxDepth, err)
	}
	for _, n := range []int{MaxDepth + 2, 1_000_000} {
		if _, err := read(nested(n)); !errors.Is(err, ErrTooDeep) {
			t.Errorf("%d levels: error %v, want ErrTooDeep", n, err)
		}
		s := New(nested(n))
		s.Skip()
		if err := s.End(); !errors.Is(err, ErrTooDeep) {
			t.Errorf("skipping %d levels: error %v, want ErrTooDeep", n, err)
		}
	}
}

func TestFirstOfEqualNamesCounts(t *testing.T) {
	s := New(`{"id":"good","ID":"other","id":"evil","\u0069d":"evil too","x":{"id":1}}`)
	got := value(s)
	want := map[string]any{"id": "good", "ID": "other", "x": map[string]any{"id": json.Number("1")}}
	if err := s.End(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v and error %v, want %v", got, err, want)
	}
	if s.Duplicates() != 2 {
		t.Errorf("%d duplicates, want 2", s.Duplicates())
	}
}

func TestEqualNamesAreFoundAmongMany(t *testing.T) {
	var doc strings.Builder
	doc.WriteString(`{`)
	for i := range 500 {
		fmt.Fprintf(&doc, `"name%d":%d,`, i, i)
	}
	for i := range 500 {
		fmt.Fprintf(&doc, `"name%d":-1,`, i)
	}
	doc.WriteString(`"last":0}`)
	s := New(doc.String())
	m := value(s).(map[string]any)
	if s.Err() != nil || len(m) != 501 || s.Duplicates() != 500 || m["name499"] != json.Number("499") {
		t.Errorf("got %d members, %d duplicates, error %v", len(m), s.Duplicates(), s.Err())
	}
}

func TestLoneSurrogatesAreCounted(t *testing.T) {
	s := New(`["\ud800","\ud800\udc00","\udc00\ud800"]`)
	value(s)
	if s.Surrogates() != 3 {
		t.Errorf("%d lone surrogates, want 3", s.Surrogates())
	}
}

func TestSkipReturnsTheValueAsSent(t *testing.T) {
	s := New(` { "a" : { "b" : [ 1 , "}" ] } , "c":2 } `)
	s.Enter()
	s.Member()
	if got, want := s.Skip(), `{ "b" : [ 1 , "}" ] }`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if name, ok := s.Member(); name != "c" || !ok {
		t.Errorf("next member %q, %v", name, ok)
	}
}

func TestSkipUnlessStopsAtSuspectNames(t *testing.T) {
	suspect := func(name string) bool { return name == "bad" }
	for doc, skipped := range map[string]bool{
		`[{"good":"bad"},{"a":[{"badly":1}]}] `: true,
		`1 `:                                    true,
		`{"a":{"b":[1,{"bad":1}]}}`:             false,
		`{"bad":1}`:                             false,
		`{"b\u0061d":1}`:                        false,
		`{"good\n":1}`:                          false,
	} {
		s := New(doc)
		if got := s.SkipUnless(suspect); got != skipped || s.Err() != nil {
			t.Errorf("%s: got %v and error %v, want %v", doc, got, s.Err(), skipped)
		}
		if want := len(strings.TrimRight(doc, " ")); skipped && s.pos != want || !skipped && s.Skip() != doc {
			t.Errorf("%s: it stopped at %d", doc, s.pos)
		}
	}
	s := New(`{"a":[1,`)
	if s.SkipUnless(suspect); !errors.Is(s.Err(), ErrSyntax) {
		t.Errorf("error %v, want ErrSyntax", s.Err())
	}
}

func TestSinceReturnsWhatWasRead(t *testing.T) {
	s := New(`[ {"a": 1 } , 2]`)
	s.Enter()
	s.Element()
	start := s.Offset()
	value(s)
	if got, want := s.Since(start), `{"a": 1 }`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAppendCompactKeepsTokens(t *testing.T) {
	got := string(AppendCompact(nil, "{ \"a\\\" b\" :\t[ 1.50 ,\n \"\\u00e9 \\\\\" ] }"))
	if want := `{"a\" b":[1.50,"\u00e9 \\"]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// FuzzScanner checks the Scanner against encoding/json: what it accepts must
// read the same there, and what it refuses there must be refused here; and that
// what was read before makes no difference.
func FuzzScanner(f *testing.F) {
	for _, doc := range []string{
		`{"a":[1,-2.5e3,"x\u00e9\ud83d\ude00",null,true,{}]}`, `"eight bytes and more"`, `"1234567\"12345678\\"`, "\"12345678\x1f\"", `"1234567é12345678"`,
		`{"name":"value" , "other":[ ] , "more":{ }}`, `["1234567`, `{"12345678":fals}`, `[[],{"":[{}]}]`, `"\ud800"`, `{"a":1,"a":2}`, `1 2`, "\"\xff\"",
	} {
		f.Add(doc, doc)
	}
	f.Add(`[{"a":1,"b":2,"c":3},{"a":1,"c":3}]`, `[{"c":1,"b":{"a":1}},{"b":2,"c":3}]`)
	f.Fuzz(func(t *testing.T, doc, before string) {
		checkUsedAgain(t, before, doc)
		got, err := read(doc)
		skipping := New(doc)
		span := skipping.Skip()
		if skipErr := skipping.End(); (skipErr == nil) != (err == nil) {
			t.Fatalf("reading gives error %v, skipping %v", err, skipErr)
		}
		if err != nil {
			if errors.Is(err, ErrSyntax) && json.Valid([]byte(doc)) && utf8.ValidString(doc) {
				t.Fatalf("%q is valid, but: %v", doc, err)
			}
			return
		}
		if !json.Valid([]byte(doc)) {
			t.Fatalf("%q is not valid, but was read as %v", doc, got)
		}
		s := New(doc)
		value(s)
		if s.Duplicates() == 0 && !reflect.DeepEqual(got, decode(t, doc)) {
			t.Fatalf("%q: got %v, want %v", doc, got, decode(t, doc))
		}
		var want bytes.Buffer
		if err := json.Compact(&want, []byte(span)); err != nil || want.String() != string(AppendCompact(nil, span)) {
			t.Fatalf("compacting %q: got %s, want %s, error %v", span, AppendCompact(nil, span), want.String(), err)
		}
		if n, ok := got.(json.Number); ok {
			if _, ok := new(big.Float).SetString(string(n)); !ok {
				t.Fatalf("%q is no number", n)
			}
		}
	})
}

func BenchmarkSkip(b *testing.B) {
	doc := strings.Repeat(`{"averageJitter":"PT0.016S","averagePacketLossRate":0.0123,"streamId":"1504545584","x":null},`, 1000)
	doc = "[" + doc + "0]"
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	s := new(Scanner)
	for b.Loop() {
		s.Reset(doc)
		s.Skip()
	}
}

func BenchmarkMembers(b *testing.B) {
	doc := strings.Repeat(`{"averageJitter":"PT0.016S","averagePacketLossRate":0.0123,"streamId":"1504545584","x":null},`, 1000)
	doc = "[" + doc + "{}]"
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	s := new(Scanner)
	for b.Loop() {
		s.Reset(doc)
		s.Enter()
		for s.Element() {
			s.Enter()
			for {
				if _, ok := s.Member(); !ok {
					break
				}
				s.Skip()
			}
		}
	}
}
