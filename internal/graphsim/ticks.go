package graphsim

import (
	"strconv"
	"time"
)

// ticks are 100 ns, the resolution of Graph's times and durations. As a point
// in time they count from 1970-01-01 UTC.
type ticks int64

const (
	microsecond ticks = 10
	millisecond       = 1000 * microsecond
	second            = 1000 * millisecond
	minute            = 60 * second
	hour              = 60 * minute
)

func (t ticks) time() time.Time {
	return time.Unix(int64(t/second), int64(t%second)*100).UTC()
}

// cut drops what is finer than the given number of fractional digits of a second.
func (t ticks) cut(digits int) ticks {
	unit := second
	for range digits {
		unit /= 10
	}
	return t - t%unit
}

// appendTime appends the point in time the way Graph writes it: zeros at the end trimmed.
func (t ticks) appendTime(b []byte) []byte {
	b = t.time().AppendFormat(b, "2006-01-02T15:04:05")
	b = appendFraction(b, uint64(t%second), 7)
	return append(b, 'Z')
}

// appendDuration appends the ticks as an ISO 8601 duration.
func (t ticks) appendDuration(b []byte) []byte {
	if t < 0 {
		b = append(b, '-')
		t = -t
	}
	b = append(b, 'P')
	if t >= 24*hour {
		b = strconv.AppendInt(b, int64(t/(24*hour)), 10)
		b = append(b, 'D')
		t %= 24 * hour
		if t == 0 {
			return b
		}
	}
	b = append(b, 'T')
	zero := len(b)
	if t >= hour {
		b = append(strconv.AppendInt(b, int64(t/hour), 10), 'H')
		t %= hour
	}
	if t >= minute {
		b = append(strconv.AppendInt(b, int64(t/minute), 10), 'M')
		t %= minute
	}
	if t > 0 || len(b) == zero {
		b = strconv.AppendInt(b, int64(t/second), 10)
		b = appendFraction(b, uint64(t%second), 7)
		b = append(b, 'S')
	}
	return b
}

// appendFraction appends a point and v as so many digits, zeros at the end
// trimmed, and nothing if v is 0.
func appendFraction(b []byte, v uint64, digits int) []byte {
	if v == 0 {
		return b
	}
	for v%10 == 0 {
		v /= 10
		digits--
	}
	b = append(b, '.')
	at := len(b)
	for range digits {
		b = append(b, '0')
	}
	for i := at + digits - 1; v > 0; i-- {
		b[i] = byte('0' + v%10)
		v /= 10
	}
	return b
}
