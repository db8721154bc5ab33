package transform

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Sizes in ticks of 100 ns, the grain of Graph's durations.
const (
	ticksPerMs     = 10_000
	ticksPerSecond = 1000 * ticksPerMs
	ticksPerMinute = 60 * ticksPerSecond
	ticksPerHour   = 60 * ticksPerMinute
	ticksPerDay    = 24 * ticksPerHour
)

// parseDuration reads an Edm.Duration (-P1DT2H3M4.5678901S) as milliseconds,
// exact to 100 ns and then the nearest double. Digits after the seventh are
// cut. It reports false for what is no duration, and for years, months and
// weeks, which Edm.Duration has not.
func parseDuration(text string) (ms float64, ok bool) {
	if ms, ok := parseSeconds(text); ok {
		return ms, true
	}
	return parseComponents(text)
}

// parseComponents is parseDuration for durations of any form.
func parseComponents(text string) (ms float64, ok bool) {
	text, negative := strings.CutPrefix(text, "-")
	text, ok = strings.CutPrefix(text, "P")
	date, clock, hasClock := strings.Cut(text, "T")
	if !ok || text == "" || (hasClock && clock == "") {
		return 0, false
	}
	var ticks int64
	date, ok = component(date, 'D', ticksPerDay, &ticks)
	for _, unit := range []struct {
		name byte
		size int64
	}{{'H', ticksPerHour}, {'M', ticksPerMinute}, {'S', ticksPerSecond}} {
		if ok {
			clock, ok = component(clock, unit.name, unit.size, &ticks)
		}
	}
	if !ok || date != "" || clock != "" {
		return 0, false
	}
	if negative {
		ticks = -ticks
	}
	return milliseconds(ticks), true
}

// parseSeconds is parseDuration for what nearly all durations are, seconds and
// nothing else. It reports false for any other.
func parseSeconds(text string) (ms float64, ok bool) {
	if !strings.HasPrefix(text, "PT") {
		return 0, false
	}
	const begin, most = len("PT"), len("PT0123456789") // so that nothing overflows
	seconds, i := int64(0), begin
	for ; i < min(len(text), most) && text[i]-'0' <= 9; i++ {
		seconds = seconds*10 + int64(text[i]-'0')
	}
	part, rest, ok := fraction(text[i:], 7)
	if !ok || rest != "S" || i == begin {
		return 0, false
	}
	return milliseconds(seconds*ticksPerSecond + part), true
}

// component adds a number of units of the given size, if text begins with
// one, to ticks and returns what follows. Only seconds have a fraction. It
// reports false where the number is malformed or the sum overflows.
func component(text string, unit byte, size int64, ticks *int64) (rest string, ok bool) {
	end := strings.IndexByte(text, unit)
	if end < 0 {
		return text, true
	}
	count, part := text[:end], int64(0)
	if point := strings.IndexByte(count, '.'); unit == 'S' && point >= 0 {
		var after string
		if part, after, ok = fraction(count[point:], 7); !ok || after != "" {
			return text, false
		}
		count = count[:point]
	}
	n, err := strconv.ParseUint(count, 10, 63)
	if err != nil || int64(n) > (math.MaxInt64-*ticks-part)/size {
		return text, false
	}
	*ticks += int64(n)*size + part
	return text[end+1:], true
}

// milliseconds returns the double nearest to the ticks in milliseconds.
func milliseconds(ticks int64) float64 {
	const exact = 1 << 53 // up to here one division rounds only once
	if -exact <= ticks && ticks <= exact {
		return float64(ticks) / ticksPerMs
	}
	ms, _ := big.NewRat(ticks, ticksPerMs).Float64()
	return ms
}
