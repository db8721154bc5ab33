package extract

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
)

// maxLine bounds a line, and a CSV record, in bytes.
const maxLine = 1 << 20

// ReadIDs yields the calls that r names, one at a time. It finds out by itself
// in which of these forms they are:
//
//   - an id per line;
//   - CSV, separated by commas, semicolons or tabs, whose header names id;
//   - JSON documents with an id, usually one per line;
//   - change notifications of Graph: {"value":[{"resourceData":{"id":…}}]}.
//
// CSV columns and JSON members startDateTime or start_date_time, endDateTime or
// end_date_time give Ref.Start and Ref.End. Blank lines, lines that begin with
// # and a byte order mark are skipped.
//
// Ids are yielded as written, without white space around them: whether one can
// be used is for ValidID to say. An error names the line and is the last that
// is yielded.
func ReadIDs(r io.Reader) iter.Seq2[Ref, error] {
	return func(yield func(Ref, error) bool) {
		l := &lines{r: bufio.NewReaderSize(r, 64<<10)}
		err := readIDs(l, func(ref Ref) bool { return yield(ref, nil) })
		if err != nil && !errors.Is(err, errEnough) {
			yield(Ref{}, fmt.Errorf("reading call ids: line %d: %w", max(l.number, 1), err))
		}
	}
}

// errEnough says that the consumer wants no more.
var errEnough = errors.New("enough")

func readIDs(l *lines, yield func(Ref) bool) error {
	first, ok, err := l.content()
	if err != nil || !ok {
		return err
	}
	if strings.HasPrefix(first, "{") {
		return readDocuments(l, first, yield)
	}
	if strings.HasPrefix(first, "[") {
		return errors.New("a JSON array is none of the forms of ids; give one object per line")
	}
	if columns, ok := csvHeader(first); ok {
		return columns.read(l, yield)
	}
	for ok {
		if !yield(Ref{ID: first}) {
			return errEnough
		}
		if first, ok, err = l.content(); err != nil {
			return err
		}
	}
	return nil
}

// lines reads lines and counts them.
type lines struct {
	r      *bufio.Reader
	number int
}

// next returns the next line without its end. ok is false at the end of the input.
func (l *lines) next() (line string, ok bool, err error) {
	var b []byte
	for {
		part, err := l.r.ReadSlice('\n')
		if len(part) > 0 && b == nil {
			l.number++
		}
		b = append(b, part...)
		switch {
		case len(b) > maxLine+2: // its end doesn't count
			return "", false, fmt.Errorf("it is longer than %d bytes", maxLine)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			if len(b) == 0 {
				return "", false, nil
			}
		case err != nil:
			return "", false, err
		}
		break
	}
	b = bytes.TrimSuffix(b, []byte("\n"))
	b = bytes.TrimSuffix(b, []byte("\r"))
	if len(b) > maxLine {
		return "", false, fmt.Errorf("it is longer than %d bytes", maxLine)
	}
	if l.number == 1 {
		if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) {
			return "", false, errors.New("the input is UTF-16; save it as UTF-8")
		}
		b = bytes.TrimPrefix(b, []byte("\ufeff"))
	}
	return string(b), true, nil
}

// content returns the next line that is neither blank nor a comment, without
// white space around it.
func (l *lines) content() (line string, ok bool, err error) {
	for {
		line, ok, err = l.next()
		if err != nil || !ok {
			return "", false, err
		}
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return line, true, nil
		}
	}
}

// columns are where a CSV record has what counts; -1 where there is none.
type columns struct {
	separator      rune
	id, start, end int
}

// csvHeader reports whether a line is the header of CSV with ids.
func csvHeader(line string) (columns, bool) {
	c := columns{separator: ',', id: -1, start: -1, end: -1}
	if i := strings.IndexAny(line, ",;\t"); i >= 0 {
		c.separator = rune(line[i])
	}
	names, err := c.split(line)
	if err != nil {
		return c, false
	}
	for i, name := range names {
		switch name = strings.TrimSpace(name); {
		case c.id < 0 && strings.EqualFold(name, "id"):
			c.id = i
		case name == "startDateTime", name == "start_date_time":
			c.start = i
		case name == "endDateTime", name == "end_date_time":
			c.end = i
		}
	}
	return c, c.id >= 0
}

func (c columns) split(record string) ([]string, error) {
	r := csv.NewReader(strings.NewReader(record))
	r.Comma = c.separator
	r.FieldsPerRecord = -1
	r.TrimLeadingSpace = c.separator != '\t'
	fields, err := r.Read()
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		err = bad.Err // its line is one of the record, not of the input
	}
	return fields, err
}

func (c columns) read(l *lines, yield func(Ref) bool) error {
	for {
		line, ok, err := l.content()
		if err != nil || !ok {
			return err
		}
		// A field in quotes may go over several lines.
		var record strings.Builder
		record.WriteString(line)
		for quotes := strings.Count(line, `"`); quotes%2 != 0; quotes += strings.Count(line, `"`) {
			line, ok, err = l.next()
			switch {
			case err != nil:
				return err
			case !ok:
				return errors.New("a quoted field doesn't end")
			case record.Len()+len(line) > maxLine:
				return fmt.Errorf("the record is longer than %d bytes", maxLine)
			}
			record.WriteString("\n" + line)
		}
		fields, err := c.split(record.String())
		if err != nil {
			return err
		}
		field := func(i int) string {
			if i < 0 || i >= len(fields) {
				return ""
			}
			return strings.TrimSpace(fields[i])
		}
		if !yield(Ref{ID: field(c.id), Start: knownTime(field(c.start)), End: knownTime(field(c.end))}) {
			return errEnough
		}
	}
}

// knownTime reads a time that only helps: one that can't be read is not known.
// Other tools write a blank where RFC 3339 has a T.
func knownTime(s string) time.Time {
	if len(s) > 10 && s[10] == ' ' {
		s = s[:10] + "T" + s[11:]
	}
	return parseTime(s)
}
