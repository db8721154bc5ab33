package rawfile

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// ErrNoIndex is the error for an object without an index of this form: lines in
// one zstd stream, as earlier versions of etl wrote them. It can be read from
// front to back.
var ErrNoIndex = errors.New("the object has no index")

// ErrDamaged is wrapped by errors for an object that is not as it was written.
var ErrDamaged = errors.New("the object is damaged")

// Call is a record of an object: whose it is, and where.
type Call struct {
	TenantID  string `json:"tenant"`
	CallID    string `json:"call"`
	Version   int64  `json:"version"`
	Start     *int64 `json:"start"`   // of the call, in microseconds since 1970; nil where it has none
	FetchedAt int64  `json:"fetched"` // in microseconds since 1970
	Frame     int    `json:"frame"`
	Offset    int    `json:"at"`   // of the record in the frame's text
	Size      int    `json:"size"` // of the record, in bytes
}

// frame is a zstd frame with some lines.
type frame struct {
	Packed int64 `json:"packed"` // bytes in the object
	Text   int   `json:"text"`   // bytes unpacked
	offset int64
}

// index is what an object ends with.
type index struct {
	Frames []frame `json:"frames"`
	Calls  []Call  `json:"calls"`
}

const (
	// skippable is the magic number of frames that zstd skips.
	skippable = 0x184D2A55
	header    = 8 // bytes before what such a frame holds: magic number and size
	// form is in the first frame. Another form is needed, too, when keys of
	// records are read in another way, as the index has those that were read
	// when it was written.
	form = "etl raw archive 1"
	// footer are the bytes at the end of an object: the size of the packed
	// index, then magic.
	footer = 4 + len(magic)
	magic  = "etlindex"
)

func appendSkippable(to []byte, content []byte) []byte {
	to = binary.LittleEndian.AppendUint32(to, skippable)
	to = binary.LittleEndian.AppendUint32(to, uint32(len(content)))
	return append(to, content...)
}

// write writes the index as the last frame of an object. Packed it has a
// checksum.
func (x *index) write(to io.Writer, packer *zstd.Encoder) error {
	text, err := json.Marshal(x)
	if err != nil {
		return err
	}
	packed := packer.EncodeAll(text, nil)
	packed = binary.LittleEndian.AppendUint32(packed, uint32(len(packed)))
	_, err = to.Write(appendSkippable(nil, append(packed, magic...)))
	return err
}

// readIndex reads and checks the index of an object.
func readIndex(r io.ReaderAt, size int64) (*index, error) {
	first := appendSkippable(nil, []byte(form))
	begin := make([]byte, len(first))
	if _, err := r.ReadAt(begin, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !bytes.Equal(begin, first) {
		return nil, ErrNoIndex
	}
	end := make([]byte, footer)
	if _, err := r.ReadAt(end, size-int64(footer)); err != nil {
		return nil, err
	}
	length := int64(binary.LittleEndian.Uint32(end))
	at := size - int64(footer) - length
	if string(end[4:]) != magic || at < int64(len(first)+header) {
		return nil, fmt.Errorf("%w: it does not end with its index", ErrDamaged)
	}
	packed := make([]byte, length)
	if _, err := r.ReadAt(packed, at); err != nil {
		return nil, err
	}
	unpacker, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer unpacker.Close()
	text, err := unpacker.DecodeAll(packed, nil)
	x := new(index)
	if err == nil {
		err = json.Unmarshal(text, x)
	}
	if err == nil {
		err = x.check(int64(len(first)), at-header)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: its index: %w", ErrDamaged, err)
	}
	return x, nil
}

// check finds where frames are, which must fill the object from begin to end,
// and sees that records are in them.
func (x *index) check(begin, end int64) error {
	for i := range x.Frames {
		f := &x.Frames[i]
		if f.Packed < 0 || f.Packed > end-begin || f.Text < 0 || f.Text > maxText {
			return fmt.Errorf("frame %d is of %d bytes", i, f.Packed)
		}
		f.offset = begin
		begin += f.Packed
	}
	if begin != end {
		return fmt.Errorf("it ends at byte %d, and its frames at %d", end, begin)
	}
	for i, c := range x.Calls {
		if c.Frame < 0 || c.Frame >= len(x.Frames) || c.Offset < 0 || c.Size < 0 || c.Offset > x.Frames[c.Frame].Text-c.Size {
			return fmt.Errorf("record %d is outside of its frame", i)
		}
	}
	return nil
}
