package schemas_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"etl/schemas"
)

var update = flag.Bool("update", false, "rewrite the files that are rendered from the row structs")

// TestFormatDocument keeps the columns in docs/format.md as the row structs
// say them.
func TestFormatDocument(t *testing.T) {
	const file, marker = "../docs/format.md", "-update -->\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	written, rendered, found := strings.Cut(string(text), marker)
	if !found {
		t.Fatalf("%s has no line that ends in %q", file, marker)
	}
	want := renderTables()
	if rendered == want {
		return
	}
	if !*update {
		t.Fatalf("%s is not what the row structs say; run go test ./schemas -run TestFormatDocument -update", file)
	}
	if err := os.WriteFile(file, []byte(written+marker+want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func renderTables() string {
	var b strings.Builder
	for _, table := range append(schemas.Tables(), schemas.BuildingTable()) {
		fmt.Fprintf(&b, "\n### %s: %s\n\n| column | type | unit | source | what it holds |\n|---|---|---|---|---|\n", table.Name, table.Doc)
		for _, c := range table.Columns {
			typ := string(c.Type)
			if !c.Nullable {
				typ += ", never NULL"
			}
			doc := c.Doc
			for i, field := range c.Fields {
				doc += map[bool]string{true: "; fields: ", false: ", "}[i == 0] + "`" + field.Name + "` (" + string(field.Type) + ")"
			}
			source := c.Source
			if source != "" {
				source = "`" + source + "`"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", c.Name, typ, c.Unit, source, doc)
		}
	}
	return b.String()
}
