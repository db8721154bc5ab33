package graphsim

import (
	"net/http"
	"slices"
	"sync"
)

// Action answers a request in the place of the normal handler, which it may
// call. An action that writes nothing answers with an empty 200.
type Action func(w http.ResponseWriter, r *http.Request, normal http.Handler)

// Fault is something that goes wrong with the requests that match. Where
// several faults match a request, the one injected first plays.
type Fault struct {
	// Match says which requests the fault is for, nil for all on both
	// listeners. It is called under a lock and must not call the server.
	Match func(*Request) bool
	// After is how many matching requests pass before the fault plays.
	After int
	// Times is how often it plays, 0 for ever.
	Times int
	// Do is what happens.
	Do Action
}

// faults are the injected ones in order.
type faults struct {
	mu   sync.Mutex
	list []*scripted
}

type scripted struct {
	Fault
	matched, played int
}

// Inject makes a fault happen from now on, until it has played as often as it
// should or the function that is returned is called.
func (s *Server) Inject(f Fault) (remove func()) {
	entry := &scripted{Fault: f}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = append(s.faults.list, entry)
	return func() {
		s.faults.mu.Lock()
		defer s.faults.mu.Unlock()
		s.faults.list = slices.DeleteFunc(s.faults.list, func(e *scripted) bool { return e == entry })
	}
}

// take returns what happens to a request, nil if nothing does.
func (f *faults) take(r *Request) Action {
	f.mu.Lock()
	defer f.mu.Unlock()
	var action Action
	for i, e := range f.list {
		if e.Match != nil && !e.Match(r) {
			continue
		}
		e.matched++
		if e.matched <= e.After {
			continue
		}
		e.played++
		action = e.Do
		if e.Times > 0 && e.played >= e.Times {
			f.list = slices.Delete(f.list, i, i+1)
		}
		break
	}
	return action
}

// OnCall matches the requests about a call.
func OnCall(id string) func(*Request) bool {
	return func(r *Request) bool { return r.CallID == id && id != "" }
}

// OnKind matches the requests of a kind.
func OnKind(kind Kind) func(*Request) bool {
	return func(r *Request) bool { return r.Kind == kind }
}

// OnPage matches the requests for a page of a kind; the first is 1.
func OnPage(kind Kind, n int) func(*Request) bool {
	return func(r *Request) bool { return r.Kind == kind && r.Page == n }
}

// OnToken matches the requests for a token.
func OnToken() func(*Request) bool { return OnKind(KindToken) }

// OnGraph matches the requests to Graph.
func OnGraph() func(*Request) bool {
	return func(r *Request) bool { return r.Listener == Graph }
}

// All matches the requests that match all of the given ones.
func All(matches ...func(*Request) bool) func(*Request) bool {
	return func(r *Request) bool {
		for _, match := range matches {
			if !match(r) {
				return false
			}
		}
		return true
	}
}
