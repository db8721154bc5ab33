package schemas

import "time"

// NoStartDate is the partition of calls whose record has no readable start.
const NoStartDate = "0001-01-01"

// CallDate returns the partition of a call: the UTC date, as YYYY-MM-DD, of
// its start in microseconds since 1970, or [NoStartDate] where it has none.
func CallDate(start *int64) string {
	if start == nil {
		return NoStartDate
	}
	return time.UnixMicro(*start).UTC().Format(time.DateOnly)
}
