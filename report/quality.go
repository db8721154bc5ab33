package report

import (
	"fmt"

	"etl/views"
)

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
		return "Wi\u2011Fi\u00a05\u00a0GHz"
	case views.WiFi24:
		return "Wi\u2011Fi\u00a02.4\u00a0GHz"
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
