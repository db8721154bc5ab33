package extract

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"etl/internal/graphsim"
)

func TestOneTokenForManyWorkers(t *testing.T) {
	r := newRig(t)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if token, err := r.signIn.Token(t.Context(), ""); err != nil || token == "" {
				t.Errorf("token %q, error %v", token, err)
			}
		})
	}
	all.Wait()
	if n := len(r.sim.Requests().OfKind(graphsim.KindToken)); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
	if q := r.sim.Requests().OfKind(graphsim.KindToken)[0]; q.Claims != "" || q.Credential != "secret" || q.Authorized {
		t.Errorf("the token request is %+v", q)
	}
}

func TestTokenOutlivesTheOneWhoAskedFirst(t *testing.T) {
	r := newRig(t)
	arrived := make(chan struct{})
	r.sim.Inject(graphsim.Fault{Match: graphsim.OnToken(), Times: 1, Do: func(w http.ResponseWriter, q *http.Request, normal http.Handler) {
		close(arrived)
		graphsim.Delay(50*time.Millisecond)(w, q, normal)
	}})
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := r.signIn.Token(ctx, ""); !errors.Is(err, context.Canceled) {
			t.Errorf("the first got error %v", err)
		}
	})
	<-arrived
	all.Go(func() {
		if _, err := r.signIn.Token(t.Context(), ""); err != nil {
			t.Errorf("the second got error %v", err)
		}
	})
	for joined := false; !joined; {
		r.signIn.mu.Lock()
		joined = r.signIn.flight == nil || r.signIn.flight.waiting == 2
		r.signIn.mu.Unlock()
	}
	cancel()
	all.Wait()
	if n := len(r.sim.Requests().OfKind(graphsim.KindToken)); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
}

