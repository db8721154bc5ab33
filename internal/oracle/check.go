//go:build cgo

package oracle

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Truth holds the records of calls by id, in the order of their versions.
type Truth map[string][][]byte

// Checker checks what must hold of a lake in a folder after any run: no call
// twice, whole calls of one version, no row without its call, and every call
// asked for in the lake or named with a reason.
type Checker struct {
	Lake     string
	TenantID string
	Truth    Truth
	// Asked are the ids that were asked for; each must be in the lake at its
	// newest version or named in the list of pending or lost calls.
	Asked []string
	// Forgotten are calls that Graph has no newer version of any more: the lake
	// keeps the version that it has.
	Forgotten map[string]bool
	// Seen, where it is not nil, has the version of every call that earlier
	// checks saw, and is brought up to date. None may go down or vanish.
	Seen map[string]int64
	// Crashed allows what a dead run may leave until the next one: rows of
	// calls whose row in calls isn't there yet or is of a lower version; an
	// older version of a call under the date that it has moved away from; and
	// asked for calls that are nowhere.
	Crashed bool
	// NoRaw says that the lake keeps no raw archive.
	NoRaw bool
	// NoRecovery says that runs do not finish the commits of dead ones: rows
	// under a date that their call has moved away from may stay, and files too;
	// so may all that a dead run leaves, once Graph has forgotten the call.
	NoRecovery bool
}

// Problems returns what does not hold. The error is of the check itself.
func (c Checker) Problems(ctx context.Context) ([]string, error) {
	tables, err := ReadLake(ctx, c.Lake)
	if err != nil {
		return nil, err
	}
	var problems []string
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	inLake := map[string]Row{}
	for _, call := range tables["calls"] {
		id := call["call_id"].(string)
		other := inLake[id]
		if other != nil && !(c.unfinished(id) && movedApart(call, other)) {
			problem("call %s is in calls twice", id)
		}
		if other == nil || versionOf(call) > versionOf(other) {
			inLake[id] = call
		}
	}
	problems = append(problems, c.checkContent(tables, inLake)...)
	named, err := c.namedCalls()
	if err != nil {
		return nil, err
	}
	for _, id := range c.Asked {
		call, loaded := inLake[id]
		switch {
		case !loaded && !named[id] && !c.Crashed:
			problem("call %s was asked for and is neither in the lake nor named", id)
		case loaded && !named[id] && !c.Crashed && !c.Forgotten[id] && versionOf(call) != c.newest(id):
			problem("call %s is in the lake at version %d, want %d", id, versionOf(call), c.newest(id))
		}
	}
	problems = append(problems, c.checkSeen(inLake)...)
	if !c.NoRaw {
		raw, err := c.checkRaw(inLake)
		if err != nil {
			return nil, err
		}
		problems = append(problems, raw...)
	}
	if !c.Crashed && !c.NoRecovery {
		left, err := c.leftovers()
		if err != nil {
			return nil, err
		}
		problems = append(problems, left...)
	}
	return problems, nil
}

// unfinished reports whether a dead run may have left the call half done.
func (c Checker) unfinished(id string) bool {
	return c.Crashed || c.NoRecovery && c.Forgotten[id]
}

// newest is the newest version of a call.
func (c Checker) newest(id string) (version int64) {
	if versions := c.Truth[id]; len(versions) > 0 {
		version, _ = versionIn(versions[len(versions)-1])
	}
	return version
}

// versionIn is the version in a record.
func versionIn(record []byte) (int64, error) {
	var head struct {
		Version int64 `json:"version"`
	}
	err := json.Unmarshal(record, &head)
	return head.Version, err
}

