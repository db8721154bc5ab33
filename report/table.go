package report

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"html/template"
	"strconv"
	"strings"
)

// table is a table of the page, which is also there as CSV.
type table struct {
	Name  string // of the CSV, without its ending
	Title string
	Note  string
	Head  []column
	Rows  []row
	Top   int // how many rows the page shows; 0: all
	Empty string
}

type column struct {
	name     string // in the CSV, as the views have it
	Title    string
	IsNumber bool
}

type row []cell

// cell is a value, as people and as programs read it.
type cell struct {
	Text, plain string
	IsNumber    bool
	Bar         string // length of a bar, in percent of the longest; "" for none
	Verdict     string // over or within a target; "" where there is none
}

func words(text string) cell { return cell{Text: text, plain: text} }

// named is a text that means something else than it says.
func named(plain, text string) cell { return cell{Text: text, plain: plain} }

func count(n int64) cell {
	return cell{Text: grouped(n), plain: strconv.FormatInt(n, 10), IsNumber: true}
}

// number is a number with its form for people.
func number(f float64, text string) cell { return cell{Text: text, plain: plain(f), IsNumber: true} }

// nothing stands where there is no number.
var nothing = cell{Text: "–", IsNumber: true}

func percent(r ratio) cell {
	p, ok := r.percent()
	if !ok {
		return nothing
	}
	return number(p, strconv.FormatFloat(p, 'f', 2, 64)+" %")
}

// against is a ratio in percent and whether it is over a target.
func against(r ratio, most string) cell {
	c := percent(r)
	switch {
	case r.whole == 0:
	case r.over(most):
		c.Verdict = "over"
	default:
		c.Verdict = "within"
	}
	return c
}

// most is a target in percent.
func most(target string) cell { return number(must(target), "≤ "+target+" %") }

// withBars gives the cells of a column bars by their counts.
func (t *table) withBars(column int, counts []int64) {
	longest := int64(1)
	for _, n := range counts {
		longest = max(longest, n)
	}
	for i, n := range counts {
		t.Rows[i][column].Bar = strconv.FormatFloat(100*float64(n)/float64(longest), 'f', 1, 64)
	}
}

// Shown are the rows of the page.
func (t *table) Shown() []row {
	if t.Top > 0 && len(t.Rows) > t.Top {
		return t.Rows[:t.Top]
	}
	return t.Rows
}

// mostInCSV bounds the page: names that anybody may choose, such as those of
// devices, can be any number.
const mostInCSV = 2000

// InCSV is how many rows the CSV has.
func (t *table) InCSV() int { return min(len(t.Rows), mostInCSV) }

// CSV is the link to the table as CSV.
func (t *table) CSV() template.URL {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	var names []string
	for _, c := range t.Head {
		names = append(names, c.name)
	}
	_ = w.Write(names) // to memory
	for _, r := range t.Rows[:t.InCSV()] {
		var values []string
		for _, c := range r {
			values = append(values, harmless(c))
		}
		_ = w.Write(values)
	}
	w.Flush()
	return template.URL("data:text/csv;charset=utf-8;base64," + base64.StdEncoding.EncodeToString(b.Bytes()))
}

// harmless returns a value that no spreadsheet takes for a formula: names come
// from devices and clients.
func harmless(c cell) string {
	if !c.IsNumber && c.plain != "" && strings.ContainsRune("=+-@\t\r", rune(c.plain[0])) {
		return "'" + c.plain
	}
	return c.plain
}
