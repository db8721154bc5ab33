package duckdb

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"etl/internal/model"
	"etl/schemas"
)

// term is SQL in terms of a row and its object o, and the column it becomes.
type term struct{ sql, column string }

func (t term) String() string { return t.sql + " AS " + quoted(t.column) }

// key are the columns that lead every row.
func key() []term {
	return []term{{"tenant_id", "tenant_id"}, {"call_id", "call_id"}, {"call_version", "call_version"}, {"call_start_date_time", "call_start_date_time"}}
}

// level is a table whose rows are items of a list in the rows of the table above.
type level struct {
	table, object string
	list, noun    string // the list's property, and what its ordinals are of
	id            term   // what the tables below repeat besides the ordinal
	repeated      bool   // streams repeat columns of it
}

func levels() []level {
	return []level{
		{table: schemas.Sessions, object: model.Session, list: "sessions", noun: "session", id: term{"o.id", "session_id"}},
		{table: schemas.Segments, object: model.Segment, list: "segments", noun: "segment", id: term{"o.id", "segment_id"}, repeated: true},
		{table: schemas.MediaTable, object: model.Media, list: "media", noun: "media", id: term{"o.label", "media_label"}, repeated: true},
		{table: schemas.Streams, object: model.Stream, list: "streams", noun: "stream"},
	}
}

// script gathers the statements that make the tables of an archive.
type script struct {
	model      *model.Model
	columns    map[string][]schemas.Column // by table
	into       string
	statements []string
}

func statements(lake, into string, largest int64) []string {
	s := &script{model: model.Load(), columns: map[string][]schemas.Column{}, into: into, statements: slices.Clone(macros)}
	for _, t := range Tables() {
		s.columns[t.Name] = t.Columns
	}
	s.read(filepath.Join(lake, "raw", "call_date=*", "*.jsonl.zst"), largest)
	s.calls()
	s.participants()
	above, down := "records", append(key(), term{"o.type", "call_type"})
	for _, l := range levels() {
		s.view(l.table, "SELECT %s, %s FROM %s", list(down), unnested("o."+l.list, "o", l.noun), above)
		s.copyOut(l.table, l.table, s.terms(l.table, l.object))
		for i := range down {
			down[i].sql = down[i].column
		}
		down = append(down, term{l.noun + "_ordinal", l.noun + "_ordinal"}, l.id)
		if l.repeated {
			down = append(down, s.repeatedOf(l)...)
		}
		above = l.table
	}
	return s.statements
}

func (s *script) add(format string, args ...any) {
	s.statements = append(s.statements, fmt.Sprintf(format, args...))
}

// read reads the archive. DuckDB takes lines of 16 MiB unless it is told of
// larger ones, for which it needs larger buffers.
func (s *script) read(archive string, largest int64) {
	s.add(`CREATE TEMP TABLE records AS
		SELECT tenant_id, call.id AS call_id, call.version AS call_version, call."startDateTime" AS call_start_date_time, fetched_at, call AS o
		FROM read_json(%s, format = 'newline_delimited', hive_partitioning = false, maximum_object_size = %d,
			columns = {tenant_id: 'VARCHAR', fetched_at: 'TIMESTAMPTZ', call: %s})`,
		text(archive), max(16<<20, largest+largest/8), text(callShape(s.model).String()))
}

// view names a query; nothing is materialized but the records.
func (s *script) view(name, query string, args ...any) {
	s.add("CREATE TEMP VIEW %s AS "+query, append([]any{name}, args...)...)
}

// participants takes the deprecated participants, which are identity sets,
// where a record has no others.
func (s *script) participants() {
	s.view(schemas.Participants, `SELECT %s, %s FROM records
		UNION ALL BY NAME
		SELECT %[2]s, {'id': identity_member(item).id, 'administrativeUnitInfos': NULL, 'identity': item} AS o, participant_ordinal
		FROM (SELECT %[2]s, %[4]s FROM records WHERE len(coalesce(o.participants_v2, [])) = 0)`,
		list(key()), unnested("o.participants_v2", "o", "participant"), unnested("o.participants", "item", "participant"))
	s.copyOut(schemas.Participants, schemas.Participants, s.terms(schemas.Participants, model.Participant))
}

