package listen

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"

	"etl/extract"
)

// notification is what a body of Graph's says.
type notification struct {
	ids    []string // of calls, each once
	events []event
	// forged and unreadable count items that lack the client state, and those
	// that name no call.
	forged, unreadable int
}

// event is something in the life of a subscription.
type event struct{ name, subscriptionID string }

// read reads the body of a notification, and takes of it what has the client
// state.
func read(body []byte, state string) (*notification, error) {
	var list struct{ Value []json.RawMessage }
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, errors.New("the body is no JSON")
	}
	if list.Value == nil {
		return nil, errors.New("the body is no list of notifications")
	}
	n, seen := &notification{}, map[string]bool{}
	for _, item := range list.Value {
		var about struct{ ClientState, SubscriptionID, LifecycleEvent string }
		if err := json.Unmarshal(item, &about); err != nil || !same(about.ClientState, state) {
			n.forged++
			continue
		}
		if about.LifecycleEvent != "" {
			n.events = append(n.events, event{about.LifecycleEvent, about.SubscriptionID})
			continue
		}
		id, ok := callID(item)
		if !ok {
			n.unreadable++
			continue
		}
		if !seen[id] {
			seen[id] = true
			n.ids = append(n.ids, id)
		}
	}
	return n, nil
}

// same compares secrets in a time that says nothing of them, nor of their
// lengths.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// callID returns the id of the call that an item is about. ok is false if there
// is none that can be used: in the inbox it would be in the way of others.
func callID(item []byte) (id string, ok bool) {
	for ref, err := range extract.ReadIDs(bytes.NewReader(item)) {
		if err != nil || id != "" {
			return "", false
		}
		id = ref.ID
	}
	return id, extract.ValidID(id) == nil
}
