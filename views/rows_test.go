//go:build cgo

package views_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"etl/internal/oracle"
)

// sameRows compares rows in any order; floats may differ by rounding.
func sameRows(t *testing.T, what string, got, want []oracle.Row, key ...string) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Errorf("%s: %d rows, want %d", what, len(got), len(want))
		return
	}
	keyOf := func(row oracle.Row) string {
		text := ""
		for _, k := range key {
			text += fmt.Sprintf("%v|", row[k])
		}
		return text
	}
	for _, rows := range [][]oracle.Row{got, want} {
		slices.SortFunc(rows, func(a, b oracle.Row) int { return cmp.Compare(keyOf(a), keyOf(b)) })
	}
	said := 0
	for i := range want {
		for column := range union(got[i], want[i]) {
			if !same(got[i][column], want[i][column]) && said < 5 {
				t.Errorf("%s: row %s: %s is %#v, want %#v", what, keyOf(want[i]), column, got[i][column], want[i][column])
				said++
			}
		}
	}
}

// differ says where rows in their order differ, or nothing.
func differ(got, want []oracle.Row, same func(got, want any) bool) string {
	if len(got) != len(want) || len(want) == 0 {
		return fmt.Sprintf("%d rows, want %d", len(got), len(want))
	}
	for i := range want {
		for column := range union(got[i], want[i]) {
			if !same(got[i][column], want[i][column]) {
				return fmt.Sprintf("row %d: %s is %#v, want %#v", i, column, got[i][column], want[i][column])
			}
		}
	}
	return ""
}

func union(a, b oracle.Row) oracle.Row {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func same(a, b any) bool {
	x, isFloat := a.(float64)
	y, both := b.(float64)
	if isFloat && both {
		return math.Abs(x-y) <= 1e-9*math.Max(1, math.Abs(y))
	}
	return fmt.Sprintf("%#v", a) == fmt.Sprintf("%#v", b)
}

// grouped collects values by a key.
type grouped[V any] struct {
	keys   []string
	values map[string]*V
}

func (g *grouped[V]) at(key ...any) *V {
	text := fmt.Sprintf("%#v", key)
	if g.values == nil {
		g.values = map[string]*V{}
	}
	if g.values[text] == nil {
		g.keys = append(g.keys, text)
		g.values[text] = new(V)
	}
	return g.values[text]
}

// rows makes a row of each group.
func (g *grouped[V]) rows(row func(*V) oracle.Row) []oracle.Row {
	var rows []oracle.Row
	for _, key := range g.keys {
		rows = append(rows, row(g.values[key]))
	}
	return rows
}
