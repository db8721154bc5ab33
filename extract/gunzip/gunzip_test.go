package gunzip

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// pack packs texts by compress/gzip, one stream each.
func pack(t testing.TB, level int, texts ...string) []byte {
	t.Helper()
	var packed bytes.Buffer
	for _, text := range texts {
		z, err := gzip.NewWriterLevel(&packed, level)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(z, text); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return packed.Bytes()
}

// texts are of the kinds that a packer treats differently.
func texts() map[string]string {
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 100_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	var object strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&object, `{"streamId":"%d","averageJitter":"PT0.%03dS","x":null},`, r.Uint32(), i%1000)
	}
	skewed := make([]byte, 100_000) // has codes of all lengths
	for i := range skewed {
		skewed[i] = byte(min(r.ExpFloat64()*3, 255))
	}
	return map[string]string{
		"nothing": "", "a byte": "a", "a text": "hello, hello, hello", "zeros": strings.Repeat("\x00", 1<<20),
		"runs": strings.Repeat("abc", 1<<16), "noise": string(noise), "JSON": object.String(), "skewed": string(skewed),
	}
}

func TestAppendGivesWhatWasPacked(t *testing.T) {
	var u Unpacker
	for name, text := range texts() {
		for level := flate.HuffmanOnly; level <= flate.BestCompression; level += 2 {
			packed := pack(t, level, text)
			if n := Size(packed); n != int64(len(text)) {
				t.Errorf("%s: Size %d, want %d", name, n, len(text))
			}
			// Room to the byte, and more of it, go other ways.
			for _, room := range []int{0, 1, 1000} {
				got, err := u.Append(make([]byte, 0, len(text)+room), packed)
				if err != nil || string(got) != text {
					t.Errorf("%s at level %d with room for %d more: got %d bytes and error %v, want %d", name, level, room, len(got), err, len(text))
				}
			}
		}
	}
}

func TestAppendUnpacksAllStreams(t *testing.T) {
	var u Unpacker
	packed := pack(t, flate.DefaultCompression, "one, one, one", "", strings.Repeat("two", 1000))
	got, err := u.Append(append(make([]byte, 0, 5000), "before"...), packed)
	if want := "beforeone, one, one" + strings.Repeat("two", 1000); err != nil || string(got) != want {
		t.Errorf("got %q and error %v, want %q", got, err, want)
	}
}

func TestAppendSaysThatRoomIsShort(t *testing.T) {
	var u Unpacker
	for name, text := range texts() {
		for level := flate.HuffmanOnly; level <= flate.BestCompression; level += 2 {
			packed := pack(t, level, text)
			for _, room := range []int{0, len(text) / 2, len(text) - 1} {
				if room < 0 || text == "" {
					continue
				}
				got, err := u.Append(make([]byte, 0, room), packed)
				if !errors.Is(err, ErrShort) || !strings.HasPrefix(text, string(got)) {
					t.Errorf("%s at level %d with room for %d: got %d bytes and error %v, want ErrShort", name, level, room, len(got), err)
				}
			}
		}
	}
}

func TestAppendRefusesWhatIsCutShort(t *testing.T) {
	var u Unpacker
	for name, text := range texts() {
		for _, level := range []int{flate.NoCompression, flate.DefaultCompression} {
			packed := pack(t, level, text)
			for cut := 0; cut < len(packed); cut += 1 + cut/10 {
				if _, err := u.Append(make([]byte, 0, len(text)+300), packed[:cut:cut]); !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Fatalf("%s at level %d, %d of %d bytes: error %v, want ErrUnexpectedEOF", name, level, cut, len(packed), err)
				}
			}
		}
	}
}

func TestAppendRefusesFlippedBits(t *testing.T) {
	var u Unpacker
	packed := pack(t, flate.DefaultCompression, texts()["JSON"][:5000])
	refused := 0
	for i := range packed {
		for bit := range 8 {
			damaged := bytes.Clone(packed)
			damaged[i] ^= 1 << bit
			_, err := u.Append(make([]byte, 0, 10_000), damaged)
			if _, want := unpack(damaged); (err == nil) != (want == nil) {
				t.Errorf("bit %d of byte %d: error %v, compress/gzip's is %v", bit, i, err, want)
			}
			if err != nil {
				refused++
			}
		}
	}
	if refused < 8*len(packed)*9/10 {
		t.Errorf("%d of %d bits were noticed", refused, 8*len(packed))
	}
}

