package extract

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

// SignInConfig says as what and by what to sign in to Microsoft Entra. The
// first of ClientSecret, CertificatePath and FederatedTokenFile that is set is
// the credential; with none of them the machine's managed identity is used,
// the one of ClientID if that is set.
type SignInConfig struct {
	AuthorityURL string // origin of Microsoft Entra: see ParseOrigin and ParseCloud
	GraphURL     string // origin of Microsoft Graph, for which tokens are asked

	TenantID string // GUID or domain; may be empty for a managed identity
	ClientID string

	ClientSecret        string
	CertificatePath     string // PEM with certificate and key, or PKCS#12 (PFX)
	CertificatePassword string // of a PKCS#12 file
	FederatedTokenFile  string // read anew for each token

	// InstanceDiscovery lets an authority that MSAL doesn't know be checked by
	// the public cloud. It is off for an authority of one's own.
	InstanceDiscovery bool

	Network  Network
	Patience time.Duration // how long trouble with Entra is retried, 2 min by default
	Logger   *slog.Logger  // discards by default
}

// SignIn gets access tokens for Graph, and keeps them while they are good. It
// is safe for concurrent use: however many ask, one token is asked for at a
// time.
type SignIn struct {
	credential credential
	tenant     string // as configured
	authority  Origin
	http       *http.Client
	patience   time.Duration

	mu       sync.Mutex
	token    accessToken
	flight   *flight
	refused  error  // Entra has refused the credential: there is no use in asking again
	tenantID string // GUID, once known
}

// accessToken is a token and until when it is used.
type accessToken struct {
	value string
	until time.Time
}

