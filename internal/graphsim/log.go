package graphsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Log is one of the logs that Graph keeps of calls over the telephone network:
// the name of the function that returns its rows.
type Log string

// The logs.
const (
	PstnLog          Log = "getPstnCalls"
	DirectRoutingLog Log = "getDirectRoutingCalls"
)

// kind is the kind of requests for the log.
func (l Log) kind() Kind {
	if l == PstnLog {
		return KindPstnLog
	}
	return KindDirectRoutingLog
}

// row is the type of the log's rows.
func (l Log) row() string {
	if l == PstnLog {
		return "pstnCallLogRow"
	}
	return "directRoutingLogRow"
}

// LogRow is a row of a log, as Graph sends it.
type LogRow struct {
	ID    string
	Start time.Time // the window that it is in; zero: every one
	JSON  []byte
}

// longestLogRange is how many days of the PSTN log may be asked for at once.
// For the other log the documentation has no such limit.
const longestLogRange = 90 * 24 * time.Hour

// logSpan is what a request for a log asks for.
type logSpan struct {
	log      Log
	from, to time.Time
	skip     int
	problem  string
	args     [2]string // as they were sent
}

// cutLog reads the function of a log from the path below the collection. A next
// link has other names of parameters than the documentation of the function.
func cutLog(rest string) (span logSpan, ok bool) {
	name, args, found := strings.Cut(strings.TrimPrefix(rest, "/"), "(")
	args, closed := strings.CutSuffix(args, ")")
	span.log = Log(strings.TrimPrefix(name, "microsoft.graph.callRecords."))
	if !found || !closed || span.log != PstnLog && span.log != DirectRoutingLog {
		return span, false
	}
	values := map[string]string{}
	for pair := range strings.SplitSeq(args, ",") {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	for i, names := range [][2]string{{"fromDateTime", "from"}, {"toDateTime", "to"}} {
		value, known := values[names[0]]
		if !known {
			value = values[names[1]]
		}
		at, err := logTime(value)
		if err != nil && span.problem == "" {
			span.problem = fmt.Sprintf("Expression expected at position %d in '%s'.", strings.Index(args, "=")+1, args)
		}
		span.args[i] = value
		if i == 0 {
			span.from = at
		} else {
			span.to = at
		}
	}
	return span, true
}

// logTime reads an argument: a date, or a time with a zone.
func logTime(value string) (time.Time, error) {
	value, err := url.PathUnescape(value)
	at, err2 := time.Parse(time.RFC3339Nano, value)
	if err2 != nil {
		at, err2 = time.Parse(time.DateOnly, value)
	}
	return at, errors.Join(err, err2)
}

// holds reports whether a row is within the span: the end of the PSTN log's
// belongs to it.
func (s logSpan) holds(r LogRow) bool {
	if r.Start.IsZero() {
		return true
	}
	return !r.Start.Before(s.from) && (r.Start.Before(s.to) || s.log == PstnLog && r.Start.Equal(s.to))
}

// logRoute is what a request for a log asks for. A filter is ignored without a
// word.
func (s logSpan) route(r *http.Request) route {
	rt := route{kind: s.log.kind(), log: s, page: 1, problem: s.problem}
	if _, err := parseQuery(r.URL.RawQuery, "$skip", "$filter"); err != nil {
		rt.problem = err.Error()
	}
	if skip := r.URL.Query().Get("$skip"); skip != "" {
		n, err := strconv.Atoi(skip)
		if err != nil || n < 0 {
			rt.problem = "Invalid value '" + skip + "' for $skip query option found."
		}
		rt.log.skip = n
	}
	return rt
}

// serveLog answers with a page of a log. Its order is that of the ids, which
// tells nothing about time.
func (s *Server) serveLog(w http.ResponseWriter, r *http.Request, rt route) {
	span := rt.log
	if span.log == PstnLog && span.to.Sub(span.from) > longestLogRange {
		s.fail(w, http.StatusNotAcceptable, "NotAcceptable", "The date range must not be longer than 90 days.")
		return
	}
	rows := slices.DeleteFunc(s.tenant.LogRows(span.log), func(r LogRow) bool { return !span.holds(r) })
	page := rows[min(span.skip, len(rows)):]
	size := s.options.LogPageSize
	next := ""
	if len(page) > size {
		page = page[:size]
		next = fmt.Sprintf("%s%s/%s(from=%s,to=%s)?$skip=%d", s.GraphURL, collectionPath, span.log, span.args[0], span.args[1], span.skip+size)
	}
	var body pieces
	body.text(`{"@odata.context":"`, s.GraphURL, `/v1.0/$metadata#Collection(microsoft.graph.callRecords.`, span.log.row(), `)","@odata.count":`, strconv.Itoa(len(page)))
	if next != "" {
		body.text(`,"@odata.nextLink":"`, next, `"`)
	}
	body.text(`,"value":[`)
	for i, row := range page {
		if i > 0 {
			body.text(",")
		}
		body = append(body, row.JSON)
	}
	body.text(`]}`)
	s.write(w, r, body, parsePrefer(r.Header), 0)
}

// loggedRow is a row and the time from which on Graph shows it.
type loggedRow struct {
	LogRow
	visible time.Time
}

// PutLogRow adds a row to a log, visible from the given time on. It replaces
// one with the same id; rows without an id are all there.
func (t *Tenant) PutLogRow(log Log, r LogRow, visible time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.logs == nil {
		t.logs = map[Log][]loggedRow{}
	}
	t.logs[log] = append(t.logs[log], loggedRow{r, visible})
}

// LogRows returns the rows of a log that are visible now, in the order of their
// ids.
func (t *Tenant) LogRows(log Log) []LogRow {
	now := t.Now()
	t.mu.RLock()
	defer t.mu.RUnlock()
	var rows []LogRow
	at := map[string]int{}
	for _, r := range t.logs[log] {
		if r.visible.After(now) {
			continue
		}
		i, again := at[r.ID]
		if !again || r.ID == "" {
			i = len(rows)
			at[r.ID], rows = i, append(rows, LogRow{})
		}
		rows[i] = r.LogRow
	}
	slices.SortStableFunc(rows, func(a, b LogRow) int { return strings.Compare(a.ID, b.ID) })
	return rows
}

// ParseLogRow makes a row of its JSON, with the start that is in it if that can
// be read.
func ParseLogRow(text []byte) (LogRow, error) {
	var head struct{ ID, StartDateTime string }
	if err := json.Unmarshal(text, &head); err != nil {
		return LogRow{}, fmt.Errorf("reading a row of a log: %w", err)
	}
	start, err := time.Parse(time.RFC3339Nano, head.StartDateTime)
	if err != nil {
		start = time.Time{}
	}
	return LogRow{ID: head.ID, Start: start, JSON: bytes.Clone(text)}, nil
}