// calls counts what a record has. Where it has no organizer_v2, the deprecated
// organizer, an identity set, stands in for it.
func (s *script) calls() {
	counts := map[string]string{"participant_count": "coalesce(nullif(len(o.participants_v2), 0), len(o.participants), 0)"}
	for i, l := range levels() {
		counts[l.noun+"_count"] = fmt.Sprintf("coalesce(%s, 0)::BIGINT", count("o", levels()[:i+1]))
	}
	organizer := s.model.Columns(model.Organizer)
	terms := s.terms(schemas.Calls, model.CallRecord)
	for i, t := range terms {
		if sql, ok := counts[t.column]; ok {
			terms[i].sql = sql
			continue
		}
		property, ok := strings.CutPrefix(t.column, "organizer_")
		if !ok {
			continue
		}
		sql := "identity_member(o.organizer).id"
		if property != "id" {
			c := organizer[slices.IndexFunc(organizer, func(c model.Column) bool { return c.Name == property })]
			if c.Path[0] != "identity" {
				continue
			}
			c.Path = append([]string{"organizer"}, c.Path[1:]...)
			sql = expression(c, "o")
		}
		terms[i].sql = fmt.Sprintf("CASE WHEN o.organizer_v2 IS NULL THEN %s ELSE %s END", sql, t.sql)
	}
	s.copyOut(schemas.Calls, "records", terms)
}

// count is the SQL of how many items the lists have that lie within each
// other, in an object.
func count(object string, lists []level) string {
	at := object + "." + lists[0].list
	if len(lists) == 1 {
		return fmt.Sprintf("len(%s)", at)
	}
	item := lists[0].noun
	return fmt.Sprintf("list_sum(list_transform(%s, lambda %s: %s))", at, item, count(item, lists[1:]))
}

// terms are the columns of a table: those that the rule derives of the row's
// object, the others as they are.
func (s *script) terms(table, object string) []term {
	derived := s.model.Columns(object)
	var terms []term
	for _, c := range s.columns[table] {
		t := term{quoted(c.Name), c.Name}
		if i := slices.IndexFunc(derived, func(d model.Column) bool { return d.Name == c.Name }); i >= 0 {
			t.sql = expression(derived[i], "o")
		}
		terms = append(terms, t)
	}
	return terms
}

// repeatedOf are the columns of a segment or media that streams repeat.
func (s *script) repeatedOf(l level) []term {
	own := s.model.Columns(model.Stream)
	var terms []term
	for _, t := range s.terms(schemas.Streams, l.object) {
		isOwn := slices.ContainsFunc(own, func(c model.Column) bool { return c.Name == t.column })
		if derived := t.sql != quoted(t.column); derived && !isOwn && t.column != l.id.column {
			terms = append(terms, t)
		}
	}
	return terms
}

// copyOut writes the files of a table. Where a chunk of rows spans dates,
// DuckDB may write some of a date's rows out of their order; a COPY for each
// date would not, but takes twice the time.
func (s *script) copyOut(table, from string, terms []term) {
	order := []string{"call_start_date_time NULLS FIRST", "call_id", "tenant_id"}
	for _, c := range s.columns[table] {
		if strings.HasSuffix(c.Name, "_ordinal") {
			order = append(order, c.Name)
		}
	}
	s.add("COPY (SELECT %s, call_start_date_time::DATE AS call_date FROM %s ORDER BY %s) TO %s (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (call_date))",
		list(terms), from, strings.Join(order, ", "), text(filepath.Join(s.into, table)))
}

// unnested are the items of a list and their ordinals.
func unnested(list, item, noun string) string {
	return fmt.Sprintf("unnest(%s) AS %s, generate_subscripts(%[1]s, 1) - 1 AS %[3]s_ordinal", list, item, noun)
}

func list(terms []term) string {
	var all []string
	for _, t := range terms {
		all = append(all, t.String())
	}
	return strings.Join(all, ", ")
}

func quoted(name string) string { return `"` + name + `"` }

func text(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
