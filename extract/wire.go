package extract

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"sync"
	"time"
)

// Network is how servers are reached. The zero value trusts the system's
// certificate authorities. Proxies are taken from the environment.
type Network struct {
	// RootCAs are the certificate authorities to trust, the system's if nil.
	RootCAs *x509.CertPool
	// DialContext opens connections, a net.Dialer's if nil.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
}

// transport returns a new transport with connections of its own.
func (n Network) transport() *http.Transport {
	dial := n.DialContext
	if dial == nil {
		dial = (&net.Dialer{Timeout: 30 * time.Second}).DialContext
	}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dial,
		TLSClientConfig:        &tls.Config{RootCAs: n.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    20 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    256,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: maxHeaderBytes,
		// A connection that died without a word is found by a ping.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second},
	}
}

// wire is the connections to Graph. After a 503 it goes on with new ones, as
// Graph's guidance asks: an HTTP/2 connection would lead to the same server
// again.
type wire struct {
	network Network

	mu         sync.Mutex
	current    *http.Transport
	generation int
}

func newWire(n Network) *wire { return &wire{network: n, current: n.transport()} }

// transport returns the current connections and their generation.
func (w *wire) transport() (*http.Transport, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.current, w.generation
}

// renew starts a new generation, if the given one is still the current.
// Requests under way on the old one are finished there.
func (w *wire) renew(generation int) {
	w.mu.Lock()
	old := w.current
	renewed := generation == w.generation
	if renewed {
		w.current = w.network.transport()
		w.generation++
	}
	w.mu.Unlock()
	if renewed {
		old.CloseIdleConnections()
	}
}

func (w *wire) close() {
	t, _ := w.transport()
	t.CloseIdleConnections()
}
