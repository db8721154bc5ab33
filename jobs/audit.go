package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"etl/extract"
	"etl/load"
)

// Audit proves a lake, or names what is wrong with it.
type Audit struct {
	Lake audited
	// Connect signs in to Graph; needed by Source, and by Repair for what can't
	// be rebuilt from the archive. May be nil.
	Connect func(ctx context.Context) (graph Graph, tenantID string, err error)
	Source  bool // compare with what Graph lists, too
	Repair  bool // rebuild, or fetch again, what is wrong
	// Since and Until are the first and the last date, as YYYY-MM-DD; "" for
	// no bound. What Graph lists is always compared as a whole.
	Since, Until string
	Pull         extract.Pull // of a repair
	Log          *slog.Logger
}

// acknowledge brings the run reports up to what there is on dates with which
// nothing else is wrong: a run was killed before it could report, what the
// repair wrote isn't reported yet, or calls of an object of the archive that is
// gone are in others now. It returns the other findings.
func (p *auditPass) acknowledge(report *Report) []Finding {
	accounts := func(f Finding) bool {
		return f.Kind == findingUnreported || f.Kind == findingMissing && strings.HasPrefix(f.Object, "raw/")
	}
	wrong := map[string]bool{} // dates
	for _, f := range p.found {
		wrong[f.Date] = wrong[f.Date] || !accounts(f)
	}
	for _, o := range p.unreported {
		if !wrong[dateInKey(o.Key)] {
			report.Objects = append(report.Objects, o)
		}
	}
	return slices.DeleteFunc(p.found, func(f Finding) bool {
		if !accounts(f) || wrong[f.Date] {
			return false
		}
		if f.Kind == findingMissing {
			report.Objects = append(report.Objects, load.Published{Key: f.Object})
		}
		return true
	})
}

// Do runs the job. Its report has the findings, and the exit code
// ExitIncomplete where any is left.
func (a Audit) Do(ctx context.Context) (report *Report, err error) {
	report = newReport("audit", time.Now())
	report.Findings = []Finding{}
	unlock, err := a.Lake.Lock(ctx)
	if err != nil {
		report.finish(time.Now(), err)
		return report, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	err = a.afterLock(ctx, report)
	report.finish(time.Now(), err)
	return report, errors.Join(err, keepReport(ctx, a.Lake, report))
}

func (a Audit) afterLock(ctx context.Context, report *Report) error {
	var graph Graph
	var tenantID string
	if a.Connect != nil {
		var err error
		if graph, tenantID, err = a.Connect(ctx); err != nil {
			return err
		}
		defer func() { report.asked(graph.Stats()) }()
	}
	p, err := a.pass(ctx, graph, tenantID, report)
	found := p.found
	if err == nil && a.Repair && len(found) > 0 {
		found, err = a.repair(ctx, graph, tenantID, found, report)
	}
	sortFindings(found)
	report.Findings = append(report.Findings, found...)
	if len(found) > 0 {
		a.Log.Warn("the lake is not as it should be; the report names what", "findings", len(found))
	}
	return err
}

// pass looks through the lake once.
func (a Audit) pass(ctx context.Context, graph Graph, tenantID string, report *Report) (*auditPass, error) {
	p := &auditPass{Audit: a, report: report, dates: map[string][]string{}, logDates: map[string]map[string][]string{}, reported: map[string]*reportedObject{}, seen: map[uint64]string{}}
	for _, look := range []func(context.Context) error{p.commits, p.reports, p.objects, p.tables} {
		if err := look(ctx); err != nil {
			return p, err
		}
	}
	if a.Source {
		return p, p.source(ctx, graph, tenantID)
	}
	return p, nil
}

// repair puts right what can be: it completes unfinished commits, sets damaged
// objects aside, rebuilds dates from the archive, and fetches calls from
// Graph. Then it looks again.
func (a Audit) repair(ctx context.Context, graph Graph, tenantID string, before []Finding, report *Report) ([]Finding, error) {
	r := &repairing{Audit: a, report: report}
	found, err := r.setAsideRaw(ctx, graph, tenantID, before)
	if err == nil {
		err = r.run(ctx, graph, tenantID, found)
	}
	if err != nil {
		return before, fmt.Errorf("repairing: %w", err)
	}
	p, err := a.pass(ctx, graph, tenantID, newReport("", time.Now()))
	if err != nil {
		return before, err
	}
	after := p.acknowledge(report)
	left := map[[5]string]bool{}
	for _, f := range after {
		left[f.key()] = true
	}
	for _, f := range before {
		if !left[f.key()] {
			f.Repaired = true
			after = append(after, f)
		}
	}
	return after, nil
}
