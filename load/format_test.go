package load

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"etl/schemas"
)

// futureCall is what a later etl may write.
type futureCall struct {
	schemas.CallKey
	schemas.CallProperties
	futureProperties
}

type futureProperties struct {
	Text    *string                 `parquet:"added_text,dict"`
	Number  *int64                  `parquet:"added_number"`
	Texts   []string                `parquet:"added_texts,list,optional,dict"`
	Structs []schemas.TraceRouteHop `parquet:"added_structs,list,optional"`
}

func futureCalls() *table {
	return newTable(schemas.Calls, newCodec(), func(r *schemas.Rows) []futureCall {
		return []futureCall{{CallKey: r.Call.CallKey, CallProperties: r.Call.CallProperties}}
	})
}

func manyCalls(t *testing.T, table *table) []byte {
	var all reflect.Value
	for _, id := range strings.Split("a b c d e f g h i j k l m n o p q r s t u v w x y z", " ") {
		rows := table.rowsOf(newRows(id, 1, at("2026-10-05T12:00:00Z"), bare))
		if !all.IsValid() {
			all = reflect.MakeSlice(rows.Type(), 0, 26)
		}
		all = reflect.AppendSlice(all, rows)
	}
	return writeFile(t, table, all)
}

// A file from before columns were added reads as if they were NULL.
func TestOlderColumns(t *testing.T) {
	today, future := newTables(newCodec())[5], futureCalls()
	wantBytes(t, mergeFile(t, future, manyCalls(t, today), nil, nil), manyCalls(t, future))
}

type (
	hopBefore struct {
		Address *string `parquet:"address,plain"`
	}
	hopAfter struct {
		Address *string  `parquet:"address,plain"`
		Time    *float64 `parquet:"time"`
	}
	rowBefore struct {
		schemas.CallKey
		Hops []hopBefore `parquet:"hops,list,optional"`
		Last *string     `parquet:"last,dict"`
	}
	rowAfter struct {
		schemas.CallKey
		Hops []hopAfter `parquet:"hops,list,optional"`
		Last *string    `parquet:"last,dict"`
	}
)

// The same for fields of the structs in a list.
func TestOlderColumnsInLists(t *testing.T) {
	address := "10.0.0.1"
	key := schemas.CallKey{TenantID: tenant, CallID: "a", CallVersion: 1}
	old := []rowBefore{{CallKey: key}, {CallKey: key, Hops: []hopBefore{}, Last: &address}, {CallKey: key, Hops: []hopBefore{{}, {Address: &address}, {}}}, {CallKey: key, Last: &address}}
	want := []rowAfter{{CallKey: key}, {CallKey: key, Hops: []hopAfter{}, Last: &address}, {CallKey: key, Hops: []hopAfter{{}, {Address: &address}, {}}}, {CallKey: key, Last: &address}}
	codec := newCodec()
	before := newTable("test", codec, func(*schemas.Rows) []rowBefore { return nil })
	after := newTable("test", codec, func(*schemas.Rows) []rowAfter { return nil })
	oldFile, wantFile := writeFile(t, before, reflect.ValueOf(old)), writeFile(t, after, reflect.ValueOf(want))
	wantBytes(t, mergeFile(t, after, oldFile, nil, nil), wantFile)
}

// plant puts a file where the table's object is, as somebody else might.
func plant(t *testing.T, p place, table string, data []byte) {
	t.Helper()
	name := filepath.Join(p.dir, filepath.FromSlash(objectKey(table, "2026-10-05")))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestRefusedObjects(t *testing.T) {
	today := newTables(newCodec())[5]
	good := manyCalls(t, today)
	broken := bytes.Clone(good)
	for i := 100; i < len(broken)/2; i++ {
		broken[i] ^= 0x55
	}
	type otherType struct {
		TenantID string `parquet:"tenant_id,dict"`
		CallID   int64  `parquet:"call_id"`
	}
	var reversed, wrongType, nothing bytes.Buffer
	rows := today.rowsOf(newRows("b", 1, nil, bare))
	rows = reflect.Append(rows, today.rowsOf(newRows("a", 1, nil, bare)).Index(0))
	reversed.Write(writeFile(t, today, rows))
	writeOther(t, &wrongType, []otherType{{CallID: 7}})
	writeOther(t, &nothing, []struct {
		X int64 `parquet:"type,dict"`
	}{{X: 1}})
	for name, test := range map[string]struct {
		data []byte
		want error
	}{
		"newer column":  {manyCalls(t, futureCalls()), ErrNewerFormat},
		"other type":    {wrongType.Bytes(), ErrNewerFormat},
		"other columns": {nothing.Bytes(), ErrNewerFormat},
		"no Parquet":    {[]byte("this is no Parquet file, but long enough to be one"), ErrStorage},
		"empty":         {nil, ErrStorage},
		"truncated":     {good[:len(good)-1], ErrStorage},
		"head missing":  {good[100:], ErrStorage},
		"broken pages":  {broken, ErrStorage},
		"not in order":  {reversed.Bytes(), ErrStorage},
	} {
		t.Run(name, func(t *testing.T) {
			p := folderPlace(t)
			l := open(t, p)
			plant(t, p, "calls", test.data)
			r, err := l.Commit(t.Context(), "test", []Change{change("a", 2, at("2026-10-05T12:00:00Z"), small)})
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), "calls") {
				t.Errorf("error is %v, want %v", err, test.want)
			}
			wantOutcomes(t, r, Failed)
			if got := p.content(t); len(got) != 1 || got[objectKey("calls", "2026-10-05")] != string(test.data) {
				t.Error("something was written")
			}
			if n := p.staged(t); n != 0 {
				t.Errorf("%d objects are still staged", n)
			}
		})
	}
}

