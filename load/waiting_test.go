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

func TestWaitingRecordsAreAsTheyWere(t *testing.T) {
	for _, packs := range []bool{false, true} {
		for _, first := range []int{0, 11, 200, 201, 202, 203} {
			p := packer{packs: packs}
			all := sampleRecords()
			all = append(all[first:], all[:first]...)
			var held []*waiting
			var scratch []byte
			for _, record := range all {
				scratch = append(scratch[:0], record...)
				held = append(held, p.add(scratch)) // which is used again
			}
			for i, record := range all {
				got, err := held[i].appendTo([]byte("before"))
				if err != nil || string(got) != "before"+string(record) {
					t.Fatalf("record %d of %d bytes is %d bytes now; error %v", i, len(record), len(got)-len("before"), err)
				}
				if got, err = held[i].whole(); err != nil || string(got) != string(record) {
					t.Fatalf("record %d of %d bytes is %d bytes now; error %v", i, len(record), len(got), err)
				}
			}
		}
	}
}

func TestUnpackedRecordsAreChecked(t *testing.T) {
	p := packer{packs: true}
	record := bytes.Repeat([]byte(`{"id":"a","version":1}`), 100)
	w := p.add(record)
	for i := range w.blocks[0] {
		w.blocks[0][i] ^= 1
		if got, err := w.whole(); err == nil {
			t.Errorf("with byte %d changed the record is %d bytes, and there is no error", i, len(got))
		}
		w.blocks[0][i] ^= 1
	}
	if got, err := w.whole(); err != nil || !bytes.Equal(got, record) {
		t.Errorf("unchanged it is %d bytes, error %v", len(got), err)
	}
}

// Records are packed when there are many, those that came first, too.
func TestManyRecordsArePacked(t *testing.T) {
	all := sampleRecords()[:200]
	var p packer
	var held []*waiting
	var want []string
	whole, before := int64(0), int64(0)
	for i := 0; !p.packs; i++ {
		record := all[i%len(all)]
		before = p.bytes
		held, want = append(held, p.add(record)), append(want, string(record))
		if whole += int64(len(record)); !p.packs && p.bytes != whole {
			t.Fatalf("%d bytes of records take %d", whole, p.bytes)
		}
	}
	if before > looseBytes || whole <= looseBytes || p.bytes > looseBytes/4 {
		t.Errorf("of %d bytes, %d before, %d are left", whole, before, p.bytes)
	}
	for i := range want {
		if got, err := held[i].whole(); err != nil || string(got) != want[i] || held[i].text != nil {
			t.Fatalf("record %d is %d bytes instead of %d, %d of them not packed; error %v", i, len(got), len(want[i]), len(held[i].text), err)
		}
	}
}

// By the first records each is packed much better than alone.
func TestRecordsArePackedByEarlierOnes(t *testing.T) {
	record := func(i int) []byte {
		return fmt.Appendf(nil, `{"id":"%08x","version":1,"type":"groupCall","modalities":["audio","video"],"organizer_v2":{"administrativeUnitInfos":[]}}`, i)
	}
	p := packer{packs: true}
	p.add(record(0))
	for i := range 10 {
		before := p.bytes
		if p.add(record(i + 1)); p.bytes-before > 40 {
			t.Errorf("a record of %d bytes takes %d", len(record(i)), p.bytes-before)
		}
	}
}
