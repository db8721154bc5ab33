package load

import "encoding/hex"

// Outcome is what became of a call in a commit.
type Outcome string

// The outcomes.
const (
	Loaded    Outcome = "loaded"    // its rows are in the lake now
	Unchanged Outcome = "unchanged" // the lake had this version; nothing of it was written
	Older     Outcome = "older"     // the lake has a higher version; nothing was written
	Duplicate Outcome = "duplicate" // another change of this commit brought this version
	Failed    Outcome = "failed"    // it is not in the lake, or at its old version
)

// Result is the outcome of one change, of a call or of a log's row.
type Result struct {
	TenantID, CallID string
	Outcome          Outcome
	Err              error // why it failed; nil otherwise
	Version          int64 // that the lake has now; 0 where it has none
	// Differs: the lake had this version with other content. The one that
	// Graph wrote later, or else that with more rows, is in the lake now.
	Differs bool
}

// Receipt tells what a commit did.
type Receipt struct {
	Results []Result         // one for each change, in the order given
	Rows    map[string]int64 // rows of loaded calls, by table
	Objects int              // objects published or removed
	Bytes   int64            // of objects published
	// Published are those objects as they are now; of a removed one only the
	// key is set.
	Published []Published
}

// Published is an object of the lake.
type Published struct {
	Key    string `json:"key"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // hexadecimal
}

func (r *Receipt) published(o *stagedObject) {
	r.Objects++
	r.Bytes += o.bytes
	p := Published{Key: o.key}
	if o.draft != nil {
		d := o.draft.digest()
		p.Bytes, p.SHA256 = d.size, hex.EncodeToString(d.sha256[:])
	}
	r.Published = append(r.Published, p)
}
