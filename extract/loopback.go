package extract

import (
	"bytes"
	"io"
	"net/http"
)

// plainAuthority reaches an authority by plain http, which is allowed on the
// loopback interface. MSAL insists on https, so it is told that, and what it
// sends and reads is put right on the way.
type plainAuthority struct {
	*http.Transport
	authority Origin
}

// secured returns what MSAL is told of an authority.
func secured(authority Origin) Origin {
	authority.scheme = "https"
	return authority
}

func (p *plainAuthority) RoundTrip(r *http.Request) (*http.Response, error) {
	told := secured(p.authority)
	if originOf(r.URL) != told {
		return p.Transport.RoundTrip(r)
	}
	r = r.Clone(r.Context())
	r.URL.Scheme = p.authority.scheme
	resp, err := p.Transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxEntraBytes))
	if err != nil {
		return nil, err
	}
	body = bytes.ReplaceAll(body, []byte(p.authority.String()), []byte(told.String()))
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return resp, nil
}
