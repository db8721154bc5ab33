package load

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/format"

	"etl/schemas"
)

// The files of the tables, column by column. Columns are only ever added at
// the end; run with -update when one is.
func TestSchemas(t *testing.T) {
	for _, table := range newTables(newCodec()) {
		checkSchema(t, table)
		for place, column := range []string{"tenant_id", "call_id", "call_version", "call_start_date_time"} {
			if path := table.schema.Columns()[place]; !slices.Equal(path, []string{column}) {
				t.Errorf("column %d of %s is %s, want %s", place, table.name, path, column)
			}
		}
	}
}

// checkSchema compares the columns of a table with the golden file.
func checkSchema(t *testing.T, table *table) {
	t.Helper()
	name := filepath.Join(testdata, table.name+".schema.txt")
	got := table.schema.String() + "\n"
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the columns of %s have changed:\n%s", table.name, got)
	}
}

// Only these forms are written right by parquet-go and read right everywhere:
// others put NULL for 0, pointers for UUIDs, or 1754 for dates into files
// without an error.
func TestRowsKeepToSafeForms(t *testing.T) {
	var walk func(where string, typ reflect.Type, inList bool)
	walk = func(where string, typ reflect.Type, inList bool) {
		for field := range typ.Fields() {
			at := where + "." + field.Name
			if field.Anonymous {
				if field.Type.Kind() != reflect.Struct || inList {
					t.Errorf("%s: only structs are embedded, and not in lists", at)
					continue
				}
				walk(at, field.Type, false)
				continue
			}
			name, tag, _ := strings.Cut(field.Tag.Get("parquet"), ",")
			if name == "" || !field.IsExported() {
				t.Errorf("%s has no column", at)
			}
			typ := field.Type
			if typ.Kind() == reflect.Pointer {
				typ = typ.Elem()
			}
			safe := map[reflect.Kind][]string{
				reflect.String:  {"dict", "plain"},
				reflect.Int64:   {"", "timestamp(microsecond)"},
				reflect.Float64: {""},
				reflect.Bool:    {""},
			}[typ.Kind()]
			if field.Type.Kind() == reflect.Slice {
				switch field.Type.Elem().Kind() {
				case reflect.String:
					safe = []string{"list,optional,dict", "list,optional,plain"}
				case reflect.Struct:
					safe = []string{"list,optional"}
					walk(at, field.Type.Elem(), true)
				}
				if inList {
					safe = nil
				}
			} else if inList && field.Type.Kind() != reflect.Pointer {
				safe = nil // a field of a struct in a list must be nullable
			}
			if !slices.Contains(safe, tag) {
				t.Errorf("%s: %s with %q is not a safe form", at, field.Type, tag)
			}
		}
	}
	for _, row := range []any{schemas.Call{}, schemas.Participant{}, schemas.Session{}, schemas.Segment{}, schemas.Media{}, schemas.Stream{}, schemas.PstnCall{}, schemas.DirectRoutingCall{}} {
		walk(reflect.TypeOf(row).Name(), reflect.TypeOf(row), false)
	}
}