// checkContent compares the rows of every call with those of the version that
// calls names, which shows mixed versions, missing and surplus rows, too.
func (c Checker) checkContent(tables Tables, inLake map[string]Row) []string {
	var problems []string
	got, want := Tables{}, Tables{}
	for _, name := range names {
		for _, row := range tables[name] {
			id := row["call_id"].(string)
			call, loaded := inLake[id]
			if !loaded || call["call_version"] != row["call_version"] {
				moved := loaded && movedApart(row, call)
				if c.unfinished(id) && (!loaded || versionOf(row) > versionOf(call)) || (c.Crashed || c.NoRecovery) && moved {
					continue
				}
				problems = append(problems, fmt.Sprintf("%s has a row of version %d of call %s, which calls has not", name, versionOf(row), id))
				continue
			}
			got[name] = append(got[name], row)
		}
	}
	for id, call := range inLake {
		rows := c.rowsOf(id, call["call_version"])
		if rows == nil {
			problems = append(problems, fmt.Sprintf("calls has version %v of call %s, which there never was", call["call_version"], id))
			continue
		}
		if c.unfinished(id) && childrenAhead(tables, call) {
			for name := range rows {
				got[name] = slices.DeleteFunc(got[name], func(row Row) bool { return row["call_id"] == id })
			}
			continue
		}
		for name := range rows {
			want[name] = append(want[name], rows[name]...)
		}
	}
	Sort(want)
	return append(problems, Differences(got, want, "fetched_at")...)
}

// childrenAhead reports whether a dead run has replaced rows of a call before
// it came to the row in calls.
func childrenAhead(tables Tables, call Row) bool {
	for _, name := range names[1:] {
		for _, row := range tables[name] {
			if row["call_id"] == call["call_id"] && versionOf(row) > versionOf(call) && !movedApart(row, call) {
				return true
			}
		}
	}
	return false
}

// movedApart reports whether two rows of a call are of versions that start on
// different dates.
func movedApart(a, b Row) bool {
	return versionOf(a) != versionOf(b) && dateOf(a["call_start_date_time"]) != dateOf(b["call_start_date_time"])
}

func versionOf(row Row) int64 {
	version, _ := row["call_version"].(int64)
	return version
}

// checkSeen compares the calls with what earlier checks saw.
func (c Checker) checkSeen(inLake map[string]Row) []string {
	var problems []string
	for id, version := range c.Seen {
		switch call, loaded := inLake[id]; {
		case !loaded:
			problems = append(problems, fmt.Sprintf("call %s was in the lake at version %d and is gone", id, version))
		case versionOf(call) < version:
			problems = append(problems, fmt.Sprintf("call %s went from version %d to %d", id, version, versionOf(call)))
		}
	}
	if c.Seen != nil {
		for id, call := range inLake {
			c.Seen[id] = versionOf(call)
		}
	}
	return problems
}

func (c Checker) rowsOf(id string, version any) Tables {
	for _, record := range c.Truth[id] {
		if v, err := versionIn(record); err != nil || v != version {
			continue
		}
		if rows, err := flattenOnce(record, c.TenantID); err == nil {
			return rows
		}
	}
	return nil
}

// Some tests check the same few calls after every write.
var (
	flattenedLock sync.Mutex
	flattened     = map[[2]string]Tables{} // by tenant and record; not to be changed
)

// mostFlattened bounds the memory of what was flattened.
const mostFlattened = 200

func flattenOnce(record []byte, tenantID string) (Tables, error) {
	flattenedLock.Lock()
	defer flattenedLock.Unlock()
	key := [2]string{tenantID, string(record)}
	if rows, again := flattened[key]; again {
		return rows, nil
	}
	rows, err := Flatten(record, tenantID, time.Time{})
	if err != nil {
		return nil, err
	}
	if len(flattened) == mostFlattened {
		clear(flattened)
	}
	flattened[key] = rows
	return rows, nil
}

// namedCalls are the ids in the lists of pending and lost calls.
func (c Checker) namedCalls() (map[string]bool, error) {
	named := map[string]bool{}
	for _, record := range []string{"pending.json", "lost.json"} {
		text, err := os.ReadFile(filepath.Join(c.Lake, "_state", record))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var calls map[string]struct {
			Reason    string    `json:"reason"`
			FirstSeen time.Time `json:"first_seen"`
		}
		if err = errors.Join(err, json.Unmarshal(text, &calls)); err != nil {
			return nil, fmt.Errorf("reading %s: %w", record, err)
		}
		for id := range calls {
			named[id] = true
		}
	}
	return named, nil
}