// NewSignIn returns a SignIn, without sending anything. A credential's file
// that can't be used is ErrSignIn; other errors are of the configuration.
func NewSignIn(cfg SignInConfig) (*SignIn, error) {
	authority, err := ParseOrigin(cfg.AuthorityURL)
	if err != nil {
		return nil, fmt.Errorf("setting up the sign-in: %w", err)
	}
	graph, err := ParseOrigin(cfg.GraphURL)
	if err != nil {
		return nil, fmt.Errorf("setting up the sign-in: %w", err)
	}
	if strings.Trim(cfg.TenantID, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") != "" {
		return nil, errors.New("setting up the sign-in: the tenant is neither a GUID nor a domain; set AZURE_TENANT_ID to one")
	}
	s := &SignIn{tenant: cfg.TenantID, authority: authority, patience: cfg.Patience}
	if s.patience == 0 {
		s.patience = 2 * time.Minute
	}
	log := cfg.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s.http = entraClient(cfg.Network, authority)
	s.credential, err = newCredential(cfg, authority, graph, s.http, log)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// newCredential chooses the credential that is configured.
func newCredential(cfg SignInConfig, authority, graph Origin, client *http.Client, log *slog.Logger) (credential, error) {
	scope := graph.String() + "/.default"
	app := application{
		tenant:    cfg.TenantID,
		clientID:  cfg.ClientID,
		authority: authority,
		scope:     scope,
		discovery: cfg.InstanceDiscovery,
		http:      client,
	}
	switch {
	case cfg.ClientSecret != "":
		app.proof = secret(cfg.ClientSecret)
	case cfg.CertificatePath != "":
		app.proof = certificate{path: cfg.CertificatePath, password: cfg.CertificatePassword}
		warnIfReadable(cfg.CertificatePath, log)
	case cfg.FederatedTokenFile != "":
		app.proof = federation{path: cfg.FederatedTokenFile}
	default:
		return newManagedIdentity(cfg, scope, client)
	}
	switch {
	case cfg.TenantID == "":
		return nil, fmt.Errorf("setting up the sign-in: %s is given, but no tenant; set AZURE_TENANT_ID", app.proof)
	case cfg.ClientID == "":
		return nil, fmt.Errorf("setting up the sign-in: %s is given, but not the app that it belongs to; set AZURE_CLIENT_ID", app.proof)
	}
	if _, err := app.proof.read(); err != nil {
		return nil, fatal(ErrSignIn, "setting up the sign-in: %v", err)
	}
	return &app, nil
}

// Token returns an access token for Graph that isn't the refused one. Its
// errors are ErrSignIn and the cause of ctx.
func (s *SignIn) Token(ctx context.Context, refused string) (string, error) {
	s.mu.Lock()
	if s.refused != nil {
		defer s.mu.Unlock()
		return "", s.refused
	}
	if s.token.value != "" && s.token.value != refused && time.Now().Before(s.token.until) {
		defer s.mu.Unlock()
		return s.token.value, nil
	}
	if s.flight == nil {
		s.flight = startFlight(ctx, s.land)
	}
	f := s.flight
	f.waiting++
	s.mu.Unlock()

	select {
	case <-f.done:
		if f.err == nil && f.token == refused {
			return "", fatal(ErrSignIn, "signing in to %s: Graph has refused the token, and there is no other; check the app and its tenant", s.credential)
		}
		return f.token, f.err
	case <-ctx.Done():
		s.leave(f)
		return "", context.Cause(ctx)
	}
}

// flight is the getting of one token, for all who wait for it. It goes on
// while anyone waits, whoever began it.
type flight struct {
	cancel  context.CancelFunc
	waiting int // guarded by SignIn.mu
	done    chan struct{}
	token   string
	err     error
}

func startFlight(ctx context.Context, get func(context.Context, *flight)) *flight {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &flight{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer cancel()
		defer close(f.done)
		get(ctx, f)
	}()
	return f
}

// leave is for one who doesn't wait any longer.
func (s *SignIn) leave(f *flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.waiting--; f.waiting == 0 {
		f.cancel()
		if s.flight == f {
			s.flight = nil
		}
	}
}

// land gets the token of a flight.
func (s *SignIn) land(ctx context.Context, f *flight) {
	token, err := s.request(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flight == f {
		s.flight = nil
	}
	f.token, f.err = token.value, err
	switch {
	case err == nil:
		s.token = token
	case isFatal(err):
		s.refused = err
	}
}

// request asks for a token until there is one or the patience ends.
func (s *SignIn) request(ctx context.Context) (accessToken, error) {
	var token accessToken
	what := "signing in to " + s.credential.String()
	err := s.retry(ctx, what, func(ctx context.Context) error {
		begun := time.Now()
		value, expires, err := s.credential.token(ctx)
		if err != nil {
			return err
		}
		if !sendable(value) {
			return malformed("the token is empty or holds characters that no token has")
		}
		token = accessToken{value, begun.Add(useTime(time.Until(expires)))}
		return nil
	})
	return token, err
}

// useTime returns how long a token is used that lives for the given time: not
// to its end, since a request takes its time, and not much beyond a day or below
// half a minute, whatever Entra or a wrong clock says. A token that dies earlier
// is refused by Graph and replaced then.
func useTime(life time.Duration) time.Duration {
	life = min(life, 24*time.Hour)
	return max(life-min(life/5, 5*time.Minute), 30*time.Second)
}

// sendable reports whether a token can stand in a header.
func sendable(token string) bool {
	for i := range len(token) {
		if token[i] <= ' ' || token[i] >= 0x7f {
			return false
		}
	}
	return token != ""
}

// Close closes idle connections to Entra. The SignIn can still be used.
func (s *SignIn) Close() { s.http.CloseIdleConnections() }

// TenantID returns the tenant's GUID, in lower case. It comes from the issuer
// that Entra states for the tenant, also where a domain was given; for a managed
// identity without a tenant, from its token. Its errors are ErrSignIn and the
// cause of ctx.
func (s *SignIn) TenantID(ctx context.Context) (string, error) {
	s.mu.Lock()
	known := s.tenantID
	s.mu.Unlock()
	if known != "" {
		return known, nil
	}
	id, err := s.findTenant(ctx)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tenantID = strings.ToLower(id)
	return s.tenantID, nil
}

func (s *SignIn) findTenant(ctx context.Context) (id string, err error) {
	if s.tenant == "" {
		token, err := s.Token(ctx, "")
		if err != nil {
			return "", err
		}
		if id = tokenTenant(token); id == "" {
			return "", fatal(ErrSignIn, "finding the tenant: the token of the managed identity doesn't name it; set AZURE_TENANT_ID")
		}
		return id, nil
	}
	what := fmt.Sprintf("finding the tenant %s", s.tenant)
	err = s.retry(ctx, what, func(ctx context.Context) error {
		id, err = issuerTenant(ctx, s.http, s.authority, s.tenant)
		return err
	})
	return id, err
}
