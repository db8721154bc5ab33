package load

import (
	"bytes"
	"fmt"
	"unsafe"

	"github.com/klauspost/compress/zstd"

	"etl/schemas"
)

// Batch gathers fetched calls until they are committed. It holds their records
// packed, about a tenth of their size, so that a run can commit many calls at
// once without holding their rows. The zero Batch is empty and ready.
//
// A Batch may not be used concurrently, but its changes may be committed while
// another Batch is filled.
type Batch struct {
	changes  []Change
	bytes    int64
	packer   *zstd.Encoder
	unpacker *zstd.Decoder
	scratch  []byte
}

// Add adds a call: the change without its Rows, Bytes and Record, the call record,
// and what flattens a record. The record may be reused afterwards. The record
// is archived unless change says where it was read from.
func (b *Batch) Add(change Change, record []byte, flatten func(record string) (*schemas.Rows, error)) {
	if b.packer == nil {
		b.packer, b.unpacker = newPacker()
	}
	// Packing into nothing would make room for as much as the record itself.
	b.scratch = b.packer.EncodeAll(record, b.scratch[:0])
	packed, size, unpacker := bytes.Clone(b.scratch), len(record), b.unpacker
	unpack := func() ([]byte, error) {
		record, err := unpacker.DecodeAll(packed, make([]byte, 0, size))
		if err != nil {
			return nil, fmt.Errorf("unpacking the record: %w", err)
		}
		return record, nil
	}
	change.Rows = func() (*schemas.Rows, error) {
		record, err := unpack()
		if err != nil {
			return nil, err
		}
		return flatten(unsafe.String(unsafe.SliceData(record), len(record))) // nobody else has it
	}
	if change.Bytes = int64(size); change.Archived == "" {
		change.Record = unpack
	}
	b.changes = append(b.changes, change)
	b.bytes += int64(len(packed))
}

// keyBytes is about what a call takes whose record is not held.
const keyBytes = 1 << 10

// AddRead adds a whole change, whose record is read again when it is flattened.
func (b *Batch) AddRead(change Change) {
	b.changes = append(b.changes, change)
	b.bytes += keyBytes
}

// Bytes returns how much memory the calls take, packed.
func (b *Batch) Bytes() int64 { return b.bytes }

// Changes returns the calls, ready for Commit.
func (b *Batch) Changes() []Change { return b.changes }

func newPacker() (*zstd.Encoder, *zstd.Decoder) {
	// Most records are smaller than the window, which costs memory at any size.
	packer, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<20))
	if err != nil {
		panic("setting up the packer of records: " + err.Error()) // its options are constant
	}
	unpacker, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0))
	if err != nil {
		panic("setting up the unpacker of records: " + err.Error())
	}
	return packer, unpacker
}