// writeFile writes rows the way merges do, but one by one.
func writeFile(t testing.TB, table *table, rows reflect.Value) []byte {
	t.Helper()
	var file bytes.Buffer
	w := table.layout.NewWriter(&file)
	for i := range rows.Len() {
		key := table.keyOf(rows.Index(i))
		if err := w.Write((&callKey{key.tenant, key.id}).number(), rows.Slice(i, i+1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func openBytes(t testing.TB, data []byte) *parquet.File {
	t.Helper()
	file, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// What readers rely on, and what costs them rows or bytes if it is otherwise.
func TestFileSettings(t *testing.T) {
	rows := newRows("a", 1, at("2026-10-05T12:00:00Z"), shape{participants: 200, sessions: 5, segments: 4, media: 3, streams: 2})
	for _, table := range newTables(newCodec()) {
		data := writeFile(t, table, table.rowsOf(rows))
		file := openBytes(t, data)
		meta := file.Metadata()
		if len(meta.KeyValueMetadata) != 0 || meta.CreatedBy != "etl version 3(build )" {
			t.Errorf("%s: metadata %v, created by %q", table.name, meta.KeyValueMetadata, meta.CreatedBy)
		}
		for _, group := range meta.RowGroups {
			var sorting []string
			for _, s := range group.SortingColumns {
				sorting = append(sorting, strings.Join(file.Schema().Columns()[s.ColumnIdx], "."))
				if s.Descending || s.NullsFirst != (sorting[len(sorting)-1] == "call_start_date_time") {
					t.Errorf("%s: sorting %+v", table.name, s)
				}
			}
			if len(sorting) < 3 || !slices.Equal(sorting[:3], []string{"call_start_date_time", "call_id", "tenant_id"}) || len(sorting) != 3+len(table.ordinals) {
				t.Errorf("%s is sorted by %v", table.name, sorting)
			}
			for i, column := range group.Columns {
				path := strings.Join(column.MetaData.PathInSchema, ".")
				if want := strings.Join(table.schema.Columns()[i], "."); path != want {
					t.Errorf("%s: column %d is called %q, want %q", table.name, i, path, want)
				}
				if column.MetaData.Codec != format.Zstd || column.MetaData.BloomFilterOffset != 0 || column.ColumnIndexOffset == 0 || column.OffsetIndexOffset == 0 {
					t.Errorf("%s.%s: codec %v, bloom filter at %d, indexes at %d and %d", table.name, path,
						column.MetaData.Codec, column.MetaData.BloomFilterOffset, column.ColumnIndexOffset, column.OffsetIndexOffset)
				}
				for _, e := range column.MetaData.Encoding {
					if e != format.Plain && e != format.RLE && e != format.RLEDictionary {
						t.Errorf("%s.%s has encoding %s", table.name, path, e)
					}
				}
				for _, s := range column.MetaData.EncodingStats {
					if s.PageType != format.DataPage && s.PageType != format.DictionaryPage {
						t.Errorf("%s.%s has pages of type %s", table.name, path, s.PageType)
					}
				}
			}
		}
	}
}

// Rows read as parquet-go reads those that it has taken apart and written
// itself; and a file that an earlier etl wrote with it is merged to the same
// bytes as rows that come anew.
func TestRowsAreTakenApartRight(t *testing.T) {
	rows := newRows("a", 1, at("2026-10-05T12:00:00Z"), shape{participants: 20_000, sessions: 7, segments: 6, media: 5, streams: 2})
	for _, table := range newTables(newCodec()) {
		all := table.rowsOf(rows)
		var theirs []byte
		switch table.name {
		case schemas.Calls:
			theirs = writeStructs(t, table, []schemas.Call{rows.Call})
		case schemas.Participants:
			theirs = writeStructs(t, table, rows.Participants)
		case schemas.Sessions:
			theirs = writeStructs(t, table, rows.Sessions)
		case schemas.Segments:
			theirs = writeStructs(t, table, rows.Segments)
		case schemas.MediaTable:
			theirs = writeStructs(t, table, rows.Media)
		case schemas.Streams:
			theirs = writeStructs(t, table, rows.Streams)
		}
		ours := writeFile(t, table, all)
		got, want := readRowsOf(t, ours), readRowsOf(t, theirs)
		if len(got) != len(want) {
			t.Fatalf("%s has %d rows, want %d", table.name, len(got), len(want))
		}
		for i := range want {
			if !got[i].Equal(want[i]) {
				t.Fatalf("%s row %d is %v, want %v", table.name, i, got[i], want[i])
			}
		}
		wantBytes(t, mergeFile(t, table, theirs, nil, nil), ours)
	}
}

// writeStructs has parquet-go write a file, as etl did once.
func writeStructs[T any](t *testing.T, table *table, rows []T) []byte {
	var to bytes.Buffer
	w := parquet.NewGenericWriter[T](&to,
		table.schema, parquet.Compression(&zstd.Codec{Level: zstd.SpeedDefault}), parquet.DataPageVersion(1), parquet.DataPageStatistics(false),
		parquet.PageBufferSize(64<<10), parquet.DictionaryMaxBytes(256<<10), parquet.MaxRowsPerRowGroup(5_000),
		parquet.SortingWriterConfig(parquet.SortingColumns(table.sorting...)), parquet.CreatedBy("etl", "1", ""))
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return to.Bytes()
}

func readRowsOf(t *testing.T, file []byte) (all []parquet.Row) {
	for _, group := range openBytes(t, file).RowGroups() {
		rows := group.Rows()
		defer rows.Close()
		for {
			var buffer [64]parquet.Row
			n, err := rows.ReadRows(buffer[:])
			for _, row := range buffer[:n] {
				all = append(all, row.Clone())
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return all
}

// Many row groups, pages and outgrown dictionaries: rows pass through the
// reader's buffers, which it uses again, and through chunks in any alignment.
func TestManyRowGroupsPassUnchanged(t *testing.T) {
	table := newTables(newCodec())[4]
	const count = 66_313 // more than a row group has
	r := rand.New(rand.NewPCG(1, 2))
	start := at("2026-10-05T12:00:00Z")
	rows := make([]schemas.Participant, count)
	for i := range rows {
		id, name := fmt.Sprintf("unique-%d-%d", i, r.Uint64()), fmt.Sprint("name ", r.IntN(500))
		call := fmt.Sprintf("call-%06d", i/10)
		rows[i] = schemas.Participant{
			CallKey:               schemas.CallKey{TenantID: tenant, CallID: call, CallVersion: int64(i/10%2 + 1), CallStartDateTime: start},
			ParticipantProperties: schemas.ParticipantProperties{ParticipantOrdinal: int64(i % 10), ParticipantID: &id, IdentityDisplayName: &name},
		}
	}
	of := func(keep func(i int) bool) []byte {
		var some []schemas.Participant
		for i, row := range rows {
			if keep(i) {
				some = append(some, row)
			}
		}
		return writeFile(t, table, reflect.ValueOf(some))
	}
	all := of(func(int) bool { return true })
	file := openBytes(t, all)
	if len(file.RowGroups()) < 2 || !slices.ContainsFunc(file.Metadata().RowGroups[0].Columns[4].MetaData.EncodingStats, func(s format.PageEncodingStats) bool {
		return s.PageType == format.DataPage && s.Encoding == format.Plain
	}) {
		t.Fatal("the file is too simple")
	}

	t.Run("another reader", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "all.parquet")
		if err := os.WriteFile(name, all, 0o600); err != nil {
			t.Fatal(err)
		}
		ids, err := duck(t).Query(fmt.Sprintf(`SELECT participant_id, identity_display_name FROM read_parquet('%s', file_row_number=true) ORDER BY file_row_number`, name))
		if err != nil {
			t.Fatal(err)
		}
		defer ids.Close()
		n := 0
		for ; ids.Next(); n++ {
			var id, display string
			if err := ids.Scan(&id, &display); err != nil || id != *rows[n].ParticipantID || display != *rows[n].IdentityDisplayName {
				t.Fatalf("row %d is %s, %s (%v), want %s, %s", n, id, display, err, *rows[n].ParticipantID, *rows[n].IdentityDisplayName)
			}
		}
		if err := ids.Err(); err != nil || n != count {
			t.Errorf("%d rows (%v), want %d", n, err, count)
		}
	})
	t.Run("as it is", func(t *testing.T) {
		wantBytes(t, mergeFile(t, table, all, nil, nil), all)
	})
	t.Run("without some calls", func(t *testing.T) {
		upTo := map[callKey]int64{}
		for i := range count / 10 {
			if i%7 == 0 || i%11 == 3 {
				upTo[callKey{tenant, fmt.Sprintf("call-%06d", i)}] = 1 // only those of version 1
			}
		}
		got := mergeFile(t, table, all, upTo, nil)
		wantBytes(t, got, of(func(i int) bool { return !((i/10%7 == 0 || i/10%11 == 3) && i/10%2 == 0 && i/10 < count/10) }))
	})
	t.Run("with others between", func(t *testing.T) {
		even := of(func(i int) bool { return i/10%3 != 1 })
		var feeds []feed
		for i := 10; i < count; i += 30 {
			own := rows[i:min(i+10, count)]
			feeds = append(feeds, feed{at: position{startAt(start), callKey{tenant, own[0].CallID}}, rows: &schemas.Rows{Participants: own}})
		}
		wantBytes(t, mergeFile(t, table, even, nil, feeds), all)
	})
}

func wantBytes(t *testing.T, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("the file has %d bytes that differ from the %d wanted", len(got), len(want))
	}
}

// mergeFile runs one merge over a file in memory.
func mergeFile(t testing.TB, table *table, old []byte, upTo map[callKey]int64, feeds []feed) []byte {
	t.Helper()
	file := openBytes(t, old)
	columns, err := mapColumns(table, file.Schema())
	if err != nil {
		t.Fatal(err)
	}
	spooled, err := tempSpool(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer spooled.close()
	m := &merge{table: table, name: "test", old: newOldRows(table, &existing{object: &object{}, file: file, columns: columns}), upTo: upTo, kept: map[callKey]bool{}, create: func() (draft, error) {
		return &folderDraft{spool: spooled}, nil
	}}
	for _, f := range feeds {
		if err := m.take(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.finish(); err != nil {
		t.Fatal(err)
	}
	data := make([]byte, spooled.size)
	if _, err := spooled.ReadAt(data, 0); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestStringEncodingsAreNamed(t *testing.T) {
	for _, table := range newTables(newCodec()) {
		for _, path := range table.schema.Columns() {
			leaf, _ := table.schema.Lookup(path...)
			var used encoding.Encoding = leaf.Node.Encoding()
			if leaf.Node.Type().Kind() == parquet.ByteArray && used == nil {
				t.Errorf("%s.%s has the library's default encoding", table.name, strings.Join(path, "."))
			}
		}
	}
}
