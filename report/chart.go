package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// chart is a chart over the dates of the period. Its plot is as wide as there
// are dates and 100 high, and is stretched to the page; text is outside of it.
type chart struct {
	Title   string
	Summary string // what the chart shows, for those who don't see it
	Width   int
	Legend  []series
	Ticks   []mark // of the value
	Dates   []mark
	Targets []mark
	Columns []rectangle
	Lines   []line
	Hints   []hint
}

// series is one of the chart's kinds of values; its class has its colour.
type series struct{ Class, Label string }

// mark is a label at a place along an axis, in percent from the left or the
// bottom; Y is that of its line across the plot. One that is minor is left out
// where there is little room.
type mark struct {
	At, Y, Label string
	IsMinor      bool
}

type rectangle struct{ Class, X, Y, Width, Height string }

// line is a line, interrupted where there is no value. Dots are its points.
type line struct{ Class, Path, Dots string }

// hint is what is said of a date where a pointer rests on it.
type hint struct {
	X    int
	Text string
}

// value is one of a series, which may not be there.
type value struct {
	number float64
	there  bool
}

// values are a series over the dates.
type values struct {
	series
	of []value
}

// newChart makes a chart of lines, or of columns upon each other.
func newChart(title string, dates []time.Time, all []values, write func(float64) string) *chart {
	c := &chart{Title: title, Width: len(dates)}
	for _, v := range all {
		c.Legend = append(c.Legend, v.series)
	}
	step := max(1, (len(dates)+mostDates-1)/mostDates)
	for i := 0; i < len(dates); i += step {
		c.Dates = append(c.Dates, mark{At: shorter(100 * (float64(i) + 0.5) / float64(len(dates))), Label: dates[i].Format("2 Jan"), IsMinor: i/step%2 == 1})
	}
	for i, date := range dates {
		parts := []string{date.Format("Mon 2 Jan")}
		for _, v := range all {
			if v.of[i].there {
				parts = append(parts, v.Label+" "+write(v.of[i].number))
			}
		}
		c.Hints = append(c.Hints, hint{i, strings.Join(parts, " · ")})
	}
	return c
}

// across is a mark with a line across the plot.
func across(y float64, label string) mark {
	return mark{At: shorter(100 - y), Y: shorter(y), Label: label}
}

// mostDates is how many dates are written below a chart.
const mostDates = 10

// scale sets the ticks for values from 0 to a highest, and returns the place of
// a value, from the top.
func (c *chart) scale(highest float64, write func(float64) string) func(float64) float64 {
	step := tickStep(highest)
	top := max(1, math.Ceil(highest/step-1e-9)) * step
	place := func(v float64) float64 { return 100 - 100*v/top }
	for n := 0.0; n <= top/step+1e-9; n++ {
		c.Ticks = append(c.Ticks, across(place(n*step), write(n*step)))
	}
	return place
}

// tickStep is a round number of which four or five, at least two, make the
// highest value.
func tickStep(highest float64) float64 {
	if highest <= 0 {
		return 1
	}
	step := math.Pow(10, math.Floor(math.Log10(highest/2)))
	for _, times := range []float64{1, 2, 5, 10} {
		if highest/(step*times) <= 5 {
			return step * times
		}
	}
	return step * 10
}

// columns draws series of counts upon each other.
func columns(title string, dates []time.Time, all []values) *chart {
	write := func(f float64) string { return grouped(int64(f)) }
	c := newChart(title, dates, all, write)
	highest := 1.0
	for i := range dates {
		sum := 0.0
		for _, v := range all {
			sum += v.of[i].number
		}
		highest = max(highest, sum)
	}
	place := c.scale(max(highest, 2), write)
	for i := range dates {
		below := 0.0
		for _, v := range all {
			n := v.of[i].number
			if n == 0 {
				continue
			}
			c.Columns = append(c.Columns, rectangle{v.Class, shorter(float64(i) + 0.14), shorter(place(below + n)), "0.72", shorter(place(below) - place(below+n))})
			below += n
		}
	}
	return c
}

// lines draws series, with targets across.
func lines(title string, dates []time.Time, all []values, targets []float64, write func(float64) string) *chart {
	c := newChart(title, dates, all, write)
	highest := 0.0
	for _, t := range targets {
		highest = max(highest, t*1.2)
	}
	for _, v := range all {
		for _, p := range v.of {
			highest = max(highest, p.number)
		}
	}
	place := c.scale(highest, write)
	for _, t := range targets {
		c.Targets = append(c.Targets, across(place(t), "target "+write(t)))
	}
	for _, v := range all {
		var path, dots strings.Builder
		verb := "M"
		for i, p := range v.of {
			if !p.there {
				verb = "M"
				continue
			}
			at := shorter(float64(i)+0.5) + " " + shorter(place(p.number))
			fmt.Fprintf(&path, "%s%s", verb, at)
			fmt.Fprintf(&dots, "M%sh0", at)
			verb = "L"
		}
		c.Lines = append(c.Lines, line{v.Class, path.String(), dots.String()})
	}
	return c
}

// shorter writes a coordinate.
func shorter(f float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(f, 'f', 2, 64), "0"), ".")
}
