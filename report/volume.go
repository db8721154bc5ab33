package report

import (
	"fmt"
)

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
