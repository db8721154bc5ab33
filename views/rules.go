package views

// RuleSet is a published way to class streams as good, poor or unclassified.
type RuleSet struct {
	Name   string // cqd-2022-07
	Source string // the page, and which of its versions
	// MinPackets is how many packets an audio stream must exceed to be classed;
	// 0 where none are asked for.
	MinPackets int64
	Rules      []Rule
}

// Rule is a threshold of a metric. The rules for audio are all asked, and one
// suffices for poor; of those for video and VBSS the first whose metric is
// there decides.
type Rule struct {
	Media      Media
	Metric     string // CQD's name
	Reason     string // in poor_reasons
	Column     string // of streams
	Comparison string // "<" or ">": what makes the stream poor
	Threshold  string // in the column's unit
	Unit       string
	Only       Scope
}

// Scope is where a rule applies.
type Scope string

// The scopes.
const (
	Everywhere Scope = ""
	// NotSatin leaves out codecs that conceal loss too well for the metric.
	NotSatin Scope = "not_satin"
	// InboundNotH264S is what a client receives in a codec other than H264S.
	InboundNotH264S Scope = "inbound_not_h264s"
	// OutboundOrH264S is all the rest.
	OutboundOrH264S Scope = "outbound_or_h264s"
)

const page = "Microsoft, Stream classification in Call Quality Dashboard, "

// RuleSets returns the rule sets, the one that stream_quality goes by first.
// What CQD has and Graph lacks is left out of each: its freeze score, and the
// metrics of application sharing over RDP.
func RuleSets() []RuleSet {
	roundTrip := Rule{Audio, "Round Trip", "round_trip", "average_round_trip_time_ms", ">", "500", "ms", Everywhere}
	packetLoss := Rule{Audio, "Packet Loss Rate", "packet_loss", "average_packet_loss_rate", ">", "0.1", "0..1", Everywhere}
	jitter := Rule{Audio, "Jitter", "jitter", "average_jitter_ms", ">", "30", "ms", Everywhere}
	degradation := func(only Scope) Rule {
		return Rule{Audio, "Audio Degradation Avg", "audio_degradation", "average_audio_degradation", ">", "1.0", "MOS", only}
	}
	concealed := func(only Scope) Rule {
		return Rule{Audio, "Ratio Concealed Samples Avg", "concealed_samples", "average_ratio_of_concealed_samples", ">", "0.07", "0..1", only}
	}
	frameLoss := func(media Media, only Scope) Rule {
		return Rule{media, "Video Local Frame Loss Percentage Avg", "frame_loss", "average_video_frame_loss_percentage", ">", "50", "%", only}
	}
	frameRate := func(media Media, least string, only Scope) Rule {
		return Rule{media, "Video Frame Rate Avg", "frame_rate", "average_video_frame_rate", "<", least, "frames/s", only}
	}
	lossAfterFEC := func(media Media) Rule {
		return Rule{media, "Video Post FECPLR", "loss_after_fec", "post_forward_error_correction_packet_loss_rate", ">", "0.15", "0..1", Everywhere}
	}
	video := []Rule{frameLoss(Video, Everywhere), frameRate(Video, "7", Everywhere), lossAfterFEC(Video)}
	oldVBSS := []Rule{frameLoss(VBSS, Everywhere), frameRate(VBSS, "2", Everywhere), lossAfterFEC(VBSS)}
	newVBSS := []Rule{frameLoss(VBSS, InboundNotH264S), frameRate(VBSS, "1", OutboundOrH264S)}
	return []RuleSet{
		{
			"cqd-2022-07", page + "since July 2022", 500,
			join([]Rule{roundTrip, packetLoss, jitter}, video, newVBSS),
		},
		{
			"cqd-2021-01", page + "from January 2021", 0,
			join([]Rule{roundTrip, packetLoss, jitter, degradation(NotSatin), concealed(NotSatin)}, video, oldVBSS),
		},
		{
			"cqd-2020", page + "until 2020", 0,
			join([]Rule{roundTrip, packetLoss, jitter, degradation(Everywhere), concealed(Everywhere)}, video, oldVBSS),
		},
	}
}

func join(lists ...[]Rule) []Rule {
	var all []Rule
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// of returns the rules for a kind of media, in their order.
func (s RuleSet) of(media Media) []Rule {
	var rules []Rule
	for _, r := range s.Rules {
		if r.Media == media {
			rules = append(rules, r)
		}
	}
	return rules
}
