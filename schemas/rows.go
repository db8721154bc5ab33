package schemas

// Rows are all rows of one call, in the order of their ordinals.
type Rows struct {
	Call         Call
	Participants []Participant
	Sessions     []Session
	Segments     []Segment
	Media        []Media
	Streams      []Stream
}
