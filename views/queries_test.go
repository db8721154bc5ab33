//go:build cgo

package views_test

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"etl/internal/oracle"
	"etl/views"
)

// queriesFile is named in full, as a test may change the working directory.
var queriesFile = absolute("../docs/queries.md")

func absolute(file string) string {
	path, err := filepath.Abs(file)
	if err != nil {
		panic(err)
	}
	return path
}

// questions returns the SQL in docs/queries.md by the number of its heading.
func questions(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(queriesFile)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, m := range regexp.MustCompile("(?s)\n## (\\d+)\\. [^\n]+\n.*?```sql\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		found[m[1]] = m[2]
	}
	return found
}

// answers are what the questions must get, in their order.
var answers = map[string]func(naive) []oracle.Row{
	"1": naive.volume, "2": naive.poorByDay, "3": naive.reasons, "4": naive.worstSubnets, "5": naive.links, "6": naive.devices,
	"7": naive.versions, "8": naive.failures, "9": naive.ratings, "10": naive.attendance, "11": naive.users, "12": naive.protocols,
}

func TestQuestions(t *testing.T) {
	lake := theLake(t)
	n := newNaive(lake.tables)
	db := duckDB(t, lake.dir)
	found := questions(t)
	if len(found) != len(answers) {
		t.Errorf("docs/queries.md has %d questions with SQL, want %d", len(found), len(answers))
	}
	for number, answer := range answers {
		if problem := differ(query(t, db, found[number]), answer(n), same); problem != "" {
			t.Errorf("question %s: %s", number, problem)
		}
	}
}

// TestListOfViews keeps the list in docs/queries.md.
func TestListOfViews(t *testing.T) {
	const file, begin = "../docs/queries.md", "| view | a row is |\n|---|---|\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(text), begin)
	got, after, found := strings.Cut(rest, "\n\n")
	got += "\n"
	want := ""
	for _, v := range views.Views() {
		want += fmt.Sprintf("| `%s` | %s |\n", v.Name, v.Doc)
	}
	if *update && found {
		if err := os.WriteFile(file, []byte(before+begin+want+"\n"+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !found || got != want {
		t.Errorf("%s does not list the views; run go test ./views -run TestListOfViews -update", file)
	}
}

// ordered sorts rows by columns; one with a minus ahead goes down. NULL comes
// last, as it does in DuckDB, up and down.
func ordered(rows []oracle.Row, columns ...string) []oracle.Row {
	slices.SortFunc(rows, func(a, b oracle.Row) int {
		for _, column := range columns {
			name, down := strings.CutPrefix(column, "-")
			order := compare(a[name], b[name])
			if down && a[name] != nil && b[name] != nil {
				order = -order
			}
			if order != 0 {
				return order
			}
		}
		return 0
	})
	return rows
}

func compare(a, b any) int {
	switch x := a.(type) {
	case nil:
		if b == nil {
			return 0
		}
		return 1
	case string:
		if y, ok := b.(string); ok {
			return cmp.Compare(x, y)
		}
	case int64:
		if y, ok := b.(int64); ok {
			return cmp.Compare(x, y)
		}
	case float64:
		if y, ok := b.(float64); ok {
			return cmp.Compare(x, y)
		}
	case time.Time:
		if y, ok := b.(time.Time); ok {
			return x.Compare(y)
		}
	}
	return -1
}

func first(rows []oracle.Row, most int) []oracle.Row { return rows[:min(most, len(rows))] }

func tenth(x float64) float64 { return math.Round(x*10) / 10 }
