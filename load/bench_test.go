package load

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"runtime"
	"runtime/metrics"
	"slices"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"etl/schemas"
)

// usual is a call of 38 rows.
var usual = shape{participants: 5, sessions: 4, segments: 1, media: 2, streams: 2}

const rowsOfUsual = 1 + 5 + 4 + 4 + 8 + 16

// manyChanges makes calls cheaply, of a few templates, so that a benchmark
// measures loading and not the making of rows.
func manyChanges(from, to, step int) []Change {
	var templates [32]*schemas.Rows
	for i := range templates {
		templates[i] = newRows(fmt.Sprint(i), 1, nil, usual)
	}
	midnight := *at("2026-10-05T00:00:00Z")
	var all []Change
	for i := from; i < to; i += step {
		began := midnight + int64(i)*1e6
		key := schemas.CallKey{TenantID: tenant, CallID: fmt.Sprintf("%08x-0000-4000-8000-%012x", uint32(i)*2654435761, i), CallVersion: 1, CallStartDateTime: &began}
		template := templates[i%len(templates)]
		all = append(all, Change{TenantID: tenant, CallID: key.CallID, Version: 1, Start: &began, Rows: func() (*schemas.Rows, error) {
			rows := &schemas.Rows{Call: template.Call, Participants: slices.Clone(template.Participants), Sessions: slices.Clone(template.Sessions),
				Segments: slices.Clone(template.Segments), Media: slices.Clone(template.Media), Streams: slices.Clone(template.Streams)}
			rows.Call.CallKey = key
			for i := range rows.Participants {
				rows.Participants[i].CallKey = key
			}
			for i := range rows.Sessions {
				rows.Sessions[i].CallKey = key
			}
			for i := range rows.Segments {
				rows.Segments[i].CallKey = key
			}
			for i := range rows.Media {
				rows.Media[i].CallKey = key
			}
			for i := range rows.Streams {
				rows.Streams[i].CallKey = key
			}
			return rows, nil
		}})
	}
	return all
}

// A day that the lake did not have.
func BenchmarkWrite(b *testing.B) {
	const calls = 2000
	changes := manyChanges(0, calls, 1)
	for b.Loop() {
		mustCommit(b, open(b, folderPlace(b)), changes...)
	}
	b.ReportMetric(float64(calls*rowsOfUsual)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// New calls into days of growing size: a day's last calls, which is what an
// hourly run adds, and calls all over the day. The last metric is the time by
// that of copying the day's six files through parquet-go.
func BenchmarkMerge(b *testing.B) {
	for _, times := range []int{1, 4, 16}[:*mergeSizes] {
		for _, where := range []struct {
			name        string
			added, from int // from which hundredth of the day on
		}{{"last-50", 50, 99}, {"spread-1", 1, 0}, {"spread-50", 50, 0}, {"spread-500", 500, 0}} {
			calls := 5000 * times
			b.Run(fmt.Sprintf("%d-calls/%s", calls, where.name), func(b *testing.B) {
				p := folderPlace(b)
				mustCommit(b, open(b, p), manyChanges(0, 2*calls, 2)...)
				first := 2 * calls / 100 * where.from
				step := (2*calls - first) / where.added / 2 * 2
				var merging, copying time.Duration
				for i := 1; b.Loop(); i++ {
					b.StopTimer()
					files := p.content(b)
					began := time.Now()
					for _, table := range newTables(newCodec()) {
						copyByParquetGo(b, table, []byte(files[objectKey(table.name, "2026-10-05")]))
					}
					copying += time.Since(began)
					l := open(b, p)
					changes := manyChanges(first+1, 2*calls, step)[:where.added]
					for j := range changes { // newer versions, so that the day keeps its size
						changes[j] = version(changes[j], int64(i))
					}
					began = time.Now()
					b.StartTimer()
					mustCommit(b, l, changes...)
					merging += time.Since(began)
				}
				b.ReportMetric(float64((calls+where.added)*rowsOfUsual)*float64(b.N)/merging.Seconds(), "rows/s")
				b.ReportMetric(merging.Seconds()/copying.Seconds(), "times-copy")
			})
		}
	}
}

var mergeSizes = flag.Int("merge.sizes", 1, "how many sizes of days BenchmarkMerge goes through, up to 3")

// copyByParquetGo copies the rows of a file with the library's own reader and
// writer.
func copyByParquetGo(b *testing.B, t *table, file []byte) {
	var to bytes.Buffer
	w := parquetGoWriter(t, &to)
	for _, group := range openBytes(b, file).RowGroups() {
		rows := group.Rows()
		if _, err := parquet.CopyRows(w, rows); err != nil {
			b.Fatal(err)
		}
		rows.Close()
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
}

func parquetGoWriter(t *table, to io.Writer) *parquet.GenericWriter[any] {
	return parquet.NewGenericWriter[any](to,
		t.schema, parquet.Compression(newCodec()), parquet.DataPageVersion(1), parquet.DataPageStatistics(false),
		parquet.PageBufferSize(64<<10), parquet.DictionaryMaxBytes(256<<10), parquet.MaxRowsPerRowGroup(65_536),
		parquet.SortingWriterConfig(parquet.SortingColumns(t.sorting...)))
}

func version(c Change, version int64) Change {
	rowsOf := c.Rows
	c.Version = version
	c.Rows = func() (*schemas.Rows, error) {
		rows, err := rowsOf()
		return ofVersion(rows, version), err
	}
	return c
}

func ofVersion(rows *schemas.Rows, version int64) *schemas.Rows {
	rows.Call.CallVersion = version
	for i := range rows.Participants {
		rows.Participants[i].CallVersion = version
	}
	for i := range rows.Sessions {
		rows.Sessions[i].CallVersion = version
	}
	for i := range rows.Segments {
		rows.Segments[i].CallVersion = version
	}
	for i := range rows.Media {
		rows.Media[i].CallVersion = version
	}
	for i := range rows.Streams {
		rows.Streams[i].CallVersion = version
	}
	return rows
}

// Memory must not grow with the day. A call is merged into days of growing
// size, the last with a million rows of streams.
func BenchmarkMemory(b *testing.B) {
	for _, calls := range []int{2_000, 20_000, 62_500} {
		b.Run(fmt.Sprintf("%d-streams", calls*16), func(b *testing.B) {
			p := folderPlace(b)
			l := open(b, p)
			changes := manyChanges(0, calls, 1)
			write := peak(func() { mustCommit(b, l, changes...) })
			changes = nil
			var merge uint64
			for i := int64(2); b.Loop(); i++ {
				again := version(manyChanges(calls/2, calls/2+1, 1)[0], i)
				merge = max(merge, peak(func() { mustCommit(b, l, again) }))
			}
			b.ReportMetric(float64(write)/1e6, "MB-write")
			b.ReportMetric(float64(merge)/1e6, "MB-merge")
		})
	}
}

// peak is the most heap that was live after a collection while f ran.
func peak(f func()) (most uint64) {
	done, stopped := make(chan bool), make(chan bool)
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	runtime.GC()
	metrics.Read(sample)
	before := sample[0].Value.Uint64()
	go func() {
		defer close(stopped)
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
				runtime.GC()
				metrics.Read(sample)
				most = max(most, sample[0].Value.Uint64())
			}
		}
	}()
	f()
	close(done)
	<-stopped
	return most - min(most, before)
}
