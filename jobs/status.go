package jobs

import (
	"context"
	"math"
	"slices"
	"time"
)

// Status says how complete a lake is, without asking Graph. It is a contract
// with operators: the JSON of etl status.
type Status struct {
	At          time.Time  `json:"at"`
	ExitCode    int        `json:"exit_code"`    // 0 complete, 3 calls or spans are missing, 4 some will be lost within 72 hours
	LastRun     *time.Time `json:"last_run"`     // when a sync has ended last; null: never
	LastSuccess *time.Time `json:"last_success"` // the same, with exit code 0

	Listed    []ListedSpan   `json:"listed"` // within what Graph keeps
	Uncovered []Span         `json:"uncovered"`
	Doubtful  []DoubtfulSpan `json:"doubtful"`
	Lost      []LostSpan     `json:"lost"`

	Pending          map[string]int `json:"pending"` // calls by reason
	LostCalls        int            `json:"lost_calls"`
	OldestUnloaded   *time.Time     `json:"oldest_unloaded"`     // start of a pending call or uncovered span
	HoursToFirstLoss *float64       `json:"hours_to_first_loss"` // null: nothing is missing

	Freshness Freshness `json:"freshness"`

	Logs map[string]*LogStatus `json:"logs"` // that were ever kept, by table
}

// LogStatus says how complete the table of a log is.
type LogStatus struct {
	LastRun     *time.Time   `json:"last_run"`     // when a sync has listed it last
	LastSuccess *time.Time   `json:"last_success"` // the same, whole
	Refused     string       `json:"refused,omitempty"`
	Listed      []ListedSpan `json:"listed"` // within the 90 days for which it is read
	Uncovered   []Span       `json:"uncovered"`
	Lost        []LostSpan   `json:"lost"`
}

// Freshness is how long after their end calls were fetched, in minutes: the
// newest versions of those that ended within the hot window.
type Freshness struct {
	Calls int     `json:"calls"`
	P50   float64 `json:"p50_minutes"`
	P90   float64 `json:"p90_minutes"`
	P99   float64 `json:"p99_minutes"`
	Max   float64 `json:"max_minutes"`
}

// lakeReader is what a status is read from; *load.Lake is it.
type lakeReader interface {
	states
	versions
}

// ReadStatus returns the status of a lake. Freshness is that of the calls of
// the hot window.
func ReadStatus(ctx context.Context, lake lakeReader, now time.Time, hotWindow time.Duration) (*Status, error) {
	c, err := ReadCoverage(ctx, lake)
	if err != nil {
		return nil, err
	}
	pending, err := ReadPending(ctx, lake)
	if err != nil {
		return nil, err
	}
	lost, err := ReadLost(ctx, lake)
	if err != nil {
		return nil, err
	}
	s := &Status{
		At: now.UTC(), LastRun: c.LastRun, LastSuccess: c.LastSuccess,
		Listed: []ListedSpan{}, Uncovered: []Span{}, Doubtful: append([]DoubtfulSpan{}, c.Doubtful...), Lost: append([]LostSpan{}, c.Lost...),
		Pending: map[string]int{}, Logs: map[string]*LogStatus{}, LostCalls: len(lost), ExitCode: PendingExitCode(pending, now),
	}
	s.cover(c, now)
	s.wait(pending)
	if err := s.logs(ctx, lake, c.LastRun, now); err != nil {
		return nil, err
	}
	s.Freshness, err = freshness(ctx, lake, now, hotWindow)
	return s, err
}

// runsEvery is how often a sync should run at least.
const runsEvery = 24 * time.Hour

// due is until when calls should be listed. What is newer than the last run is
// missing only if that run should not have been the last.
func (c *Coverage) due(now time.Time) time.Time {
	until := now.Add(-availableAfter - runsEvery).UTC()
	for _, l := range c.Listed {
		until = latest(until, l.Until)
	}
	return until
}

// cover adds what is known of the starts that Graph keeps.
func (s *Status) cover(c Coverage, now time.Time) {
	kept := Span{now.Add(-retention).UTC(), c.due(now)}
	for _, l := range c.Listed {
		if l.Span = l.within(kept); !l.empty() {
			s.Listed = append(s.Listed, l)
		}
	}
	for _, gap := range c.Gaps(kept, time.Time{}) {
		s.Uncovered = append(s.Uncovered, gap)
		s.miss(gap.From)
		s.ExitCode = max(s.ExitCode, ExitIncomplete)
		if gap.From.Add(retention).Sub(now) < atRisk {
			s.ExitCode = ExitLost
		}
	}
}

// logs adds what is known of the logs. What is missing counts only where the
// last sync has kept the log: it need not be kept, nor be permitted.
func (s *Status) logs(ctx context.Context, lake states, lastRun *time.Time, now time.Time) error {
	for _, l := range callLogs() {
		c, err := ReadLogCoverage(ctx, lake, l.table)
		if err != nil {
			return err
		}
		if c.LastRun == nil && len(c.Listed) == 0 {
			continue
		}
		status := &LogStatus{
			LastRun: c.LastRun, LastSuccess: c.LastSuccess, Refused: c.Refused,
			Listed: []ListedSpan{}, Uncovered: []Span{}, Lost: append([]LostSpan{}, c.Lost...),
		}
		s.Logs[l.table] = status
		kept := Span{now.Add(-logRetention).UTC(), now.Add(-logDelay - runsEvery).UTC()}
		for _, listed := range c.Listed {
			if listed.Span = listed.within(kept); !listed.empty() {
				status.Listed = append(status.Listed, listed)
			}
		}
		if c.Refused != "" || lastRun != nil && known(c.LastRun).Before(*lastRun) {
			continue
		}
		status.Uncovered = append(status.Uncovered, c.Gaps(kept, time.Time{})...)
		if len(status.Uncovered) > 0 {
			s.ExitCode = max(s.ExitCode, ExitIncomplete)
		}
	}
	return nil
}

// wait adds the pending calls.
func (s *Status) wait(pending map[string]PendingCall) {
	for _, p := range pending {
		s.Pending[p.Reason]++
		s.miss(p.Deadline().Add(-retention))
	}
	if s.OldestUnloaded != nil {
		hours := math.Round(s.OldestUnloaded.Add(retention).Sub(s.At).Hours()*10) / 10
		s.HoursToFirstLoss = &hours
	}
}

// miss notes that calls of a start are not in the lake.
func (s *Status) miss(start time.Time) {
	if s.OldestUnloaded == nil || start.Before(*s.OldestUnloaded) {
		start = start.UTC()
		s.OldestUnloaded = &start
	}
}

// longestCall is how long before its end a call of the hot window may have
// started.
const longestCall = 48 * time.Hour

func freshness(ctx context.Context, lake versions, now time.Time, hotWindow time.Duration) (f Freshness, err error) {
	ended := Span{now.Add(-hotWindow), now}
	var minutes []float64
	for _, date := range byDate([]Span{{ended.From.Add(-longestCall), now}}) {
		for v, err := range lake.Versions(ctx, dateOf(date.From)) {
			if err != nil {
				return f, err
			}
			if ended.holds(v.End) {
				minutes = append(minutes, math.Round(v.FetchedAt.Sub(v.End).Minutes()*10)/10)
			}
		}
	}
	if len(minutes) == 0 {
		return f, nil
	}
	slices.Sort(minutes)
	at := func(share float64) float64 { return minutes[int(math.Ceil(share*float64(len(minutes))))-1] }
	return Freshness{len(minutes), at(0.5), at(0.9), at(0.99), at(1)}, nil
}
