package duckdb

import (
	"fmt"
	"strings"

	"etl/internal/model"
)

// macros are what the naming rule asks for and DuckDB has no function for.
// Each looks at the usual form first.
var macros = []string{
	// Most durations are seconds, whose text gives the nearest double as milliseconds.
	`CREATE TEMP MACRO duration_parts(d) AS
		regexp_extract(d, '^(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$', ['sign', 'days', 'hours', 'minutes', 'seconds'])`,
	`CREATE TEMP MACRO number_or_0(t) AS coalesce(try_cast(t AS DECIMAL(18, 7)), 0)`,
	`CREATE TEMP MACRO parts_ms(p) AS
		(CASE p.sign WHEN '-' THEN -1 ELSE 1 END) * CAST(10000000 * (86400 * number_or_0(p.days)::BIGINT + 3600 * number_or_0(p.hours)::BIGINT
			+ 60 * number_or_0(p.minutes)::BIGINT) + (10000000 * number_or_0(p.seconds)::DECIMAL(28, 7))::BIGINT AS DOUBLE) / 10000`,
	`CREATE TEMP MACRO duration_ms(d) AS CASE
		WHEN d IS NULL THEN NULL
		WHEN d LIKE 'PT%S' THEN coalesce(try_cast(substring(d, 3, length(d) - 3) || 'e3' AS DOUBLE), parts_ms(duration_parts(d)))
		ELSE parts_ms(duration_parts(d)) END`,
	`CREATE TEMP MACRO subtype(t) AS nullif(regexp_extract(t, '([^.]+?)(Endpoint|UserAgent)?$', 1), '')`,
	// The member that stands for an identity set.
	`CREATE TEMP MACRO identity_kind(s) AS CASE WHEN s IS NULL THEN NULL ELSE coalesce(
		['user', 'phone', 'guest', 'applicationInstance', 'application', 'device'][
			list_position(json_type(s, ['$.user', '$.phone', '$.guest', '$.applicationInstance', '$.application', '$.device']), 'OBJECT')],
		list_min(list_filter(json_keys(s), lambda k: NOT contains(k, '@') AND json_type(s, '/' || k) = 'OBJECT'))) END`,
	`CREATE TEMP MACRO identity_member(s) AS
		json_transform(json_extract(s, '/' || identity_kind(s)), '{"id": "VARCHAR", "displayName": "VARCHAR", "tenantId": "VARCHAR", "userPrincipalName": "VARCHAR"}')`,
}

// expression returns the SQL of a column's value in the object o.
func expression(c model.Column, o string) string {
	at := func(path []string) string {
		s := o
		for _, p := range path {
			s += "." + quoted(p)
		}
		return s
	}
	last := len(c.Path) - 1
	switch c.Role {
	case model.Value:
		if c.EDM == "Edm.Duration" {
			return fmt.Sprintf("duration_ms(%s)", at(c.Path))
		}
	case model.Structs:
		var fields []string
		for _, field := range c.Item {
			fields = append(fields, quoted(field.Name)+" := "+expression(field, "item"))
		}
		return fmt.Sprintf("list_transform(%s, lambda item: struct_pack(%s))", at(c.Path), strings.Join(fields, ", "))
	case model.JSON:
		return at(c.Path) + "::VARCHAR"
	case model.Subtype:
		return fmt.Sprintf("subtype(%s)", at(append(c.Path, "@odata.type")))
	case model.IdentityKind:
		return fmt.Sprintf("identity_kind(%s)", at(c.Path))
	case model.IdentityMember:
		return fmt.Sprintf("identity_member(%s).%s", at(c.Path[:last]), quoted(c.Path[last]))
	case model.AssociatedIdentity:
		person := at(c.Path[:last])
		set := at(append(c.Path[:last-1:last-1], "identity"))
		return fmt.Sprintf("CASE WHEN %s IS NULL THEN identity_member(%s).%s ELSE %s END", person, set, quoted(c.Path[last]), at(c.Path))
	}
	return at(c.Path)
}
