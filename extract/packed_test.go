package extract

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"etl/internal/graphsim"
)

// answerPacked answers with a status and with bodies that are packed one by one.
func answerPacked(status int, bodies ...string) graphsim.Action {
	var all bytes.Buffer
	for _, body := range bodies {
		z := gzip.NewWriter(&all)
		z.Write([]byte(body))
		z.Close()
	}
	return graphsim.Status(status, http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}}, all.String())
}

func TestPackedErrorsAreRead(t *testing.T) {
	r := newRig(t)
	r.sim.Inject(graphsim.Fault{Match: graphsim.OnKind(graphsim.KindSessions), Do: answerPacked(400, `{"error":{"code":"BadRequest","message":"that is not possible"}}`)})
	_, err := r.fetch(Ref{ID: "a"})
	wantFailure(t, err, "http_400")
	if !strings.Contains(err.Error(), "BadRequest (that is not possible)") {
		t.Errorf("error %v lacks what Graph said", err)
	}
}

// TestPageInSeveralStreams has pages whose size isn't the one that stands at
// their end.
func TestPageInSeveralStreams(t *testing.T) {
	r := newRig(t)
	record := r.call(60, 3)
	end := bytes.LastIndexByte(record.JSON, '}')
	r.sim.Inject(graphsim.Fault{Match: graphsim.OnKind(graphsim.KindSessions), Do: answerPacked(200, string(record.JSON[:end-3]), string(record.JSON[end-3:]))})
	if call := r.mustFetch(record); call.Requests != 2 {
		t.Errorf("%d requests, want 2", call.Requests)
	}
	large, err := NewClient(Config{GraphURL: r.sim.GraphURL, Tokens: r.signIn, Network: Network{RootCAs: r.sim.CertPool()}, Bounds: Bounds{PageBytes: 100_000}})
	if err != nil {
		t.Fatal(err)
	}
	defer large.Close()
	_, err = large.Fetch(t.Context(), Ref{ID: record.ID})
	wantFailure(t, err, ReasonTooLarge)
}

// TestPageThatSaysTooMuch has a page that is damaged and, by its last bytes,
// too large.
func TestPageThatSaysTooMuch(t *testing.T) {
	r := newRig(t, func(s *setUp) { s.client.Bounds.PageBytes = 300_000 })
	record := r.call(40, 3)
	r.sim.Inject(graphsim.Fault{Match: graphsim.OnKind(graphsim.KindSessions), Times: 1, Do: func(w http.ResponseWriter, q *http.Request, normal http.Handler) {
		var text []byte
		graphsim.RewriteBody(func(body []byte) []byte { text = body; return body })(httptest.NewRecorder(), q, normal)
		var all bytes.Buffer
		z := gzip.NewWriter(&all)
		z.Write(text)
		z.Close()
		cut := append(all.Bytes()[:all.Len()/2], "\xff\xff\xff\xff"...)
		graphsim.Status(200, http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}}, string(cut))(w, q, normal)
	}})
	if call := r.mustFetch(record); call.Requests != 3 {
		t.Errorf("%d requests, want one more than the two that it takes", call.Requests)
	}
}

// TestCallsKeepWhatIsTheirs has the memory of calls used again and again by
// others, and checks that no call has anything of another.
func TestCallsKeepWhatIsTheirs(t *testing.T) {
	r := newRig(t, func(s *setUp) {
		s.client.Budgets = Budgets{Requests: 100_000, CallRequests: 10_000, ListRequests: 10_000}
	})
	var records []graphsim.Record
	for _, sessions := range []int{1, 3, 20, 65, 130} {
		records = append(records, r.call(sessions, 2), r.call(sessions, 140))
	}
	// Some calls fail on their way.
	r.sim.Inject(graphsim.Fault{Match: graphsim.OnPage(graphsim.KindParticipants, 1), Times: 20, Do: graphsim.CleanTruncation(100)})
	var all sync.WaitGroup
	var mu sync.Mutex
	ids := map[string]int{}
	for i, record := range records {
		all.Go(func() {
			for done := 0; done < 5; done++ {
				call, err := r.fetch(Ref{ID: record.ID})
				if err != nil {
					wantFailure(t, err, ReasonBadPage)
					done--
					continue
				}
				r.same(call, record)
				held := bytes.Clone(call.Record)
				time.Sleep(time.Duration(i) * time.Millisecond)
				if !bytes.Equal(call.Record, held) {
					t.Errorf("the record of %s changed before it was released", record.ID)
				}
				call.Release()
				call.Release()
				mu.Lock()
				ids[call.ID]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for _, record := range records {
		if ids[record.ID] != 5 {
			t.Errorf("call %s came %d times, want 5: %v", record.ID, ids[record.ID], ids)
		}
	}
}

func TestListedCallsKeepWhatIsTheirs(t *testing.T) {
	r := newRig(t, func(s *setUp) { s.sim.ListPageSize = 150 })
	for i := range 300 {
		r.call(1, i)
	}
	var listed []string
	for l, err := range r.client.List(t.Context(), noon.AddDate(0, 0, -3), noon) {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, l.ID)
	}
	slices.Sort(listed)
	if !slices.Equal(listed, r.tenant.IDs()) {
		t.Errorf("listed %v, want %v", listed, r.tenant.IDs())
	}
}
