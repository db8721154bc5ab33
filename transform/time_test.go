package transform

import (
	"fmt"
	"math/big"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	for text, want := range map[string]string{
		"2020-02-25T18:52:21Z":             "2020-02-25T18:52:21Z",
		"2020-02-25T18:52:21.2Z":           "2020-02-25T18:52:21.2Z",
		"2020-02-25T18:52:21.78271Z":       "2020-02-25T18:52:21.78271Z",
		"2020-02-25T18:52:21.2169889Z":     "2020-02-25T18:52:21.216988Z",
		"2026-11-23T23:59:59.9999999Z":     "2026-11-23T23:59:59.999999Z",
		"1969-12-31T23:59:59.9999999Z":     "1969-12-31T23:59:59.999999Z",
		"2020-02-25T18:52:21.216988912Z":   "2020-02-25T18:52:21.216988Z",
		"0001-01-01T00:00:00Z":             "0001-01-01T00:00:00Z",
		"9999-12-31T23:59:59.9999999Z":     "9999-12-31T23:59:59.999999Z",
		"2024-02-29T00:00:00Z":             "2024-02-29T00:00:00Z",
		"2000-02-29T00:00:00Z":             "2000-02-29T00:00:00Z",
		"2026-01-01T00:30:00+05:45":        "2025-12-31T18:45:00Z",
		"2026-01-01T00:30:00.1234567-0330": "",
		"2026-01-01T00:30:00-03:30":        "2026-01-01T04:00:00Z",
		"2026-02-30T00:00:00Z":             "", "2025-02-29T00:00:00Z": "", "2100-02-29T00:00:00Z": "", "2026-04-31T00:00:00Z": "",
		"2026-13-01T00:00:00Z": "", "2026-00-01T00:00:00Z": "", "2026-01-00T00:00:00Z": "",
		"2026-01-01T24:00:00Z": "", "2026-01-01T00:60:00Z": "", "2026-01-01T00:00:60Z": "",
		"2026-01-01T00:00:00": "", "2026-01-01": "", "": "", "2026-01-01T00:00:00.Z": "", "2026-01-01T00:00:00.1": "",
		"2026-01-01 00:00:00Z": "", "2026-01-01T00:00:00+15:00": "", "2026-01-01T00:00:00+05:60": "", "2026-1-1T00:00:00Z": "",
		"0000-12-31T23:00:00Z": "", "0001-01-01T00:00:00+01:00": "", "+026-01-01T00:00:00Z": "", "9999-12-31T23:59:59-01:00": "",
		"2026-01-01T00:00:00ZZ": "", "２026-01-01T00:00:00Z": "",
	} {
		micros, ok := parseTime(text)
		got := ""
		if ok {
			got = time.UnixMicro(micros).UTC().Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for text, ticks := range map[string]int64{
		"PT0.016S": 160_000, "PT0S": 0, "PT0.0000001S": 1, "PT0.1S": 1_000_000, "PT1.2345678S": 12_345_678,
		"PT3M27.1364656S": 2_071_364_656, "-PT1M28.6559915S": -886_559_915, "P1DT2H": 26 * ticksPerHour, "P1D": ticksPerDay,
		"PT1H1M1S": 3661 * ticksPerSecond, "-PT43.68S": -436_800_000, "PT0.12345678S": 1_234_567, "PT100H": 100 * ticksPerHour,
		"P10675199DT2H48M5.4775807S": 1<<63 - 1, "-P0D": 0, "PT90M": 5400 * ticksPerSecond,
	} {
		want, _ := big.NewRat(ticks, ticksPerMs).Float64()
		if got, ok := parseDuration(text); !ok || got != want {
			t.Errorf("%s: got %v, %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "P", "PT", "-P", "P1DT", "1S", "PT1", "PTS", "PT.5S", "PT1.S", "P1H", "PT1D", "P1Y", "P1M", "P1W", "PT1S1M", "PT1M1H",
		"PT1.5M", "P1.5D", "PT-1S", "PT+1S", "PT1S ", " PT1S", "pt1s", "PT1SX", "--PT1S", "+PT1S", "PT1H1H", "PT1_0S", "P1DT1D",
		"P10675199DT2H48M5.4775808S", "PT99999999999999999999S", "P9223372036854775807D", "Single", "P1DT2",
	} {
		if got, ok := parseDuration(text); ok {
			t.Errorf("%q: got %v, want none", text, got)
		}
	}
}

// FuzzParseTime checks that what is accepted is what the time package reads.
func FuzzParseTime(f *testing.F) {
	f.Add("2020-02-25T18:52:21.2169889Z")
	f.Add("0001-01-01T00:00:00+00:00")
	f.Fuzz(func(t *testing.T, text string) {
		micros, ok := parseTime(text)
		if !ok {
			return
		}
		want, err := time.Parse(time.RFC3339Nano, text)
		if err != nil || want.UTC().Truncate(time.Microsecond) != time.UnixMicro(micros).UTC() {
			t.Fatalf("%q: got %v, want %v, error %v", text, time.UnixMicro(micros).UTC(), want.UTC(), err)
		}
	})
}

func FuzzParseDuration(f *testing.F) {
	f.Add(int64(12_345_678), "PT1S")
	f.Add(int64(-1), "P1DT2H3M4.5S")
	f.Add(int64(1), "PT999999999.99999999S")
	f.Add(int64(1), "PT1234567890.5S")
	f.Add(int64(1), "PT00000000001S")
	f.Fuzz(func(t *testing.T, ticks int64, text string) {
		got, ok := parseDuration(text)
		if want, wantOK := parseComponents(text); got != want || ok != wantOK {
			t.Fatalf("%q: got %v, %v, by components %v, %v", text, got, ok, want, wantOK)
		}
		if ticks < 0 {
			return
		}
		written := fmt.Sprintf("P%dDT%dH%dM%d.%07dS", ticks/ticksPerDay, ticks/ticksPerHour%24, ticks/ticksPerMinute%60, ticks/ticksPerSecond%60, ticks%ticksPerSecond)
		want, _ := big.NewRat(ticks, ticksPerMs).Float64()
		if got, ok := parseDuration(written); !ok || got != want {
			t.Fatalf("%s: got %v, %v, want %v", written, got, ok, want)
		}
	})
}
