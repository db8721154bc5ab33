package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"etl/views"
)

// contents makes the parts of a page out of its facts.
type contents struct {
	Page
	dates    []time.Time
	places   *Places
	calls    map[string]int64 // by type
	sessions map[string]Sessions
	streams  map[views.Media]Streams
}

func newContents(p Page) *contents {
	c := &contents{Page: p, places: NewPlaces(p.Buildings), calls: map[string]int64{}, sessions: map[string]Sessions{}, streams: map[views.Media]Streams{}}
	for _, d := range p.Facts.Days {
		c.dates = append(c.dates, d.Date)
		add(c.calls, d.Calls, plus)
		add(c.sessions, d.Sessions, Sessions.plus)
		add(c.streams, d.Streams, Streams.plus)
	}
	return c
}

// The types of calls that are told apart.
const (
	groupCall  = "groupCall"
	peerToPeer = "peerToPeer"
)

// overall is Microsoft's target for audio of all calls.
func overall(metric string) string {
	for _, t := range views.Targets() {
		if t.CallType == views.Any && t.Network == views.Any && t.Link == views.Any && t.Metric == metric {
			return t.Most
		}
	}
	return ""
}

func (c *contents) participants() (n int64) {
	for _, d := range c.Facts.Days {
		n += d.Participants
	}
	return n
}

func (c *contents) micros() (n int64) {
	for _, d := range c.Facts.Days {
		n += d.Micros
	}
	return n
}

func hours(micros int64) float64 { return tenths(float64(micros) / 3600e6) }

// tiles are the numbers that are read first.
func (c *contents) tiles() []tile {
	rated := func(label string, r ratio, target string) tile {
		cell := against(r, target)
		return tile{label, cell.Text, "target ≤ " + target + " %", cell.Verdict, cell.Verdict}
	}
	calls, sessions, audio := sum(c.calls, plus), sum(c.sessions, Sessions.plus), c.streams[views.Audio]
	return []tile{
		{"Calls", grouped(calls), grouped(c.participants()) + " participants", "", ""},
		{"Hours of calls", grouped(int64(hours(c.micros()))), fmt.Sprintf("on %d of %d days", c.busyDays(), len(c.dates)), "", ""},
		rated("Poor audio streams", audio.poor(), overall(views.PoorPercent)),
		rated("Setup failures", sessions.setup(), overall(views.SetupFailurePercent)),
		rated("Drops", sessions.drop(), overall(views.DropFailurePercent)),
		c.completeTile(),
	}
}

func (c *contents) busyDays() (n int) {
	for _, d := range c.Facts.Days {
		if len(d.Calls) > 0 {
			n++
		}
	}
	return n
}

// summary is the tiles as a table.
func (c *contents) summary() *table {
	sessions, audio := sum(c.sessions, Sessions.plus), c.streams[views.Audio]
	t := &table{Name: "summary", Title: "The period in numbers", Head: []column{{"measure", "Measure", false}, {"value", "Value", true}, {"target", "Target", true}}}
	t.Rows = []row{
		{named("calls", "Calls"), count(sum(c.calls, plus)), nothing},
		{named("participants", "Participants"), count(c.participants()), nothing},
		{named("hours", "Hours of calls"), number(hours(c.micros()), plain(hours(c.micros()))), nothing},
		{named("poor_percent", "Poor audio streams"), percent(audio.poor()), most(overall(views.PoorPercent))},
		{named("setup_failure_percent", "Setup failures"), percent(sessions.setup()), most(overall(views.SetupFailurePercent))},
		{named("drop_failure_percent", "Drops"), percent(sessions.drop()), most(overall(views.DropFailurePercent))},
	}
	return t
}

// dateCell is a date of a table.
func dateCell(t time.Time) cell { return named(t.Format(time.DateOnly), t.Format("Mon 2 Jan 2006")) }

func (c *contents) volume() section {
	group, peer, other := values{series{"s1", "group calls"}, nil}, values{series{"s2", "peer-to-peer"}, nil}, values{series{"s3", "other"}, nil}
	t := &table{Name: "calls_by_date", Title: "Calls by date", Empty: "No dates.", Head: []column{
		{"call_date", "Date", false}, {"group_calls", "Group calls", true}, {"peer_to_peer_calls", "Peer-to-peer", true}, {"other_calls", "Other", true},
		{"calls", "Calls", true}, {"participants", "Participants", true}, {"hours", "Hours", true},
	}}
	most := &Day{}
	for _, d := range c.Facts.Days {
		g, p, all := d.Calls[groupCall], d.Calls[peerToPeer], sum(d.Calls, plus)
		t.Rows = append(t.Rows, row{dateCell(d.Date), count(g), count(p), count(all - g - p), count(all), count(d.Participants), number(hours(d.Micros), plain(hours(d.Micros)))})
		group.of, peer.of, other.of = append(group.of, there(g)), append(peer.of, there(p)), append(other.of, there(all-g-p))
		if all > sum(most.Calls, plus) {
			most = d
		}
	}
	all := []values{group, peer}
	if sum(c.calls, plus) > c.calls[groupCall]+c.calls[peerToPeer] {
		all = append(all, other)
	}
	drawn := columns("Calls by date", c.dates, all)
	drawn.Summary = fmt.Sprintf("Calls by date: %s in all, of which %s group calls and %s peer-to-peer.", grouped(sum(c.calls, plus)), grouped(c.calls[groupCall]), grouped(c.calls[peerToPeer]))
	if len(most.Calls) > 0 {
		drawn.Summary += fmt.Sprintf(" Most on %s: %s.", day(most.Date), grouped(sum(most.Calls, plus)))
	}
	return section{ID: "volume", Title: "Volume", Charts: []figure{{drawn, t}}}
}

