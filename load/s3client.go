package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

const (
	requestAttempts = 8                // of a request, with waits up to maxWait between them
	maxWait         = 10 * time.Second // between attempts
	answerTimeout   = 2 * time.Minute  // for a request that was sent whole
)

// newS3Client reads its settings the AWS way: environment, profile, role.
func newS3Client(ctx context.Context) (*s3.Client, error) {
	var refusedToken expiredToken
	cfg, err := config.LoadDefaultConfig(ctx,
		// Any other client type makes AWS_CA_BUNDLE an error.
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.ResponseHeaderTimeout = answerTimeout
		})),
		config.WithRetryer(func() aws.Retryer { return newRetryer(&refusedToken) }),
	)
	if err != nil {
		return nil, fmt.Errorf("%w: reading the AWS settings: %w", ErrStorage, err)
	}
	if cfg.Credentials == nil {
		return nil, fmt.Errorf("%w: there are no AWS credentials: set AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role", ErrStorage)
	}
	credentials, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: there are no AWS credentials: set AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role: %w", ErrStorage, err)
	}
	if credentials.CanExpire {
		refusedToken.cache, _ = cfg.Credentials.(*aws.CredentialsCache)
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.DisableLogOutputChecksumValidationSkipped = true // tables carry their own digest
		if o.BaseEndpoint == nil {
			return
		}
		// Other stores than AWS: few know buckets as host names, and many
		// refuse the checksum trailers that the SDK sends by default.
		o.UsePathStyle = true
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		if o.Region == "" {
			o.Region = "us-east-1" // something must be signed
		}
	})
	if endpoint := client.Options().BaseEndpoint; endpoint != nil {
		return client, checkEndpoint(*endpoint)
	}
	if client.Options().Region == "" {
		return nil, fmt.Errorf("%w: the region of the bucket is not known: set AWS_REGION", ErrStorage)
	}
	return client, nil
}

// checkEndpoint allows plain http on this machine only: rows are personal data.
func checkEndpoint(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return fmt.Errorf("%w: the S3 endpoint is not an https URL; correct AWS_ENDPOINT_URL_S3", ErrStorage)
	}
	ip := net.ParseIP(u.Hostname())
	loopback := u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback())
	if u.Scheme == "http" && !loopback {
		return fmt.Errorf("%w: the S3 endpoint %s is not encrypted; use https (http is for this machine only)", ErrStorage, u.Redacted())
	}
	return nil
}

// newRetryer retries what passes: faults of the server and network, throttling,
// and conflicts of conditional requests that S3 asks to repeat. It has no
// budget over all requests, which a bad minute would use up for the whole run.
func newRetryer(token *expiredToken) aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = requestAttempts
		o.MaxBackoff = maxWait
		o.RateLimiter = ratelimit.None
		o.Retryables = append([]retry.IsErrorRetryable{
			retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
				if storeIsFull(err) {
					return aws.FalseTernary
				}
				return aws.UnknownTernary
			}),
			token,
			retry.RetryableErrorCode{Codes: map[string]struct{}{
				"ConditionalRequestConflict": {},
				"OperationAborted":           {},
				"RequestCanceled":            {}, // by the store, or a proxy before it
				"BadDigest":                  {}, // the bytes changed on the way
				"XAmzContentSHA256Mismatch":  {},
			}},
			retry.RetryableHTTPStatusCode{Codes: map[int]struct{}{http.StatusRequestTimeout: {}, http.StatusTooManyRequests: {}}},
		}, retry.DefaultRetryables...)
	})
}

// storeIsFull tells whether there is no room. It may come with a status that
// is retried otherwise, which would keep a full store busy for minutes.
func storeIsFull(err error) bool {
	switch errorCode(err) {
	case "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded":
		return true
	}
	return httpStatus(err) == http.StatusInsufficientStorage
}

// expiredToken retries with new credentials where there can be new ones.
type expiredToken struct {
	cache *aws.CredentialsCache
}

func (t *expiredToken) IsErrorRetryable(err error) aws.Ternary {
	switch errorCode(err) {
	case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired":
		if t.cache != nil {
			t.cache.Invalidate()
			return aws.TrueTernary
		}
		return aws.FalseTernary
	}
	return aws.UnknownTernary
}

// errorCode is the code that S3 gave, or empty.
func errorCode(err error) string {
	if api := smithy.APIError(nil); errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}
