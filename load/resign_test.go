package load

import (
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"etl/internal/s3test"
)

// altered changes a request before the server sees it, and signs it anew.
func altered(alter func(r *http.Request)) faultFunc {
	return func(w http.ResponseWriter, r *http.Request, server http.Handler) {
		alter(r)
		r.Header.Del("Authorization")
		r.URL.Host = r.Host
		signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
		who := aws.Credentials{AccessKeyID: s3test.AccessKey, SecretAccessKey: s3test.SecretKey}
		if err := signer.SignHTTP(r.Context(), who, r, r.Header.Get("X-Amz-Content-Sha256"), "s3", "us-east-1", time.Now()); err != nil {
			panic(err)
		}
		server.ServeHTTP(w, r)
	}
}

// ignores makes the store one that accepts a condition and does not heed it.
func ignores(header string) faultFunc {
	return altered(func(r *http.Request) { r.Header.Del(header) })
}

// dated changes the Date of the server's answer.
func dated(off time.Duration) faultFunc {
	return edited(func(body []byte, h http.Header) []byte {
		h.Set("Date", time.Now().Add(off).UTC().Format(http.TimeFormat))
		return body
	})
}

// both plays the second fault on what the first makes of the server.
func both(first, second faultFunc) faultFunc {
	return func(w http.ResponseWriter, r *http.Request, server http.Handler) {
		second(w, r, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { first(w, r, server) }))
	}
}
