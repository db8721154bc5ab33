package extract

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func readAll(r io.Reader) (refs []Ref, err error) {
	for ref, e := range ReadIDs(r) {
		if e != nil {
			return refs, e
		}
		refs = append(refs, ref)
	}
	return refs, nil
}

func refs(ids ...string) (refs []Ref) {
	for _, id := range ids {
		refs = append(refs, Ref{ID: id})
	}
	return refs
}

const notification = `{"value":[{"subscriptionId":"s","id":"not this","changeType":"created","resource":"communications/callRecords/a","tenantId":"t",` +
	`"resourceData":{"@odata.type":"#Microsoft.Graph.callRecord","@odata.id":"communications/callRecords/a","id":"a"}},` +
	`{"id":"nor this","resource":"communications/callRecords/b"},{"resource":"/communications/callRecords('c')","resourceData":{"id":null}}]}`

var idForms = map[string]struct {
	text string
	want []Ref
}{
	"nothing":        {"", nil},
	"blank":          {"\n \r\n\t\n", nil},
	"comments only":  {"# a\n  # b", nil},
	"one":            {"a", refs("a")},
	"lines":          {"a\n\n  b \n# c\nd\n", refs("a", "b", "d")},
	"CRLF and BOM":   {"\ufeffa\r\nb\r\n", refs("a", "b")},
	"as written":     {"../x\n\"q\"\na,b\nA\n{c\n", refs("../x", `"q"`, "a,b", "A", "{c")},
	"CSV":            {"id\na\n#b\n\nc\n", refs("a", "c")},
	"CSV with BOM":   {"\ufeffID,x\r\na,1\r\n\"b\",\"2,3\"\r\n", refs("a", "b")},
	"CSV of others":  {"x;id;y\n1;a;2\n3;b\n4\n", refs("a", "b", "")},
	"TSV":            {"x\tid\n1\ta\n2\tb\n", refs("a", "b")},
	"CSV over lines": {"id,name\na,\"x\ny\"\"z\"\nb,\n", refs("a", "b")},
	"CSV with times": {"id,startDateTime,end_date_time\na,2026-11-24T10:00:00Z,2026-11-24 11:00:00.5Z\nb,,later\n", []Ref{
		{ID: "a", Start: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC), End: time.Date(2026, 11, 24, 11, 0, 0, 5e8, time.UTC)}, {ID: "b"}}},
	"JSON lines": {`{"id":"a"}` + "\n\n# x\n" + ` {"x":{"id":"no"},"id":" b "} ` + "\r\n" + `{"id":"c","id":"d"}`, refs("a", "b", "c")},
	"JSON with times": {`{"id":"a","startDateTime":"2026-11-24T10:00:00Z","endDateTime":"2026-11-24T12:00:00+01:00"}` + "\n" +
		`{"id":"b","start_date_time":"2026-11-24T10:00:00.1234567Z","end_date_time":null}`, []Ref{
		{ID: "a", Start: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC), End: time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC)},
		{ID: "b", Start: time.Date(2026, 11, 24, 10, 0, 0, 123456700, time.UTC)}}},
	"pretty JSON":       {"{\n  \"id\": \"a\",\n\n  \"x\": \"}\\\"{\"\n}\n{\n\"id\"\n:\"b\"}", refs("a", "b")},
	"one after another": {`{"id":"a"}{"id":"b"} {"id":"c"},{"id":"d"}`, refs("a", "b", "c", "d")},
	"notifications":     {notification + "\n" + strings.ReplaceAll(notification, ",", ",\n  "), refs("a", "b", "c", "a", "b", "c")},
	"no calls":          {`{"value":[]}`, nil},
	"lifecycle":         {`{"value":[{"lifecycleEvent":"reauthorizationRequired","resource":"communications/callRecords","subscriptionId":"s"},{"resourceData":{"id":"a"}}]}`, refs("a")},
	"one by itself":     {`{"id":"no","resourceData":{"id":"a"}}`, refs("a")},
}

func TestReadIDs(t *testing.T) {
	for name, c := range idForms {
		for _, r := range []io.Reader{strings.NewReader(c.text), iotest.OneByteReader(strings.NewReader(c.text))} {
			got, err := readAll(r)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s: got %v and error %v, want %v", name, got, err, c.want)
			}
		}
	}
}

