package extract

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"etl/extract/jsonscan"
)

// graphError is what Graph says in the body of an error. See
// https://learn.microsoft.com/graph/errors.
type graphError struct {
	code, message, requestID string
}

// String returns code and message for an error's text: short, and without
// control characters, since they were written by another machine.
func (e graphError) String() string {
	var b strings.Builder
	if e.code != "" {
		b.WriteString(" " + plain(e.code, 64))
	}
	if e.message != "" {
		b.WriteString(" (" + plain(e.message, 200) + ")")
	}
	return b.String()
}

// plain returns s cut to n characters, with what can't be printed escaped.
func plain(s string, n int) string {
	var b strings.Builder
	for _, r := range s {
		if n--; n < 0 {
			b.WriteString("…")
			break
		}
		if strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
	}
	return b.String()
}

// readError reads the start of an error's body. One that can't be read is as
// good as none.
func (c *Client) readError(resp *http.Response) graphError {
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBytes))
	if isPacked(resp.Header) {
		text, _ = c.gunzip(make([]byte, 0, maxErrorBytes), text)
	}
	return parseError(string(text))
}

func parseError(text string) graphError {
	var e graphError
	s := jsonscan.New(text)
	if s.Next() == jsonscan.Object {
		s.Enter()
		for name, ok := s.Member(); ok; name, ok = s.Member() {
			if name == "error" {
				e = scanError(s)
			} else {
				s.Skip()
			}
		}
	}
	return e
}

// scanError reads the value of a member named error.
func scanError(s *jsonscan.Scanner) graphError {
	var e graphError
	if s.Next() != jsonscan.Object {
		s.Skip()
		return e
	}
	s.Enter()
	for name, ok := s.Member(); ok; name, ok = s.Member() {
		switch kind := s.Next(); {
		case name == "code" && kind == jsonscan.String:
			e.code = s.String()
		case name == "message" && kind == jsonscan.String:
			e.message = s.String()
		case (name == "innerError" || name == "innererror") && kind == jsonscan.Object:
			s.Enter()
			for name, ok := s.Member(); ok; name, ok = s.Member() {
				if name == "request-id" && s.Next() == jsonscan.String {
					e.requestID = s.String()
				} else {
					s.Skip()
				}
			}
		default:
			s.Skip()
		}
	}
	return e
}

// jsonBody reports what is wrong with the head of an answer of 200, or nil.
func jsonBody(h http.Header) *Failure {
	if e := h.Get("Content-Encoding"); e != "" && !isPacked(h) && !strings.EqualFold(e, "identity") {
		return failf(ReasonBadPage, "Graph answered in the encoding %s, which wasn't asked for", plain(e, 40))
	}
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		return failf(ReasonNotJSON, "Graph answered with the content type %q, not JSON; a proxy or firewall may have answered instead",
			plain(h.Get("Content-Type"), 80))
	}
	return nil
}

// statusFailure classes an answer that isn't 200.
func statusFailure(resp *http.Response, ge graphError) *Failure {
	reason := httpReason(resp.StatusCode)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		reason = ReasonThrottled
	case resp.StatusCode == http.StatusRequestTimeout, resp.StatusCode >= 500:
		reason = ReasonServerError
	case resp.StatusCode == http.StatusNotFound:
		reason = ReasonNotFound
	case resp.StatusCode < 300:
		reason = ReasonBadPage
	}
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		return failf(reason, "Graph answered %s, a redirect, which is never followed", status(resp))
	}
	return failf(reason, "Graph answered %s%s", status(resp), ge)
}

func status(resp *http.Response) string {
	if text := http.StatusText(resp.StatusCode); text != "" {
		return fmt.Sprintf("%d %s", resp.StatusCode, text)
	}
	return strconv.Itoa(resp.StatusCode)
}

// scanFailure classes an error of jsonscan.
func scanFailure(err error) *Failure {
	switch {
	case errors.Is(err, jsonscan.ErrInvalidUTF8):
		return failf(ReasonInvalidUTF8, "the page is damaged: %w", err)
	case errors.Is(err, jsonscan.ErrTooDeep):
		return failf(ReasonTooDeep, "the page is refused: %w", err)
	default:
		return failf(ReasonBadPage, "the page is damaged: %w", err)
	}
}
