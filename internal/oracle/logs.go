//go:build cgo

package oracle

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"etl/internal/model"
)

// logTypes are the tables of logs, with the types of their rows.
func logTypes() map[string]string {
	return map[string]string{"pstn_calls": model.PstnCall, "direct_routing_calls": model.DirectRoutingCall}
}

// LogChecker checks what must hold of the tables of logs in a lake in a folder,
// once a run has listed the logs whole.
type LogChecker struct {
	Lake     string
	TenantID string
	// Truth has the rows of the logs by table, each in one content, as Graph
	// sends them. Those without an id are in the archive only.
	Truth map[string][][]byte
	NoRaw bool // the lake keeps no archive
}

// Problems returns what does not hold: a row that is not there once, under its
// date and with its values; one that there never was; one that the archive
// lacks. The error is of the check itself.
func (c LogChecker) Problems(ctx context.Context) (problems []string, err error) {
	types := logTypes()
	tables, err := readTables(ctx, c.Lake, slices.Sorted(maps.Keys(types)), "id", "start_date_time")
	if err != nil {
		return nil, err
	}
	for name, typ := range types {
		archived, err := c.archived(name)
		if err != nil {
			return nil, err
		}
		want := map[any]Row{}
		for _, record := range c.Truth[name] {
			row, err := FlattenLogRow(typ, record, c.TenantID, time.Time{})
			if err != nil || row["id"] == nil || row["id"] == "" {
				row = nil
			}
			if row != nil {
				want[row["id"]] = row
			}
			if !c.NoRaw && !archived[string(compact(record))] {
				problems = append(problems, fmt.Sprintf("the archive of %s lacks %s", name, record))
			}
		}
		met := map[any]bool{}
		for _, row := range tables[name] {
			id := row["id"]
			switch {
			case met[id]:
				problems = append(problems, fmt.Sprintf("%s has row %v twice", name, id))
			case want[id] == nil:
				problems = append(problems, fmt.Sprintf("%s has row %v, which there never was", name, id))
			default:
				for _, column := range slices.Sorted(maps.Keys(merged(row, want[id]))) {
					if column != "fetched_at" && !reflect.DeepEqual(row[column], want[id][column]) {
						problems = append(problems, fmt.Sprintf("%s: row %v: %s is %#v, want %#v", name, id, column, row[column], want[id][column]))
					}
				}
			}
			met[id] = true
		}
		for id := range want {
			if !met[id] {
				problems = append(problems, fmt.Sprintf("%s lacks row %v", name, id))
			}
		}
	}
	return problems, nil
}

// archived returns the rows in the archive of a log.
func (c LogChecker) archived(table string) (map[string]bool, error) {
	rows := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(c.Lake, "raw_"+table, "call_date=*", "*"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		lines, err := readLines(file)
		if err != nil {
			return nil, err
		}
		for _, line := range lines {
			var entry struct {
				TenantID  string          `json:"tenant_id"`
				FetchedAt time.Time       `json:"fetched_at"`
				Row       json.RawMessage `json:"row"`
			}
			if err := json.Unmarshal(line, &entry); err != nil || entry.TenantID != c.TenantID || entry.FetchedAt.IsZero() {
				return nil, errors.Join(fmt.Errorf("reading %s: %q is no row of the archive", file, line), err)
			}
			text := string(compact(entry.Row))
			if rows[text] && !strings.Contains(text, `"id"`) {
				return nil, fmt.Errorf("reading %s: %q is there twice", file, line)
			}
			rows[text] = true
		}
	}
	return rows, nil
}

func compact(text []byte) []byte {
	var b bytes.Buffer
	if json.Compact(&b, text) != nil {
		return text
	}
	return b.Bytes()
}
