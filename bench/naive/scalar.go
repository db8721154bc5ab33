package naive

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// instant is a time in microseconds since 1970.
type instant int64

func (i *instant) UnmarshalJSON(raw []byte) error {
	var t time.Time
	if err := json.Unmarshal(raw, &t); err != nil {
		return err
	}
	*i = instant(t.UnixMicro())
	return nil
}

// duration is an ISO 8601 duration (-P1DT2H3M4.5S) in milliseconds.
type duration float64

func (d *duration) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	rest, negative := strings.CutPrefix(text, "-")
	rest, ok := strings.CutPrefix(rest, "P")
	days, clock, _ := strings.Cut(rest, "T")
	var sum time.Duration
	if days != "" {
		n, err := strconv.Atoi(strings.TrimSuffix(days, "D"))
		if err != nil {
			return err
		}
		sum = time.Duration(n) * 24 * time.Hour
	}
	if clock != "" {
		t, err := time.ParseDuration(strings.ToLower(clock))
		if err != nil {
			return err
		}
		sum += t
	}
	if !ok {
		return fmt.Errorf("%q is not a duration", text)
	}
	if negative {
		sum = -sum
	}
	*d = duration(float64(sum) / 1e6)
	return nil
}
