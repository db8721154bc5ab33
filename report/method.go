package report

import (
	"fmt"

	"etl/views"
)

// method says how streams were classed.
func (c *contents) method() section {
	t := &table{Name: "rules", Title: "Rules", Head: []column{
		{"media_kind", "Media", false}, {"metric", "Metric", false}, {"poor_if", "Poor if", false}, {"applies_to", "Applies to", false},
	}}
	if c.Rules.MinPackets > 0 {
		t.Note = fmt.Sprintf("Audio streams of %d packets or fewer are unclassified.", c.Rules.MinPackets)
	}
	for _, r := range c.Rules.Rules {
		t.Rows = append(t.Rows, row{words(string(r.Media)), words(r.Metric), words(r.Comparison + " " + withUnit(r.Threshold, r.Unit)), words(appliesTo(r.Only))})
	}
	return section{
		ID: "method", Title: "How streams are classed",
		Lead: fmt.Sprintf("By the rule set %s (%s). Audio is poor if one threshold is broken; for video and screen sharing the first metric that is there decides. "+
			"Streams without the metrics are unclassified and count for neither side of a percentage. Test calls are left out of everything but the numbers of calls.", c.Rules.Name, c.Rules.Source),
		Tables: []*table{t},
	}
}

func appliesTo(s views.Scope) string {
	if s == views.Everywhere {
		return "all"
	}
	return string(s)
}
