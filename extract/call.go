package extract

import "time"

// Ref names a call to fetch and what is known of it beforehand.
type Ref struct {
	ID         string
	Start, End time.Time // zero where not known; they tell a 404's reason
	Source     string    // where the id is from, for reports; may be empty
}

// Call is one whole call record.
type Call struct {
	ID         string    // as the record has it
	Version    int64     // the same on the first and the last request
	Start, End time.Time // zero where the record has none that can be read

	// Record is the record as Graph sent it. Its arrays, sessions and
	// participants_v2 first of all, hold the items of all their pages byte for
	// byte; next links are left out.
	Record []byte
	// Key is a record with the members id, version and startDateTime alone, as
	// they stand in Record. Who keys a call need not read all of that again:
	// every page of it was read strictly.
	Key string

	FetchedAt time.Time // Graph's time when the call was complete
	Requests  int       // sent for it, retries included

	// Anomalies counts, by kind, what was odd but no reason to refuse the
	// call; nil if nothing was. repeated_session: sessions that were on two
	// pages, byte for byte, and are kept once.
	Anomalies map[string]int

	share   *share
	buffers *buffers // where the memory of Record goes
}

// Release gives back the call's share of the bytes in flight, and the memory of
// Record, which must not be used afterwards: another call will be there. Whoever
// gets a Call must release it soon, without waiting for another Fetch: others
// may be waiting for the bytes. Only the first Release counts.
func (c *Call) Release() {
	if c.share != nil && c.share.release() {
		c.buffers.put(c.Record)
		c.Record = nil
	}
}
