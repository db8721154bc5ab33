package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"etl/views"
)

// How Athena's own CREATE EXTERNAL TABLE … STORED AS PARQUET fills in a table.
const (
	externalTable = "EXTERNAL_TABLE"
	inputFormat   = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
	outputFormat  = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
	serde         = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
)

// tableInput is the table as Glue takes it.
func tableInput(t views.ExternalTable) *types.TableInput {
	parameters := map[string]string{"EXTERNAL": "TRUE", "comment": t.Doc}
	for _, p := range t.Parameters {
		parameters[p.Name] = p.Value
	}
	return &types.TableInput{
		Name: aws.String(t.Name), Description: aws.String(t.Doc), TableType: aws.String(externalTable),
		Parameters: parameters, PartitionKeys: columns(t.Partition),
		StorageDescriptor: &types.StorageDescriptor{
			Columns: columns(t.Columns), Location: aws.String(t.Location),
			InputFormat: aws.String(inputFormat), OutputFormat: aws.String(outputFormat),
			SerdeInfo: &types.SerDeInfo{SerializationLibrary: aws.String(serde), Parameters: map[string]string{"serialization.format": "1"}},
		},
	}
}

func columns(list []views.ExternalColumn) []types.Column {
	var all []types.Column
	for _, c := range list {
		all = append(all, types.Column{Name: aws.String(c.Name), Type: aws.String(c.Type), Comment: aws.String(c.Comment)})
	}
	return all
}

// merged returns what the table becomes, and what that changes. What etl says
// nothing of stays: other parameters, the owner, statistics, and columns at the
// end that a newer etl may have added.
func merged(found *types.Table, wanted *types.TableInput) (*types.TableInput, []string) {
	input := *wanted
	input.Owner, input.Retention = found.Owner, found.Retention
	input.LastAccessTime, input.LastAnalyzedTime = found.LastAccessTime, found.LastAnalyzedTime
	input.Parameters = maps.Clone(found.Parameters)
	maps.Copy(input.Parameters, wanted.Parameters)
	before, storage := types.StorageDescriptor{}, *wanted.StorageDescriptor
	if found.StorageDescriptor != nil {
		before = *found.StorageDescriptor
	}
	storage.Columns = slices.Clone(storage.Columns)
	for _, c := range before.Columns {
		if aws.ToString(wanted.TableType) == externalTable && !slices.ContainsFunc(storage.Columns, func(o types.Column) bool { return aws.ToString(o.Name) == aws.ToString(c.Name) }) {
			storage.Columns = append(storage.Columns, c)
		}
	}
	input.StorageDescriptor = &storage

	changes := columnChanges(before.Columns, storage.Columns)
	if differ := columnChanges(found.PartitionKeys, wanted.PartitionKeys); len(differ) > 0 {
		changes = append(changes, "partition keys")
	}
	var names []string
	for name, value := range wanted.Parameters {
		if found.Parameters[name] != value {
			names = append(names, name)
		}
	}
	if slices.Sort(names); len(names) > 0 {
		changes = append(changes, "set "+strings.Join(names, ", "))
	}
	for _, p := range []struct {
		what          string
		before, after *string
	}{
		{"description", found.Description, wanted.Description},
		{"type", found.TableType, wanted.TableType},
		{"location", before.Location, storage.Location},
		{"input format", before.InputFormat, storage.InputFormat},
		{"output format", before.OutputFormat, storage.OutputFormat},
		{"SerDe", library(before.SerdeInfo), library(storage.SerdeInfo)},
		{"query", found.ViewOriginalText, wanted.ViewOriginalText},
		{"expanded query", found.ViewExpandedText, wanted.ViewExpandedText},
	} {
		if aws.ToString(p.before) != aws.ToString(p.after) {
			changes = append(changes, p.what)
		}
	}
	return &input, changes
}

func library(s *types.SerDeInfo) *string {
	if s == nil {
		return nil
	}
	return s.SerializationLibrary
}

// columnChanges says how the columns change.
func columnChanges(before, after []types.Column) []string {
	was := map[string]types.Column{}
	for _, c := range before {
		was[aws.ToString(c.Name)] = c
	}
	var added, retyped []string
	commented, kept := 0, 0
	for _, c := range after {
		name := aws.ToString(c.Name)
		old, there := was[name]
		switch {
		case !there:
			added = append(added, name)
			continue
		case aws.ToString(old.Type) != aws.ToString(c.Type):
			retyped = append(retyped, fmt.Sprintf("%s from %s to %s", name, aws.ToString(old.Type), aws.ToString(c.Type)))
		case aws.ToString(old.Comment) != aws.ToString(c.Comment):
			commented++
		}
		kept++
	}
	var changes []string
	if len(added) > 0 {
		changes = append(changes, "add columns "+strings.Join(added, ", "))
	}
	if len(retyped) > 0 {
		changes = append(changes, "change types of "+strings.Join(retyped, ", "))
	}
	if commented > 0 {
		changes = append(changes, fmt.Sprintf("comments of %d columns", commented))
	}
	if kept < len(before) {
		changes = append(changes, fmt.Sprintf("drop %d columns", len(before)-kept))
	}
	if len(changes) == 0 && !slices.EqualFunc(before, after, func(a, b types.Column) bool { return aws.ToString(a.Name) == aws.ToString(b.Name) }) {
		changes = append(changes, "order of columns")
	}
	return changes
}
