package jobs_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"

	"etl/extract"
	"etl/jobs"
	"etl/transform"
)

// A call is keyed by what was read of its pages, and its rows by its record.
func TestKeyOfACallIsThatOfItsRecord(t *testing.T) {
	s := newTenant(t, generate(40)...)
	client, tenantID, err := s.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer client.(*extract.Client).Close()
	err = extract.Pull{}.Run(t.Context(), client, refs(s.Tenant().IDs()...), func(r extract.Result) error {
		if r.Err != nil {
			return r.Err
		}
		defer r.Call.Release()
		want, err := transform.Key(string(r.Call.Record), tenantID)
		if err != nil {
			return err
		}
		got, err := transform.Key(r.Call.Key, tenantID)
		if err != nil || got.CallID != want.CallID || got.CallVersion != want.CallVersion || *got.CallStartDateTime != *want.CallStartDateTime {
			t.Errorf("the key is %+v, want %+v; error %v", got, want, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// cutting is a Graph whose records of one call lack their last byte.
type cutting struct {
	jobs.Graph
	id string
}

func (g cutting) Fetch(ctx context.Context, ref extract.Ref) (*extract.Call, error) {
	call, err := g.Graph.Fetch(ctx, ref)
	if err == nil && call.ID == g.id {
		call.Record = bytes.Clone(call.Record[:len(call.Record)-1])
	}
	return call, err
}

// A record that is no JSON would make an object of the archive unreadable for
// others.
func TestRecordThatIsNoJSONIsPendingAndNotArchived(t *testing.T) {
	calls := generate(5)
	s := newTenant(t, calls...)
	lake := openLake(t, t.TempDir())
	run := s.run(lake, calls[0].ID, calls[1].ID)
	run.Log = slog.New(slog.DiscardHandler)
	run.Connect = func(ctx context.Context) (jobs.Graph, string, error) {
		graph, tenantID, err := s.connect(ctx)
		return cutting{graph, calls[0].ID}, tenantID, err
	}
	report, err := run.Do(t.Context())
	if err != nil || report.Loaded != 1 || report.Pending != 1 || report.Calls[0].Reason != "bad_record" {
		t.Fatalf("error %v, report %s", err, report.JSON())
	}
	if got := archivedVersions(t, lake, calls[0].ID); len(got) != 0 {
		t.Errorf("archived are versions %v of a record that is no JSON", got)
	}
	if got := archivedVersions(t, lake, calls[1].ID); len(got) != 1 {
		t.Errorf("archived are versions %v of the other call", got)
	}
}