func TestTokenTroubleThatPasses(t *testing.T) {
	for name, do := range map[string]graphsim.Action{
		"500": graphsim.Status(500, nil, ""), "503 HTML": graphsim.Status(503, nil, "<html>"), "cut": graphsim.Cut(), "short": graphsim.ShortBody(),
		"429":             graphsim.Status(429, http.Header{"Retry-After": {"0.1"}}, `{"error":"temporarily_unavailable"}`),
		"HTML":            graphsim.HTML(),
		"cut JSON":        graphsim.CleanTruncation(40),
		"no token":        graphsim.Status(200, nil, `{"token_type":"Bearer","expires_in":3599}`),
		"empty token":     graphsim.Status(200, nil, `{"token_type":"Bearer","expires_in":3599,"access_token":""}`),
		"odd token":       graphsim.Status(200, nil, `{"token_type":"Bearer","expires_in":3599,"access_token":"a\r\nX: y"}`),
		"expires_in 1e12": graphsim.Status(200, nil, `{"token_type":"Bearer","expires_in":1e12,"access_token":"a"}`),
		"unavailable":     graphsim.Status(400, nil, `{"error":"temporarily_unavailable","error_description":"x"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.sim.Inject(graphsim.Fault{Match: graphsim.OnToken(), Times: 1, Do: do})
			r.mustFetch(r.call(1, 1))
			if n := len(r.sim.Requests().OfKind(graphsim.KindToken)); n != 2 {
				t.Errorf("%d token requests, want 2", n)
			}
		})
	}
}

func TestTokenLifetimes(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"3599": 3299 * time.Second, `"3599"`: 3299 * time.Second, "60": 48 * time.Second, "0": 30 * time.Second, "-5": 30 * time.Second,
		"86400": 24*time.Hour - 5*time.Minute, "9000000": 24*time.Hour - 5*time.Minute,
	} {
		r := newRig(t)
		r.sim.Inject(graphsim.Fault{Match: graphsim.OnToken(), Do: graphsim.Status(200, nil, `{"token_type":"Bearer","access_token":"a","expires_in":`+in+`}`)})
		for range 3 {
			if _, err := r.signIn.Token(t.Context(), ""); err != nil {
				t.Fatalf("%s: %v", in, err)
			}
		}
		if left := time.Until(r.signIn.token.until); left > want || left < want-5*time.Second {
			t.Errorf("expires_in %s: used for %s, want %s", in, left, want)
		}
		if n := len(r.sim.Requests().OfKind(graphsim.KindToken)); n != 1 {
			t.Errorf("expires_in %s: %d token requests", in, n)
		}
	}
}

func TestRefusedSignIns(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*setUp)
		sim    func(*graphsim.Server)
		says   []string
		most   int // token requests
	}{
		"wrong secret": {func(s *setUp) { s.signIn.ClientSecret = "not~the.secret" }, nil,
			[]string{"the client secret", "AADSTS7000215", "Invalid client secret", "set AZURE_CLIENT_SECRET"}, 1},
		"expired secret": {nil, func(s *graphsim.Server) { s.ExpireSecret() }, []string{"the client secret", "AADSTS7000222", "has expired"}, 1},
		"unknown tenant": {func(s *setUp) { s.signIn.TenantID = "fabrikam.example" }, nil, []string{"tenant fabrikam.example", "AADSTS90002", "AZURE_TENANT_ID"}, 0},
		"redirect": {nil, func(s *graphsim.Server) {
			s.Inject(graphsim.Fault{Match: graphsim.OnToken(), Do: graphsim.Redirect(307, "https://127.0.0.1:1/")})
		}, []string{"redirect"}, 1},
		"token endpoint elsewhere": {nil, func(s *graphsim.Server) {
			s.Inject(graphsim.Fault{Match: graphsim.OnKind(graphsim.KindDiscovery), Do: graphsim.RewriteBody(replace(s.AuthorityURL+"/"+s.TenantID+"/oauth2", "https://127.0.0.1:1/oauth2"))})
		}, []string{"another server"}, 0},
		"HTML": {func(s *setUp) { s.signIn.Patience = time.Second }, func(s *graphsim.Server) {
			s.Inject(graphsim.Fault{Match: graphsim.OnToken(), Do: graphsim.HTML()})
		}, []string{"giving up", "not one of Microsoft Entra"}, maxMalformed},
		"down": {func(s *setUp) { s.signIn.Patience = time.Second }, func(s *graphsim.Server) {
			s.Inject(graphsim.Fault{Match: graphsim.OnToken(), Do: graphsim.Status(503, nil, "")})
		}, []string{"giving up", "503", "check the network"}, 30},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(s *setUp) {
				s.signIn.ClientSecret = "c4n4ry~secret"
				s.sim.ClientSecret = s.signIn.ClientSecret
				if c.change != nil {
					c.change(s)
				}
			})
			if c.sim != nil {
				c.sim(r.sim)
			}
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() {
					_, err := r.fetch(Ref{ID: callID})
					if !errors.Is(err, ErrSignIn) {
						t.Errorf("got error %v, want ErrSignIn", err)
						return
					}
					for _, part := range append(c.says, "signing in to tenant") {
						if !strings.Contains(err.Error(), part) {
							t.Errorf("the error doesn't say %q: %v", part, err)
						}
					}
					if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.ContainsAny(err.Error(), "\r\n") || strings.Contains(text, "~") || strings.Contains(text, "c4n4ry") {
						t.Errorf("the error says too much: %s", text)
					}
				})
			}
			all.Wait()
			if n := len(r.sim.Requests().OfKind(graphsim.KindToken)); n > c.most {
				t.Errorf("%d token requests, want %d at most", n, c.most)
			}
			if n := len(r.sim.Requests().On(graphsim.Graph)); n != 0 {
				t.Errorf("%d requests to Graph", n)
			}
		})
	}
}

func TestRefusalIsRemembered(t *testing.T) {
	r := newRig(t, func(s *setUp) { s.signIn.ClientSecret = "not~the.secret" })
	for range 3 {
		if _, err := r.signIn.Token(t.Context(), ""); !errors.Is(err, ErrSignIn) {
			t.Errorf("got error %v", err)
		}
	}
	if n := len(r.sim.Requests().OfKind(graphsim.KindToken)); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
}

func TestErrorForTheRunEndsAllThatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &visits{answer: func(_ int, w http.ResponseWriter, r *http.Request) bool {
			if strings.Contains(r.RequestURI, "forbidden") {
				return refuse(w, 403, "")
			}
			<-r.Context().Done()
			return true
		}}
		c, stop := piped(t, v.ServeHTTP, nil)
		defer stop()
		begun := time.Now()
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if _, err := c.Fetch(t.Context(), Ref{ID: callID}); !errors.Is(err, ErrSignIn) {
					t.Errorf("got error %v", err)
				}
			})
		}
		synctest.Wait()
		if _, err := c.Fetch(t.Context(), Ref{ID: "forbidden"}); !errors.Is(err, ErrSignIn) {
			t.Errorf("got error %v", err)
		}
		all.Wait()
		if took := time.Since(begun); took != 0 || len(v.all) != 6 {
			t.Errorf("it took %s and %d requests", took, len(v.all))
		}
	})
}

func TestExpiredTokenIsReplacedOnce(t *testing.T) {
	r := newRig(t, func(s *setUp) { s.client.Budgets.CallRequests = 1000 })
	record := r.call(70, 3)
	r.mustFetch(record)
	r.sim.RevokeTokens()
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			call, err := r.fetch(Ref{ID: record.ID})
			if err != nil {
				t.Error(err)
				return
			}
			call.Release()
		})
	}
	all.Wait()
	if n := len(r.sim.Requests().OfKind(graphsim.KindToken)); n != 2 {
		t.Errorf("%d token requests, want 2", n)
	}
	// It is no exception: the token after the next is got in the same way.
	r.sim.RevokeTokens()
	r.mustFetch(record)
}

func TestTokensThatGraphRefusesEndTheRun(t *testing.T) {
	for name, do := range map[string]graphsim.Action{
		"401":    graphsim.Error(401, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience."),
		"claims": graphsim.ClaimsChallenge(`{"access_token":{"nbf":{"essential":true,"value":"1"}}}`),
	} {
		t.Run(name, func(t *testing.T) {
			const workers = 16
			r := newRig(t)
			r.sim.Inject(graphsim.Fault{Match: graphsim.OnGraph(), Do: do})
			var all sync.WaitGroup
			for range workers {
				all.Go(func() {
					for i := range 10 {
						_, err := r.fetch(Ref{ID: fmt.Sprint("call-", i)})
						if !errors.Is(err, ErrSignIn) || !strings.Contains(err.Error(), "InvalidAuthenticationToken") || !strings.Contains(err.Error(), "request-id") {
							t.Errorf("got error %v", err)
						}
					}
				})
			}
			all.Wait()
			if n := len(r.sim.Requests().On(graphsim.Graph)); n > workers+1 {
				t.Errorf("%d requests to Graph, want %d at most", n, workers+1)
			}
			if n := len(r.sim.Requests().OfKind(graphsim.KindToken)); n != 2 {
				t.Errorf("%d token requests, want 2", n)
			}
		})
	}
}

// lottery gives out a new token whenever one is refused.
type lottery struct{ drawn atomic.Int64 }

func (l *lottery) Token(_ context.Context, refused string) (string, error) {
	if refused == fmt.Sprint(l.drawn.Load()) {
		l.drawn.Add(1)
	}
	return fmt.Sprint(l.drawn.Load()), nil
}

// TestCallThatIsRefusedAloneEndsAlone has a call that is answered with 401
// while each token works for another.
func TestCallThatIsRefusedAloneEndsAlone(t *testing.T) {
	var c *Client
	var s scripted
	c, stop := piped(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.RequestURI, "alone") {
			c.bearers.current.accepted() // by another request, just now
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		s.ServeHTTP(w, r)
	}, func(cfg *Config) { cfg.Tokens = new(lottery) })
	defer stop()
	_, err := c.Fetch(t.Context(), Ref{ID: "alone"})
	if fail := wantFailure(t, err, "http_401"); fail.Attempts != maxTokens {
		t.Errorf("%d attempts, want %d", fail.Attempts, maxTokens)
	}
	call, err := c.Fetch(t.Context(), Ref{ID: callID})
	if err != nil {
		t.Fatal(err)
	}
	call.Release()
}

// entra is an authority over pipes that says when it is asked for tokens.
func entra(t *testing.T, token func(n int, w http.ResponseWriter, r *http.Request)) (s *SignIn, asked func() []time.Time, stop func()) {
	var mu sync.Mutex
	var times []time.Time
	l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/openid-configuration") {
			fmt.Fprint(w, `{"issuer":"http://127.0.0.1/t/v2.0","authorization_endpoint":"http://127.0.0.1/t/authorize","token_endpoint":"http://127.0.0.1/t/token"}`)
			return
		}
		mu.Lock()
		times = append(times, time.Now())
		n := len(times)
		mu.Unlock()
		token(n, w, r)
	})}
	var running sync.WaitGroup
	running.Go(func() { _ = server.Serve(l) })
	s, err := NewSignIn(SignInConfig{AuthorityURL: "http://127.0.0.1", GraphURL: graphURL, TenantID: "t", ClientID: "c", ClientSecret: "s",
		Network: Network{DialContext: l.dial}})
	if err != nil {
		t.Fatal(err)
	}
	return s, func() []time.Time {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(times)
		}, func() {
			s.Close()
			server.Close()
			running.Wait()
		}
}

func giveToken(n int, lifetime time.Duration, w http.ResponseWriter) {
	fmt.Fprintf(w, `{"token_type":"Bearer","access_token":"token-%d","expires_in":%d}`, n, int(lifetime.Seconds()))
}

func TestEntraIsAskedAsItWishes(t *testing.T) {
	for name, c := range map[string]struct {
		trouble     func(n int, w http.ResponseWriter, r *http.Request) bool
		least, most time.Duration
		fails       bool
	}{
		"Retry-After": {func(n int, w http.ResponseWriter, _ *http.Request) bool { return n == 1 && refuse(w, 429, "30") }, 30 * time.Second, 31 * time.Second, false},
		"503s":        {func(n int, w http.ResponseWriter, _ *http.Request) bool { return n <= 4 && refuse(w, 503, "") }, 200 * time.Millisecond, 8 * time.Second, false},
		"hangs": {func(n int, w http.ResponseWriter, r *http.Request) bool {
			if n == 1 {
				w.(http.Flusher).Flush()
				<-r.Context().Done()
			}
			return n == 1
		}, 30 * time.Second, 31 * time.Second, false},
		"down":                 {func(_ int, w http.ResponseWriter, _ *http.Request) bool { return refuse(w, 500, "") }, time.Minute, 2 * time.Minute, true},
		"Retry-After too late": {func(_ int, w http.ResponseWriter, _ *http.Request) bool { return refuse(w, 429, "200") }, 0, time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, asked, stop := entra(t, func(n int, w http.ResponseWriter, r *http.Request) {
					if !c.trouble(n, w, r) {
						giveToken(n, time.Hour, w)
					}
				})
				defer stop()
				begun := time.Now()
				var all sync.WaitGroup
				for range 10 {
					all.Go(func() {
						if _, err := s.Token(t.Context(), ""); (err != nil) != c.fails || err != nil && !errors.Is(err, ErrSignIn) {
							t.Errorf("error %v", err)
						}
					})
				}
				all.Wait()
				if took := time.Since(begun); took < c.least || took > c.most {
					t.Errorf("it took %s and %d requests, want %s to %s", took, len(asked()), c.least, c.most)
				}
				if n := len(asked()); n > 40 {
					t.Errorf("%d requests", n)
				}
			})
		})
	}
}

func TestTokenIsRenewedOncePerLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, asked, stop := entra(t, func(n int, w http.ResponseWriter, _ *http.Request) { giveToken(n, time.Minute, w) })
		defer stop()
		var all sync.WaitGroup
		for range 32 {
			all.Go(func() {
				for range 100 {
					if _, err := s.Token(t.Context(), ""); err != nil {
						t.Error(err)
					}
					time.Sleep(3 * time.Second)
				}
			})
		}
		all.Wait()
		// In five minutes tokens are used for 48 s each.
		if n := len(asked()); n != 7 {
			t.Errorf("%d token requests, want 7", n)
		}
	})
}

func TestMissingPermissionEndsTheRun(t *testing.T) {
	r := newRig(t)
	record := r.call(1, 1)
	r.sim.SetConsent(false)
	for range 3 {
		_, err := r.fetch(Ref{ID: record.ID})
		if !errors.Is(err, ErrSignIn) || !strings.Contains(err.Error(), "CallRecords.Read.All") || !strings.Contains(err.Error(), "consent") {
			t.Errorf("got error %v", err)
		}
	}
	if n := len(r.sim.Requests().On(graphsim.Graph)); n != 1 {
		t.Errorf("%d requests to Graph, want 1", n)
	}
}

func TestTenantID(t *testing.T) {
	r := newRig(t, func(s *setUp) { s.signIn.TenantID = "contoso.example" })
	r.sim.Inject(graphsim.Fault{Match: graphsim.OnKind(graphsim.KindDiscovery), Times: 1, Do: graphsim.Error(503, "", "")})
	for range 2 {
		if id, err := r.signIn.TenantID(t.Context()); err != nil || id != r.sim.TenantID {
			t.Errorf("got %q and error %v, want %s", id, err, r.sim.TenantID)
		}
	}
	if n := len(r.sim.Requests()); n != 2 {
		t.Errorf("%d requests", n)
	}
	for name, do := range map[string]graphsim.Action{
		"HTML":       graphsim.HTML(),
		"no issuer":  graphsim.EmptyObject(),
		"no GUID":    graphsim.Status(200, nil, `{"issuer":"https://sts.example/common/v2.0"}`),
		"no URL":     graphsim.Status(200, nil, `{"issuer":"%zz"}`),
		"not found":  graphsim.Status(400, nil, `{"error":"invalid_tenant","error_description":"AADSTS90002: Tenant not found."}`),
		"redirected": graphsim.Redirect(302, "https://127.0.0.1:1/"),
	} {
		r := newRig(t, func(s *setUp) { s.signIn.Patience = 50 * time.Millisecond })
		r.sim.Inject(graphsim.Fault{Match: graphsim.OnKind(graphsim.KindDiscovery), Do: do})
		if id, err := r.signIn.TenantID(t.Context()); !errors.Is(err, ErrSignIn) {
			t.Errorf("%s: got %q and error %v", name, id, err)
		}
	}
}

// keyPair makes a key and a certificate for it.
func keyPair(t *testing.T, key crypto.Signer) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "etl"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func pemFile(t *testing.T, key any, certs ...*x509.Certificate) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	for _, cert := range certs {
		file = append(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})...)
	}
	return file
}

func writeFile(t *testing.T, path string, content []byte, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, content, mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestCertificates(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	cert := keyPair(t, key)
	pfx := func(password string) []byte {
		file, err := pkcs12.Modern.Encode(key, cert, nil, password)
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	for name, c := range map[string]struct {
		file     []byte
		password string
	}{"PEM": {pemFile(t, key, cert), ""}, "PKCS#12": {pfx("pässword"), "pässword"}, "PKCS#12 without a password": {pfx(""), ""}} {
		path := filepath.Join(t.TempDir(), "file")
		writeFile(t, path, c.file, 0o600)
		r := newRig(t, func(s *setUp) { s.signIn.CertificatePath, s.signIn.CertificatePassword = path, c.password })
		r.sim.TrustCertificate(cert)
		if _, err := r.signIn.Token(t.Context(), ""); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if q := r.sim.Requests().OfKind(graphsim.KindToken); len(q) != 1 || q[0].Credential != "assertion" {
			t.Errorf("%s: the token requests are %+v", name, q)
		}
	}
}

func TestCredentialFilesThatCannotBeUsed(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := keyPair(t, rsaKey)
	pfx, err := pkcs12.Modern.Encode(rsaKey, cert, nil, "right")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file []byte // nil: it isn't there
		says string
	}{
		"missing":       {nil, "no such file"},
		"empty":         {[]byte{}, "neither PEM nor PKCS#12"},
		"garbage":       {[]byte("hello"), "neither PEM nor PKCS#12"},
		"no key":        {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}), "no private key"},
		"no cert":       {pemFile(t, rsaKey), "no certificates"},
		"other key":     {pemFile(t, other, cert), "doesn't match"},
		"EC key":        {pemFile(t, ec, keyPair(t, ec)), "RSA"},
		"password":      {pfx, "AZURE_CLIENT_CERTIFICATE_PASSWORD"},
		"encrypted key": {pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")}), "encrypted"},
	} {
		path := filepath.Join(t.TempDir(), "credential.pem")
		if c.file != nil {
			writeFile(t, path, c.file, 0o600)
		}
		cfg := SignInConfig{AuthorityURL: "https://login.example", GraphURL: graphURL, TenantID: "t", ClientID: "c", CertificatePath: path, CertificatePassword: "wr0ng"}
		_, err := NewSignIn(cfg)
		if !errors.Is(err, ErrSignIn) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "wr0ng") {
			t.Errorf("%s: got error %v, want one that says %q", name, err, c.says)
		}
	}
	path := filepath.Join(t.TempDir(), "token")
	cfg := SignInConfig{AuthorityURL: "https://login.example", GraphURL: graphURL, TenantID: "t", ClientID: "c", FederatedTokenFile: path}
	if _, err := NewSignIn(cfg); !errors.Is(err, ErrSignIn) || !strings.Contains(err.Error(), path) {
		t.Errorf("got error %v for a missing token", err)
	}
	writeFile(t, path, []byte(" \n"), 0o600)
	if _, err := NewSignIn(cfg); !errors.Is(err, ErrSignIn) || !strings.Contains(err.Error(), "empty") {
		t.Errorf("got error %v for an empty token", err)
	}
}

func TestReadableKeyIsWarnedOf(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.pem")
	for mode, warned := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true} {
		writeFile(t, path, pemFile(t, key, keyPair(t, key)), mode)
		var log strings.Builder
		cfg := SignInConfig{AuthorityURL: "https://login.example", GraphURL: graphURL, TenantID: "t", ClientID: "c", CertificatePath: path,
			Logger: slog.New(slog.NewTextHandler(&log, nil))}
		if _, err := NewSignIn(cfg); err != nil || strings.Contains(log.String(), "every user") != warned {
			t.Errorf("mode %o: error %v and log %q", mode, err, log.String())
		}
	}
}

func TestFederatedTokenIsReadAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	writeFile(t, path, []byte("first.federated.token\n"), 0o600)
	r := newRig(t, func(s *setUp) { s.signIn.FederatedTokenFile = path })
	r.sim.TrustAssertion("first.federated.token")
	first, err := r.signIn.Token(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, []byte("second.federated.token"), 0o600)
	r.sim.TrustAssertion("second.federated.token")
	second, err := r.signIn.Token(t.Context(), first)
	if err != nil || second == first {
		t.Fatalf("got another token: %v, error %v", second != first, err)
	}
	// Neither the first nor the second is taken any more: the file is replaced
	// while Entra says so.
	writeFile(t, path, []byte("old.federated.token"), 0o600)
	r.sim.Inject(graphsim.Fault{Match: graphsim.OnToken(), Times: 1, Do: func(w http.ResponseWriter, q *http.Request, normal http.Handler) {
		writeFile(t, path, []byte("second.federated.token"), 0o600)
		normal.ServeHTTP(w, q)
	}})
	if _, err := r.signIn.Token(t.Context(), second); err != nil {
		t.Errorf("a token that was replaced meanwhile: %v", err)
	}
	writeFile(t, path, []byte("wrong.federated.token"), 0o600)
	third, _ := r.signIn.Token(t.Context(), "")
	before := len(r.sim.Requests().OfKind(graphsim.KindToken))
	_, err = r.signIn.Token(t.Context(), third)
	if !errors.Is(err, ErrSignIn) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "wrong.federated") {
		t.Errorf("got error %v for a wrong token", err)
	}
	if n := len(r.sim.Requests().OfKind(graphsim.KindToken)) - before; n != 1 {
		t.Errorf("%d token requests with a wrong token", n)
	}
}

// machine is a service of managed identities, as App Service has it.
func machine(t *testing.T, answer http.HandlerFunc) {
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	t.Setenv("IDENTITY_ENDPOINT", server.URL+"/msi/token")
	t.Setenv("IDENTITY_HEADER", "identity-header")
	for _, name := range []string{"IDENTITY_SERVER_THUMBPRINT", "MSI_ENDPOINT", "MSI_SECRET", "IMDS_ENDPOINT"} {
		t.Setenv(name, "")
	}
}

func jwt(claims string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
}

func TestManagedIdentity(t *testing.T) {
	var asked atomic.Int64
	var clientID, resource atomic.Value
	claims := `{"tid":"AAAAAAAA-2222-4333-8444-555555555555"}`
	machine(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		clientID.Store(r.URL.Query().Get("client_id"))
		resource.Store(r.URL.Query().Get("resource"))
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":%q,"expires_on":"%d","resource":"x","token_type":"Bearer"}`, jwt(claims)+fmt.Sprint(asked.Load()), time.Now().Add(time.Hour).Unix())
	})
	for _, id := range []string{"", "11111111-2222-4333-8444-000000000000"} {
		asked.Store(0)
		s, err := NewSignIn(SignInConfig{AuthorityURL: "https://login.example", GraphURL: graphURL, ClientID: id})
		if err != nil {
			t.Fatal(err)
		}
		first, err := s.Token(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		if again, err := s.Token(t.Context(), ""); err != nil || again != first || asked.Load() != 1 || clientID.Load() != id || resource.Load() != graphURL {
			t.Errorf("asked %d times for %v as %v, error %v", asked.Load(), resource.Load(), clientID.Load(), err)
		}
		if second, err := s.Token(t.Context(), first); err != nil || second == first {
			t.Errorf("a refused token came again, or error %v", err)
		}
		if tenant, err := s.TenantID(t.Context()); err != nil || tenant != "aaaaaaaa-2222-4333-8444-555555555555" {
			t.Errorf("tenant %q, error %v", tenant, err)
		}
		s.Close()
	}
}

