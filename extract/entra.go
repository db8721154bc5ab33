package extract

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	msal "github.com/AzureAD/microsoft-authentication-library-for-go/apps/errors"
)

const (
	// entraTime bounds one request to Entra.
	entraTime = 30 * time.Second
	// maxEntraBytes bounds the body of one answer.
	maxEntraBytes = 1 << 20
	// maxMalformed is how often an answer may be malformed before that is
	// taken to be no accident.
	maxMalformed = 5
)

// entraClient returns the client by which tokens are got. It doesn't follow
// redirects, reads little, and sends what proves who we are, which goes in the
// body of a POST, to the authority alone.
func entraClient(n Network, authority Origin) *http.Client {
	transport := n.transport()
	transport.Proxy = func(r *http.Request) (*url.URL, error) {
		// The service of managed identities is on the machine or beside it.
		if ip, err := netip.ParseAddr(r.URL.Hostname()); err == nil && (ip.IsLinkLocalUnicast() || ip.IsLoopback()) {
			return nil, nil
		}
		return http.ProxyFromEnvironment(r)
	}
	var base roundTripper = transport
	if authority.scheme == "http" {
		base = &plainAuthority{transport, authority}
	}
	return &http.Client{
		Transport:     &entraTransport{base: base, authority: authority},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       entraTime,
	}
}

// roundTripper is an http.Transport or something around one.
type roundTripper interface {
	http.RoundTripper
	CloseIdleConnections()
}

type entraTransport struct {
	base      roundTripper
	authority Origin
	machine   bool // for managed identities, whose services get nothing of ours
}

var errElsewhere = errors.New("the credential would go to another server than the authority")

func (t *entraTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if to := originOf(r.URL); r.Method != http.MethodGet && !t.machine && to != t.authority && to != secured(t.authority) {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, errElsewhere
	}
	resp, err := t.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxEntraBytes))
	if err != nil {
		return nil, err
	}
	resp.Body = &entraBody{bytes.NewReader(body)}
	return resp, nil
}

// entraBody can be read again after it was closed: MSAL reads what an error
// says before it returns the answer.
type entraBody struct{ *bytes.Reader }

func (b *entraBody) Close() error {
	_, err := b.Seek(0, io.SeekStart)
	return err
}

// CloseIdleConnections is what http.Client calls to close them.
func (t *entraTransport) CloseIdleConnections() { t.base.CloseIdleConnections() }

// entraAnswer is an answer of Entra that isn't 200, as an error.
type entraAnswer struct {
	status            int
	text              string // of the status
	code, description string // of the body, if it is an error of Entra's
	pause             time.Duration
}

func (a *entraAnswer) Error() string { return "the answer was " + a.text }

func readEntraAnswer(resp *http.Response) *entraAnswer {
	var body struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxEntraBytes))
	_ = json.Unmarshal(text, &body) // an answer of something else has neither
	a := &entraAnswer{status: resp.StatusCode, text: status(resp), code: body.Error, description: body.Description}
	a.pause, _ = retryAfter(resp.Header, time.Now())
	return a
}

// entraError makes of an error of MSAL one that can be judged.
func entraError(err error) error {
	var call msal.CallErr
	if errors.As(err, &call) && call.Resp != nil {
		return readEntraAnswer(call.Resp)
	}
	return err
}

// malformed is an answer of Entra that can't be used.
type malformed string

func (m malformed) Error() string { return string(m) }

// refusal is Entra's word that it won't do what was asked.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

