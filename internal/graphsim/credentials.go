package graphsim

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
)

// credentials are what the registered app may prove itself with.
type credentials struct {
	mu           sync.Mutex
	secret       string
	expired      bool
	certificates []*x509.Certificate
	assertions   []string
}

// refusal is an error of Entra's.
type refusal struct {
	status  int
	code    string
	number  int
	message string
}

func (c *credentials) checkSecret(secret, clientID string) *refusal {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case subtle.ConstantTimeCompare([]byte(secret), []byte(c.secret)) == 0:
		return &refusal{401, "invalid_client", 7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '" + clientID + "'."}
	case c.expired:
		return &refusal{401, "invalid_client", 7000222, "The provided client secret keys for app '" + clientID + "' are expired."}
	}
	return nil
}

// checkAssertion accepts a registered federated assertion, or a JWT signed
// with the key of a registered certificate. Its lifetime is judged by the
// machine's clock, which is where client libraries take it from.
func (c *credentials) checkAssertion(assertion, clientID string, audiences []string) *refusal {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.Contains(c.assertions, assertion) {
		return nil
	}
	j, err := parseJWT(assertion)
	if err != nil {
		return &refusal{401, "invalid_client", 50027, "JWT token is invalid or malformed."}
	}
	if j.header.X5T == "" && j.header.X5TS256 == "" {
		return &refusal{401, "invalid_client", 700213, "No matching federated identity record found for presented assertion subject."}
	}
	if err := j.verify(c.certificates, clientID, audiences, time.Now()); err != nil {
		return &refusal{401, "invalid_client", 700027, "The certificate with identifier used to sign the client assertion is not registered on application, or the assertion is wrong: " + err.Error() + "."}
	}
	return nil
}

// jwt is a client assertion.
type jwt struct {
	header struct {
		Algorithm string `json:"alg"`
		X5T       string `json:"x5t"`
		X5TS256   string `json:"x5t#S256"`
	}
	claims struct {
		Audience  string `json:"aud"`
		Issuer    string `json:"iss"`
		Subject   string `json:"sub"`
		NotBefore int64  `json:"nbf"`
		Expiry    int64  `json:"exp"`
	}
	signed    string
	signature []byte
}

func parseJWT(s string) (*jwt, error) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return nil, errors.New("parsing the assertion: it doesn't have three parts")
	}
	j := &jwt{signed: parts[0] + "." + parts[1]}
	for i, into := range []any{&j.header, &j.claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(raw, into); err != nil {
			return nil, err
		}
	}
	var err error
	j.signature, err = base64.RawURLEncoding.DecodeString(parts[2])
	return j, err
}

func (j *jwt) verify(certificates []*x509.Certificate, clientID string, audiences []string, now time.Time) error {
	switch {
	case !slices.Contains(audiences, j.claims.Audience):
		return errors.New("its audience is not this token endpoint")
	case j.claims.Issuer != clientID || j.claims.Subject != clientID:
		return errors.New("its issuer and subject are not the app")
	case now.Unix() >= j.claims.Expiry || now.Add(5*time.Minute).Unix() < j.claims.NotBefore:
		return errors.New("it is not within its valid time range")
	}
	digest := sha256.Sum256([]byte(j.signed))
	for _, certificate := range certificates {
		key, ok := certificate.PublicKey.(*rsa.PublicKey)
		if !ok {
			continue
		}
		switch j.header.Algorithm {
		case "PS256":
			if rsa.VerifyPSS(key, crypto.SHA256, digest[:], j.signature, nil) == nil {
				return nil
			}
		case "RS256":
			if rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], j.signature) == nil {
				return nil
			}
		}
	}
	return errors.New("no registered key verifies its signature")
}

// SetSecret replaces the app's secret: the old one is wrong from now on.
func (s *Server) SetSecret(secret string) {
	s.credentials.mu.Lock()
	defer s.credentials.mu.Unlock()
	s.credentials.secret, s.credentials.expired = secret, false
}

// ExpireSecret lets the app's secret expire.
func (s *Server) ExpireSecret() {
	s.credentials.mu.Lock()
	defer s.credentials.mu.Unlock()
	s.credentials.expired = true
}

// TrustCertificate registers a certificate whose RSA key may sign client assertions.
func (s *Server) TrustCertificate(certificate *x509.Certificate) {
	s.credentials.mu.Lock()
	defer s.credentials.mu.Unlock()
	s.credentials.certificates = append(s.credentials.certificates, certificate)
}

// TrustAssertion registers a federated assertion, which is then valid as it is.
func (s *Server) TrustAssertion(assertion string) {
	s.credentials.mu.Lock()
	defer s.credentials.mu.Unlock()
	s.credentials.assertions = append(s.credentials.assertions, assertion)
}