func there[N int64 | float64](n N) value { return value{float64(n), true} }

// rate is a ratio as a point of a chart.
func rate(r ratio) value {
	p, ok := r.percent()
	return value{p, ok}
}

func writePercent(f float64) string { return plain(f) + " %" }

// kinds are the media that have a class.
var kinds = []struct {
	media views.Media
	class string
	label string
}{{views.Audio, "s1", "audio"}, {views.Video, "s2", "video"}, {views.VBSS, "s3", "screen sharing"}}

func (c *contents) quality() section {
	t := &table{Name: "quality_by_date", Title: "Poor streams by date", Empty: "No dates.", Head: []column{{"call_date", "Date", false}}}
	for _, k := range kinds {
		t.Head = append(t.Head, column{string(k.media) + "_streams", capital(k.label) + " streams", true},
			column{"poor_" + string(k.media) + "_streams", "poor", true}, column{string(k.media) + "_poor_percent", "share", true})
	}
	target := overall(views.PoorPercent)
	all := make([]values, len(kinds))
	days, over := 0, 0
	for _, d := range c.Facts.Days {
		r := row{dateCell(d.Date)}
		for i, k := range kinds {
			s := d.Streams[k.media]
			share := percent(s.poor())
			if k.media == views.Audio {
				share = against(s.poor(), target)
			}
			r = append(r, count(s.all()), count(s.Poor), share)
			all[i].series = series{k.class, k.label}
			all[i].of = append(all[i].of, rate(s.poor()))
		}
		t.Rows = append(t.Rows, r)
		if audio := d.Streams[views.Audio].poor(); audio.whole > 0 {
			days++
			if audio.over(target) {
				over++
			}
		}
	}
	drawn := lines("Poor streams by date, in percent", c.dates, all, []float64{must(target)}, writePercent)
	drawn.Summary = fmt.Sprintf("Share of poor streams by date. Over the period: audio %s, video %s, screen sharing %s. Audio was over the target of %s %% on %d of %d days.",
		percent(c.streams[views.Audio].poor()).Text, percent(c.streams[views.Video].poor()).Text, percent(c.streams[views.VBSS].poor()).Text, target, over, days)
	return section{
		ID: "quality", Title: "Quality and targets",
		Lead:   "Poor streams among those that could be classed, and Microsoft's targets, which are for audio.",
		Charts: []figure{{drawn, t}}, Tables: []*table{c.targets()},
	}
}

// must is a number of the data of views.
func must(text string) float64 {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(fmt.Sprintf("target %q is no number", text))
	}
	return f
}

func capital(text string) string { return string(text[0]-'a'+'A') + text[1:] }

// scope is what a target is for.
type scope struct{ callType, network, link string }

