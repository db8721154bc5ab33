package views

import (
	"fmt"
	"strings"
)

// quality is the class of a stream by a rule set, as an SQL expression.
func (s RuleSet) quality() string {
	var b strings.Builder
	b.WriteString("CASE media_kind\n")
	var metrics, poor []string
	for _, r := range s.of(Audio) {
		metrics = append(metrics, r.metric())
		poor = append(poor, r.broken())
	}
	fmt.Fprintf(&b, "      WHEN '%s' THEN CASE\n", Audio)
	if s.MinPackets > 0 {
		fmt.Fprintf(&b, "        WHEN coalesce(packet_utilization, 0) <= %d THEN 'unclassified'\n", s.MinPackets)
	}
	fmt.Fprintf(&b, "        WHEN coalesce(%s) IS NULL THEN 'unclassified'\n", strings.Join(metrics, ", "))
	fmt.Fprintf(&b, "        WHEN %s THEN 'poor'\n        ELSE 'good' END\n", strings.Join(poor, " OR "))
	for _, media := range []Media{Video, VBSS} {
		fmt.Fprintf(&b, "      WHEN '%s' THEN CASE\n", media)
		for _, r := range s.of(media) {
			fmt.Fprintf(&b, "        WHEN %s IS NOT NULL THEN CASE WHEN %s THEN 'poor' ELSE 'good' END\n", r.metric(), r.broken())
		}
		b.WriteString("        ELSE 'unclassified' END\n")
	}
	b.WriteString("      ELSE 'unclassified' END")
	return b.String()
}

// reasons are the thresholds that a poor stream breaks, as an SQL expression:
// their names with commas between.
func (s RuleSet) reasons() string {
	var b strings.Builder
	b.WriteString("CASE media_kind\n")
	var broken []string
	for _, r := range s.of(Audio) {
		broken = append(broken, fmt.Sprintf("CASE WHEN %s THEN '%s' END", r.broken(), r.Reason))
	}
	fmt.Fprintf(&b, "    WHEN '%s' THEN concat_ws(', ',\n      %s)\n", Audio, strings.Join(broken, ",\n      "))
	for _, media := range []Media{Video, VBSS} {
		fmt.Fprintf(&b, "    WHEN '%s' THEN CASE\n", media)
		for _, r := range s.of(media) {
			fmt.Fprintf(&b, "      WHEN %s IS NOT NULL THEN '%s'\n", r.metric(), r.Reason)
		}
		b.WriteString("      END\n")
	}
	b.WriteString("    END")
	return b.String()
}

// metric is the rule's metric where the rule applies, else NULL.
func (r Rule) metric() string {
	if r.Only == Everywhere {
		return r.Column
	}
	return fmt.Sprintf("CASE WHEN %s THEN %s END", conditions[r.Only].sql, r.Column)
}

// broken is the condition that makes a stream poor.
func (r Rule) broken() string {
	text := fmt.Sprintf("%s %s %s", r.Column, r.Comparison, r.Threshold)
	if r.Only == Everywhere {
		return text
	}
	return fmt.Sprintf("(%s AND %s)", conditions[r.Only].sql, text)
}

// thresholds are the rules of all rule sets as rows of VALUES.
func thresholds() string {
	var rows []string
	for _, s := range RuleSets() {
		if s.MinPackets > 0 {
			rows = append(rows, fmt.Sprintf("(%s, '%s', 0, 'Packet Utilization', 'packet_utilization', '>', %de0, 'packets', 'needed to be classed', %s)",
				literal(s.Name), Audio, s.MinPackets, literal(s.Source)))
		}
		for _, media := range []Media{Audio, Video, VBSS} {
			for i, r := range s.of(media) {
				step := i + 1
				if media == Audio {
					step = 1 // all at once
				}
				scope := string(r.Only)
				if scope == "" {
					scope = "all"
				}
				rows = append(rows, fmt.Sprintf("(%s, '%s', %d, %s, '%s', '%s', %se0, %s, '%s', %s)",
					literal(s.Name), media, step, literal(r.Metric), r.Column, r.Comparison, r.Threshold, literal(r.Unit), scope, literal(s.Source)))
			}
		}
	}
	return strings.Join(rows, ",\n  ")
}
