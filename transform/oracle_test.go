package transform

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"etl/internal/graphsim"
	"etl/internal/oracle"
	"etl/schemas"
)

// TestFlattenAgreesWithTheOracle flattens the calls of a simulated week, and
// the documented examples, and compares every value of every row with the
// naive flattening.
func TestFlattenAgreesWithTheOracle(t *testing.T) {
	monday := time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
	calls := graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 7, CallsPerDay: 24, AllHands: 130}).Days(monday, 7)
	records := map[string]int{}
	for call := range calls {
		for _, version := range call.Versions {
			compare(t, version.Record.JSON)
			records["generated"]++
		}
	}
	files, err := filepath.Glob("../internal/graphsim/testdata/documented/*.json")
	if err != nil || len(files) != 3 {
		t.Fatalf("documented examples: %v, error %v", files, err)
	}
	for _, file := range files {
		record, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, record)
	}
	if records["generated"] < 7*24 {
		t.Errorf("%d records compared, want more", records["generated"])
	}
}

func compare(t *testing.T, record []byte) {
	t.Helper()
	const fetched = 1_795_000_000_123_456
	rows, _, err := Flatten(string(record), Origin{TenantID: "the tenant", FetchedAt: fetched})
	if err != nil {
		t.Fatal(err)
	}
	if key, err := Key(string(record), "the tenant"); err != nil || !reflect.DeepEqual(key, rows.Call.CallKey) {
		t.Fatalf("key %+v, error %v; want %+v", key, err, rows.Call.CallKey)
	}
	want, err := oracle.Flatten(record, "the tenant", time.UnixMicro(fetched))
	if err != nil {
		t.Fatal(err)
	}
	got := oracle.Tables{
		schemas.Calls:        plain([]schemas.Call{rows.Call}),
		schemas.Participants: plain(rows.Participants),
		schemas.Sessions:     plain(rows.Sessions),
		schemas.Segments:     plain(rows.Segments),
		schemas.MediaTable:   plain(rows.Media),
		schemas.Streams:      plain(rows.Streams),
	}
	for _, table := range schemas.Tables() {
		if len(got[table.Name]) != len(want[table.Name]) {
			t.Fatalf("call %s has %d %s, want %d", rows.Call.CallID, len(got[table.Name]), table.Name, len(want[table.Name]))
		}
		for i, row := range got[table.Name] {
			if reflect.DeepEqual(row, want[table.Name][i]) {
				continue
			}
			for _, column := range slices.Sorted(maps.Keys(row)) {
				if w, ok := want[table.Name][i][column]; !ok || !reflect.DeepEqual(row[column], w) {
					t.Errorf("call %s: %s row %d: %s is %#v, want %#v", rows.Call.CallID, table.Name, i, column, row[column], w)
				}
			}
			if len(row) != len(want[table.Name][i]) {
				t.Errorf("%s: a row has %d columns, want %d", table.Name, len(row), len(want[table.Name][i]))
			}
		}
	}
}

// plain makes rows what the oracle's rows are.
func plain[T any](rows []T) []oracle.Row {
	var all []oracle.Row
	for i := range rows {
		row := oracle.Row{}
		addFields(reflect.ValueOf(rows[i]), row)
		all = append(all, row)
	}
	return all
}

func addFields(v reflect.Value, into map[string]any) {
	for i := range v.NumField() {
		if v.Type().Field(i).Anonymous {
			addFields(v.Field(i), into)
			continue
		}
		name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("parquet"), ",")
		into[name] = plainValue(v.Field(i), strings.Contains(options, "timestamp("))
	}
}

func plainValue(v reflect.Value, isTime bool) any {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return plainValue(v.Elem(), isTime)
	case reflect.Slice:
		if v.IsNil() {
			return nil
		}
		list := []any{}
		for i := range v.Len() {
			list = append(list, plainValue(v.Index(i), false))
		}
		return list
	case reflect.Struct:
		s := map[string]any{}
		addFields(v, s)
		return s
	case reflect.Int64:
		if isTime {
			return time.UnixMicro(v.Int()).UTC()
		}
	}
	return v.Interface()
}
