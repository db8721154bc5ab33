package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
)

// report is what was measured.
type report struct {
	contenders []contender
	rounds     []map[string]usage // by contender
	archive    archive
	streams    int64
	days       int
	duckdb     string // version
}

// quantities are what is measured, as columns.
var quantities = [4]string{"wall s", "CPU s", "peak MB", "Parquet MB"}

func (u usage) values() [4]float64 {
	return [4]float64{u.wall.Seconds(), u.cpu.Seconds(), float64(u.peak) / 1e6, float64(u.written) / 1e6}
}

func (r report) print(to io.Writer) {
	fmt.Fprintf(to, "%.0f MB of JSON: %d calls with %d streams on %d dates; medians of %d rounds (lowest-highest)\n",
		float64(r.archive.Bytes)/1e6, r.archive.Calls, r.streams, r.days, len(r.rounds))
	fmt.Fprintf(to, "%d cores, %s/%s, %s, DuckDB %s; all wrote equal rows\n\n", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), r.duckdb)
	table := tabwriter.NewWriter(to, 0, 0, 3, ' ', 0)
	row := func(name string, cell func(quantity int) string) {
		fmt.Fprint(table, name)
		for i := range quantities {
			fmt.Fprint(table, "\t", cell(i))
		}
		fmt.Fprintln(table)
	}
	row("", func(i int) string { return quantities[i] })
	for _, c := range r.contenders {
		row(c.name, func(i int) string { return spread(r.of(i, c.name)) })
	}
	if r.contenders[0].name == "etl" {
		r.ratios(row)
	}
	table.Flush()
}

// ratios are taken within each round, as the machine may be busier in others.
// DuckDB counts by the better of its forms, in each quantity.
func (r report) ratios(row func(string, func(int) string)) {
	row("\ntimes what etl takes", func(i int) string { return strings.Fields(quantities[i])[0] })
	for _, names := range [][]string{{"duckdb1", "duckdb2"}, {"naive"}} {
		names = slices.DeleteFunc(names, func(name string) bool { return r.rounds[0][name] == usage{} })
		if len(names) == 0 {
			continue
		}
		row(strings.Join(names, " or "), func(i int) string {
			ratios := r.of(i, names...)
			for round, etl := range r.of(i, "etl") {
				ratios[round] /= etl
			}
			return spread(ratios)
		})
	}
}

// of returns a quantity by round, the lowest of the contenders.
func (r report) of(quantity int, names ...string) []float64 {
	var all []float64
	for _, round := range r.rounds {
		lowest := round[names[0]].values()[quantity]
		for _, name := range names[1:] {
			lowest = min(lowest, round[name].values()[quantity])
		}
		all = append(all, lowest)
	}
	return all
}

// spread is the median with the lowest and the highest value.
func spread(values []float64) string {
	values = slices.Sorted(slices.Values(values))
	n := len(values)
	median := (values[(n-1)/2] + values[n/2]) / 2
	return fmt.Sprintf("%.2f (%.2f-%.2f)", median, values[0], values[n-1])
}
