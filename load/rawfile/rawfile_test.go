package rawfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// sample is an object with small records in several frames and a large one.
func sample(t *testing.T) (object []byte, records []string) {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b, "call", NewPacker())
	random := rand.New(rand.NewPCG(1, 1))
	for i := range 300 {
		size := 20_000
		if i == 150 {
			size = 2 * frameText
		}
		letters := make([]byte, size)
		for j := range letters {
			letters[j] = 'a' + byte(random.IntN(8))
		}
		record := fmt.Sprintf(`{ "id":"%d", "text":"%s"}`, i, letters)
		records = append(records, record)
		start := int64(i)
		call := Call{TenantID: `t"`, CallID: fmt.Sprint(i), Version: int64(i) + 1, Start: &start, FetchedAt: 1e15 + int64(i), Size: len(record)}
		if i == 7 {
			call.Start = nil
		}
		if err := w.Add(call, text(record)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), records
}

// text is a record that is added.
func text(record string) func([]byte) ([]byte, error) {
	return func(to []byte) ([]byte, error) { return append(to, record...), nil }
}

func open(t *testing.T, object []byte) *File {
	t.Helper()
	f, err := Open(bytes.NewReader(object), int64(len(object)), NewCache())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestRecordsAreReadInAnyOrder(t *testing.T) {
	object, records := sample(t)
	f := open(t, object)
	if n := len(f.index.Frames); n < 4 || len(f.Calls()) != len(records) {
		t.Fatalf("%d frames and %d calls", n, len(f.Calls()))
	}
	for i, call := range f.Calls() {
		if call.TenantID != `t"` || call.CallID != fmt.Sprint(i) || call.Version != int64(i)+1 || call.FetchedAt != 1e15+int64(i) || (call.Start == nil) != (i == 7) {
			t.Errorf("call %d is %+v", i, call)
		}
	}
	var readers sync.WaitGroup
	for n := range 4 {
		readers.Go(func() {
			for _, i := range rand.New(rand.NewPCG(2, uint64(n))).Perm(len(records)) {
				if got, err := f.Record(f.Calls()[i]); err != nil || got != records[i] {
					t.Errorf("record %d has %d bytes, want %d; error %v", i, len(got), len(records[i]), err)
				}
			}
		})
	}
	readers.Wait()
}

// What is written doesn't depend on the cores.
func TestFramesPackedAtOnceAreTheSame(t *testing.T) {
	object, _ := sample(t)
	for _, cores := range []int{1, 3, 16} {
		before := runtime.GOMAXPROCS(cores)
		again, _ := sample(t)
		runtime.GOMAXPROCS(before)
		if !bytes.Equal(again, object) {
			t.Errorf("with %d cores an object is of %d bytes, before of %d, or differs", cores, len(again), len(object))
		}
	}
}

// Where a line does not fit any more, it is the first of the next frame.
func TestFramesAreBounded(t *testing.T) {
	object, _ := sample(t)
	f := open(t, object)
	calls := map[int]int{}
	for _, call := range f.Calls() {
		calls[call.Frame]++
	}
	for i, frame := range f.index.Frames {
		if frame.Text > frameText && calls[i] > 1 {
			t.Errorf("frame %d is of %d bytes and %d records", i, frame.Text, calls[i])
		}
		if last := i == len(f.index.Frames)-1; !last && calls[i+1] > 1 && frame.Text < frameText-30_000 {
			t.Errorf("frame %d is of %d bytes only", i, frame.Text)
		}
	}
}

// Large records are in memory one at a time.
func TestLargeFrameIsWrittenBeforeTheNext(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b, "call", NewPacker())
	large := strings.Repeat(" ", frameText)
	for i := range 3 {
		unpacked := func(to []byte) ([]byte, error) {
			if len(w.packing) > 0 || len(w.index.Frames) != i {
				t.Errorf("before record %d there are %d frames written, and %d being packed", i, len(w.index.Frames), len(w.packing))
			}
			return append(to, large...), nil
		}
		if err := w.Add(Call{CallID: fmt.Sprint(i), Size: len(large)}, unpacked); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(open(t, b.Bytes()).index.Frames); n != 3 {
		t.Errorf("there are %d frames", n)
	}
}

func TestRecordThatCannotBeReadIsLeftOut(t *testing.T) {
	var b bytes.Buffer
	w, broken := NewWriter(&b, "call", NewPacker()), errors.New("broken")
	if err := w.Add(Call{CallID: "a"}, func(to []byte) ([]byte, error) { return append(to, "half"...), broken }); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if err := errors.Join(w.Add(Call{CallID: "b"}, text("{}")), w.Close()); err != nil {
		t.Fatal(err)
	}
	f := open(t, b.Bytes())
	if got, err := f.Record(f.Calls()[0]); err != nil || got != "{}" || len(f.Calls()) != 1 {
		t.Errorf("%d calls, %q, error %v", len(f.Calls()), got, err)
	}
}

func TestFramesAreUnpackedOnce(t *testing.T) {
	object, _ := sample(t)
	r := &counting{Reader: bytes.NewReader(object)}
	f, err := Open(r, int64(len(object)), NewCache())
	if err != nil {
		t.Fatal(err)
	}
	r.reads = 0
	for _, call := range f.Calls() {
		if _, err := f.Record(call); err != nil {
			t.Fatal(err)
		}
	}
	if r.reads != len(f.index.Frames) {
		t.Errorf("%d frames were read %d times", len(f.index.Frames), r.reads)
	}
	if f.Close(); len(f.cache.frames) > 0 {
		t.Errorf("%d frames of a closed file are held", len(f.cache.frames))
	}
}

func TestCacheKeepsFramesInUse(t *testing.T) {
	object, _ := sample(t)
	cache := NewCache()
	var files []*File
	for range 4 {
		f, err := Open(bytes.NewReader(object), int64(len(object)), cache)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	read := func(f *File, call int) {
		t.Helper()
		if _, err := f.Record(f.Calls()[call]); err != nil {
			t.Fatal(err)
		}
	}
	held := func(f *File) (frames []int) {
		for _, e := range cache.frames {
			if e.file == f {
				frames = append(frames, e.frame)
			}
		}
		return frames
	}
	last := files[0].Calls()[299].Frame
	for _, f := range files[:3] {
		for call := range 300 {
			read(f, call)
		}
		if got := held(f); !slices.Equal(got, []int{last - 1, last}) {
			t.Errorf("of a file that was read the frames %v are held, want %d and the one before", got, last)
		}
	}
	for call := range 300 { // then another file alone, but for the first
		read(files[3], call)
		read(files[0], 299)
	}
	if a, b, c := held(files[0]), held(files[1]), held(files[2]); !slices.Equal(a, []int{last}) || len(b)+len(c) > 0 {
		t.Errorf("of files that are read no more the frames %v and %v are held, and of one that is %v", b, c, a)
	}
}

type counting struct {
	*bytes.Reader
	reads int
}

func (c *counting) ReadAt(p []byte, at int64) (int, error) {
	c.reads++
	return c.Reader.ReadAt(p, at)
}

// Any program that knows zstd reads the lines.
func TestObjectIsPlainZstd(t *testing.T) {
	object, records := sample(t)
	unpacker, err := zstd.NewReader(bytes.NewReader(object))
	if err != nil {
		t.Fatal(err)
	}
	defer unpacker.Close()
	text, err := io.ReadAll(unpacker)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(lines) != len(records) {
		t.Fatalf("%d lines, want %d", len(lines), len(records))
	}
	for i, line := range lines {
		var got struct {
			TenantID  string `json:"tenant_id"`
			FetchedAt string `json:"fetched_at"`
			Call      json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil || got.TenantID != `t"` || !strings.HasPrefix(got.FetchedAt, "2001-09-09T01:46:40.000") || string(got.Call) != records[i] {
			t.Fatalf("line %d: error %v", i, err)
		}
	}
}

func TestLineBreaksInARecordBecomeSpaces(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b, "call", NewPacker())
	if err := errors.Join(w.Add(Call{CallID: "a"}, text("{\r\n}")), w.Close()); err != nil {
		t.Fatal(err)
	}
	f := open(t, b.Bytes())
	if got, err := f.Record(f.Calls()[0]); err != nil || got != "{  }" {
		t.Errorf("%q, error %v", got, err)
	}
}

func TestEmptyObject(t *testing.T) {
	var b bytes.Buffer
	if err := NewWriter(&b, "call", NewPacker()).Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(open(t, b.Bytes()).Calls()); n != 0 {
		t.Errorf("%d calls", n)
	}
}

func TestObjectsOfOneStreamHaveNoIndex(t *testing.T) {
	packer, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range [][]byte{nil, packer.EncodeAll([]byte("{}\n"), nil), []byte("{}\n")} {
		if _, err := Open(bytes.NewReader(object), int64(len(object)), NewCache()); !errors.Is(err, ErrNoIndex) {
			t.Errorf("%q: error %v", object, err)
		}
	}
}

// Whatever is wrong with an object is found out, at the latest with the records
// that it is wrong with.
func TestDamageIsFound(t *testing.T) {
	object, records := sample(t)
	whole := func(object []byte) error {
		f, err := Open(bytes.NewReader(object), int64(len(object)), NewCache())
		if err != nil {
			return err
		}
		if len(f.Calls()) != len(records) {
			return errors.New("calls are missing")
		}
		for i, call := range f.Calls() {
			if got, err := f.Record(call); err != nil {
				return err
			} else if got != records[i] {
				t.Errorf("record %d is another", i)
			}
		}
		return nil
	}
	frames := open(t, object).index.Frames
	last := frames[len(frames)-1]
	for name, damaged := range map[string][]byte{
		"cut in a frame":           object[:frames[1].offset+100],
		"cut between frames":       object[:frames[1].offset],
		"cut before the index":     object[:last.offset+last.Packed],
		"cut in the index":         object[:len(object)-footer-20],
		"cut by a byte":            object[:len(object)-1],
		"a byte in a frame":        flipped(object, int(frames[2].offset)+1000),
		"a byte of the index":      flipped(object, len(object)-footer-20),
		"a byte in its size":       flipped(object, len(object)-footer),
		"more before the index":    bytes.Join([][]byte{object[:last.offset], object[frames[0].offset:]}, nil),
		"the frames of another":    bytes.Join([][]byte{object[:frames[1].offset], object[frames[2].offset:]}, nil),
		"a size that is too large": append(appendSkippable(nil, []byte(form)), "\xff\xff\xff\xffetlindex"...),
	} {
		if err := whole(damaged); err == nil || errors.Is(err, ErrNoIndex) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func flipped(object []byte, at int) []byte {
	damaged := bytes.Clone(object)
	damaged[at] ^= 1
	return damaged
}

func FuzzOpen(f *testing.F) {
	f.Add(appendSkippable(nil, []byte(form)))
	f.Fuzz(func(t *testing.T, object []byte) {
		file, err := Open(bytes.NewReader(object), int64(len(object)), NewCache())
		if err != nil {
			return
		}
		for _, call := range file.Calls() {
			if _, err := file.Record(call); err != nil {
				return
			}
		}
	})
}
