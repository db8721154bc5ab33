package views

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"etl/schemas"
)

// View is a view over the tables.
type View struct {
	Name string
	Doc  string // what a row is
	file string // of the template
	// rules are of the rule set that the template asks for, if it does.
	rules RuleSet
}

//go:embed sql
var files embed.FS

// Views returns the views in the order in which they can be made.
func Views() []View {
	sets := RuleSets()
	views := []View{
		{"stream_facts", "a stream with its media, segment, session and call, and both ends; an end is the segment's, or the session's where the segment has none", "stream_facts", RuleSet{}},
		{"quality_rules", "a threshold of a rule set by which streams are classed, with its source", "quality_rules", RuleSet{}},
		{"quality_targets", "a rate that Microsoft says audio should not exceed, by type of call, network and link, with its source", "quality_targets", RuleSet{}},
	}
	for _, s := range sets {
		name := "stream_quality_" + strings.ReplaceAll(s.Name, "-", "_")
		views = append(views, View{name, "a stream classed good, poor or unclassified by the rule set " + s.Name, "stream_quality_by", s})
	}
	return append(views,
		View{"stream_quality", "a stream classed good, poor or unclassified by the rule set " + sets[0].Name + "; test calls are marked is_test", "stream_quality", sets[0]},
		View{"stream_ends", "an end of a stream, so two rows a stream; test calls are left out", "stream_ends", RuleSet{}},
		View{"session_outcomes", "a session and how it went: setup_failed, dropped or succeeded; test calls are left out", "session_outcomes", RuleSet{}},
		View{"setup_and_drop", "setup and drop failures of sessions by date and type of call, as CQD computes their rates", "setup_and_drop", RuleSet{}},
		View{"network_quality", "streams at clients by date, kind of media, subnet (with its building) and kind of link; a stream counts at each of its ends that is a client", "network_quality", RuleSet{}},
		View{"device_quality", "audio streams by date and device: the microphone of the end that sends, the speaker of the one that receives", "device_quality", RuleSet{}},
		View{"client_versions", "sessions of clients by date, platform, product and version, with their audio streams", "client_versions", RuleSet{}},
		View{"user_feedback", "a rating that a user gave; bad and poor are CQD's poor ratings", "user_feedback", RuleSet{}},
		View{"call_quality", "a call with its streams by class, its failures and the worst rating", "call_quality", RuleSet{}},
		View{"meeting_attendance", "somebody in a group call: when first and last there, for how long; time in two sessions at once counts once", "meeting_attendance", RuleSet{}},
		View{"missing_subnets", "a subnet of clients with ten or more audio streams that is in no building", "missing_subnets", RuleSet{}},
	)
}

// body returns the view's query.
func (v View) body(e engine) (string, error) {
	text, err := files.ReadFile("sql/" + v.file + ".sql")
	if err != nil {
		return "", fmt.Errorf("rendering view %s: %w", v.Name, err)
	}
	t, err := template.New(v.file).Option("missingkey=error").Funcs(template.FuncMap{
		"table":      e.relation,
		"millis":     e.millis,
		"median":     e.median,
		"ticked":     e.ticked,
		"columns":    columns,
		"ends":       ends,
		"ruleSet":    func() string { return v.rules.Name },
		"source":     func() string { return "stream_quality_" + strings.ReplaceAll(v.rules.Name, "-", "_") },
		"quality":    v.rules.quality,
		"reasons":    v.rules.reasons,
		"thresholds": thresholds,
		"targets":    targets,
		"percent":    percent,
		"mediaKind":  mediaKind,
		"address":    address,
	}).Parse(string(text))
	if err != nil {
		return "", fmt.Errorf("rendering view %s: %w", v.Name, err)
	}
	var b strings.Builder
	if err := t.Execute(&b, nil); err != nil {
		return "", fmt.Errorf("rendering view %s: %w", v.Name, err)
	}
	return strings.TrimSpace(b.String()), nil
}

// percent is a share of a whole, in percent with two decimals; NULL where
// there is no whole.
func percent(part, whole string) string {
	return fmt.Sprintf("round(100e0 * (%s) / nullif(%s, 0), 2)", part, whole)
}

// address is the number of the IPv4 address in a text, NULL where it has none.
func address(text string) string {
	var octets []string
	for i, weight := range []int{1 << 24, 1 << 16, 1 << 8, 1} {
		octets = append(octets, fmt.Sprintf("try_cast(split_part(%s, '.', %d) AS bigint) * %d", text, i+1, weight))
	}
	return strings.Join(octets, "\n    + ")
}

// columns lists a table's columns, under the alias given, but for those that
// begin with one of the prefixes.
func columns(table, alias string, except ...string) string {
	var list []string
	for _, t := range schemas.Tables() {
		if t.Name != table {
			continue
		}
		for _, c := range t.Columns {
			if !slices.ContainsFunc(except, func(prefix string) bool { return strings.HasPrefix(c.Name, prefix) }) {
				list = append(list, alias+"."+c.Name)
			}
		}
	}
	return strings.Join(list, ",\n  ")
}

// ends lists the columns of both endpoints of a segment, with those of the
// session where the segment has none.
func ends(segment, session string) string {
	var list []string
	for _, t := range schemas.Tables() {
		if t.Name != schemas.Segments {
			continue
		}
		for _, c := range t.Columns {
			if strings.HasPrefix(c.Name, "caller_") || strings.HasPrefix(c.Name, "callee_") {
				list = append(list, fmt.Sprintf("coalesce(%[1]s.%[3]s, %[2]s.%[3]s) AS %[3]s", segment, session, c.Name))
			}
		}
	}
	return strings.Join(list, ",\n  ")
}
