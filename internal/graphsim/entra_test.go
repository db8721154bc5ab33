package graphsim_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	msal "github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	msalerrors "github.com/AzureAD/microsoft-authentication-library-for-go/apps/errors"

	"etl/internal/graphsim"
)

// signIn gets a token the way a real client does.
func (s *simulated) signIn(tenant string, credential msal.Credential) (msal.AuthResult, error) {
	s.t.Helper()
	client, err := msal.New(s.AuthorityURL+"/"+tenant, s.ClientID, credential, msal.WithInstanceDiscovery(false), msal.WithHTTPClient(s.client))
	if err != nil {
		s.t.Fatal(err)
	}
	return client.AcquireTokenByCredential(s.t.Context(), []string{s.GraphURL + "/.default"})
}

func secret(t *testing.T, secret string) msal.Credential {
	t.Helper()
	credential, err := msal.NewCredFromSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	return credential
}

// wantRefusal checks an error that MSAL made of a refusal.
func wantRefusal(t *testing.T, err error, status int, parts ...string) {
	t.Helper()
	var call msalerrors.CallErr
	if !errors.As(err, &call) {
		t.Errorf("error %v, want a refusal", err)
		return
	}
	body, _ := io.ReadAll(call.Resp.Body)
	text := err.Error() + string(body)
	if call.Resp.StatusCode != status {
		t.Errorf("status %d, want %d", call.Resp.StatusCode, status)
	}
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q isn't in %s", part, text)
		}
	}
}

func TestSignInWithSecret(t *testing.T) {
	s := start(t, graphsim.Options{TenantDomain: "fabrikam.example"}, record(t, "a", 1, noon))
	for _, tenant := range []string{s.TenantID, "fabrikam.example", strings.ToUpper(s.TenantID)} {
		result, err := s.signIn(tenant, secret(t, s.ClientSecret))
		if err != nil {
			t.Fatalf("signing in to %s: %v", tenant, err)
		}
		s.token = result.AccessToken
		s.get(200, "/v1.0/communications/callRecords/a", nil)
		var claims struct{ Tid, Aud, Appid string }
		raw, err := base64.RawURLEncoding.DecodeString(strings.Split(result.AccessToken, ".")[1])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &claims); err != nil || claims.Tid != s.TenantID || claims.Aud != s.GraphURL || claims.Appid != s.ClientID {
			t.Errorf("the token claims %s", raw)
		}
	}
	for _, q := range s.Requests() {
		if q.Authorized != (q.Listener == graphsim.Graph) || (q.Credential == "secret") != (q.Kind == graphsim.KindToken) {
			t.Errorf("logged %+v", q)
		}
		if strings.Contains(q.URI+q.Prefer+q.Claims+q.Token+q.Credential, s.ClientSecret) || s.token != "" && strings.Contains(q.Token, s.token) {
			t.Errorf("the log holds a secret: %+v", q)
		}
	}
	if s.AuthorityURL == s.GraphURL {
		t.Error("Entra and Graph have one origin")
	}
}

func TestDiscoveryNamesTheGUID(t *testing.T) {
	s := start(t, graphsim.Options{})
	a := s.get(200, s.AuthorityURL+"/"+s.TenantDomain+"/v2.0/.well-known/openid-configuration", nil).object(t)
	if a["issuer"] != s.AuthorityURL+"/"+s.TenantID+"/v2.0" || a["token_endpoint"] != s.AuthorityURL+"/"+s.TenantID+"/oauth2/v2.0/token" {
		t.Errorf("the configuration is %v", a)
	}
}

func TestSignInRefusals(t *testing.T) {
	s := start(t, graphsim.Options{ClientSecret: "right"})
	_, err := s.signIn(s.TenantID, secret(t, "wrong"))
	wantRefusal(t, err, 401, "invalid_client", "AADSTS7000215")
	s.ExpireSecret()
	_, err = s.signIn(s.TenantID, secret(t, "right"))
	wantRefusal(t, err, 401, "invalid_client", "AADSTS7000222")
	s.SetSecret("rotated")
	if _, err = s.signIn(s.TenantID, secret(t, "rotated")); err != nil {
		t.Error(err)
	}
	_, err = s.signIn("elsewhere.example", secret(t, "rotated"))
	wantRefusal(t, err, 400, "AADSTS90002")

	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {s.ClientID}, "client_secret": {"rotated"}, "scope": {s.GraphURL + "/.default"},
	}
	for name, c := range map[string]struct {
		change url.Values
		status int
		want   string
	}{
		"good":            {nil, 200, `"access_token"`},
		"unknown app":     {url.Values{"client_id": {"someone"}}, 400, "AADSTS700016"},
		"other resource":  {url.Values{"scope": {"https://graph.microsoft.com/.default"}}, 400, "AADSTS500011"},
		"no scope":        {url.Values{"scope": {"openid"}}, 400, "AADSTS70011"},
		"no credential":   {url.Values{"client_secret": nil}, 401, "AADSTS7000218"},
		"password":        {url.Values{"grant_type": {"password"}}, 400, "AADSTS70003"},
		"bad assertion":   {url.Values{"client_assertion": {"x"}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}, 401, "AADSTS50027"},
		"untyped":         {url.Values{"client_assertion": {"x"}}, 400, "AADSTS900144"},
		"secret in query": {url.Values{"client_secret": nil}, 401, "AADSTS7000218"},
	} {
		sent := url.Values{}
		for key := range form {
			sent[key] = form[key]
		}
		for key, value := range c.change {
			sent[key] = value
		}
		target := s.AuthorityURL + "/" + s.TenantID + "/oauth2/v2.0/token"
		if name == "secret in query" {
			target += "?client_secret=rotated"
		}
		response, err := s.client.PostForm(target, sent)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != c.status || !strings.Contains(string(body), c.want) {
			t.Errorf("%s: %d %s", name, response.StatusCode, body)
		}
		if c.status != 200 {
			e := decode(t, body)
			for _, key := range []string{"error", "error_description", "error_codes", "timestamp", "trace_id", "correlation_id"} {
				if e[key] == nil {
					t.Errorf("%s: there is no %s in %s", name, key, body)
				}
			}
		}
	}
}

