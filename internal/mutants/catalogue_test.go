package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The product moves on, and a bug that can't be planted any more proves nothing.
func TestBugsCanBePlanted(t *testing.T) {
	table, err := os.ReadFile(filepath.Join("..", "..", "docs", "testing.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range catalogue {
		text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(m.file)))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), m.old); n != 1 {
			t.Errorf("%s: %s has the text %d times, want it once", m.name, m.file, n)
		}
		if !strings.Contains(string(table), "| "+m.name+" |") {
			t.Errorf("%s: docs/testing.md does not list it", m.name)
		}
	}
}
