package views

import (
	"fmt"
	"strings"

	"etl/schemas"
)

// literal returns an SQL string.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// escaped returns a string of Hive and Spark, whose escape is the backslash.
func escaped(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

// comment is what a column holds, with its unit. It is ASCII, as some
// catalogues garble other text in comments.
func comment(c schemas.Column) string {
	text := strings.ReplaceAll(c.Doc, "…", "...")
	if c.Unit != "" {
		text += " [" + c.Unit + "]"
	}
	return text
}

// typeNames are a dialect's names of the catalogue's types.
type typeNames struct {
	scalars map[schemas.Type]string
	list    string // with %s for the element
	fields  string // of a struct, with %s for the fields
	field   string // with %s for the name, and for the type
}

func (n typeNames) of(c schemas.Column) string {
	switch c.Type {
	case schemas.ListOfText:
		return fmt.Sprintf(n.list, n.scalars[schemas.Text])
	case schemas.ListOfStructs:
		var fields []string
		for _, f := range c.Fields {
			fields = append(fields, fmt.Sprintf(n.field, f.Name, n.of(f)))
		}
		return fmt.Sprintf(n.list, fmt.Sprintf(n.fields, strings.Join(fields, ", ")))
	}
	return n.scalars[c.Type]
}

var hiveTypes = typeNames{
	scalars: map[schemas.Type]string{
		schemas.Text: "string", schemas.Integer: "bigint", schemas.Double: "double", schemas.Boolean: "boolean", schemas.Timestamp: "timestamp",
		date: "date",
	},
	list: "array<%s>", fields: "struct<%s>", field: "%s:%s",
}