// keyPair makes a certificate of its own key.
func keyPair(t *testing.T) (*x509.Certificate, *rsa.PrivateKey) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "app"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, key
}

func TestSignInWithCertificate(t *testing.T) {
	s := start(t, graphsim.Options{})
	certificate, key := keyPair(t)
	credential, err := msal.NewCredFromCert([]*x509.Certificate{certificate}, key)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.signIn(s.TenantID, credential)
	wantRefusal(t, err, 401, "invalid_client", "AADSTS700027")
	other, _ := keyPair(t)
	s.TrustCertificate(ellipticCertificate(t)) // a key that no assertion can be signed with
	s.TrustCertificate(other)
	_, err = s.signIn(s.TenantID, credential)
	wantRefusal(t, err, 401, "AADSTS700027")
	s.TrustCertificate(certificate)
	for _, tenant := range []string{s.TenantID, s.TenantDomain} {
		if _, err = s.signIn(tenant, credential); err != nil {
			t.Errorf("signing in to %s: %v", tenant, err)
		}
	}
	if tokens := s.Requests().OfKind(graphsim.KindToken); tokens[0].Credential != "assertion" {
		t.Errorf("logged %+v", tokens[0])
	}
}

func ellipticCertificate(t *testing.T) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &x509.Certificate{PublicKey: key.Public()}
}

func TestSignInWithFederatedAssertion(t *testing.T) {
	s := start(t, graphsim.Options{})
	encode := base64.RawURLEncoding.EncodeToString
	assertion := encode([]byte(`{"alg":"RS256","kid":"k"}`)) + "." + encode([]byte(`{"sub":"system:serviceaccount:etl"}`)) + "." + encode([]byte("signature"))
	credential := msal.NewCredFromAssertionCallback(func(context.Context, msal.AssertionRequestOptions) (string, error) { return assertion, nil })
	_, err := s.signIn(s.TenantID, credential)
	wantRefusal(t, err, 401, "AADSTS700213")
	s.TrustAssertion(assertion)
	if _, err = s.signIn(s.TenantID, credential); err != nil {
		t.Error(err)
	}
}

func TestTokensExpireAndAreRevoked(t *testing.T) {
	now := noon
	tenant := graphsim.NewTenant(graphsim.TenantOptions{Now: func() time.Time { return now }})
	s := start(t, graphsim.Options{Tenant: tenant, TokenLifetime: time.Minute}, record(t, "a", 1, noon))
	path := "/v1.0/communications/callRecords/a"
	wantUnauthorized := func() {
		t.Helper()
		a := s.get(401, path, nil)
		if e := a.object(t)["error"].(map[string]any); e["code"] != "InvalidAuthenticationToken" || a.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("answered %s", a.body)
		}
	}
	s.get(200, path, nil)
	now = now.Add(time.Minute)
	wantUnauthorized()
	s.token = s.IssueToken()
	s.get(200, path, nil)
	s.RevokeTokens()
	wantUnauthorized()
	s.token = "made.up.token"
	wantUnauthorized()
	s.get(401, path, http.Header{"Authorization": nil})
	s.get(401, path, http.Header{"Authorization": {"Basic " + s.IssueToken()}})
	s.token = s.IssueToken()
	s.SetConsent(false)
	if e := s.get(403, path, nil).object(t)["error"].(map[string]any); e["code"] != "Forbidden" || e["message"] != "" {
		t.Errorf("answered %v", e)
	}
	s.SetConsent(true)
	s.get(200, path, nil)
}

func TestOthersDoNotTrustTheServer(t *testing.T) {
	s := start(t, graphsim.Options{})
	if response, err := http.Get(s.GraphURL); err == nil {
		response.Body.Close()
		t.Error("a client without the authority got an answer")
	}
	http.DefaultClient.CloseIdleConnections()
}
