package report

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"time"

	"etl/schemas"
	"etl/views"
)

// Page is what a page is made of.
type Page struct {
	Title        string
	From, To     time.Time // dates, both of which belong to the period
	MadeAt       time.Time
	Rules        views.RuleSet
	Buildings    []schemas.Building
	Facts        *Facts
	Completeness Completeness
}

//go:embed page.html page.css
var files embed.FS

// section is a part of the page.
type section struct {
	ID, Title, Lead string
	Charts          []figure
	Tables          []*table
}

// figure is a chart with its numbers.
type figure struct {
	*chart
	Table *table
}

// tile is one of the numbers at the top.
type tile struct {
	Label, Value, Note string
	Class              string // over where it is bad, within where it is good; "" for neither
	Verdict            string // the same, of a target
}

// Render writes the page: equal pages give equal bytes. Errors are those of w.
func Render(w io.Writer, p Page) error {
	text, err := template.New("page.html").ParseFS(files, "page.html")
	if err != nil {
		return fmt.Errorf("rendering the report: %w", err)
	}
	style, err := files.ReadFile("page.css")
	if err != nil {
		return fmt.Errorf("rendering the report: %w", err)
	}
	c := newContents(p)
	err = text.Execute(w, map[string]any{
		"Title": p.Title, "From": day(p.From), "To": day(p.To), "MadeAt": moment(p.MadeAt), "Rules": p.Rules,
		"Style": template.CSS(style), "Tiles": c.tiles(), "Summary": c.summary(),
		"Sections": []section{c.volume(), c.quality(), c.failures(), c.poor(), c.arrival(), c.completeness(), c.method()},
	})
	if err != nil {
		return fmt.Errorf("rendering the report: %w", err)
	}
	return nil
}
