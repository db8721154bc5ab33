package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"etl/schemas"
	"etl/views"
)

var (
	monday = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	noon   = monday.Add(12 * time.Hour)
)

// rendered is the page of some facts.
func rendered(t *testing.T, facts *Facts, change ...func(*Page)) string {
	t.Helper()
	p := Page{Title: "Call quality", From: monday, To: monday.AddDate(0, 0, 1), MadeAt: noon, Rules: views.RuleSets()[0], Facts: facts}
	for _, c := range change {
		c(&p)
	}
	var b bytes.Buffer
	if err := Render(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// withDays are facts of two dates on which nothing was.
func withDays() *Facts {
	f := NewFacts()
	f.Days = []*Day{newDay(monday), newDay(monday.AddDate(0, 0, 1))}
	return f
}

func TestPageOfNothing(t *testing.T) {
	for name, facts := range map[string]*Facts{"no calls": withDays(), "no dates": NewFacts()} {
		page := rendered(t, facts)
		for _, wrong := range []string{"NaN", "Inf", "%!", "ZgotmplZ"} {
			if at := strings.Index(page, wrong); at >= 0 {
				t.Errorf("%s: the page has %s: %s", name, wrong, page[max(0, at-100):at+100])
			}
		}
		for _, says := range []string{"No calls have arrived.", "No session has failed.", "No audio streams.", "Nothing is known to be missing.", "<strong>unknown</strong>"} {
			if !strings.Contains(page, says) {
				t.Errorf("%s: the page does not say %q", name, says)
			}
		}
	}
}

// TestPageOfHostileNames has names that would be markup, links, styles or
// formulas if the page let them.
func TestPageOfHostileNames(t *testing.T) {
	const evil = `</title></script><script>alert(1)</script><img src=x onerror="alert(1)">`
	f := withDays()
	f.subnets[evil] = Streams{Poor: 1}
	f.networks[network{evil, `"><b>`}] = Streams{Poor: 1}
	f.devices[device{"capture", evil}] = Streams{Poor: 2}
	f.devices[device{"render", "=HYPERLINK(\"http://evil.example\")"}] = Streams{Poor: 1}
	f.clients[client{evil, evil, "-1+1"}] = Client{1, Streams{Good: 1}}
	f.failures[failure{"dropped", evil}] = 1
	f.slow(arrival{callID: evil, callType: evil, end: 0, fetched: 1})
	page := rendered(t, f, func(p *Page) {
		p.Title = evil
		p.Completeness = Completeness{Pending: map[string]int{evil: 1}}
		p.Buildings = []schemas.Building{{FirstAddress: 10 << 24, LastAddress: 11<<24 - 1, BuildingName: evil}}
	})
	if strings.Contains(page, "<script") || strings.Contains(page, "<img") || strings.Contains(page, "<b>") {
		t.Error("a name became markup")
	}
	if again := rendered(t, f, func(p *Page) {
		p.Title = evil
		p.Completeness = Completeness{Pending: map[string]int{evil: 1}}
		p.Buildings = []schemas.Building{{FirstAddress: 10 << 24, LastAddress: 11<<24 - 1, BuildingName: evil}}
	}); again != page {
		t.Error("equal facts gave another page")
	}
	devices, clients := csvOf(t, page, "poor_by_device"), csvOf(t, page, "poor_by_client")
	if !strings.Contains(devices, `"'=HYPERLINK(""http://evil.example"")"`) || !strings.Contains(clients, ",'-1+1,") {
		t.Errorf("a name is a formula:\n%s\n%s", devices, clients)
	}
}

func csvOf(t *testing.T, page, name string) string {
	t.Helper()
	link := regexp.MustCompile(`href="data:text/csv;charset=utf-8;base64,([^"]*)" download="` + name + `\.csv"`).FindStringSubmatch(page)
	if link == nil {
		t.Fatalf("the page has no %s.csv", name)
	}
	text, err := base64.StdEncoding.DecodeString(html.UnescapeString(link[1]))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPageIsBounded has more devices than a page can hold.
func TestPageIsBounded(t *testing.T) {
	f := withDays()
	for i := range 3 * mostInCSV {
		f.devices[device{"capture", fmt.Sprint("device ", i)}] = Streams{Poor: int64(i)}
	}
	page := rendered(t, f)
	lines := strings.Split(strings.TrimSpace(csvOf(t, page, "poor_by_device")), "\n")
	if len(lines) != mostInCSV+1 || lines[1] != "capture,device 5999,5999,5999,100" {
		t.Errorf("the CSV has %d lines, the first is %s", len(lines), lines[1])
	}
	if !strings.Contains(page, "10 of 6000 rows are shown, the first 2000 are in the file") || strings.Contains(page, "device 5989<") {
		t.Error("the page does not say what it leaves out, or does not leave it out")
	}
}

func TestCompletenessOnThePage(t *testing.T) {
	span := []Span{{monday, noon}}
	for want, c := range map[string]Completeness{
		"complete": {Listed: true}, "unknown": {}, "incomplete": {Listed: true, Lost: span}, "incomplete ": {Listed: true, Doubtful: span},
		"incomplete  ": {Listed: true, LostCalls: 1}, "incomplete   ": {Pending: map[string]int{"throttled": 2}}, "incomplete    ": {Listed: true, Uncovered: span},
	} {
		want = strings.TrimSpace(want)
		c.LastSync = &noon
		page := rendered(t, withDays(), func(p *Page) { p.Completeness = c })
		if !strings.Contains(page, "<strong>"+want+"</strong>") || !strings.Contains(page, "The last sync ended on 23 Nov 2026, 12:00 UTC.") {
			t.Errorf("%+v is not %s", c, want)
		}
		if rows := strings.Count(csvOf(t, page, "completeness"), "\n") - 1; rows > 0 != (want == "incomplete") {
			t.Errorf("%+v: %d rows", c, rows)
		}
	}
}

func TestTicks(t *testing.T) {
	for highest, want := range map[float64]float64{0: 1, 0.04: 0.01, 1: 0.2, 2: 1, 3.6: 1, 5: 1, 5.1: 2, 60: 20, 700: 200, 33333: 10000} {
		if got := tickStep(highest); math.Abs(got-want) > 1e-12 {
			t.Errorf("up to %v the step is %v, want %v", highest, got, want)
		}
	}
}

func TestLinesHaveGaps(t *testing.T) {
	dates := []time.Time{monday, monday, monday, monday}
	c := lines("x", dates, []values{{series{"s1", "a"}, []value{there(1.0), there(2.0), {}, there(4.0)}}}, []float64{3}, plain)
	if got, want := c.Lines[0].Path, "M0.5 75L1.5 50M3.5 0"; got != want {
		t.Errorf("the line is %s, want %s", got, want)
	}
	if got := c.Targets[0]; got.At != "75" || got.Y != "25" || got.Label != "target 3" {
		t.Errorf("the target is %+v", got)
	}
}

func TestColumnsStandUponEachOther(t *testing.T) {
	c := columns("x", []time.Time{monday}, []values{{series{"s1", "a"}, []value{there(int64(3))}}, {series{"s2", "b"}, []value{there(int64(1))}}})
	if len(c.Columns) != 2 || c.Columns[0].Y != "25" || c.Columns[0].Height != "75" || c.Columns[1].Y != "0" || c.Columns[1].Height != "25" {
		t.Errorf("columns %+v", c.Columns)
	}
}

func TestNumbersForPeople(t *testing.T) {
	for got, want := range map[string]string{
		grouped(0): "0", grouped(999): "999", grouped(1000): "1,000", grouped(-1234567): "-1,234,567",
		span(90): "90.0 min", span(180): "3.0 h", span(-3): "-3.0 min", span(4 * 24 * 60): "4.0 d",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if (ratio{3, 100}).over("3.0") || !(ratio{301, 10000}).over("3.0") || (ratio{0, 0}).over("3.0") {
		t.Error("over is more than the target")
	}
	if got := quantile([]int64{1, 2, 3, 4}, 0.5); got != 2 {
		t.Errorf("the median is %d", got)
	}
}

func TestPlaces(t *testing.T) {
	const all, hall, vpn = 10 << 24, 10<<24 + 1<<16, 10<<24 + 1<<16 + 2<<8 + 3
	places := NewPlaces([]schemas.Building{
		{FirstAddress: all, LastAddress: hall - 1, BuildingName: "all"}, {FirstAddress: hall, LastAddress: vpn - 1, BuildingName: "hall"},
		{FirstAddress: vpn, LastAddress: vpn, BuildingName: "VPN"}, {FirstAddress: vpn + 1, LastAddress: hall + 1<<16 - 1, BuildingName: "hall"},
		{FirstAddress: hall + 1<<16, LastAddress: 11<<24 - 1, BuildingName: "all"},
	})
	for subnet, want := range map[string]string{"10.0.0.0": "all", "10.1.2.0": "hall", "10.1.2.3": "VPN", "10.1.2.4": "hall", "10.1.255.255": "hall", "9.255.255.255": "", "10.2.0.0": "all", "11.0.0.0": "", "": "", "fe80::": "", "10.1": ""} {
		got := ""
		if b := places.of(subnet); b != nil {
			got = b.BuildingName
		}
		if got != want {
			t.Errorf("%s is in %q, want %q", subnet, got, want)
		}
	}
}

// TestSlowest keeps the slowest, whatever the order in which they come.
func TestSlowest(t *testing.T) {
	f := NewFacts()
	for i := range 100 {
		f.slow(arrival{callID: fmt.Sprint(i), fetched: int64(i * 37 % 100)})
	}
	for i, a := range f.slowest {
		if a.delay() != int64(99-i) {
			t.Errorf("arrival %d took %d", i, a.delay())
		}
	}
	if len(f.slowest) != mostSlow {
		t.Errorf("%d arrivals", len(f.slowest))
	}
}
