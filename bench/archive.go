package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"etl/internal/graphsim"
	"etl/load"
)

// dataset describes a raw archive. Equal ones have equal calls.
type dataset struct {
	Bytes int64 // of call records as JSON, about
	Days  int
	// LargeCall, if not 0, is how many sessions the one call has that the
	// archive then is of.
	LargeCall int
}

// archive is what a data set was written as.
type archive struct {
	Lake    string
	Calls   int
	Bytes   int64 // of call records as JSON
	Largest int64 // of those
}

// write makes the archive below a folder, through the product's own code and
// as a run leaves it: an object for each date with the calls in the order of
// their starts. Each call is there in one version, so that nobody has to
// choose among versions.
func (d dataset) write(ctx context.Context, folder string) (a archive, err error) {
	a.Lake = folder
	lake, err := load.Open(ctx, folder, load.Options{})
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, lake.Close()) }()
	monday := time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
	const nobodyStops = 1 << 30 // write stops when it has the bytes
	generator := graphsim.NewGenerator(graphsim.GeneratorOptions{
		Seed: 1, CallsPerDay: nobodyStops, People: 2000,
		AllHands: max(1, int(min(1500, d.Bytes/int64(d.Days)/10_000))), // most of a Wednesday, 11 MB at most
	})
	for day := range d.Days {
		date := monday.AddDate(0, 0, day)
		calls := generator.Day(date)
		if d.LargeCall > 0 {
			calls = func(yield func(graphsim.Call) bool) { yield(generator.Sized(date, 0, d.LargeCall, d.LargeCall)) }
		}
		var batch load.Batch
		var bytes int64
		for call := range calls {
			record := call.Final()
			start := record.Start.UnixMicro()
			batch.Add(load.Change{
				TenantID: generator.TenantID(), CallID: record.ID, Version: record.Version, Start: &start,
				FetchedAt: record.End.Add(time.Hour).UnixMicro(),
			}, record.JSON, nil)
			a.Calls++
			a.Largest = max(a.Largest, int64(len(record.JSON)))
			if bytes += int64(len(record.JSON)); bytes >= d.Bytes/int64(d.Days) {
				break
			}
		}
		a.Bytes += bytes
		changes := batch.Changes()
		slices.SortFunc(changes, func(a, b load.Change) int {
			return cmp.Or(cmp.Compare(*a.Start, *b.Start), cmp.Compare(a.CallID, b.CallID))
		})
		if _, err := lake.Archive(ctx, "bench", changes); err != nil {
			return a, fmt.Errorf("writing the archive of %s: %w", date.Format(time.DateOnly), err)
		}
	}
	return a, nil
}
