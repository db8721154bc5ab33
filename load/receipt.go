package load

// Outcome is what became of a call in a commit.
type Outcome string

// The outcomes.
const (
	Loaded    Outcome = "loaded"    // its rows are in the lake now
	Unchanged Outcome = "unchanged" // the lake had this version; nothing was written
	Older     Outcome = "older"     // the lake has a higher version; nothing was written
	Failed    Outcome = "failed"    // it is not in the lake, or at its old version
)

// Result is the outcome of one change.
type Result struct {
	TenantID, CallID string
	Outcome          Outcome
	Err              error // why it failed; nil otherwise
}

// Receipt tells what a commit did.
type Receipt struct {
	Results []Result         // one for each change, in the order given
	Rows    map[string]int64 // rows of loaded calls, by table
	Objects int              // objects published or removed
	Bytes   int64            // of objects published
}