// TestManagedIdentityOfCloudShell has the one service that is asked by POST.
func TestManagedIdentityOfCloudShell(t *testing.T) {
	machine(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"access_token":"%s","expires_on":"4000000000"}`, r.Method)
	})
	t.Setenv("MSI_ENDPOINT", os.Getenv("IDENTITY_ENDPOINT"))
	t.Setenv("IDENTITY_ENDPOINT", "")
	s, err := NewSignIn(SignInConfig{AuthorityURL: "https://login.example", GraphURL: graphURL})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if token, err := s.Token(t.Context(), ""); err != nil || token != http.MethodPost {
		t.Errorf("token %q, error %v", token, err)
	}
}

func TestManagedIdentityTrouble(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		says   string
	}{
		"unknown identity": {400, `{"error":"invalid_request","error_description":"Identity not found"}`, "Identity not found"},
		"no tenant":        {200, `{"access_token":"opaque","expires_on":"4000000000"}`, "AZURE_TENANT_ID"},
		"the same token":   {200, `{"access_token":"` + jwt(`{}`) + `","expires_on":"4000000000"}`, "AZURE_TENANT_ID"},
		"down":             {500, ``, "AZURE_CLIENT_SECRET"},
	} {
		t.Run(name, func(t *testing.T) {
			machine(t, func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.body)
			})
			s, err := NewSignIn(SignInConfig{AuthorityURL: "https://login.example", GraphURL: graphURL, Patience: 100 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if _, err := s.TenantID(t.Context()); !errors.Is(err, ErrSignIn) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got error %v, want one that says %q", err, c.says)
			}
			if c.status == 200 {
				token, err := s.Token(t.Context(), "")
				if err != nil {
					t.Fatal(err)
				}
				if again, err := s.Token(t.Context(), token); !errors.Is(err, ErrSignIn) {
					t.Errorf("a refused token that is the only one: got %q and error %v", again, err)
				}
			}
		})
	}
}

func TestSignInConfigurations(t *testing.T) {
	whole := SignInConfig{AuthorityURL: "https://login.example", GraphURL: graphURL, TenantID: "contoso.example", ClientID: "app", ClientSecret: "s3cret"}
	if _, err := NewSignIn(whole); err != nil {
		t.Error(err)
	}
	for says, change := range map[string]func(*SignInConfig){
		"AZURE_TENANT_ID":   func(c *SignInConfig) { c.TenantID = "" },
		"AZURE_CLIENT_ID":   func(c *SignInConfig) { c.ClientID = "" },
		"GUID nor a domain": func(c *SignInConfig) { c.TenantID = "../x" },
		"http is allowed":   func(c *SignInConfig) { c.AuthorityURL = "http://login.example" },
		"has a path":        func(c *SignInConfig) { c.GraphURL += "/v1.0" },
	} {
		c := whole
		change(&c)
		if _, err := NewSignIn(c); err == nil || errors.Is(err, ErrSignIn) || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("got error %v, want one that says %q", err, says)
		}
	}
}

// TestPlainAuthority signs in by http on the loopback interface.
func TestPlainAuthority(t *testing.T) {
	const tenant = "11111111-2222-4333-8444-555555555555"
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/" + tenant + "/v2.0/.well-known/openid-configuration":
			fmt.Fprintf(w, `{"issuer":"%[1]s/%[2]s/v2.0","authorization_endpoint":"%[1]s/%[2]s/authorize","token_endpoint":"%[1]s/%[2]s/token"}`, server.URL, tenant)
		case "/" + tenant + "/token":
			fmt.Fprint(w, `{"token_type":"Bearer","access_token":"plain","expires_in":3600}`)
		}
	}))
	defer server.Close()
	s, err := NewSignIn(SignInConfig{AuthorityURL: server.URL, GraphURL: server.URL, TenantID: tenant, ClientID: "app", ClientSecret: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if token, err := s.Token(t.Context(), ""); err != nil || token != "plain" {
		t.Errorf("token %q, error %v", token, err)
	}
	if id, err := s.TenantID(t.Context()); err != nil || id != tenant {
		t.Errorf("tenant %q, error %v", id, err)
	}
}
