//go:build cgo

package views_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"etl/internal/graphsim"
	"etl/internal/oracle"
	"etl/views"
)

// graded is a stream and how it must be classed: "good", "unclassified", or
// the reasons why it is poor.
type graded struct {
	label  string
	to     string            // "service" where a client sends to a service, "client" where it receives from one, "" between clients
	stream map[string]any    // properties of the stream
	now    string            // by the rule set of 2022-07
	before map[string]string // by older rule sets, where they differ
}

type values = map[string]any

func audio(now string, stream values) graded {
	if _, set := stream["packetUtilization"]; !set {
		stream["packetUtilization"] = 501
	}
	return graded{label: "main-audio", stream: stream, now: now}
}

func video(now string, stream values) graded {
	return graded{label: "main-video", stream: stream, now: now}
}

// sharing is a stream of screen sharing; older is how both older rule sets
// class it.
func sharing(to, now, older string, stream values) graded {
	return graded{"applicationsharing-video", to, stream, now, map[string]string{"cqd-2021-01": older, "cqd-2020": older}}
}

// older says how the older rule sets class a stream.
func (g graded) older(in2021, in2020 string) graded {
	g.before = map[string]string{"cqd-2021-01": in2021, "cqd-2020": in2020}
	return g
}

func (g graded) called(label string) graded {
	g.label = label
	return g
}

// gradedStreams are worked out by hand from Microsoft's page: each threshold
// from both its sides.
func gradedStreams() []graded {
	const good, unclassified = "good", "unclassified"
	return []graded{
		audio(good, values{"averageRoundTripTime": "PT0.5S"}),
		audio("round_trip", values{"averageRoundTripTime": "PT0.5001S"}),
		audio(good, values{"averagePacketLossRate": 0.1}),
		audio("packet_loss", values{"averagePacketLossRate": 0.100001}),
		audio(good, values{"averageJitter": "PT0.03S"}),
		audio("jitter", values{"averageJitter": "PT0.0300001S"}),
		audio("round_trip, packet_loss, jitter", values{"averageRoundTripTime": "PT1S", "averagePacketLossRate": 0.5, "averageJitter": "PT1S"}),
		audio("packet_loss", values{"averageRoundTripTime": "PT0.1S", "averagePacketLossRate": 0.5, "averageJitter": "PT0.01S"}),
		audio("jitter", values{"averageJitter": "PT0.031S"}).called("Main-Audio"),
		// A stream of few packets is classed since 2022 no more.
		audio(unclassified, values{"packetUtilization": 500, "averageJitter": "PT0.031S"}).older("jitter", "jitter"),
		audio(unclassified, values{"packetUtilization": nil, "averageJitter": "PT0.03S"}).older(good, good),
		audio(unclassified, values{}),
		audio(unclassified, values{"packetUtilization": 9, "maxJitter": "PT1S"}),
		// Two metrics counted until 2022, from 2021 on not for Satin.
		audio(unclassified, values{"averageAudioDegradation": 1.0}).older(good, good),
		audio(unclassified, values{"averageAudioDegradation": 1.0001}).older("audio_degradation", "audio_degradation"),
		audio(unclassified, values{"averageRatioOfConcealedSamples": 0.07}).older(good, good),
		audio(unclassified, values{"averageRatioOfConcealedSamples": 0.0701}).older("concealed_samples", "concealed_samples"),
		audio(good, values{"averageJitter": "PT0.01S", "averageAudioDegradation": 3, "averageRatioOfConcealedSamples": 0.5, "audioCodec": "silkWide"}).
			older("audio_degradation, concealed_samples", "audio_degradation, concealed_samples"),
		audio(good, values{"averageJitter": "PT0.01S", "averageAudioDegradation": 3, "audioCodec": "satin"}).older(good, "audio_degradation"),
		audio(unclassified, values{"averageRatioOfConcealedSamples": 0.5, "audioCodec": "satinFullband"}).older(unclassified, "concealed_samples"),

		video(good, values{"averageVideoFrameLossPercentage": 50}),
		video("frame_loss", values{"averageVideoFrameLossPercentage": 50.001}),
		video(good, values{"averageVideoFrameRate": 7}),
		video("frame_rate", values{"averageVideoFrameRate": 6.999}),
		video(good, values{"postForwardErrorCorrectionPacketLossRate": 0.15}),
		video("loss_after_fec", values{"postForwardErrorCorrectionPacketLossRate": 0.1501}),
		// The first metric that is there decides.
		video(good, values{"averageVideoFrameLossPercentage": 0, "averageVideoFrameRate": 1, "postForwardErrorCorrectionPacketLossRate": 1}),
		video("frame_loss", values{"averageVideoFrameLossPercentage": 51, "averageVideoFrameRate": 1}),
		video(good, values{"averageVideoFrameRate": 30, "postForwardErrorCorrectionPacketLossRate": 1}),
		video(unclassified, values{"averageReceivedFrameRate": 1, "averageJitter": "PT1S", "packetUtilization": 9000}),
		video("frame_rate", values{"averageVideoFrameRate": 1}).called("panoramic-video"),

		// Since 2022 what a client receives goes by lost frames, except H264S.
		sharing("client", good, good, values{"averageVideoFrameLossPercentage": 50}),
		sharing("client", "frame_loss", "frame_loss", values{"averageVideoFrameLossPercentage": 50.001}),
		sharing("", "frame_loss", "frame_loss", values{"averageVideoFrameLossPercentage": 51, "averageVideoFrameRate": 30}),
		sharing("client", unclassified, "frame_rate", values{"averageVideoFrameRate": 0.5}),
		sharing("client", "frame_rate", good, values{"averageVideoFrameLossPercentage": 2, "averageVideoFrameRate": 0.5, "videoCodec": "h264s"}),
		sharing("client", "frame_loss", "frame_loss", values{"averageVideoFrameLossPercentage": 60, "averageVideoFrameRate": 9, "videoCodec": "h264"}),
		// All else goes by the frame rate, of which less is asked.
		sharing("service", good, "frame_rate", values{"averageVideoFrameRate": 1}),
		sharing("service", "frame_rate", "frame_rate", values{"averageVideoFrameRate": 0.999}),
		sharing("service", good, "frame_rate", values{"averageVideoFrameRate": 1.999}),
		sharing("service", good, good, values{"averageVideoFrameRate": 2}),
		sharing("service", good, "frame_loss", values{"averageVideoFrameLossPercentage": 90, "averageVideoFrameRate": 5}),
		sharing("service", unclassified, "frame_loss", values{"averageVideoFrameLossPercentage": 90}),
		sharing("service", unclassified, good, values{"postForwardErrorCorrectionPacketLossRate": 0.15}),
		sharing("service", unclassified, "loss_after_fec", values{"postForwardErrorCorrectionPacketLossRate": 0.1501}),

		audio(unclassified, values{"averageJitter": "PT1S"}).called("data").older(unclassified, unclassified),
		video(unclassified, values{"averageVideoFrameRate": 1}).called("applicationsharing"),
		video(unclassified, values{"averageVideoFrameRate": 1}).called("somethingNew"),
	}
}

