package listen

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// maxToken bounds a validation token, in bytes. Graph's have some hundred.
	maxToken = 2048
	// maxBody bounds a notification, in bytes. Those of call records have some
	// hundred for each call.
	maxBody = 1 << 20
	// answerTime is within which a request is answered. Graph takes an answer
	// for slow after 3 s, and drops notifications of slow receivers.
	answerTime = 2500 * time.Millisecond
	// maxWriting bounds the files that are being written at once.
	maxWriting = 64
)

// inbox is where files of ids go; *load.Inbox is it. When Put returns, the file
// is there to stay.
type inbox interface {
	Put(ctx context.Context, name string, data []byte) error
}

// teller is told what Graph says of the subscription; *Keeper is it. Tell
// doesn't block.
type teller interface {
	Tell(event, subscriptionID string)
}

// Receiver is the HTTP handler that Graph sends notifications to, at any path.
// A notification is answered with 202 when its ids are in the inbox; with 503
// if they can't be put there in time, so that Graph sends it again.
type Receiver struct {
	inbox   inbox
	keeper  teller
	state   string
	log     *slog.Logger
	writing chan struct{}
}

// NewReceiver returns a Receiver of notifications that have the client state,
// which is secret. Others are dropped.
func NewReceiver(inbox inbox, keeper teller, state string, log *slog.Logger) *Receiver {
	return &Receiver{inbox: inbox, keeper: keeper, state: state, log: log, writing: make(chan struct{}, maxWriting)}
}

// ServeHTTP answers validations and notifications, and GET /healthz for load
// balancers.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if req.Method == http.MethodGet && req.URL.Path == "/healthz" {
		w.WriteHeader(http.StatusOK)
		return
	}
	if req.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	query, err := url.ParseQuery(req.URL.RawQuery)
	switch {
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
	case query.Has("validationToken"):
		validate(w, query.Get("validationToken"))
	default:
		w.WriteHeader(r.receive(w, req))
	}
}

// validate repeats a token, by which Graph sees that the URL is meant for it.
func validate(w http.ResponseWriter, token string) {
	if token == "" || len(token) > maxToken {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, token) // who asked may have gone
}

// receive takes a notification in and returns the status to answer with.
func (r *Receiver) receive(w http.ResponseWriter, req *http.Request) int {
	deadline := time.Now().Add(answerTime)
	if kind, _, err := mime.ParseMediaType(req.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return http.StatusUnsupportedMediaType
	}
	if err := http.NewResponseController(w).SetReadDeadline(deadline); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return http.StatusServiceUnavailable
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody))
	if err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			return http.StatusRequestEntityTooLarge
		}
		return http.StatusBadRequest
	}
	n, err := read(body, r.state)
	if err != nil {
		return http.StatusBadRequest
	}
	if n.forged > 0 {
		r.log.Warn("notifications dropped: they don't have the client state of this receiver", "notifications", n.forged)
	}
	if n.unreadable > 0 {
		r.log.Warn("notifications dropped: they name no call", "notifications", n.unreadable)
	}
	if len(n.ids) > 0 {
		name := "notifications-" + time.Now().UTC().Format("20060102T150405.000Z") + "-" + rand.Text() + ".txt"
		ctx, cancel := context.WithDeadline(context.WithoutCancel(req.Context()), deadline)
		defer cancel()
		if err := r.put(ctx, name, n.ids); err != nil {
			r.log.Error("notifications refused, so that Graph sends them again: "+err.Error(), "calls", len(n.ids))
			return http.StatusServiceUnavailable
		}
		r.log.Info("notifications taken", "calls", len(n.ids), "file", name)
	}
	for _, e := range n.events {
		r.keeper.Tell(e.name, e.subscriptionID)
	}
	return http.StatusAccepted
}

var (
	errBusy = errors.New("too many files are being written to the inbox")
	errSlow = errors.New("writing to the inbox takes too long")
)

// put puts a file into the inbox, and returns at the deadline of ctx even where
// the inbox, a folder on a network perhaps, doesn't.
func (r *Receiver) put(ctx context.Context, name string, ids []string) error {
	select {
	case r.writing <- struct{}{}:
	default:
		return errBusy
	}
	done := make(chan error, 1)
	go func() {
		defer func() { <-r.writing }()
		done <- r.inbox.Put(ctx, name, []byte(strings.Join(ids, "\n")+"\n"))
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return errSlow
	}
}
