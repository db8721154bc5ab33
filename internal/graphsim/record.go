package graphsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Record is one version of a call, whole: a callRecord in Graph's JSON shape
// with all sessions (and their segments) and all participants_v2 inline.
// Records come from ParseRecord, LoadRecords or a Generator.
type Record struct {
	ID      string
	Version int64
	// Start and End are the call's times. They are zero where the JSON has none
	// or one that isn't a time.
	Start, End time.Time
	// JSON is the whole record. It must not be changed.
	JSON []byte

	layout *layout
}

// ParseRecord reads a whole call record. It keeps data, which must not be
// changed afterwards. A record without an id isn't accepted, and neither is
// one with a next link at its top level, since it wouldn't be whole.
func ParseRecord(data []byte) (Record, error) {
	head, err := parseHead(data)
	if err != nil {
		return Record{}, fmt.Errorf("parsing call record: %w", err)
	}
	if head.record.ID == "" {
		return Record{}, errors.New("parsing call record: it has no id")
	}
	for rel, link := range head.links {
		return Record{}, fmt.Errorf("parsing call record %s: %s has the next link %q, so the record isn't whole", head.record.ID, rel, link)
	}
	return head.record, nil
}

// head is what a document says about the call that it is about.
type head struct {
	record Record
	// context is the @odata.context, links are the next links by relation.
	context string
	links   map[relation]string
	// value is the array of a collection response.
	value []span
}

// parseHead reads the top level of a JSON object.
func parseHead(data []byte) (head, error) {
	var object map[string]json.RawMessage
	if !json.Valid(data) {
		// Unmarshal says where the text stops being JSON.
		return head{}, json.Unmarshal(data, &object)
	}
	if i := skipSpace(data, 0); data[i] != '{' {
		return head{}, errors.New("it isn't an object")
	}
	h := head{
		record: Record{JSON: data, layout: &layout{}},
		links:  map[relation]string{},
	}
	eachMember(data, 0, func(name, value span) bool {
		v := value.of(data)
		switch key := string(name.of(data)); key {
		case "id":
			h.record.ID = text(v)
		case "version":
			// A version that isn't a number stays 0, and times below stay zero:
			// what a record says beyond its id is the client's problem.
			_ = json.Unmarshal(v, &h.record.Version)
		case "startDateTime":
			h.record.Start = looseTime(v)
		case "endDateTime":
			h.record.End = looseTime(v)
		case "value":
			h.value = items(data, value.start)
		case "@odata.context":
			h.context = text(v)
		case "sessions@odata.nextLink", "participants_v2@odata.nextLink", "@odata.nextLink":
			if link := text(v); link != "" {
				h.links[relation(key[:len(key)-len("@odata.nextLink")])] = link
			}
		}
		return true
	})
	return h, nil
}

// text returns the JSON string v without quotes and escapes, or "" if v isn't a string.
func text(v []byte) string {
	var s string
	if json.Unmarshal(v, &s) != nil {
		return ""
	}
	return s
}

func looseTime(v []byte) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text(v))
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}

// Sessions returns how many sessions the record has.
func (r Record) Sessions() int { return len(r.split().sessions.items) }

// Participants returns how many items participants_v2 has.
func (r Record) Participants() int { return len(r.split().participants.items) }
