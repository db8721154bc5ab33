package load

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"etl/schemas"
)

func building(first int64, name string) schemas.Building {
	return schemas.Building{FirstAddress: first, LastAddress: first + 255, PrefixLength: 24, NetworkIP: "10.0.0.0", BuildingName: name, InsideCorp: true}
}

func putBuildings(t *testing.T, l *Lake, rows ...schemas.Building) (changed bool) {
	t.Helper()
	p, changed, err := l.PutBuildings(t.Context(), rows)
	if err != nil || p.Key != "buildings/part-0.parquet" || p.Bytes == 0 || len(p.SHA256) != 64 {
		t.Fatalf("%+v, error %v", p, err)
	}
	return changed
}

// TestPutBuildings replaces the table as a whole, and only if it differs.
func TestPutBuildings(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l := open(t, p)
		one, two := building(10<<24, "one"), building(11<<24, "two")
		if got, err := l.Buildings(t.Context()); err != nil || got != nil {
			t.Errorf("a lake without buildings has %+v, error %v", got, err)
		}
		if !putBuildings(t, l, one, two) || putBuildings(t, l, one, two) {
			t.Error("the first buildings were not written once")
		}
		before := p.files(t)[buildingsKey]
		if putBuildings(t, open(t, p), one, two) || p.files(t)[buildingsKey] != before {
			t.Error("equal buildings were written again")
		}
		if !putBuildings(t, l, two) {
			t.Error("other buildings were not written")
		}
		got, err := parquet.ReadFile[schemas.Building](filepath.Join(p.dir, filepath.FromSlash(buildingsKey)))
		if err != nil || len(got) != 1 || got[0] != two {
			t.Errorf("the table has %+v, error %v", got, err)
		}
		if got, err := l.Buildings(t.Context()); err != nil || len(got) != 1 || got[0] != two {
			t.Errorf("the lake has %+v, error %v", got, err)
		}
		if n := p.staged(t); n != 0 {
			t.Errorf("%d objects are still staged", n)
		}
	})
}

// TestPutBuildingsAtOnce has another writer come in between.
func TestPutBuildingsAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		a, b, onA := twoWriters(t, p)
		onA.before = once(buildingsKey, func() { putBuildings(t, b, building(0, "theirs")) })
		_, _, err := a.PutBuildings(t.Context(), []schemas.Building{building(0, "ours")})
		if !errors.Is(err, ErrConflict) || !errors.Is(err, ErrStorage) || !strings.Contains(err.Error(), "run it again") {
			t.Errorf("error %v", err)
		}
		if n := p.staged(t); n != 0 {
			t.Errorf("%d objects are still staged", n)
		}
		if !putBuildings(t, a, building(0, "ours")) {
			t.Error("nothing was written")
		}
	})
}

// TestBuildingsAreNoTableObject lists what readers of the table would see beside
// etl's object, and nothing else.
func TestBuildingsAreNoTableObject(t *testing.T) {
	onBoth(t, func(t *testing.T, p place) {
		l := open(t, p)
		putBuildings(t, l, building(0, "x"))
		publish(t, seal(t, write(t, l.store, "buildings/part-1.parquet", []byte("x"))), noVersion)
		var keys []string
		for o, err := range l.TableObjects(t.Context()) {
			if err != nil || o.Date != "" {
				t.Errorf("%+v, error %v", o, err)
			}
			keys = append(keys, o.Key)
		}
		if strings.Join(keys, " ") != "buildings/part-1.parquet" {
			t.Errorf("the objects of tables are %v", keys)
		}
	})
}
