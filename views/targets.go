package views

import (
	"fmt"
	"strings"
)

// Target is what Microsoft asks of a company's audio: a rate that should not be
// exceeded, among the streams that CallType, Network and Link name.
type Target struct {
	CallType string // as in calls: groupCall or peerToPeer; Any
	Network  string // Internal, for streams within the company's own network; Any
	Link     string // Wired, WiFi5 or WiFi24; Any
	Metric   string // the column of setup_and_drop or of a view of quality that it is for
	Most     string // in percent
	Source   string
}

// What a target is for.
const (
	Any      = "any"
	Internal = "internal"
	Wired    = "wired"
	WiFi5    = "wifi_5ghz"
	WiFi24   = "wifi_2.4ghz"
)

// The metrics of targets.
const (
	PoorPercent         = "poor_percent"
	SetupFailurePercent = "setup_failure_percent"
	DropFailurePercent  = "drop_failure_percent"
)

const targetsPage = "Microsoft, Quality of Experience Review Guide, CQD targets for audio"

// Targets returns the targets, those over all first. Where Microsoft names wired
// and 5 GHz Wi-Fi together there is one of each.
func Targets() []Target {
	var all []Target
	for _, t := range []struct{ callType, network, link, poor, setup, drop string }{
		{Any, Any, Any, "3.0", "1.0", "3.0"},
		{Any, Internal, Any, "2.0", "0.5", "2.0"},
		{"groupCall", Any, Any, "2.0", "0.5", "3.0"},
		{"groupCall", Internal, Any, "2.0", "0.5", "2.0"},
		{"groupCall", Any, Wired, "1.0", "0.5", "1.0"},
		{"groupCall", Any, WiFi5, "1.0", "0.5", "1.0"},
		{"groupCall", Any, WiFi24, "2.0", "0.5", "2.0"},
		{"peerToPeer", Any, Any, "2.0", "1.0", "3.0"},
		{"peerToPeer", Internal, Any, "2.0", "0.5", "2.0"},
		{"peerToPeer", Any, Wired, "2.0", "1.0", "1.0"},
		{"peerToPeer", Any, WiFi5, "2.0", "1.0", "1.0"},
		{"peerToPeer", Internal, Wired, "1.0", "0.5", "1.0"},
		{"peerToPeer", Internal, WiFi5, "1.0", "0.5", "1.0"},
	} {
		for _, m := range []struct{ metric, most string }{{PoorPercent, t.poor}, {SetupFailurePercent, t.setup}, {DropFailurePercent, t.drop}} {
			all = append(all, Target{t.callType, t.network, t.link, m.metric, m.most, targetsPage})
		}
	}
	return all
}

// targets are the targets as rows of VALUES.
func targets() string {
	var rows []string
	for _, t := range Targets() {
		rows = append(rows, fmt.Sprintf("('%s', '%s', '%s', '%s', '%s', %se0, '%%', %s)", Audio, t.CallType, t.Network, t.Link, t.Metric, t.Most, literal(t.Source)))
	}
	return strings.Join(rows, ",\n  ")
}