// record is a call with a session for each stream.
func record(t *testing.T, streams []graded) graphsim.Record {
	t.Helper()
	end := func(kind string) values {
		return values{"@odata.type": "#microsoft.graph.callRecords." + kind + "Endpoint"}
	}
	var sessions []values
	for i, g := range streams {
		session := values{"id": fmt.Sprint(i), "caller": end("participant"), "callee": end("participant")}
		stream := values{"streamId": fmt.Sprint(i), "streamDirection": "callerToCallee"}
		switch g.to {
		case "service":
			session["callee"] = end("service")
		case "client":
			// Half of them with the service as the caller.
			if i%2 == 0 {
				session["caller"] = end("service")
			} else {
				session["callee"], stream["streamDirection"] = end("service"), "calleeToCaller"
			}
		}
		media := values{"label": g.label, "streams": []values{stream}}
		for name, value := range g.stream {
			stream[name] = value
			if name == "subnet" { // of the caller, the callee being a service
				delete(stream, name)
				media["callerNetwork"] = values{name: value}
				session["callee"] = end("service")
			}
		}
		session["segments"] = []values{{"id": fmt.Sprint(i), "media": []values{media}}}
		sessions = append(sessions, session)
	}
	text, err := json.Marshal(values{
		"id": "graded", "version": 1, "type": "groupCall", "startDateTime": "2026-11-18T09:00:00Z", "endDateTime": "2026-11-18T10:00:00Z",
		"modalities": []string{"audio"}, "sessions": sessions, "participants_v2": []values{},
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := graphsim.ParseRecord(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestStreamsAreClassed(t *testing.T) {
	streams := gradedStreams()
	dir := t.TempDir()
	if _, err := fill(t.Context(), dir, []graphsim.Record{record(t, streams)}); err != nil {
		t.Fatal(err)
	}
	db := duckDB(t, dir)
	for _, s := range views.RuleSets() {
		rows := query(t, db, "FROM stream_quality_"+strings.ReplaceAll(s.Name, "-", "_")+" ORDER BY session_ordinal")
		if len(rows) != len(streams) {
			t.Fatalf("%d streams, want %d", len(rows), len(streams))
		}
		for i, g := range streams {
			want, differs := g.before[s.Name]
			if !differs {
				want = g.now
			}
			if got := classed(rows[i]); got != want || rows[i]["rule_set"] != s.Name {
				t.Errorf("by %s, %s %s %v is %s, want %s", s.Name, g.label, g.to, g.stream, got, want)
			}
		}
	}
	for i, row := range query(t, db, "FROM stream_quality ORDER BY session_ordinal") {
		if got := classed(row); got != streams[i].now || row["rule_set"] != "cqd-2022-07" {
			t.Errorf("%v is %s, want %s", streams[i].stream, got, streams[i].now)
		}
	}
}

// classed writes a stream's class as graded does.
func classed(row oracle.Row) string {
	reasons, _ := row["poor_reasons"].(string)
	quality, _ := row["quality"].(string)
	switch {
	case quality == "poor" && reasons != "":
		return reasons
	case reasons != "":
		return quality + " in spite of " + reasons
	}
	return quality
}

// TestRulesAsData keeps the view of the thresholds as Microsoft's page has
// them.
func TestRulesAsData(t *testing.T) {
	var got []string
	for _, row := range query(t, duckDB(t, t.TempDir()), "FROM quality_rules ORDER BY rule_set DESC, media_kind, step, stream_column") {
		got = append(got, fmt.Sprint(row["rule_set"], " ", row["media_kind"], " ", row["step"], " ", row["stream_column"], " ", row["comparison"], " ", row["threshold"], " ", row["applies_to"]))
		if source, _ := row["source"].(string); !strings.Contains(source, "Stream classification in Call Quality Dashboard") || row["unit"] == "" || row["metric"] == "" {
			t.Errorf("%v lacks source, unit or metric", row)
		}
	}
	want := []string{
		"cqd-2022-07 audio 0 packet_utilization > 500 needed to be classed",
		"cqd-2022-07 audio 1 average_jitter_ms > 30 all",
		"cqd-2022-07 audio 1 average_packet_loss_rate > 0.1 all",
		"cqd-2022-07 audio 1 average_round_trip_time_ms > 500 all",
		"cqd-2022-07 vbss 1 average_video_frame_loss_percentage > 50 inbound_not_h264s",
		"cqd-2022-07 vbss 2 average_video_frame_rate < 1 outbound_or_h264s",
		"cqd-2022-07 video 1 average_video_frame_loss_percentage > 50 all",
		"cqd-2022-07 video 2 average_video_frame_rate < 7 all",
		"cqd-2022-07 video 3 post_forward_error_correction_packet_loss_rate > 0.15 all",
	}
	for i, line := range want {
		if i >= len(got) || got[i] != line {
			t.Fatalf("the rules begin with\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	if len(got) != 9+11+11 {
		t.Errorf("%d rules:\n%s", len(got), strings.Join(got, "\n"))
	}
}

// TestTargetsAsData keeps the targets as Microsoft's guide has them: share of
// poor streams, failures of setup, drops.
func TestTargetsAsData(t *testing.T) {
	db := duckDB(t, t.TempDir())
	got := table(t, db, `SELECT call_type, network, link, max(target) FILTER (WHERE metric = 'poor_percent'),
		max(target) FILTER (WHERE metric = 'setup_failure_percent'), max(target) FILTER (WHERE metric = 'drop_failure_percent')
		FROM quality_targets WHERE media_kind = 'audio' AND unit = '%' AND source LIKE '%Review Guide%' GROUP BY ALL ORDER BY ALL`)
	want := "any any any 3 1 3; any internal any 2 0.5 2; groupCall any any 2 0.5 3; groupCall any wifi_2.4ghz 2 0.5 2; groupCall any wifi_5ghz 1 0.5 1; " +
		"groupCall any wired 1 0.5 1; groupCall internal any 2 0.5 2; peerToPeer any any 2 1 3; peerToPeer any wifi_5ghz 2 1 1; peerToPeer any wired 2 1 1; " +
		"peerToPeer internal any 2 0.5 2; peerToPeer internal wifi_5ghz 1 0.5 1; peerToPeer internal wired 1 0.5 1"
	if got != want {
		t.Errorf("the targets are\n%s\nwant\n%s", got, want)
	}
	if n := count(t, db, "quality_targets"); n != len(views.Targets()) {
		t.Errorf("%d targets, want %d", n, len(views.Targets()))
	}
	for _, target := range views.Targets() {
		if n := count(t, db, "duckdb_columns() WHERE table_name IN ('setup_and_drop', 'network_quality') AND column_name = '"+target.Metric+"'"); n != 1 {
			t.Errorf("%d columns are called %s, want one", n, target.Metric)
		}
	}
}
