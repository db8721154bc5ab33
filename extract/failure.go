package extract

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Errors that end a run, whatever the call. After one, every Fetch of the
// Client fails at once with it.
var (
	// ErrSignIn says that signing in, or the permission to read call records,
	// was refused.
	ErrSignIn = errors.New("sign-in or permission refused")
	// ErrClock says that the machine's clock is more than 24 hours off Graph's.
	ErrClock = errors.New("clock wrong")
)

// fatalError is an error for the whole run: a sentence, and the sentinel that
// classes it.
type fatalError struct {
	kind error
	text string
}

func (e *fatalError) Error() string { return e.text }
func (e *fatalError) Unwrap() error { return e.kind }

func fatal(kind error, format string, args ...any) error {
	return &fatalError{kind, fmt.Sprintf(format, args...)}
}

func isFatal(err error) bool { return errors.Is(err, ErrSignIn) || errors.Is(err, ErrClock) }

// Reason says in one word why a call could not be fetched. Other client errors
// of Graph have the form http_400, redirects too.
type Reason string

// The reasons.
const (
	ReasonNotYet         Reason = "not_yet"         // 404, and the call ended less than 150 minutes ago
	ReasonNotFound       Reason = "not_found"       // 404, and nothing known of the call explains it
	ReasonExpired        Reason = "expired"         // 404, and the call started more than 30 days ago
	ReasonThrottled      Reason = "throttled"       // Graph said 429 for too long
	ReasonServerError    Reason = "server_error"    // 408 or 5xx
	ReasonNetwork        Reason = "network"         // no connection, or one that broke
	ReasonTimeout        Reason = "timeout"         // an answer stalled, or the time for the call was over
	ReasonNotJSON        Reason = "not_json"        // 200 with another content type
	ReasonBadPage        Reason = "bad_page"        // 200 with a page that is malformed or not what was asked for
	ReasonWrongCall      Reason = "wrong_call"      // a page of another call
	ReasonBadLink        Reason = "bad_link"        // a next link that leads elsewhere, or belongs to nothing
	ReasonNoProgress     Reason = "no_progress"     // pages that go in circles or bring nothing new
	ReasonVersionChanged Reason = "version_changed" // a new version kept appearing while pages were read
	ReasonInvalidUTF8    Reason = "invalid_utf8"    // a page that isn't UTF-8
	ReasonTooLarge       Reason = "too_large"       // Bounds.PageBytes or Bounds.CallBytes
	ReasonTooDeep        Reason = "too_deep"        // jsonscan.MaxDepth, or collections nested in pages
	ReasonTooManyPages   Reason = "too_many_pages"  // Bounds.Pages
	ReasonBadID          Reason = "bad_id"          // see ValidID; nothing was sent
	ReasonForbidden      Reason = "forbidden"       // 403 for a log; for call records that is ErrSignIn
)

func httpReason(status int) Reason { return Reason("http_" + strconv.Itoa(status)) }

// transient reports whether the same request may be answered better in a
// moment, so that it is sent again at once.
func (r Reason) transient() bool {
	switch r {
	case ReasonThrottled, ReasonServerError, ReasonNetwork, ReasonTimeout,
		ReasonNotJSON, ReasonBadPage, ReasonInvalidUTF8:
		return true
	}
	return false
}

// Failure is why one call could not be fetched, why calls or the rows of a log
// could not be listed, or why a subscription could not be had. It says nothing about others.
type Failure struct {
	CallID    string // "" where it is no call that failed
	Reason    Reason
	Attempts  int    // requests sent for the call
	RequestID string // Graph's id of the answer that decided, if there was one
	Err       error  // what happened, without the call id

	doing string        // what failed, where that is no call and no list
	pause time.Duration // what Retry-After asks for; 0 if nothing
}

// Error returns one sentence: which call, and what happened.
func (f *Failure) Error() string {
	doing := "fetching call " + f.CallID
	if f.CallID == "" {
		doing = cmp.Or(f.doing, "listing calls")
	}
	if f.RequestID == "" {
		return fmt.Sprintf("%s: %v", doing, f.Err)
	}
	return fmt.Sprintf("%s: %v (request-id %s)", doing, f.Err, f.RequestID)
}

// Unwrap returns what happened.
func (f *Failure) Unwrap() error { return f.Err }

// Retryable reports whether fetching the call again later in the same run can
// help. Of the others some may be fetched by a later run.
func (f *Failure) Retryable() bool {
	switch f.Reason {
	case ReasonWrongCall, ReasonNoProgress, ReasonVersionChanged:
		return true
	}
	return f.Reason.transient()
}

// failf makes a Failure; Fetch adds the call id and the attempts.
func failf(reason Reason, format string, args ...any) *Failure {
	return &Failure{Reason: reason, Err: fmt.Errorf(format, args...)}
}
