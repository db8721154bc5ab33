package transform

import (
	"encoding/json"
	"testing"
	"time"

	"etl/internal/graphsim"
)

// BenchmarkFlatten flattens the calls of a simulated day; encoding/json
// decoding the same records into maps is the yardstick.
func BenchmarkFlatten(b *testing.B) {
	var records []string
	var bytes, streams int64
	day := time.Date(2026, 11, 17, 0, 0, 0, 0, time.UTC)
	for call := range graphsim.NewGenerator(graphsim.GeneratorOptions{Seed: 1}).Day(day) {
		record := string(call.Final().JSON)
		records = append(records, record)
		bytes += int64(len(record))
		rows, _, err := Flatten(record, Origin{})
		if err != nil {
			b.Fatal(err)
		}
		streams += rows.Call.StreamCount
	}
	b.Run("flatten", func(b *testing.B) {
		b.SetBytes(bytes)
		b.ReportAllocs()
		var f Flattener
		for b.Loop() {
			for _, record := range records {
				rows, _, err := f.Flatten(record, Origin{})
				if err != nil {
					b.Fatal(err)
				}
				rows.Free()
			}
		}
		b.ReportMetric(float64(streams)*float64(b.N)/b.Elapsed().Seconds(), "streams/s")
	})
	b.Run("encoding_json", func(b *testing.B) {
		b.SetBytes(bytes)
		b.ReportAllocs()
		for b.Loop() {
			for _, record := range records {
				var v map[string]any
				if err := json.Unmarshal([]byte(record), &v); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
