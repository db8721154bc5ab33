package jobs

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"etl/extract"
	"etl/load"
)

// Report says how a run went. It is a contract with operators: the JSON on
// stdout and in _runs/ of the lake.
type Report struct {
	Run        string    `json:"run"`
	Command    string    `json:"command"`
	StartedAt  time.Time `json:"started_at"`
	FinishedAt time.Time `json:"finished_at"`
	ExitCode   int       `json:"exit_code"`
	Error      string    `json:"error,omitempty"` // why the run as a whole stopped early

	// Requested is the sum of the five outcomes after it.
	Requested int64 `json:"requested"`
	Loaded    int64 `json:"loaded"`
	Unchanged int64 `json:"unchanged"`
	Pending   int64 `json:"pending"`
	Failed    int64 `json:"failed"`
	Lost      int64 `json:"lost"`

	Rows           map[string]int64 `json:"rows"` // of the loaded calls, by table
	ObjectsWritten int64            `json:"objects_written"`
	BytesWritten   int64            `json:"bytes_written"`
	GraphRequests  int64            `json:"graph_requests"`
	Throttled      int64            `json:"throttled"` // requests that Graph answered with 429
	// LowerLimits is how many requests Graph allowed in 20 s, of logs in 60 s, by
	// the flag that allowed more.
	LowerLimits map[string]int64 `json:"lower_limits,omitempty"`

	Listing *Listing              `json:"listing,omitempty"` // of a sync
	Logs    map[string]*LogReport `json:"logs,omitempty"`    // that were kept, by table

	UnknownProperties map[string]int64 `json:"unknown_properties"` // by path
	Anomalies         map[string]int64 `json:"anomalies"`          // by kind
	Calls             []CallReport     `json:"calls"`              // those neither loaded nor unchanged
	Objects           []load.Published `json:"objects"`            // published or, without a size, removed; in that order

	Findings []Finding `json:"findings,omitzero"` // of an audit
}

// CallReport says why a call was not loaded.
type CallReport struct {
	ID       string     `json:"id"`
	Outcome  Outcome    `json:"outcome"`
	Reason   string     `json:"reason"`
	Source   string     `json:"source,omitempty"` // list, or the inbox with the name of the file
	Attempts int        `json:"attempts"`
	Deadline *time.Time `json:"deadline"` // when Graph forgets the call; null where its start is not known
}

// Outcome is how a call ended in a run.
type Outcome string

// The outcomes; every call asked for ends in exactly one.
const (
	Loaded    Outcome = "loaded"    // its newest version is in the lake, by this run
	Unchanged Outcome = "unchanged" // the lake had this version already
	Pending   Outcome = "pending"   // not in the lake yet; to be tried again
	Failed    Outcome = "failed"    // can't be loaded by trying again
	Lost      Outcome = "lost"      // Graph has forgotten it, and the lake never had it
)

// maxID is how much of an id is reported: as much as a good one has at most.
const maxID = 128

// retention is how long Graph keeps a call record, from the call's start.
const retention = 30 * 24 * time.Hour

// atRisk is how long before Graph forgets a call the run says so by its exit
// code.
const atRisk = 72 * time.Hour

func newReport(command string, now time.Time) *Report {
	return &Report{
		Run: runName(now), Command: command, StartedAt: now.UTC(),
		Rows: map[string]int64{}, UnknownProperties: map[string]int64{}, Anomalies: map[string]int64{},
		Calls: []CallReport{}, Objects: []load.Published{},
	}
}

// runName is unique also among runs that start in the same moment, and sorts
// by time.
func runName(now time.Time) string {
	return now.UTC().Format("20060102T150405.000Z") + "-" + strings.ToLower(rand.Text()[:6])
}

// received adds what a commit did.
func (r *Report) received(receipt load.Receipt) {
	add(r.Rows, receipt.Rows)
	r.ObjectsWritten += int64(receipt.Objects)
	r.BytesWritten += receipt.Bytes
	r.Objects = append(r.Objects, receipt.Published...)
}

// asked adds what was asked of Graph.
func (r *Report) asked(s extract.Stats) {
	r.GraphRequests, r.Throttled = s.Requests, s.Throttled
	r.LowerLimits = map[string]int64{}
	for flag, allowed := range map[string]int{
		"graph-requests": s.Lower.Requests, "graph-list-requests": s.Lower.ListRequests, "graph-call-requests": s.Lower.CallRequests,
		"graph-log-requests": s.Lower.LogRequests,
	} {
		if allowed > 0 {
			r.LowerLimits[flag] = int64(allowed)
		}
	}
}

// count adds a call that needs no explanation.
func (r *Report) count(outcome Outcome) {
	r.Requested++
	switch outcome {
	case Loaded:
		r.Loaded++
	case Unchanged:
		r.Unchanged++
	case Pending:
		r.Pending++
	case Failed:
		r.Failed++
	case Lost:
		r.Lost++
	}
}

// name adds a call that was neither loaded nor unchanged.
func (r *Report) name(ref extract.Ref, outcome Outcome, reason extract.Reason, attempts int) {
	r.count(outcome)
	call := CallReport{ID: printable(ref.ID, maxID), Outcome: outcome, Reason: string(reason), Source: printable(ref.Source, 2*maxID), Attempts: attempts}
	if !ref.Start.IsZero() {
		deadline := ref.Start.Add(retention).UTC()
		call.Deadline = &deadline
	}
	r.Calls = append(r.Calls, call)
}

// wrote adds what another report says was written.
func (r *Report) wrote(other *Report) {
	r.ObjectsWritten += other.ObjectsWritten
	r.BytesWritten += other.BytesWritten
	r.Objects = append(r.Objects, other.Objects...)
}

// printable bounds what a hostile text can put in a report.
func printable(text string, most int) string {
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

func add[N int | int64](to map[string]int64, from map[string]N) {
	for key, n := range from {
		to[key] += int64(n)
	}
}

// finish sets what is known at the end.
func (r *Report) finish(now time.Time, err error) {
	r.FinishedAt = now.UTC()
	if err != nil {
		r.Error = err.Error()
	}
	slices.SortFunc(r.Calls, func(a, b CallReport) int { return cmp.Compare(a.ID, b.ID) })
	r.ExitCode = exitCode(r, err, now)
}

// JSON returns the report as one indented JSON object.
func (r *Report) JSON() []byte {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		panic("encoding a run report: " + err.Error()) // its types can't fail to encode
	}
	return append(text, '\n')
}

// Reasons returns how many calls each reason kept from being loaded.
func (r *Report) Reasons() map[string]int {
	reasons := map[string]int{}
	for _, c := range r.Calls {
		reasons[c.Reason]++
	}
	return reasons
}
