package report

import (
	"fmt"
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

func there[N int64 | float64](n N) value { return value{float64(n), true} }

// rate is a ratio as a point of a chart.
func rate(r ratio) value {
	p, ok := r.percent()
	return value{p, ok}
}

func writePercent(f float64) string { return plain(f) + " %" }

// must is a number of the data of views.
func must(text string) float64 {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(fmt.Sprintf("target %q is no number", text))
	}
	return f
}

func capital(text string) string { return string(text[0]-'a'+'A') + text[1:] }
