package extract

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"time"
)

// Log is one of the logs that Graph keeps of calls over the telephone network,
// apart from call records: the name of the function that returns its rows.
type Log string

// The logs. See
// https://learn.microsoft.com/graph/api/callrecords-callrecord-getpstncalls and
// https://learn.microsoft.com/graph/api/callrecords-callrecord-getdirectroutingcalls.
const (
	PstnLog          Log = "getPstnCalls"
	DirectRoutingLog Log = "getDirectRoutingCalls"
)

// MaxLogSpan is how much of a log is asked for at once, at most. Graph allows
// 90 days, and may or may not count the last date in.
const MaxLogSpan = 60 * 24 * time.Hour

// logNextLink is how older documentation of the logs writes a next link.
const logNextLink = "@odata.NextLink"

func newLogWindows(b Budgets, to *slog.Logger) map[Log]*callWindow {
	windows := map[Log]*callWindow{}
	for _, log := range []Log{PstnLog, DirectRoutingLog} {
		windows[log] = &callWindow{window: newWindow(newQuota("pages of "+string(log), b.LogRequests, b.LogWindow, to))}
	}
	return windows
}

// ListLog yields the rows of a log, as Graph sends them, of the calls that
// started in [from, until), page by page, in no order. Rows of until may be
// among them: whether a log's end belongs to its span differs. What is finer
// than seconds does not count. A row that is no object is yielded, too. An error
// is the last that is yielded, after which the list is not whole: see List. That
// Graph does not permit the log is a *Failure with ReasonForbidden.
func (c *Client) ListLog(ctx context.Context, log Log, from, until time.Time) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		window := c.logs[log]
		if window == nil {
			yield("", fmt.Errorf("listing a log: there is none by the name %q", plain(string(log), 40)))
			return
		}
		f := &fetch{client: c, doing: "listing " + string(log), window: window, log: log}
		l := listing{
			target:  fmt.Sprintf("%s%s(fromDateTime=%s,toDateTime=%s)", callRecords, log, logTime(from), logTime(until)),
			want:    wanted{items: "value", log: true},
			allowed: func(path string) bool { return ofLog(path, log) },
			take: func(item string) error {
				if !yield(item, nil) {
					return errEnough
				}
				return nil
			},
		}
		if err := c.read(ctx, f, l); err != nil {
			yield("", err)
		}
	}
}

// logTime writes a time as the documentation's samples do where it can: as a
// date.
func logTime(t time.Time) string {
	t = t.UTC().Truncate(time.Second)
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02T15:04:05Z")
}

// ofLog reports whether a path, as it stands in a URL, is that of a log's
// function. The arguments in Graph's next links have other names than those of
// the function, so they may be any.
func ofLog(path string, log Log) bool {
	rest, ok := strings.CutPrefix(path, callRecords)
	rest = strings.TrimPrefix(rest, "microsoft.graph.callRecords.")
	args, isLog := strings.CutPrefix(rest, string(log)+"(")
	args, closed := strings.CutSuffix(args, ")")
	if !ok || !isLog || !closed {
		return false
	}
	args = strings.NewReplacer("%3A", ":", "%3a", ":", "%2B", "+", "%2b", "+", "%27", "'").Replace(args)
	for _, c := range args {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("=,:.-+'", c)) {
			return false
		}
	}
	return true
}