// checkRaw checks that the archive has every version that was loaded, as sent.
func (c Checker) checkRaw(inLake map[string]Row) ([]string, error) {
	archived, problems, err := c.readRaw()
	if err != nil {
		return nil, err
	}
	for id, call := range inLake {
		if !archived[fmt.Sprint(id, " ", call["call_version"])] {
			problems = append(problems, fmt.Sprintf("raw lacks version %v of call %s", call["call_version"], id))
		}
	}
	return problems, nil
}

func (c Checker) readRaw() (archived map[string]bool, problems []string, err error) {
	archived = map[string]bool{}
	files, err := filepath.Glob(filepath.Join(c.Lake, "raw", "call_date=*", "*"))
	if err != nil {
		return nil, nil, err
	}
	for _, file := range files {
		lines, err := readLines(file)
		if err != nil {
			return nil, nil, err
		}
		for _, line := range lines {
			var entry struct {
				TenantID  string          `json:"tenant_id"`
				FetchedAt time.Time       `json:"fetched_at"`
				Call      json.RawMessage `json:"call"`
			}
			var key struct {
				ID      string `json:"id"`
				Version int64  `json:"version"`
			}
			if err := errors.Join(json.Unmarshal(line, &entry), json.Unmarshal(entry.Call, &key)); err != nil {
				return nil, nil, fmt.Errorf("reading %s: %w", file, err)
			}
			archived[fmt.Sprint(key.ID, " ", key.Version)] = true
			if entry.TenantID != c.TenantID || entry.FetchedAt.IsZero() || !c.isTrue(key.ID, entry.Call) {
				problems = append(problems, fmt.Sprintf("raw has version %d of call %s as it never was", key.Version, key.ID))
			}
		}
	}
	return archived, problems, nil
}

// isTrue reports whether a record is one of the call's, members in whatever
// order.
func (c Checker) isTrue(id string, record []byte) bool {
	var got any
	if json.Unmarshal(record, &got) != nil {
		return false
	}
	for _, version := range c.Truth[id] {
		var want any
		if json.Unmarshal(version, &want) == nil && sameRecord(got, want) {
			return true
		}
	}
	return false
}

// sameRecord compares records but for OData's annotations of the document,
// which differ by how it was asked for.
func sameRecord(a, b any) bool {
	x, _ := a.(map[string]any)
	y, _ := b.(map[string]any)
	strip := func(m map[string]any) []byte {
		kept := map[string]any{}
		for name, value := range m {
			if !strings.Contains(name, "@") {
				kept[name] = value
			}
		}
		text, err := json.Marshal(kept)
		if err != nil {
			return nil
		}
		return text
	}
	return x != nil && y != nil && bytes.Equal(strip(x), strip(y))
}

func readLines(file string) ([][]byte, error) {
	packed, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("reading the archive: %w", err)
	}
	defer packed.Close()
	unpacked, err := zstd.NewReader(packed)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	defer unpacked.Close()
	var lines [][]byte
	scanner := bufio.NewScanner(unpacked)
	scanner.Buffer(nil, 1<<30)
	for scanner.Scan() {
		lines = append(lines, slices.Clone(scanner.Bytes()))
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	return lines, nil
}

// leftovers are files of runs that should have been cleared away.
func (c Checker) leftovers() ([]string, error) {
	var problems []string
	for _, folder := range []string{"_state/staged", "_state/commits"} {
		files, err := filepath.Glob(filepath.Join(c.Lake, folder, "*"))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			problems = append(problems, fmt.Sprintf("%s/%s is left over", folder, filepath.Base(file)))
		}
	}
	return problems, nil
}
