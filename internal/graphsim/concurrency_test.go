package graphsim_test

import (
	"fmt"
	"sync"
	"testing"

	"etl/internal/graphsim"
)

// TestConcurrentUse lets clients read while the truth, the faults and the log
// change. The race detector judges.
func TestConcurrentUse(t *testing.T) {
	s := start(t, graphsim.Options{LogSize: 50, Limits: graphsim.Limits{App: 1e6, PerCall: 1e6}})
	for i := range 8 {
		s.tenant.Put(record(t, fmt.Sprint("call", i), 1, noon))
	}
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			for n := range 20 {
				id := fmt.Sprint("call", (i+n)%8)
				s.tenant.Put(record(t, id, n+2, noon))
				remove := s.Inject(graphsim.Fault{Match: graphsim.OnCall("nobody"), Do: graphsim.HTML()})
				for _, path := range []string{"/" + id + "?$expand=sessions", "?$select=id"} {
					a, err := s.send(s.client, s.GraphURL+"/v1.0/communications/callRecords"+path, nil)
					if err != nil || a.err != nil || a.StatusCode != 200 {
						t.Errorf("reading %s: %v, %v, status %d", path, err, a.err, a.StatusCode)
					}
				}
				remove()
				if log := s.Requests(); len(log) > 50 {
					t.Errorf("the log has %d requests", len(log))
				}
			}
		})
	}
	clients.Wait()
}
