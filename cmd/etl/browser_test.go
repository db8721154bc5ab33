//go:build readers

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium is a tab of a Chromium without a screen, and what its page did.
type chromium struct {
	ctx context.Context

	mu       sync.Mutex
	requests []string
	messages []string // of the console
}

// startChromium starts the Chromium that .ci/readers names.
func startChromium(t *testing.T) *chromium {
	t.Helper()
	program := os.Getenv("READERS_CHROMIUM")
	if program == "" {
		t.Fatal("READERS_CHROMIUM is not set; .ci/readers does that")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, // which root can't have, and the page is our own
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	c := &chromium{ctx: ctx}
	if err := chromedp.Listen(ctx, c.hear); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *chromium) hear(event any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		c.requests = append(c.requests, e.Request.URL)
	case *runtime.EventConsoleAPICalled:
		c.messages = append(c.messages, fmt.Sprint(e.Type, e.Args))
	case *runtime.EventExceptionThrown:
		c.messages = append(c.messages, e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		c.messages = append(c.messages, e.Entry.Text)
	}
}

// do does something in the tab.
func (c *chromium) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(c.ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// emulate makes the page one of a medium and a colour scheme.
func (c *chromium) emulate(t *testing.T, medium, scheme string) {
	t.Helper()
	_, err := chromedp.Call(c.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: medium, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// evaluate returns the value of an expression in the page.
func evaluate[T any](t *testing.T, c *chromium, expression string) T {
	t.Helper()
	value, err := chromedp.Run(c.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%v: %s", err, expression)
	}
	return value
}

// The page as a reader meets it, in the browser.
const (
	// tables are the tables that are shown, with what they link to. Texts are
	// those that a screen reader reads, but for whether a target is met.
	tables = `[...document.querySelectorAll('table')].map(t => {
		const link = t.closest('.scroll').parentElement.querySelector('a[download]');
		const text = e => { const c = e.cloneNode(true); c.querySelectorAll('.mark').forEach(m => m.remove()); return c.textContent.trim(); };
		return {
			name: link.download.replace('.csv', ''),
			rows: [...t.tBodies[0].rows].filter(r => !r.querySelector('.none')).map(r => [...r.cells].map(text)),
			numbers: [...t.tHead.rows[0].cells].map(c => c.classList.contains('number')),
		};
	})`
	// contrast is the least contrast between a text and the page behind it.
	contrast = `(() => {
		const numbers = c => c.match(/[\d.]+/g).slice(0, 3).map(Number);
		const light = c => { const [r, g, b] = numbers(c).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
		const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/, 0\)$/.test(c) && c !== 'transparent' && !/\/ /.test(c)) return c; } return 'rgb(255, 255, 255)'; };
		let least = 21;
		for (const e of document.querySelectorAll('h1, h2, p, a, th, td, dt, dd, small, summary, figcaption, li, .mark, .plot span')) {
			const a = light(getComputedStyle(e).color), b = light(behind(e));
			least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
		}
		return least;
	})()`
	// unnamed is how many charts a screen reader can't describe.
	unnamed = `[...document.querySelectorAll('[role=img], section, .scroll')].filter(e => !(e.getAttribute('aria-label') || document.getElementById(e.getAttribute('aria-labelledby') || '-')?.textContent)).length`
	// drawn is how many columns and lines the charts have that take up room.
	drawn = `[...document.querySelectorAll('.plot rect.s1, .plot path.line')].filter(e => { const b = e.getBoundingClientRect(); return b.width > 0 && b.height > 0; }).length`
	// misplaced is how many lines across a chart are not where their values are.
	misplaced = `[...document.querySelectorAll('.plot path.grid, .plot path.target')].filter(e => {
		const plot = e.ownerSVGElement.getBoundingClientRect(), line = e.getBoundingClientRect();
		return Math.abs((line.top + line.bottom) / 2 - plot.top - Number(e.getAttribute('d').match(/^M0 ([\d.]+)H/)[1]) / 100 * plot.height) > 1;
	}).length`
	tooWide = `document.documentElement.scrollWidth - document.documentElement.clientWidth`
)

// shown is a table in the browser.
type shown struct {
	Name    string     `json:"name"`
	Rows    [][]string `json:"rows"`
	Numbers []bool     `json:"numbers"`
}

// TestReportInABrowser looks at the page as people will: what Chromium shows
// equals what DuckDB says, in every medium.
func TestReportInABrowser(t *testing.T) {
	r := reportOfDemo(t)
	c := startChromium(t)
	c.do(t, chromedp.EmulateViewport(1280, 900), chromedp.Navigate("file://"+r.out))
	whole := evaluate[string](t, c, "document.documentElement.outerHTML")
	csv := tablesOf(t, whole)
	r.compare(t, csv)
	seen := 0
	for _, table := range evaluate[[]shown](t, c, tables) {
		seen++
		if want := csv[table.Name][1:]; len(table.Rows) != len(want) && len(table.Rows) != 10 {
			t.Errorf("%s shows %d of %d rows", table.Name, len(table.Rows), len(want))
		}
		for i, row := range table.Rows {
			for j, text := range row {
				if want := csv[table.Name][i+1][j]; table.Numbers[j] && !means(text, want) {
					t.Errorf("%s, row %d: %q is shown, and the CSV has %q", table.Name, i, text, want)
				}
			}
		}
	}
	if seen != len(csv) || seen < 15 {
		t.Errorf("%d tables are shown, and %d are there as CSV", seen, len(csv))
	}

	backgrounds := map[string]bool{}
	for _, width := range []int64{1280, 400} {
		for _, look := range []struct{ medium, scheme string }{{"screen", "light"}, {"screen", "dark"}, {"print", "light"}, {"print", "dark"}} {
			c.emulate(t, look.medium, look.scheme)
			c.do(t, chromedp.EmulateViewport(width, 900))
			name := fmt.Sprint(look, " at ", width)
			backgrounds[look.medium+evaluate[string](t, c, "getComputedStyle(document.body).backgroundColor")] = true
			if least := evaluate[float64](t, c, contrast); least < 4.5 {
				t.Errorf("%s: a text has a contrast of %.2f", name, least)
			}
			if more := evaluate[int](t, c, tooWide); more > 0 && look.medium == "screen" {
				t.Errorf("%s: the page is %d pixels too wide", name, more)
			}
			// Three dates of calls, and a line for each of three, two and two series.
			if n := evaluate[int](t, c, drawn); n < 2+6 {
				t.Errorf("%s: only %d parts of charts are drawn", name, n)
			}
			if n := evaluate[int](t, c, misplaced); n > 0 {
				t.Errorf("%s: %d lines are not where their values are", name, n)
			}
			if shows := evaluate[bool](t, c, "document.querySelector('nav').getBoundingClientRect().height > 0"); shows != (look.medium == "screen") {
				t.Errorf("%s: the navigation is there: %t", name, shows)
			}
			if keep := os.Getenv("READERS_SCREENSHOTS"); keep != "" {
				png, err := chromedp.Run(c.ctx, chromedp.FullScreenshot(100))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(keep, fmt.Sprintf("%s-%s-%d.png", look.medium, look.scheme, width)), png, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if len(backgrounds) != 3 { // light and dark on a screen, and white on paper
		t.Errorf("backgrounds are %v", backgrounds)
	}
	if n := evaluate[int](t, c, unnamed); n > 0 {
		t.Errorf("%d parts have no name for screen readers", n)
	}
	c.emulate(t, "", "light")
	pdf, err := chromedp.Run(c.ctx, chromedp.PrintToPDF())
	if err != nil || !strings.HasPrefix(string(pdf), "%PDF") {
		t.Errorf("printing: error %v, %d bytes", err, len(pdf))
	}
	c.download(t, "failures_by_date", whole)

	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.messages) > 0 {
		t.Errorf("the console has %q", c.messages)
	}
	for _, url := range c.requests {
		if url != "file://"+r.out && !strings.HasPrefix(url, "data:") {
			t.Errorf("the page asked for %s", url)
		}
	}
	if len(c.requests) == 0 {
		t.Error("not even the page was asked for: requests are not seen")
	}
}

// download saves a CSV as a reader would.
func (c *chromium) download(t *testing.T, name, page string) {
	t.Helper()
	folder := t.TempDir()
	_, err := chromedp.CallBrowser(c.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: folder,
	})
	if err != nil {
		t.Fatal(err)
	}
	evaluate[any](t, c, "document.querySelector('a[download=\""+name+".csv\"]').click()")
	var content []byte
	until(t, "the download of "+name, func() bool {
		content, err = os.ReadFile(filepath.Join(folder, name+".csv"))
		return err == nil && len(content) > 0
	})
	if first := strings.Join(tablesOf(t, page)[name][0], ","); !strings.HasPrefix(string(content), first+"\n") {
		t.Errorf("the file begins %.80q, want %q", content, first)
	}
}

// means tells whether a number for people is that of the CSV.
func means(text, plain string) bool {
	switch {
	case text == "–":
		return plain == ""
	case strings.HasSuffix(text, " h"), strings.HasSuffix(text, " d"):
		unit := map[byte]float64{'h': 60, 'd': 24 * 60}[text[len(text)-1]]
		return near(text[:len(text)-2], plain, unit)
	}
	text = strings.TrimPrefix(text, "≤ ")
	for _, unit := range []string{" %", " min"} {
		text = strings.TrimSuffix(text, unit)
	}
	return near(strings.ReplaceAll(text, ",", ""), plain, 1)
}

// near tells whether a number, times a unit, is another but for its rounding to
// one decimal.
func near(text, plain string, unit float64) bool {
	var a, b float64
	if _, err := fmt.Sscan(text, &a); err != nil {
		return false
	}
	if _, err := fmt.Sscan(plain, &b); err != nil {
		return false
	}
	if unit == 1 {
		return a == b
	}
	return max(a*unit-b, b-a*unit) <= 0.051*unit
}
