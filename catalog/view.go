package catalog

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"etl/views"
)

// What Athena and Trino know a view of theirs by.
const (
	virtualView = "VIRTUAL_VIEW"
	viewMark    = "/* Presto View */"
	// athenaCatalog is Athena's name for Glue.
	athenaCatalog = "awsdatacatalog"
)

// viewText is what Trino keeps of a view (ConnectorViewDefinition), with the
// members that Athena writes, and that who asks needs the rights to the tables:
// otherwise Trino wants an owner who has them.
type viewText struct {
	SQL     string       `json:"originalSql"`
	Catalog string       `json:"catalog"`
	Schema  string       `json:"schema"`
	Columns []viewColumn `json:"columns"`
	Invoker bool         `json:"runAsInvoker"`
}

type viewColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// hiveOf are Hive's names of Trino's types.
var hiveOf = strings.NewReplacer("timestamp(3)", "timestamp", "varchar", "string", "integer", "int", "array(", "array<", "row(", "struct<", ")", ">", ", ", ",", " ", ":")

// viewInput is the view as Glue takes it: its query in a comment, as JSON in
// base64. It has no description, which Trino would take for the comment by which
// it knows views of its own.
func viewInput(v views.ExternalView, database string) (*types.TableInput, error) {
	text := viewText{SQL: v.SQL, Catalog: athenaCatalog, Schema: database, Invoker: true}
	var columns []types.Column
	for _, c := range v.Columns {
		text.Columns = append(text.Columns, viewColumn{c.Name, c.Type})
		columns = append(columns, types.Column{Name: aws.String(c.Name), Type: aws.String(hiveOf.Replace(c.Type))})
	}
	encoded, err := json.Marshal(text)
	if err != nil {
		return nil, fmt.Errorf("encoding view %s: %w", v.Name, err)
	}
	parameters := map[string]string{"presto_view": "true", "comment": "Presto View"}
	for _, p := range v.Parameters {
		parameters[p.Name] = p.Value
	}
	return &types.TableInput{
		Name: aws.String(v.Name), TableType: aws.String(virtualView), Parameters: parameters,
		ViewOriginalText: aws.String("/* Presto View: " + base64.StdEncoding.EncodeToString(encoded) + " */"), ViewExpandedText: aws.String(viewMark),
		StorageDescriptor: &types.StorageDescriptor{Columns: columns, SerdeInfo: &types.SerDeInfo{}},
	}, nil
}