// unpack unpacks by compress/gzip.
func unpack(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestSizeOfWhatIsNoStream(t *testing.T) {
	for _, text := range []string{"", "short", strings.Repeat("x", headSize+tailSize-1)} {
		if n := Size([]byte(text)); n != 0 {
			t.Errorf("Size of %q is %d, want 0", text, n)
		}
	}
}

// FuzzAppend checks Append against compress/gzip: what one takes the other
// takes, with the same result.
func FuzzAppend(f *testing.F) {
	for _, text := range []string{"", "hello, hello, hello", strings.Repeat("abc", 300), `{"a":[1,-2.5e3,"x"]}`} {
		for level := flate.HuffmanOnly; level <= flate.BestCompression; level++ {
			f.Add(pack(f, level, text))
		}
	}
	f.Add(pack(f, 6, "one", "two"))
	f.Add(append(pack(f, 6, "one"), 0))
	// Heads with all there can be.
	var named bytes.Buffer
	z := gzip.NewWriter(&named)
	z.Header = gzip.Header{Name: "name", Comment: "comment", Extra: []byte("extra")}
	z.Close()
	f.Add(named.Bytes())
	f.Add([]byte("\x1f\x8b\x08\x02\x00\x00\x00\x00\x00\x00\xa3\x10\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	u := new(Unpacker)
	f.Fuzz(func(t *testing.T, packed []byte) {
		want, err := unpack(packed)
		for _, room := range []int{0, 500} {
			got, unpackErr := u.Append(make([]byte, 0, len(want)+room), packed)
			if errors.Is(unpackErr, ErrShort) && err != nil {
				continue // the damage may come later
			}
			if (err == nil) != (unpackErr == nil) {
				t.Fatalf("error %v, compress/gzip's is %v", unpackErr, err)
			}
			if err == nil && !bytes.Equal(got, want) {
				t.Fatalf("got %q, want %q", got, want)
			}
		}
	})
}

// FuzzInflate checks what is inside of the streams against compress/flate.
func FuzzInflate(f *testing.F) {
	for _, text := range []string{"", "hello, hello, hello", strings.Repeat("abc", 300), texts()["skewed"][:2000]} {
		for level := flate.HuffmanOnly; level <= flate.BestCompression; level += 2 {
			packed := pack(f, level, text)
			f.Add(packed[headSize : len(packed)-tailSize])
		}
	}
	z := new(inflater)
	f.Fuzz(func(t *testing.T, packed []byte) {
		r := bytes.NewReader(packed)
		want, err := io.ReadAll(io.LimitReader(flate.NewReader(r), 1<<20))
		if len(want) == 1<<20 {
			return
		}
		for _, room := range []int{0, 500} {
			got, rest, inflateErr := z.inflate(make([]byte, 0, len(want)+room), packed)
			if errors.Is(inflateErr, ErrShort) && err != nil {
				continue // the damage may come later
			}
			if (err == nil) != (inflateErr == nil) {
				t.Fatalf("error %v, compress/flate's is %v", inflateErr, err)
			}
			if err == nil && (!bytes.Equal(got, want) || len(rest) != r.Len()) {
				t.Fatalf("got %q and %d bytes more, want %q and %d", got, len(rest), want, r.Len())
			}
		}
	})
}

// BenchmarkAppend unpacks each kind of text; compress/gzip is the yardstick.
func BenchmarkAppend(b *testing.B) {
	for name, text := range texts() {
		packed := pack(b, flate.DefaultCompression, text)
		b.Run(name+"/compress_gzip", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				r, err := gzip.NewReader(bytes.NewReader(packed))
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, r); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/gunzip", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			var u Unpacker
			buf := make([]byte, 0, len(text))
			for b.Loop() {
				if _, err := u.Append(buf, packed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
