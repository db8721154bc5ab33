package views

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Quality is the class of a stream.
type Quality string

// The classes.
const (
	Good         Quality = "good"
	Poor         Quality = "poor"
	Unclassified Quality = "unclassified"
)

// Stream is what rules ask of a stream.
type Stream struct {
	Media                  Media
	IsOutbound             bool   // what a client sends to a service
	AudioCodec, VideoCodec string // "" where it is NULL
	Packets                int64  // 0 where it is NULL
	// Metrics are the values of the columns that Judge.Metrics names; NaN
	// where it is NULL.
	Metrics []float64
}

// Judge classes streams by a rule set, as the view stream_quality does in SQL.
type Judge struct {
	Metrics    []string // the columns of streams that the rules ask
	minPackets int64
	rules      map[Media][]judged
}

// judged is a rule with its threshold as a number.
type judged struct {
	Rule
	metric    int // its place in Metrics
	threshold float64
}

// Judge returns the judge of the rule set.
func (s RuleSet) Judge() *Judge {
	j := &Judge{minPackets: s.MinPackets, rules: map[Media][]judged{}}
	for _, r := range s.Rules {
		threshold, err := strconv.ParseFloat(r.Threshold, 64)
		if err != nil {
			panic(fmt.Sprintf("rule set %s: threshold %q is no number", s.Name, r.Threshold)) // the rules are constant
		}
		if !slices.Contains(j.Metrics, r.Column) {
			j.Metrics = append(j.Metrics, r.Column)
		}
		j.rules[r.Media] = append(j.rules[r.Media], judged{r, slices.Index(j.Metrics, r.Column), threshold})
	}
	return j
}

// Class returns the class of a stream, and appends to reasons the thresholds
// that a poor one breaks.
func (j *Judge) Class(s *Stream, reasons []string) (Quality, []string) {
	if s.Media == Audio {
		return j.audio(s, reasons)
	}
	for _, r := range j.rules[s.Media] {
		switch value, ok := r.ask(s); {
		case ok && r.breaks(value):
			return Poor, append(reasons, r.Reason)
		case ok:
			return Good, reasons
		}
	}
	return Unclassified, reasons
}

func (j *Judge) audio(s *Stream, reasons []string) (Quality, []string) {
	if j.minPackets > 0 && s.Packets <= j.minPackets {
		return Unclassified, reasons
	}
	class := Unclassified
	for _, r := range j.rules[Audio] {
		switch value, ok := r.ask(s); {
		case ok && r.breaks(value):
			class, reasons = Poor, append(reasons, r.Reason)
		case ok && class == Unclassified:
			class = Good
		}
	}
	return class, reasons
}

// ask returns the rule's metric, if the rule applies and it is there.
func (r judged) ask(s *Stream) (float64, bool) {
	value := s.Metrics[r.metric]
	return value, !math.IsNaN(value) && (r.Only == Everywhere || conditions[r.Only].holds(s))
}

// breaks tells whether a value makes the stream poor.
func (r judged) breaks(value float64) bool {
	if r.Comparison == "<" {
		return value < r.threshold
	}
	return value > r.threshold
}

// condition is a scope, over the columns of stream_quality's inner query and
// over a Stream.
type condition struct {
	sql   string
	holds func(*Stream) bool
}

var conditions = map[Scope]condition{
	NotSatin: {
		"coalesce(audio_codec, '') NOT IN ('satin', 'satinFullband')",
		func(s *Stream) bool { return s.AudioCodec != "satin" && s.AudioCodec != "satinFullband" },
	},
	InboundNotH264S: {
		"NOT is_outbound AND coalesce(video_codec, '') <> 'h264s'",
		func(s *Stream) bool { return !s.IsOutbound && s.VideoCodec != "h264s" },
	},
	OutboundOrH264S: {
		"(is_outbound OR coalesce(video_codec, '') = 'h264s')",
		func(s *Stream) bool { return s.IsOutbound || s.VideoCodec == "h264s" },
	},
}