func writeOther[T any](t *testing.T, to *bytes.Buffer, rows []T) {
	w := parquet.NewGenericWriter[T](to)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// Flipping any single bit of an object either goes unnoticed in padding, or is
// an error, but never a crash.
func TestBrokenObjectsDoNotPanic(t *testing.T) {
	table := newTables(newCodec())[4]
	rows := newRows("a", 1, at("2026-10-05T12:00:00Z"), shape{participants: 30})
	good := writeFile(t, table, table.rowsOf(rows))
	defer debug.SetGCPercent(debug.SetGCPercent(50)) // a broken page header may ask for a gigabyte
	for i := 0; i < len(good); i += 13 {
		bad := bytes.Clone(good)
		bad[i] ^= 1 << (i % 8)
		f := folderPlace(t)
		s, err := openFolder(f.dir)
		if err != nil {
			t.Fatal(err)
		}
		plant(t, f, table.name, bad)
		e, err := openExisting(t.Context(), s, table, "2026-10-05")
		if err != nil {
			continue
		}
		m := &merge{table: table, name: "test", old: newOldRows(table, e), create: func() (draft, error) { return s.create(t.Context(), "a/b") }}
		feeds := make(chan feed)
		close(feeds)
		_ = mergeAll(t.Context(), m, feeds)
		if m.draft != nil {
			m.draft.abort(t.Context())
		}
		e.close()
	}
}

func TestFormatMarker(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l := open(t, p)
		if _, found := p.files(t)[formatKey]; found {
			t.Error("opening a lake has written to it")
		}
		mustCommit(t, l, change("a", 1, at("2026-10-05T12:00:00Z"), bare))
		data, version, err := l.store.get(t.Context(), formatKey)
		if err != nil || string(data) != "{\"format\":1}\n" {
			t.Errorf("%q %v", data, err)
		}
		open(t, p)
		for text, want := range map[string]error{`{"format":2}`: ErrNewerFormat, `{"format":0}`: ErrStorage, `nonsense`: ErrStorage, `{"format":1,"later":true}`: nil} {
			if version, err = l.store.put(t.Context(), formatKey, []byte(text), version); err != nil {
				t.Fatal(err)
			}
			again, err := Open(t.Context(), p.where, Options{})
			if !errors.Is(err, want) {
				t.Errorf("opening a lake with %s: %v, want %v", text, err, want)
			}
			if err == nil {
				again.Close()
			}
		}
	})
}

// A newer etl may come between opening and the first write.
func TestFormatMarkerRace(t *testing.T) {
	p := folderPlace(t)
	l := open(t, p)
	if _, err := l.store.put(t.Context(), formatKey, []byte(`{"format":2}`), noVersion); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Commit(t.Context(), "test", []Change{change("a", 1, nil, bare)}); !errors.Is(err, ErrNewerFormat) {
		t.Error(err)
	}
	if keys := p.content(t); len(keys) != 0 {
		t.Error(keys)
	}
}

func TestTablesAreThoseOfTheCatalogue(t *testing.T) {
	var names []string
	for _, table := range newTables(newCodec()) {
		names = append(names, table.name)
	}
	names = slices.AppendSeq(names, maps.Keys(newLogTables(newCodec())))
	var want []string
	for _, table := range schemas.Tables() {
		want = append(want, table.Name)
	}
	slices.Sort(names)
	slices.Sort(want)
	if !slices.Equal(names, want) {
		t.Errorf("tables are %v, want %v", names, want)
	}
}
