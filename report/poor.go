package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"etl/views"
)

func (c *contents) poor() section {
	lead := "Audio streams, those with most poor ones first. A stream counts at each of its ends that is a client."
	if !c.places.known() {
		lead += " Give a building file to see buildings."
	}
	s := section{ID: "poor", Title: "Where audio is poor", Lead: lead, Tables: []*table{c.thresholds()}}
	if c.places.known() {
		s.Tables = append(s.Tables, c.buildings())
	}
	s.Tables = append(s.Tables, c.subnets(), c.networks(), c.devices(), c.clients())
	return s
}

// thresholds are the thresholds that poor audio streams break.
func (c *contents) thresholds() *table {
	t := &table{Name: "poor_reasons", Title: "Thresholds broken", Note: "A stream may break several.", Empty: "No audio stream is poor.", Head: []column{
		{"reason", "Threshold", false}, {"streams", "Poor streams", true}, {"percent", "of poor streams", true},
	}}
	var counts []int64
	for _, r := range c.Rules.Rules {
		if n := c.Facts.reasons[r.Reason]; r.Media == views.Audio && n > 0 {
			t.Rows = append(t.Rows, row{named(r.Reason, fmt.Sprintf("%s %s %s", r.Metric, r.Comparison, withUnit(r.Threshold, r.Unit))), count(n), percent(ratio{n, c.streams[views.Audio].Poor})})
			counts = append(counts, n)
		}
	}
	t.withBars(1, counts)
	slices.SortStableFunc(t.Rows, func(a, b row) int { return cmp.Compare(number64(b[1]), number64(a[1])) })
	return t
}

// number64 is the number in a cell of a count.
func number64(c cell) int64 {
	n, err := strconv.ParseInt(c.plain, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("%q is no count", c.plain))
	}
	return n
}

// withUnit is a threshold with its unit, in which a share has none.
func withUnit(threshold, unit string) string {
	if unit == "0..1" {
		return threshold
	}
	return threshold + " " + unit
}

// ranked makes a table of groups of audio streams: those with most poor ones
// first, then those with most that have a class.
func ranked[K comparable](t *table, groups map[K]Streams, name func(K) []cell) *table {
	t.Head = append(t.Head, column{"streams", "Streams", true}, column{"poor_streams", "Poor", true}, column{"poor_percent", "share", true})
	target := overall(views.PoorPercent)
	type group struct {
		names   []cell
		streams Streams
	}
	var all []group
	for k, s := range groups {
		all = append(all, group{name(k), s})
	}
	slices.SortFunc(all, func(a, b group) int {
		return cmp.Or(cmp.Compare(b.streams.Poor, a.streams.Poor), cmp.Compare(b.streams.Good, a.streams.Good), cmp.Compare(b.streams.Unclassified, a.streams.Unclassified),
			slices.CompareFunc(a.names, b.names, func(a, b cell) int { return cmp.Compare(a.plain, b.plain) }))
	})
	var counts []int64
	for _, g := range all {
		t.Rows = append(t.Rows, append(row(g.names), count(g.streams.all()), count(g.streams.Poor), against(g.streams.poor(), target)))
		counts = append(counts, g.streams.Poor)
	}
	t.withBars(len(t.Head)-2, counts)
	return t
}

// unknown is a name that may not be there.
func unknown(name string) cell { return named(name, cmp.Or(name, "not known")) }

// building is what is shown of one.
type building struct{ name, city, country string }

func (c *contents) buildings() *table {
	groups := map[building]Streams{}
	for subnet, s := range c.Facts.subnets {
		var at building
		if b := c.places.of(subnet); b != nil {
			at = building{b.BuildingName, b.City, b.Country}
		}
		groups[at] = groups[at].plus(s)
	}
	t := &table{Name: "poor_by_building", Title: "By building", Top: 10, Empty: "No audio streams.", Head: []column{
		{"building_name", "Building", false}, {"city", "City", false}, {"country", "Country", false},
	}}
	return ranked(t, groups, func(b building) []cell {
		return []cell{named(b.name, cmp.Or(b.name, "in no building")), words(b.city), words(b.country)}
	})
}

func (c *contents) subnets() *table {
	t := &table{Name: "poor_by_subnet", Title: "By subnet", Top: 10, Empty: "No audio streams.", Head: []column{{"subnet", "Subnet", false}}}
	if !c.places.known() {
		return ranked(t, c.Facts.subnets, func(subnet string) []cell { return []cell{unknown(subnet)} })
	}
	t.Head = append(t.Head, column{"building_name", "Building", false})
	return ranked(t, c.Facts.subnets, func(subnet string) []cell {
		name := ""
		if b := c.places.of(subnet); b != nil {
			name = b.BuildingName
		}
		return []cell{unknown(subnet), words(name)}
	})
}

func (c *contents) networks() *table {
	t := &table{Name: "poor_by_network_type", Title: "By network type", Top: 10, Empty: "No audio streams.", Head: []column{
		{"connection_type", "Connection", false}, {"wifi_band", "Wi-Fi band", false},
	}}
	return ranked(t, c.Facts.networks, func(n network) []cell { return []cell{unknown(n.connection), named(n.band, bandName(n.band))} })
}

func bandName(band string) string {
	switch band {
	case "frequency24GHz":
		return "2.4 GHz"
	case "frequency50GHz":
		return "5 GHz"
	case "frequency60GHz":
		return "6 GHz"
	case "unknown":
		return "–"
	}
	return band
}

func (c *contents) devices() *table {
	t := &table{Name: "poor_by_device", Title: "By device", Top: 10, Note: "The microphone of the end that sends, the speaker of the one that receives.", Empty: "No devices are known.", Head: []column{
		{"device_kind", "Kind", false}, {"device_name", "Device", false},
	}}
	return ranked(t, c.Facts.devices, func(d device) []cell {
		return []cell{named(d.kind, map[string]string{"capture": "microphone", "render": "speaker"}[d.kind]), words(d.name)}
	})
}

func (c *contents) clients() *table {
	streams := map[client]Streams{}
	for k, v := range c.Facts.clients {
		streams[k] = v.Audio
	}
	t := &table{Name: "poor_by_client", Title: "By client", Top: 10, Note: "Audio streams of the sessions that the client was in.", Empty: "No clients are known.", Head: []column{
		{"platform", "Platform", false}, {"product_family", "Product", false}, {"application_version", "Version", false}, {"sessions", "Sessions", true},
	}}
	return ranked(t, streams, func(k client) []cell {
		return []cell{unknown(k.platform), unknown(k.product), unknown(k.version), count(c.Facts.clients[k].Sessions)}
	})
}
