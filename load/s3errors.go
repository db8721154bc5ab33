package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// isConflict tells whether a conditional request failed for its condition.
func isConflict(err error) bool {
	switch errorCode(err) {
	case "PreconditionFailed", "ConditionalRequestConflict", "OperationAborted":
		return true
	}
	return httpStatus(err) == http.StatusPreconditionFailed
}

// isMissing tells whether there is no object, or no upload, of this name.
func isMissing(err error) bool {
	switch errorCode(err) {
	case "NoSuchKey", "NoSuchUpload", "NotFound":
		return true
	}
	return false
}

func httpStatus(err error) int {
	if response := (*awshttp.ResponseError)(nil); errors.As(err, &response) {
		return response.HTTPStatusCode()
	}
	return 0
}

// explain says in one sentence what failed and what to do, and wraps
// ErrStorage. An end of the caller's context is no fault of the store.
func (s *s3Store) explain(ctx context.Context, doing, key string, err error) error {
	object := s.describe(key)
	if ctx.Err() != nil && errorCode(err) == "" {
		return fmt.Errorf("%s %s: %w", doing, object, context.Cause(ctx))
	}
	return fmt.Errorf("%w: %s %s: %w", ErrStorage, doing, object, s.sentence(err))
}

func (s *s3Store) sentence(err error) error {
	code, status, where := errorCode(err), httpStatus(err), ""
	if response := (*awshttp.ResponseError)(nil); errors.As(err, &response) && response.Response != nil {
		where = response.Response.Header.Get("X-Amz-Bucket-Region")
	}
	switch {
	case code == "NoSuchBucket":
		return fmt.Errorf("bucket %s does not exist at %s; etl never creates one", s.bucket, s.endpoint())
	case code == "RequestTimeTooSkewed":
		return fmt.Errorf("%w: the store refuses requests signed at this machine's time; set the clock right", ErrClock)
	case code == "PermanentRedirect" || code == "AuthorizationHeaderMalformed" || code == "IllegalLocationConstraintException" ||
		status == http.StatusMovedPermanently || status == http.StatusTemporaryRedirect:
		if where != "" {
			return fmt.Errorf("bucket %s is in region %s; set AWS_REGION to it", s.bucket, where)
		}
		return fmt.Errorf("bucket %s is in another region than %s; set AWS_REGION (%s)", s.bucket, s.client.Options().Region, apiMessage(err))
	case isCredential(code):
		return fmt.Errorf("the credentials were refused (%s); renew or correct them", code)
	case code == "InvalidObjectState":
		return errors.New("the object is archived; restore it")
	case storeIsFull(err):
		return fmt.Errorf("the store is full (%s)", apiMessage(err))
	case status == http.StatusForbidden || code == "AccessDenied":
		return fmt.Errorf("access denied (%s); etl needs %s", apiMessage(err), permission(err))
	case status != 0:
		return errors.New(apiMessage(err))
	}
	if network := (*url.Error)(nil); errors.As(err, &network) {
		return fmt.Errorf("no answer from %s: %w", s.endpoint(), network.Err)
	}
	return err
}

// permission names what the operation that failed needs.
func permission(err error) string {
	operation := ""
	if o := (*smithy.OperationError)(nil); errors.As(err, &o) {
		operation = o.OperationName
	}
	switch operation {
	case "GetObject", "HeadObject":
		return "s3:GetObject on the prefix, s3:ListBucket on the bucket (without it S3 denies what does not exist), and kms:Decrypt on the key, if a KMS key encrypts the bucket"
	case "DeleteObject":
		return "s3:DeleteObject on the prefix"
	case "AbortMultipartUpload":
		return "s3:AbortMultipartUpload on the prefix"
	case "ListMultipartUploads":
		return "s3:ListBucketMultipartUploads on the bucket"
	}
	return "s3:PutObject on the prefix, and kms:GenerateDataKey and kms:Decrypt on the key, if a KMS key encrypts the bucket"
}

// isCredential tells whether the store did not accept who asks.
func isCredential(code string) bool {
	switch code {
	case "InvalidAccessKeyId", "XAdminUserNotFound", "SignatureDoesNotMatch", "ExpiredToken", "ExpiredTokenException", "InvalidToken", "TokenRefreshRequired":
		return true
	}
	return false
}

// apiMessage is what the store said, without the SDK's wrapping.
func apiMessage(err error) string {
	var parts []string
	if api := smithy.APIError(nil); errors.As(err, &api) {
		parts = append(parts, strings.TrimSuffix(api.ErrorCode()+": "+api.ErrorMessage(), ": "))
	}
	if response := (*awshttp.ResponseError)(nil); errors.As(err, &response) {
		parts = append(parts, fmt.Sprintf("HTTP %d", response.HTTPStatusCode()))
		if id := response.ServiceRequestID(); id != "" {
			parts = append(parts, "request "+id)
		}
	}
	return strings.Join(parts, ", ")
}

// endpoint names the store in messages.
func (s *s3Store) endpoint() string {
	if e := s.client.Options().BaseEndpoint; e != nil {
		return *e
	}
	return "AWS region " + s.client.Options().Region
}
