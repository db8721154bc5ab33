package report

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// ratio is a share of a whole.
type ratio struct{ part, whole int64 }

// percent is the ratio in percent with two decimals, as the views have it;
// false where there is no whole.
func (r ratio) percent() (float64, bool) {
	if r.whole == 0 {
		return 0, false
	}
	return math.Round(10000*float64(r.part)/float64(r.whole)) / 100, true
}

// over tells whether the ratio exceeds a target in percent.
func (r ratio) over(most string) bool {
	target, err := strconv.ParseFloat(most, 64)
	return err == nil && r.whole > 0 && 100*float64(r.part) > target*float64(r.whole)
}

// grouped writes a whole number with commas between thousands.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	digits := strings.TrimPrefix(text, "-")
	var b strings.Builder
	b.WriteString(text[:len(text)-len(digits)])
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// plain writes a number with the decimals that it needs.
func plain(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// tenths rounds to one decimal.
func tenths(f float64) float64 { return math.Round(f*10) / 10 }

// minutes are microseconds in minutes, with one decimal.
func minutes(micros int64) float64 { return tenths(float64(micros) / 60e6) }

// span writes minutes for people.
func span(minutes float64) string {
	switch {
	case math.Abs(minutes) >= 2*24*60:
		return strconv.FormatFloat(minutes/60/24, 'f', 1, 64) + " d"
	case math.Abs(minutes) >= 2*60:
		return strconv.FormatFloat(minutes/60, 'f', 1, 64) + " h"
	}
	return strconv.FormatFloat(minutes, 'f', 1, 64) + " min"
}

// quantile is the value below which a share of sorted values is, itself one of
// them.
func quantile(sorted []int64, share float64) int64 {
	return sorted[max(0, int(math.Ceil(share*float64(len(sorted))))-1)]
}

func day(t time.Time) string { return t.UTC().Format("2 Jan 2006") }

func moment(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04") }