// retry calls f until it succeeds, Entra refuses, or the patience ends. what
// begins the text of the errors.
func (s *SignIn) retry(ctx context.Context, what string, f func(context.Context) error) error {
	patience := s.patience
	if _, ok := s.credential.(*managedIdentity); ok {
		patience = min(patience, managedPatience)
	}
	deadline := time.Now().Add(patience)
	broken := 0
	for tries := 1; ; tries++ {
		err := f(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		trouble := s.judge(err)
		var no *refusal
		if errors.As(trouble.err, &no) {
			return fatal(ErrSignIn, "%s: %s", what, no.text)
		}
		if trouble.malformed {
			broken++
		}
		wait := max(backoff(tries), trouble.pause)
		if broken >= maxMalformed || time.Now().Add(wait).After(deadline) {
			return fatal(ErrSignIn, "%s: giving up after %d tries: %v; %s", what, tries, trouble.err, s.credential.outOfReach())
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// entraTrouble is an error of getting a token, judged. Its text holds nothing
// of what was sent or answered but Entra's own code and reason.
type entraTrouble struct {
	err       error
	malformed bool
	pause     time.Duration
}

func (s *SignIn) judge(err error) entraTrouble {
	var answer *entraAnswer
	var no *refusal
	var bad malformed
	var wire *url.Error
	switch {
	case errors.As(err, &no):
		return entraTrouble{err: no}
	case errors.As(err, &bad):
		return entraTrouble{err: bad, malformed: true}
	case errors.Is(err, errElsewhere):
		return entraTrouble{err: &refusal{errElsewhere.Error() + "; check --authority-url"}}
	case errors.As(err, &answer):
		return s.judgeAnswer(answer)
	case errors.As(err, &wire):
		// The text of a url.Error has the whole URL.
		return entraTrouble{err: fmt.Errorf("no answer came from %s: %w", originOf(urlOf(wire)).authority(), wire.Err)}
	default:
		// MSAL quotes whole answers, with tokens in them, in such errors.
		return entraTrouble{err: errors.New("the answer is not one of Microsoft Entra"), malformed: true}
	}
}

func urlOf(e *url.Error) *url.URL {
	u, err := url.Parse(e.URL)
	if err != nil {
		return new(url.URL)
	}
	return u
}

func (s *SignIn) judgeAnswer(a *entraAnswer) entraTrouble {
	switch {
	case a.status >= 300 && a.status < 400:
		return entraTrouble{err: &refusal{fmt.Sprintf("%v, a redirect, which is never followed; check --authority-url and the proxy", a)}}
	case a.status == http.StatusTooManyRequests, a.status == http.StatusRequestTimeout, a.status >= 500, a.code == "temporarily_unavailable":
		return entraTrouble{err: a, pause: a.pause}
	case a.code != "":
		return entraTrouble{err: &refusal{s.credential.advise(plain(a.code, 64), s.reason(a.description))}}
	default:
		return entraTrouble{err: fmt.Errorf("%w, and not one of Microsoft Entra", a), malformed: true}
	}
}

// reason shortens Entra's description of an error to its first sentences: the
// AADSTS code and what it means.
func (s *SignIn) reason(description string) string {
	description, _, _ = strings.Cut(description, "Trace ID:")
	description, _, _ = strings.Cut(description, "\n")
	return plain(strings.TrimRight(s.credential.redact(description), ". \r"), 200)
}

// issuerTenant asks Entra for the tenant's GUID: the issuer of its OpenID
// configuration is {host}/{GUID}/v2.0.
func issuerTenant(ctx context.Context, client *http.Client, authority Origin, tenant string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, authority.String()+"/"+tenant+"/v2.0/.well-known/openid-configuration", nil)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", readEntraAnswer(resp)
	}
	var doc struct {
		Issuer string `json:"issuer"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&doc); err != nil {
		return "", malformed("the answer is not the tenant's OpenID configuration")
	}
	u, err := url.Parse(doc.Issuer)
	if err != nil {
		return "", malformed("the issuer of the tenant's OpenID configuration is not a URL")
	}
	id, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	if !IsGUID(id) {
		return "", malformed("the issuer of the tenant's OpenID configuration holds no GUID")
	}
	return id, nil
}

// tokenTenant returns the tenant that an access token is of, by its claim tid,
// or "". The token comes from the machine itself, so its signature isn't
// checked.
func tokenTenant(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims struct {
		TenantID string `json:"tid"`
	}
	if json.Unmarshal(payload, &claims) != nil || !IsGUID(claims.TenantID) {
		return ""
	}
	return claims.TenantID
}
