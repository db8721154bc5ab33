package load

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// sampleRecords are alike, of many sizes, and some of nothing that could be packed.
func sampleRecords() (all [][]byte) {
	random := rand.New(rand.NewPCG(1, 1))
	for i := range 200 {
		var b strings.Builder
		fmt.Fprintf(&b, `{"id":"%016x","version":%d,"sessions":[`, random.Uint64(), i)
		for range random.IntN(1 << (i % 12)) {
			fmt.Fprintf(&b, `{"id":"%016x","modalities":["audio"],"caller":{"userAgent":{"productFamily":"teams"}}},`, random.Uint64())
		}
		all = append(all, []byte(b.String()+"]}"))
	}
	noise := make([]byte, 3*packBlock+1)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	return append(all, noise[:15], nil, noise, []byte("{}"), all[150], bytes.Repeat(all[11], 100))
}

func TestPackedRecordsAreAsTheyWere(t *testing.T) {
	for _, first := range []int{0, 11, 200, 201, 202, 203} {
		var p packer
		all := sampleRecords()
		all = append(all[first:], all[:first]...)
		var waiting []packed
		var scratch []byte
		for _, record := range all {
			scratch = append(scratch[:0], record...)
			waiting = append(waiting, p.pack(scratch)) // which is used again
		}
		for i, record := range all {
			got, err := waiting[i].appendTo([]byte("before"))
			if err != nil || string(got) != "before"+string(record) {
				t.Fatalf("record %d of %d bytes is %d bytes now; error %v", i, len(record), len(got)-len("before"), err)
			}
		}
	}
}

// By the first records each is packed much better than alone.
func TestRecordsArePackedByEarlierOnes(t *testing.T) {
	record := func(i int) []byte {
		return fmt.Appendf(nil, `{"id":"%08x","version":1,"type":"groupCall","modalities":["audio","video"],"organizer_v2":{"administrativeUnitInfos":[]}}`, i)
	}
	var p packer
	p.pack(record(0))
	for i := range 10 {
		if n := p.pack(record(i + 1)).bytes(); n > 40 {
			t.Errorf("a record of %d bytes takes %d", len(record(i)), n)
		}
	}
}
