package load

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"etl/schemas"
)

// FuzzRows writes rows with random values in every column of every table, in
// random numbers and portions, and compares every value with what parquet-go
// and DuckDB read; and then merges some of the rows out and in again.
func FuzzRows(f *testing.F) {
	f.Add(uint64(1), uint8(3), uint8(1))
	f.Add(uint64(2), uint8(20), uint8(3))
	f.Fuzz(func(t *testing.T, seed uint64, calls, most uint8) {
		r := rand.New(rand.NewPCG(seed, 0))
		start := at("2026-10-05T12:00:00Z")
		var all []*schemas.Rows
		for i := range int(calls%24) + 1 { // more would take too long
			n := func() int { return r.IntN(int(most%4) + 2) }
			all = append(all, newRows(fmt.Sprintf("call-%03d-%d", i, seed), 1, start, shape{n() * 5, n(), n(), n(), n()}))
		}
		db := duck(t)
		for _, table := range newTables(newCodec()) {
			slice := reflect.MakeSlice(table.rowsOf(all[0]).Type(), 0, 0)
			for _, rows := range all {
				slice = reflect.AppendSlice(slice, table.rowsOf(rows))
			}
			if slice.Len() == 0 {
				continue
			}
			file := writeFile(t, table, slice)
			for i, row := range readRowsOf(t, file) {
				if want := table.layout.AppendRow(nil, slice, i); !row.Equal(want) {
					t.Fatalf("%s row %d is %v, want %v", table.name, i, row, want)
				}
			}
			name := filepath.Join(t.TempDir(), "rows.parquet")
			if err := os.WriteFile(name, file, 0o600); err != nil {
				t.Fatal(err)
			}
			result, err := db.Query(fmt.Sprintf("SELECT * EXCLUDE (file_row_number) FROM read_parquet('%s', file_row_number=true) ORDER BY file_row_number", name))
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for ; result.Next(); n++ {
				names, want := columnsOf(slice.Index(n))
				got, pointers := make([]any, len(want)), make([]any, len(want))
				for i := range got {
					pointers[i] = &got[i]
				}
				if err := result.Scan(pointers...); err != nil {
					t.Fatal(err)
				}
				for i := range want {
					if time, ok := got[i].(time.Time); ok {
						got[i] = time.UTC()
					}
					if !reflect.DeepEqual(got[i], want[i]) {
						t.Fatalf("%s row %d column %s is %#v, want %#v", table.name, n, names[i], got[i], want[i])
					}
				}
			}
			if err := result.Err(); err != nil || n != slice.Len() {
				t.Fatalf("%s has %d rows (%v), want %d", table.name, n, err, slice.Len())
			}
			result.Close()

			upTo := map[callKey]int64{}
			var feeds []feed
			for _, rows := range all {
				if key := (callKey{tenant, rows.Call.CallID}); r.IntN(2) == 0 {
					upTo[key] = 1
					feeds = append(feeds, feed{at: position{startAt(start), key}, rows: rows})
				}
			}
			wantBytes(t, mergeFile(t, table, file, upTo, feeds), file)
		}
	})
}
