package schemas

// Rows are all rows of one call, in the order of their ordinals, or the one of
// a log's row. Fields with the same value may share a pointer, so that nothing
// may be changed through one.
type Rows struct {
	Call         Call
	Participants []Participant
	Sessions     []Session
	Segments     []Segment
	Media        []Media
	Streams      []Stream

	PstnCalls          []PstnCall
	DirectRoutingCalls []DirectRoutingCall

	// Free, if not nil, is called by who has no more use of the rows: their
	// memory, but not the texts in them, is then used for those of another call.
	Free func()
}
