package graphsim

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Options set up a server. The zero value serves an empty tenant, with
// credentials of its own, without limits, latency and faults.
type Options struct {
	// Tenant is what is served; an empty one on the machine's clock if nil.
	Tenant *Tenant
	// GraphAddr and EntraAddr are the addresses to listen on, 127.0.0.1:0 if empty.
	GraphAddr, EntraAddr string

	// TenantID, ClientID and ClientSecret are random if empty, and TenantDomain
	// is contoso.example.
	TenantID, TenantDomain, ClientID, ClientSecret string
	// TokenLifetime is how long access tokens are valid by the tenant's clock,
	// an hour if 0.
	TokenLifetime time.Duration

	NextLinks NextLinkForm
	// The page sizes are Graph's maxima if 0: 60 sessions, 130 participants, 60
	// calls, 1,000 rows of a log. Segments inside a session come in pages only if
	// their size is set.
	SessionPageSize, ParticipantPageSize, ListPageSize, SegmentPageSize, LogPageSize int

	Limits Limits
	// Latency is how long a request waits before it is looked at, by the
	// machine's clock, if not nil. It is called from many goroutines.
	Latency func(*Request) time.Duration
	// Observe is called after each answer, if not nil, from many goroutines.
	Observe func(Request)
	// LogSize is how many requests the log keeps at least, 100,000 if 0. Older
	// ones are forgotten.
	LogSize int
}

// Server serves a tenant. Its exported fields are what a client needs to know;
// they don't change.
type Server struct {
	// GraphURL and AuthorityURL are origins without a path.
	GraphURL, AuthorityURL string
	// CAPEM is the certificate of the authority that the client must trust.
	CAPEM []byte
	// TenantID is the GUID in the issuer; sign-in works with TenantDomain too.
	TenantID, TenantDomain string
	ClientID, ClientSecret string

	options       Options
	tenant        *Tenant
	enums         enums
	credentials   credentials
	tokens        tokens
	consent       atomic.Bool
	gauge         gauge
	faults        faults
	subscriptions subscriptions
	journal       journal
	packed        packedPages
	compressors   sync.Pool

	servers  []*http.Server
	running  sync.WaitGroup // the accept loops
	handlers sync.WaitGroup // the requests at work
	closeMu  sync.Mutex
	closing  bool
}

// Start listens and serves until Close.
func Start(o Options) (*Server, error) {
	setDefaults(&o)
	leaf, caPEM, err := certificates()
	if err != nil {
		return nil, err
	}
	s := &Server{
		CAPEM: caPEM, TenantID: o.TenantID, TenantDomain: o.TenantDomain, ClientID: o.ClientID, ClientSecret: o.ClientSecret,
		options: o, tenant: o.Tenant, enums: knownEnums(),
		credentials: credentials{secret: o.ClientSecret},
		tokens:      tokens{expiry: map[string]time.Time{}},
		gauge:       gauge{limits: o.Limits, seen: map[string][]time.Time{}},
		journal:     journal{limit: o.LogSize},
	}
	s.consent.Store(true)
	graph, err := net.Listen("tcp", o.GraphAddr)
	if err != nil {
		return nil, fmt.Errorf("listening for Graph: %w", err)
	}
	entra, err := net.Listen("tcp", o.EntraAddr)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listening for Entra: %w", err), graph.Close())
	}
	s.GraphURL, s.AuthorityURL = origin(graph), origin(entra)
	s.serve(graph, leaf, s.handle(Graph, classifyGraph, http.HandlerFunc(s.serveGraph)))
	s.serve(entra, leaf, s.handle(Entra, classifyEntra, http.HandlerFunc(s.serveEntra)))
	return s, nil
}

func setDefaults(o *Options) {
	text := func(field *string, value func() string) {
		if *field == "" {
			*field = value()
		}
	}
	number := func(field *int, value int) {
		if *field <= 0 {
			*field = value
		}
	}
	if o.Tenant == nil {
		o.Tenant = NewTenant(TenantOptions{})
	}
	text(&o.GraphAddr, func() string { return "127.0.0.1:0" })
	text(&o.EntraAddr, func() string { return "127.0.0.1:0" })
	text(&o.TenantID, randomGUID)
	text(&o.TenantDomain, func() string { return "contoso.example" })
	text(&o.ClientID, randomGUID)
	text(&o.ClientSecret, func() string { return rand.Text() + "~" + rand.Text() })
	number(&o.SessionPageSize, 60)
	number(&o.ParticipantPageSize, 130)
	number(&o.ListPageSize, 60)
	number(&o.LogPageSize, 1000)
	number(&o.LogSize, 100_000)
	if o.TokenLifetime == 0 {
		o.TokenLifetime = time.Hour
	}
	if o.Limits.Window == 0 {
		o.Limits.Window = 20 * time.Second
	}
}

func randomGUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// origin is the URL of a listener. One that listens everywhere is reached on
// the loopback address, the only one that the certificate is for.
func origin(l net.Listener) string {
	host, port, err := net.SplitHostPort(l.Addr().String())
	if ip := net.ParseIP(host); err != nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "https://" + net.JoinHostPort(host, port)
}

// connectionKey and entryKey are the context keys of a request's connection
// and of its entry in the log.
type (
	connectionKey struct{}
	entryKey      struct{}
)

func (s *Server) serve(l net.Listener, leaf tls.Certificate, handler http.Handler) {
	server := &http.Server{
		Handler:           handler,
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{leaf}, MinVersion: tls.VersionTLS12},
		ErrorLog:          log.New(io.Discard, "", 0), // clients that leave are part of the tests
		ReadHeaderTimeout: time.Minute,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connectionKey{}, c)
		},
	}
	s.servers = append(s.servers, server)
	s.running.Go(func() {
		// It always ends with an error, after Close with http.ErrServerClosed.
		_ = server.ServeTLS(l, "", "")
	})
}

// Close ends all connections and waits until all requests are done.
func (s *Server) Close() error {
	s.closeMu.Lock()
	s.closing = true
	s.closeMu.Unlock()
	var errs []error
	for _, server := range s.servers {
		errs = append(errs, server.Close())
	}
	s.running.Wait()
	s.handlers.Wait()
	return errors.Join(errs...)
}

// CertPool returns a pool that trusts the server and nothing else.
func (s *Server) CertPool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.CAPEM)
	return pool
}

// Client returns an HTTP client that trusts the server, speaks HTTP/2, follows
// no redirects and uses no proxy. Its idle connections are the caller's to close.
func (s *Server) Client() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			TLSClientConfig:   &tls.Config{RootCAs: s.CertPool(), MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
