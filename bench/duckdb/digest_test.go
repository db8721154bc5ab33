package duckdb

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"etl/schemas"
)

// table writes a table calls or sessions: values by column, NULL in the others.
func table(t *testing.T, lake, name string, rows ...map[string]string) {
	t.Helper()
	db, err := open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	folder := filepath.Join(lake, name, "call_date=2026-11-17")
	if err := os.MkdirAll(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	var selects []string
	for _, row := range rows {
		var columns []string
		for _, c := range catalogue(name) {
			value := "NULL"
			if v, ok := row[c.Name]; ok {
				value = v
			}
			columns = append(columns, fmt.Sprintf("%s AS %s", value, quoted(c.Name)))
		}
		selects = append(selects, "SELECT "+strings.Join(columns, ", "))
	}
	if err := run(t.Context(), db, fmt.Sprintf("COPY (%s) TO %s (FORMAT parquet)", strings.Join(selects, " UNION ALL "), text(filepath.Join(folder, "part-0.parquet")))); err != nil {
		t.Fatal(err)
	}
}

func catalogue(name string) []schemas.Column {
	all := schemas.Tables()
	return all[slices.IndexFunc(all, func(t schemas.Table) bool { return t.Name == name })].Columns
}

func session(call string, ordinal int, id string) map[string]string {
	return map[string]string{
		"tenant_id": "'t'", "call_id": text(call), "call_version": "1", "call_start_date_time": "TIMESTAMPTZ '2026-11-17 08:00:00+00'",
		"session_ordinal": fmt.Sprint(ordinal), "session_id": id, "caller_identity": "NULL",
	}
}

func digestOfSessions(t *testing.T, rows ...map[string]string) (TableDigest, error) {
	t.Helper()
	lake := t.TempDir()
	table(t, lake, schemas.Sessions, rows...)
	db, err := open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	return digestTable(t.Context(), db, lake, schemas.Table{Name: schemas.Sessions, Columns: catalogue(schemas.Sessions)})
}

func TestDigestDependsOnEveryValueAndItsRow(t *testing.T) {
	want, err := digestOfSessions(t, session("a", 0, "'x'"), session("a", 1, "'y'"), session("b", 0, "NULL"))
	if err != nil || want.Unsorted != 0 || want.Rows != 3 {
		t.Fatalf("digest %+v, error %v", want, err)
	}
	for what, c := range map[string]struct {
		rows  []map[string]string
		equal bool
	}{
		"the same in another order": {[]map[string]string{session("b", 0, "NULL"), session("a", 1, "'y'"), session("a", 0, "'x'")}, true},
		"values exchanged":          {[]map[string]string{session("a", 0, "'y'"), session("a", 1, "'x'"), session("b", 0, "NULL")}, false},
		"another value":             {[]map[string]string{session("a", 0, "'x'"), session("a", 1, "'z'"), session("b", 0, "NULL")}, false},
		"empty for NULL":            {[]map[string]string{session("a", 0, "'x'"), session("a", 1, "'y'"), session("b", 0, "''")}, false},
	} {
		got, err := digestOfSessions(t, c.rows...)
		if err != nil {
			t.Fatal(err)
		}
		different := Digest{schemas.Sessions: got}.Differences(Digest{schemas.Sessions: want})
		if (len(different) == 0) != c.equal {
			t.Errorf("%s: the differences are %v", what, different)
		}
		if unsorted := what == "the same in another order"; (got.Unsorted > 0) != unsorted {
			t.Errorf("%s: %d rows unsorted", what, got.Unsorted)
		}
	}
}

func TestDigestRefusesRowsUnderAnotherDate(t *testing.T) {
	row := session("a", 0, "'x'")
	row["call_start_date_time"] = "TIMESTAMPTZ '2026-11-18 00:00:00+00'"
	if d, err := digestOfSessions(t, row); err == nil || !strings.Contains(err.Error(), "another date") {
		t.Errorf("digest %+v, error %v", d, err)
	}
}

// The macros agree with the rule where DuckDB has nothing of its own.
func TestMacros(t *testing.T) {
	db, err := open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := run(t.Context(), db, macros...); err != nil {
		t.Fatal(err)
	}
	for sql, want := range map[string]any{
		"duration_ms('PT0.0123456S')":                                         12.3456,
		"duration_ms('PT3M27.1364656S')":                                      207136.4656,
		"duration_ms('-PT1M28.6559915S')":                                     -88655.9915,
		"duration_ms('P1DT2H')":                                               93600000.0,
		"duration_ms('PT1H')":                                                 3600000.0,
		"duration_ms('PT0.0000001S')":                                         0.0001,
		"duration_ms('PT0S')":                                                 0.0,
		"duration_ms(NULL)":                                                   nil,
		"subtype('#microsoft.graph.callRecords.serviceUserAgent')":            "service",
		"subtype('#microsoft.graph.callRecords.endpoint')":                    "endpoint",
		"subtype(NULL)":                                                       nil,
		`identity_kind('{"application":{"id":"1"},"user":null}')`:             "application",
		`identity_kind('{"z":{"id":"1"},"b":{"id":"2"},"a":"text"}')`:         "b",
		`identity_kind('{"device":{"id":"1"},"phone":{"id":"2"}}')`:           "phone",
		`identity_kind('{"user":null}')`:                                      nil,
		`identity_member('{"guest":{"id":"1","displayName":null}}').id`:       "1",
		`identity_member('{"guest":{"displayName":"\u00e9"}}')."displayName"`: "é",
	} {
		var got any
		if err := db.QueryRowContext(t.Context(), "SELECT "+sql).Scan(&got); err != nil {
			t.Errorf("%s: %v", sql, err)
		} else if got != want {
			t.Errorf("%s is %#v, want %#v", sql, got, want)
		}
	}
}
