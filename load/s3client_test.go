package load

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// quicken takes the waits out of the retries of a lake on S3.
func quicken(l *Lake) *s3Store {
	s := l.store.(*s3Store)
	s.client = s3.New(s.client.Options(), func(o *s3.Options) {
		o.Retryer = retry.AddWithMaxBackoffDelay(o.Retryer, time.Millisecond)
	})
	return s
}

// What passes is tried again until it does, eight times at most; what stays is
// told at once.
func TestS3Attempts(t *testing.T) {
	p := s3Place(t)
	faults := behindProxy(t)
	s := quicken(open(t, p))
	reset := func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }
	for name, test := range map[string]struct {
		fault faultFunc
		want  int // attempts
	}{
		"SlowDown":                   {status(503, s3Error("SlowDown")), requestAttempts},
		"ServiceUnavailable":         {status(503, s3Error("ServiceUnavailable")), requestAttempts},
		"InternalError":              {status(500, s3Error("InternalError")), requestAttempts},
		"BadGateway":                 {status(502, "<html>bad gateway</html>"), requestAttempts},
		"GatewayTimeout":             {status(504, ""), requestAttempts},
		"RequestTimeout408":          {status(408, ""), requestAttempts},
		"RequestTimeout400":          {status(400, s3Error("RequestTimeout")), requestAttempts},
		"RequestCanceled":            {status(499, s3Error("RequestCanceled")), requestAttempts},
		"TooManyRequests":            {status(429, ""), requestAttempts},
		"Reset":                      {reset, requestAttempts},
		"ConditionalRequestConflict": {status(409, s3Error("ConditionalRequestConflict")), requestAttempts},
		"OperationAborted":           {status(409, s3Error("OperationAborted")), requestAttempts},
		"BadDigest":                  {status(400, s3Error("BadDigest")), requestAttempts},
		"PreconditionFailed":         {status(412, s3Error("PreconditionFailed")), 1},
		"AccessDenied":               {status(403, s3Error("AccessDenied")), 1},
		"PermanentRedirect":          {status(301, s3Error("PermanentRedirect")), 1},
		"ExpiredToken":               {status(400, s3Error("ExpiredToken")), 1}, // these credentials cannot be renewed
		"InsufficientStorage":        {status(507, ""), 1},
		"XMinioStorageFull":          {status(503, s3Error("XMinioStorageFull")), 1},
		"QuotaExceeded":              {status(503, s3Error("QuotaExceeded")), 1},
	} {
		t.Run(name, func(t *testing.T) {
			key := stateFolder + "/" + name + ".json"
			before := faults.count("put")
			faults.set(1<<30, "put", name, test.fault)
			_, err := s.put(t.Context(), key, []byte("x"), noVersion)
			if got := faults.count("put") - before; got != test.want {
				t.Errorf("%d attempts, want %d", got, test.want)
			}
			if !errors.Is(err, ErrStorage) && !errors.Is(err, ErrConflict) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error is %v", err)
			}
			// What passes with the last attempt has passed.
			faults.set(test.want-1, "put", name, test.fault)
			if _, err := s.put(t.Context(), key, []byte("x"), noVersion); err != nil {
				t.Errorf("passed: %v", err)
			}
		})
	}
}

// However many requests have failed, the next one has all its attempts.
func TestS3RetriesAreNotUsedUp(t *testing.T) {
	p := s3Place(t)
	faults := behindProxy(t)
	s := quicken(open(t, p))
	faults.set(1<<30, "put", "", status(500, s3Error("InternalError")))
	for i := range 60 {
		if _, err := s.put(t.Context(), fmt.Sprintf("_state/%d.json", i), []byte("x"), anyVersion); !errors.Is(err, ErrStorage) {
			t.Fatal(err)
		}
	}
	if got := faults.count("put"); got != 60*requestAttempts {
		t.Errorf("%d attempts at 60 objects, want %d of each", got, requestAttempts)
	}
	faults.set(requestAttempts-1, "put", "", status(503, s3Error("SlowDown")))
	if _, err := s.put(t.Context(), "_state/60.json", []byte("x"), anyVersion); err != nil {
		t.Error(err)
	}
}
