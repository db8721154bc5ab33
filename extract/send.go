package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unsafe"
)

var (
	errHeaderTime = errors.New("no answer came in time")
	errIdleTime   = errors.New("the answer stalled")
	errPageTime   = errors.New("the answer took too long")
)

// maxTokens is how many tokens one request is tried with. If Graph takes them
// for other requests, what it refuses is this call.
const maxTokens = 3

// send asks Graph for one page and returns it as sent, valid until f.texts are
// discarded. target is path and query, which go out byte for byte. An error is
// a *Failure, an error for the whole run, or the cause of ctx.
func (f *fetch) send(ctx context.Context, target, prefer string) (string, error) {
	var refused *bearer
	for tokens := 1; ; tokens++ {
		token, err := f.client.bearers.get(ctx, refused)
		if err != nil {
			return "", err
		}
		page, err := f.sendWith(ctx, token, target, prefer)
		var no *unauthorized
		if !errors.As(err, &no) {
			return page, err
		}
		if tokens == maxTokens {
			return "", no.fail
		}
		refused = token
	}
}

// unauthorized is an answer of 401 which a new token may help.
type unauthorized struct{ fail *Failure }

func (u *unauthorized) Error() string { return u.fail.Error() }

// sendWith sends the request with the given token. Errors for the whole run
// trip the breaker before another request can try the token.
func (f *fetch) sendWith(ctx context.Context, token *bearer, target, prefer string) (string, error) {
	done, err := token.try(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	if err := f.client.breaker.tripped(); err != nil {
		return "", err
	}
	text, err := f.exchange(ctx, token, target, prefer)
	if isFatal(err) {
		f.client.breaker.trip(err)
	}
	return text, err
}

// exchange sends one request and reads its answer.
func (f *fetch) exchange(ctx context.Context, token *bearer, target, prefer string) (string, error) {
	if err := f.admit(ctx); err != nil {
		return "", err
	}
	bounds := f.client.bounds
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	total := startLimit(bounds.PageTime, func() { cancel(errPageTime) })
	defer total.stop()
	head := startLimit(bounds.HeaderTime, func() { cancel(errHeaderTime) })
	defer head.stop()

	f.requests++
	f.client.stats.requests.Add(1)
	transport, generation := f.client.wire.transport()
	sent := time.Now()
	resp, err := transport.RoundTrip(f.request(ctx, target, prefer, token.token))
	f.settle(sent, resp)
	if err != nil {
		return "", networkFailure(ctx, err)
	}
	defer resp.Body.Close()
	head.stop()
	idle := startLimit(bounds.IdleTime, func() { cancel(errIdleTime) })
	defer idle.stop()
	if err := f.client.clock.observe(resp.Header); err != nil {
		return "", err
	}
	if resp.StatusCode == http.StatusServiceUnavailable {
		f.client.wire.renew(generation)
	}
	if resp.StatusCode != http.StatusUnauthorized {
		token.accepted()
	}
	switch {
	case f.change != nil && resp.StatusCode == http.StatusNoContent:
		return "", nil
	case f.change != nil && resp.StatusCode == http.StatusCreated:
	case resp.StatusCode != http.StatusOK:
		return "", f.refusal(resp, token)
	}
	if fail := jsonBody(resp.Header); fail != nil {
		fail.RequestID = requestID(resp.Header)
		return "", fail
	}
	text, err := f.read(ctx, resp, idle, total)
	if fail := (*Failure)(nil); errors.As(err, &fail) {
		fail.RequestID = requestID(resp.Header)
	}
	f.requestID = requestID(resp.Header)
	return text, err
}

// admit waits until the budgets and Graph allow a request. It is to be settled
// when its answer is known.
func (f *fetch) admit(ctx context.Context) error {
	begun := time.Now()
	defer func() {
		waited := time.Since(begun)
		f.waited += waited
		f.client.stats.waited.Add(int64(waited))
	}()
	for {
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < f.client.gate.left() {
			return failf(ReasonThrottled, "Graph asked for a pause that is longer than the time left for the call")
		}
		if err := f.client.gate.wait(ctx); err != nil {
			return err
		}
		if err := f.window.acquire(ctx); err != nil {
			return err
		}
		if err := f.client.app.acquire(ctx); err != nil {
			f.window.cancel()
			return err
		}
		if f.client.gate.left() <= 0 {
			return nil
		}
		// Graph asked for a pause meanwhile, and may allow less after it.
		f.client.app.cancel()
		f.window.cancel()
	}
}

// settle gives back what a request was admitted with. Graph doesn't say which
// limit a refused request has met: it is that of which most is used.
func (f *fetch) settle(sent time.Time, resp *http.Response) {
	app, own := f.client.app, f.window.window
	app.release()
	own.release()
	switch {
	case resp == nil:
	case resp.StatusCode != http.StatusTooManyRequests:
		app.quota.accept(sent)
	case own.use() > app.use():
		own.refuse(sent)
	default:
		app.refuse(sent)
	}
}

// request makes a request to Graph. Opaque keeps the target as it is: parsing
// and rebuilding it would change the escapes of a skip token.
func (f *fetch) request(ctx context.Context, target, prefer, token string) *http.Request {
	c := f.client
	r := &http.Request{
		Method: http.MethodGet,
		URL:    &url.URL{Scheme: c.graph.scheme, Host: c.graph.authority(), Opaque: target},
		Header: http.Header{
			"Accept":            {"application/json"},
			"Accept-Encoding":   {"gzip"},
			"Authorization":     {"Bearer " + token},
			"Client-Request-Id": {newGUID()},
			"User-Agent":        {c.userAgent},
		},
		Host: c.graph.authority(),
	}
	if prefer != "" {
		r.Header.Set("Prefer", prefer)
	}
	if f.change != nil {
		f.change.put(r)
	}
	return r.WithContext(ctx)
}

// refusal makes an error of an answer that isn't 200.
func (f *fetch) refusal(resp *http.Response, token *bearer) error {
	ge := f.client.readError(resp)
	// A message may repeat what it complains about.
	ge.message = strings.ReplaceAll(ge.message, token.token, "…")
	if f.change != nil && f.change.body[stateMember] != "" {
		ge.message = strings.ReplaceAll(ge.message, f.change.body[stateMember], "…")
	}
	id := requestID(resp.Header)
	if id == "" {
		id = plain(ge.requestID, 64)
	}
	switch {
	case resp.StatusCode == http.StatusUnauthorized && token.doubtful():
		return fatal(ErrSignIn, "%s: Graph refused two tokens in a row with %s%s (request-id %s); check that the app's tenant and cloud are those of %s",
			f.doing, status(resp), ge, id, f.client.graph)
	case resp.StatusCode == http.StatusForbidden && f.log != "":
		fail := failf(ReasonForbidden, "Graph answered %s%s; the application permission CallRecords.Read.All, with an administrator's consent, covers the log", status(resp), ge)
		fail.RequestID = id
		return fail
	case resp.StatusCode == http.StatusForbidden:
		return fatal(ErrSignIn, "%s: Graph answered %s%s (request-id %s); give the app the application permission CallRecords.Read.All and an administrator's consent to it",
			f.doing, status(resp), ge, id)
	}
	fail := statusFailure(resp, ge)
	fail.RequestID = id
	if resp.StatusCode == http.StatusUnauthorized {
		return &unauthorized{fail}
	}
	fail.pause, _ = retryAfter(resp.Header, f.client.Now())
	if fail.Reason == ReasonThrottled {
		f.client.stats.throttled.Add(1)
	}
	if fail.pause > 0 && fail.Reason.transient() {
		f.client.gate.close(fail.pause)
	}
	return fail
}

// read reads the body of a page within the bounds, and returns its text, which
// is valid until f.texts are discarded.
func (f *fetch) read(ctx context.Context, resp *http.Response, idle, total *limit) (string, error) {
	buf, err := f.readBody(ctx, resp.Body, idle, total)
	if err != nil {
		return "", err
	}
	idle.stop()
	total.stop()
	if isPacked(resp.Header) {
		text, err := f.unpack(ctx, buf)
		f.client.buffers.put(buf)
		if err != nil {
			return "", err
		}
		buf = text
	}
	if len(buf) < cap(buf)/bufferGrowth {
		// Many small pages must not hold many large buffers.
		text := bytes.Clone(buf)
		f.client.buffers.put(buf)
		buf = text
	}
	if err := f.share.hold(ctx, f.held+int64(cap(buf))); err != nil {
		return "", err
	}
	f.texts = append(f.texts, buf)
	f.held += int64(cap(buf))
	return unsafe.String(unsafe.SliceData(buf), len(buf)), nil
}

// readBody reads a body as it comes, within the bounds, into a buffer. Its
// limits of time stand still while the call waits for memory.
func (f *fetch) readBody(ctx context.Context, body io.Reader, idle, total *limit) ([]byte, error) {
	bounds := f.client.bounds
	buf := f.client.buffers.get(0)
	for {
		n, err := body.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF && int64(len(buf)) <= bounds.PageBytes {
			return buf, nil
		}
		if n > 0 {
			idle.restart(bounds.IdleTime)
		}
		switch {
		case int64(len(buf)) > bounds.PageBytes:
			err = f.pageTooLarge()
		case err != nil:
			err = networkFailure(ctx, err)
		case len(buf) == cap(buf):
			idle.stop()
			total.stop()
			buf, err = f.grow(ctx, buf)
			total.resume()
			idle.resume()
		}
		if err != nil {
			f.client.buffers.put(buf)
			return nil, err
		}
	}
}

// grow returns a larger buffer with what is in the given one.
func (f *fetch) grow(ctx context.Context, buf []byte) ([]byte, error) {
	size := max(min(bufferGrowth*int64(cap(buf)), f.client.bounds.PageBytes), int64(cap(buf))) + 1
	if err := f.share.hold(ctx, f.held+int64(len(buf))+size); err != nil {
		return buf, err
	}
	larger := append(f.client.buffers.get(int(size)), buf...)
	f.client.buffers.put(buf)
	return larger, nil
}

func (f *fetch) pageTooLarge() *Failure {
	return failf(ReasonTooLarge, "the page is larger than %d bytes", f.client.bounds.PageBytes)
}

// networkFailure classes an error of a connection. If ctx is done for a reason
// that isn't the answer's, it returns that.
func networkFailure(ctx context.Context, err error) error {
	var slow interface{ Timeout() bool }
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errHeaderTime), errors.Is(cause, errIdleTime), errors.Is(cause, errPageTime):
		return failf(ReasonTimeout, "%w", cause)
	case cause != nil:
		return cause
	case errors.As(err, &slow) && slow.Timeout():
		return failf(ReasonTimeout, "the connection to Graph timed out: %w", err)
	default:
		return failf(ReasonNetwork, "the connection to Graph broke: %w", err)
	}
}

func requestID(h http.Header) string { return plain(h.Get("Request-Id"), 64) }

// withoutQuery returns a target for an error's text. What follows the ? may
// hold a token of Graph's.
func withoutQuery(target string) string {
	path, _, _ := strings.Cut(target, "?")
	return fmt.Sprintf("%.200s", path)
}
