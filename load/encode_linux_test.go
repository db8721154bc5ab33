package load

import (
	"bytes"
	"flag"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"etl/internal/graphsim"
	"etl/schemas"
	"etl/transform"
)

// BenchmarkEncode writes the rows of a simulated day to files in memory, and
// has parquet-go do the same by rows of values. The calls are flattened as they
// are needed, as in a run; the time is the processor's, without that.
func BenchmarkEncode(b *testing.B) {
	var records []string
	for call := range graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 1, CallsPerDay: *encodeCalls}).Day(time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC)) {
		records = append(records, string(call.Final().JSON))
	}
	for _, table := range newTables(newCodec()) {
		b.Run(table.name, func(b *testing.B) {
			b.ReportAllocs()
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			var ours, theirs time.Duration
			var ourBytes, theirBytes, rows, turn int
			var values []parquet.Row
			for b.Loop() {
				var our, their bytes.Buffer
				w, other := table.layout.NewWriter(&our), parquetGoWriter(table, &their)
				for batch := range slices.Chunk(records, 16) {
					var all []*schemas.Rows
					for _, record := range batch {
						flat, _, err := transform.Flatten(record, transform.Origin{TenantID: tenant, FetchedAt: 1790000000000000})
						if err != nil {
							b.Fatal(err)
						}
						all = append(all, flat)
					}
					write := func() {
						ours += ofProcessor(b, func() error {
							for _, r := range all {
								slice := table.rowsOf(r)
								rows += slice.Len()
								key := callKey{r.Call.TenantID, r.Call.CallID}
								if err := w.Write(key.number(), slice); err != nil {
									return err
								}
							}
							return nil
						})
					}
					writeRows := func() {
						theirs += ofProcessor(b, func() error {
							for _, r := range all {
								slice := table.rowsOf(r)
								values = slices.Grow(values[:0], slice.Len())
								for i := range slice.Len() {
									values = append(values, table.layout.AppendRow(values[:i+1][i][:0], slice, i))
								}
								if _, err := other.WriteRows(values); err != nil {
									return err
								}
							}
							return nil
						})
					}
					// Who comes first finds the rows out of the processor's cache.
					if turn++; turn%2 == 0 {
						write()
						writeRows()
					} else {
						writeRows()
						write()
					}
				}
				ours += ofProcessor(b, w.Close)
				theirs += ofProcessor(b, other.Close)
				ourBytes, theirBytes = ourBytes+our.Len(), theirBytes+their.Len()
			}
			b.ReportMetric(float64(ours)/float64(rows), "ns/row")
			b.ReportMetric(float64(theirs)/float64(ours), "times-faster")
			b.ReportMetric(float64(ourBytes)/float64(rows), "bytes/row")
			b.ReportMetric(float64(theirBytes)/float64(rows), "parquet-go-bytes/row")
		})
	}
}

var encodeCalls = flag.Int("encode.calls", 300, "calls of the day that BenchmarkEncode writes")

// ofProcessor is how long the processor was busy with f.
func ofProcessor(b *testing.B, f func() error) time.Duration {
	b.Helper()
	before := busy(b)
	if err := f(); err != nil {
		b.Fatal(err)
	}
	return busy(b) - before
}

func busy(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_THREAD, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