// targets compares all of Microsoft's targets with the period. Of sessions
// nothing is known of networks and links, so that failures are compared where
// the target is for any.
func (c *contents) targets() *table {
	t := &table{Name: "targets", Title: "Against Microsoft's targets for audio", Head: []column{
		{"call_type", "Calls", false}, {"network", "Network", false}, {"link", "Link", false},
		{"streams", "Streams", true}, {"poor_percent", "Poor", true}, {"poor_percent_target", "target", true},
		{"sessions", "Sessions", true}, {"setup_failure_percent", "Setup failed", true}, {"setup_failure_percent_target", "target", true},
		{"drop_failure_percent", "Dropped", true}, {"drop_failure_percent_target", "target", true},
	}}
	t.Note = "A stream is of a network or link if each of its ends that is a client is. Failures are known of sessions, whose network and link are not."
	if !c.places.known() {
		t.Note += " Without a building file it is not known what is internal."
	}
	targets := map[scope]map[string]string{}
	var scopes []scope
	for _, target := range views.Targets() {
		s := scope{target.CallType, target.Network, target.Link}
		if targets[s] == nil {
			targets[s] = map[string]string{}
			scopes = append(scopes, s)
		}
		targets[s][target.Metric] = target.Most
	}
	for _, s := range scopes {
		if s.network == views.Internal && !c.places.known() {
			continue
		}
		streams, target := c.streamsOf(s), targets[s]
		r := row{named(s.callType, typeName(s.callType)), words(s.network), named(s.link, linkName(s.link)),
			count(streams.all()), against(streams.poor(), target[views.PoorPercent]), most(target[views.PoorPercent])}
		if s.network == views.Any && s.link == views.Any {
			sessions := c.sessionsOf(s.callType)
			r = append(r, count(sessions.All), against(sessions.setup(), target[views.SetupFailurePercent]), most(target[views.SetupFailurePercent]),
				against(sessions.drop(), target[views.DropFailurePercent]), most(target[views.DropFailurePercent]))
		} else {
			r = append(r, nothing, nothing, nothing, nothing, nothing)
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

func typeName(callType string) string {
	switch callType {
	case views.Any:
		return "all"
	case groupCall:
		return "group calls"
	case peerToPeer:
		return "peer-to-peer"
	case "":
		return "not known"
	}
	return callType
}

func linkName(link string) string {
	switch link {
	case views.WiFi5:
		return "Wi-Fi 5 GHz"
	case views.WiFi24:
		return "Wi-Fi 2.4 GHz"
	}
	return link
}

// streamsOf are the audio streams that a target is for.
func (c *contents) streamsOf(s scope) Streams {
	var asked ends
	if s.network == views.Internal {
		asked |= inside
	}
	asked |= map[string]ends{views.Wired: wired, views.WiFi5: wifi5, views.WiFi24: wifi24}[s.link]
	var all Streams
	for g, streams := range c.Facts.streams {
		if (s.callType == views.Any || s.callType == g.callType) && g.ends&asked == asked {
			all = all.plus(streams)
		}
	}
	return all
}

func (c *contents) sessionsOf(callType string) Sessions {
	if callType == views.Any {
		return sum(c.sessions, Sessions.plus)
	}
	return c.sessions[callType]
}

func (c *contents) failures() section {
	setup, drop := overall(views.SetupFailurePercent), overall(views.DropFailurePercent)
	t := &table{Name: "failures_by_date", Title: "Failures by date", Empty: "No dates.", Head: []column{
		{"call_date", "Date", false}, {"sessions", "Sessions", true}, {"setup_failed_sessions", "Setup failed", true}, {"setup_failure_percent", "share", true},
		{"dropped_sessions", "Dropped", true}, {"drop_failure_percent", "share", true},
	}}
	failed, dropped := values{series{"s1", "setup failed"}, nil}, values{series{"s2", "dropped"}, nil}
	for _, d := range c.Facts.Days {
		s := sum(d.Sessions, Sessions.plus)
		t.Rows = append(t.Rows, row{dateCell(d.Date), count(s.All), count(s.SetupFailed), against(s.setup(), setup), count(s.Dropped), against(s.drop(), drop)})
		failed.of, dropped.of = append(failed.of, rate(s.setup())), append(dropped.of, rate(s.drop()))
	}
	drawn := lines("Sessions that failed to set up or dropped, in percent", c.dates, []values{failed, dropped}, []float64{must(setup), must(drop)}, writePercent)
	all := sum(c.sessions, Sessions.plus)
	drawn.Summary = fmt.Sprintf("Failures of sessions by date. Over the period %s of %s sessions failed to set up (target %s %%) and %s dropped (target %s %%).",
		percent(all.setup()).Text, grouped(all.All), setup, percent(all.drop()).Text, drop)
	return section{
		ID: "failures", Title: "Setup failures and drops", Lead: "Graph tells of failures of sessions, where Microsoft's dashboard counts streams: the rates come near its and are not the same.",
		Charts: []figure{{drawn, t}}, Tables: []*table{c.reasons()},
	}
}

// reasons are the reasons of failures, the most frequent first.
func (c *contents) reasons() *table {
	t := &table{Name: "failure_reasons", Title: "Top reasons of failures", Top: 10, Empty: "No session has failed.", Head: []column{
		{"outcome", "Outcome", false}, {"failure_reason", "Reason, as Graph has it", false}, {"sessions", "Sessions", true}, {"percent", "of failures", true},
	}}
	keys := slices.SortedFunc(maps.Keys(c.Facts.failures), func(a, b failure) int {
		return cmp.Or(cmp.Compare(c.Facts.failures[b], c.Facts.failures[a]), cmp.Compare(a.outcome, b.outcome), cmp.Compare(a.reason, b.reason))
	})
	all := sum(c.Facts.failures, plus)
	var counts []int64
	for _, k := range keys {
		n := c.Facts.failures[k]
		outcome := map[string]string{"setup_failed": "setup failed", "dropped": "dropped"}[k.outcome]
		t.Rows = append(t.Rows, row{named(k.outcome, outcome), named(k.reason, cmp.Or(k.reason, "none given")), count(n), percent(ratio{n, all})})
		counts = append(counts, n)
	}
	t.withBars(2, counts)
	return t
}

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