func TestReadIDsRefuses(t *testing.T) {
	long := strings.Repeat("x", maxLine+1)
	for name, c := range map[string]struct {
		text string
		line int
		says string
		want []Ref // before the error
	}{
		"a long line":          {"a\n" + long, 2, "longer", refs("a")},
		"a long CSV record":    {"id,x\na,\"" + strings.Repeat("y\n", maxLine) + "\"", maxLine/2 + 1, "longer", nil},
		"an open quote":        {"id,x\nb,1\na,\"y\nz", 4, "doesn't end", refs("b")},
		"a quote in a field":   {"id\na\"b\"c\n", 2, "quote", nil},
		"an array":             {`["a"]`, 1, "array", nil},
		"UTF-16":               {"\xff\xfea\x00", 1, "UTF-16", nil},
		"bad JSON":             {"{\"id\":\"a\"}\n{\"id\" \"b\"}", 2, "not valid JSON", refs("a")},
		"bad UTF-8":            {"{\"id\":\"a\xff\"}", 1, "UTF-8", nil},
		"open JSON":            {"{\"id\":\"a\"}\n{\"id\":\n", 2, "doesn't end", refs("a")},
		"text after JSON":      {"{\"id\":\"a\"}\nb\n", 2, "not valid JSON", refs("a")},
		"no id":                {"{\"id\":\"a\"}\n\n{\"ID\":\"b\"}\n", 3, "names no call", refs("a")},
		"an id of a number":    {`{"id":1}`, 1, "names no call", nil},
		"an empty id":          {`{"id":""}`, 1, "names no call", nil},
		"a text in the value":  {`{"value":["a"]}`, 1, "names no call", nil},
		"another notification": {`{"value":[{"id":"n","resource":"users/u"}]}`, 1, "names no call", nil},
		"nested":               {strings.Repeat("{\"a\":", 300), 1, "doesn't end", nil},
		"deep":                 {`{"a":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + "}", 1, "deep", nil},
		"a long document":      {"{" + strings.Repeat("\"x\":1,\n", maxDocument/7+2), maxDocument / 8, "longer", nil},
	} {
		got, err := readAll(strings.NewReader(c.text))
		if err == nil || !strings.Contains(err.Error(), c.says) || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v and error %v, want %v and an error that says %q", name, got, err, c.want, c.says)
			continue
		}
		line := -1
		if _, scanErr := fmt.Sscanf(err.Error(), "reading call ids: line %d:", &line); scanErr != nil || name != "a long document" && line != c.line {
			t.Errorf("%s: the error names line %d, want %d: %v", name, line, c.line, err)
		}
		if len(err.Error()) > 200 {
			t.Errorf("%s: the error is long: %v", name, err)
		}
	}
	broken := errors.New("broken pipe")
	got, err := readAll(io.MultiReader(strings.NewReader("a\nb\nc"), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || len(got) != 2 {
		t.Errorf("got %v and error %v", got, err)
	}
}

func TestReadIDsStreams(t *testing.T) {
	// A consumer gets each id before the next line is there, and may stop.
	for _, form := range []string{"%s\n", `{"id":"%s"}` + "\n"} {
		r, w := io.Pipe()
		go func() {
			for i := 0; ; i++ {
				if _, err := fmt.Fprintf(w, form, fmt.Sprint("id-", i)); err != nil {
					return
				}
			}
		}()
		n := 0
		for ref, err := range ReadIDs(r) {
			if want := fmt.Sprint("id-", n); err != nil || ref.ID != want {
				t.Fatalf("got %v and error %v, want %s", ref, err, want)
			}
			if n++; n == 5 {
				break
			}
		}
		r.Close()
	}
}

// FuzzReadIDs checks that reading ends without a crash, the same however the
// text comes in, and that what it yields is in the text.
func FuzzReadIDs(f *testing.F) {
	for _, c := range idForms {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := readAll(strings.NewReader(text))
		again, errAgain := readAll(iotest.HalfReader(strings.NewReader(text)))
		if !reflect.DeepEqual(got, again) || (err == nil) != (errAgain == nil) {
			t.Fatalf("got %v and error %v, in parts %v and error %v", got, err, again, errAgain)
		}
		for _, ref := range got {
			if ref.ID != strings.TrimSpace(ref.ID) {
				t.Fatalf("id %q has white space around it", ref.ID)
			}
			if !strings.ContainsAny(text, "\"\\") && !strings.Contains(text, ref.ID) {
				t.Fatalf("id %q is not in the text", ref.ID)
			}
		}
	})
}
