package load

import (
	"unsafe"

	"etl/schemas"
)

// Batch gathers fetched calls until they are committed. It holds their records,
// and packed if there are many, a seventh of their size, so that a run can commit
// many calls at once without holding their rows. The zero Batch is empty and ready.
//
// A Batch may not be used concurrently, but its changes may be committed while
// another Batch is filled.
type Batch struct {
	changes []Change
	bytes   int64 // of the calls whose records are not held
	packer  packer
}

// Add adds a call: the change without its Rows, Bytes and Record, the call record,
// and what flattens a record. The record may be reused afterwards. The record
// is archived unless change says where it was read from.
func (b *Batch) Add(change Change, record []byte, flatten func(record string) (*schemas.Rows, error)) {
	w := b.packer.add(record)
	change.Rows = func() (*schemas.Rows, error) {
		record, err := w.whole()
		if err != nil {
			return nil, err
		}
		return flatten(unsafe.String(unsafe.SliceData(record), len(record))) // which nobody changes
	}
	if change.Bytes = int64(len(record)); change.Archived == "" {
		change.Record = w.appendTo
	}
	b.changes = append(b.changes, change)
}

// keyBytes is about what a call takes whose record is not held.
const keyBytes = 1 << 10

// AddRead adds a whole change, whose record is read again when it is flattened.
func (b *Batch) AddRead(change Change) {
	b.changes = append(b.changes, change)
	b.bytes += keyBytes
}

// Bytes returns how much memory the calls take.
func (b *Batch) Bytes() int64 { return b.bytes + b.packer.bytes }

// Changes returns the calls, ready for Commit.
func (b *Batch) Changes() []Change { return b.changes }
