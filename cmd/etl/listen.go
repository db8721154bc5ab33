package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/sync/errgroup"

	"etl/extract"
	"etl/jobs"
	"etl/listen"
	"etl/load"
)

// stateVariable is the variable with the secret that notifications must have.
const stateVariable = "ETL_CLIENT_STATE"

// listenCommand is etl listen.
type listenCommand struct {
	cloudFlags
	Inbox           string `help:"Folder or s3://bucket/prefix where files of ids go, for etl sync --inbox." required:"" placeholder:"WHERE" group:"Calls"`
	NotificationURL string `name:"notification-url" help:"URL at which Graph reaches this receiver: https, any path." required:"" placeholder:"URL" group:"Receiver"`
	Address         string `help:"Address to listen at." default:"127.0.0.1:8080" group:"Receiver"`
	TLSCert         string `name:"tls-cert" help:"PEM file with the certificate, to serve TLS; without it a proxy must do so. Read anew for each connection." placeholder:"FILE" group:"Receiver"`
	TLSKey          string `name:"tls-key" help:"PEM file with the key of --tls-cert." placeholder:"FILE" group:"Receiver"`
}

// Run receives until it is interrupted, which is how it is meant to end.
func (c *listenCommand) Run(a *app) error {
	state := a.getenv(stateVariable)
	if err := checkState(state); err != nil {
		return err
	}
	if err := checkNotificationURL(c.NotificationURL); err != nil {
		return err
	}
	config, err := c.tls()
	if err != nil {
		return err
	}
	inbox, err := load.OpenInbox(a.ctx, c.Inbox)
	if err != nil {
		return err
	}
	signIn, graphURL, network, err := c.signIn(a)
	if err != nil {
		return err
	}
	defer signIn.Close()
	client, err := extract.NewClient(extract.Config{GraphURL: graphURL, Tokens: signIn, Network: network, Version: version(), Logger: a.log})
	if err != nil {
		return asUsage(err)
	}
	defer client.Close()
	listener, err := net.Listen("tcp", c.Address)
	if err != nil {
		return fmt.Errorf("%w: --address: %w", jobs.ErrUsage, err)
	}
	keeper := listen.NewKeeper(client, c.NotificationURL, state, a.log)
	work, ctx := errgroup.WithContext(a.ctx)
	work.Go(func() error {
		return listen.Serve(ctx, listener, config, listen.NewReceiver(inbox, keeper, state, a.log), a.log)
	})
	work.Go(func() error { return asUsage(keeper.Run(ctx)) })
	a.log.Info("listening", "address", listener.Addr().String())
	return work.Wait()
}

// tls returns how TLS is served, nil if it isn't.
func (c *listenCommand) tls() (*tls.Config, error) {
	if c.TLSCert == "" && c.TLSKey == "" {
		return nil, nil
	}
	read := func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
		return &pair, err
	}
	if _, err := read(nil); err != nil {
		return nil, fmt.Errorf("%w: reading --tls-cert and --tls-key: %w", jobs.ErrUsage, err)
	}
	return &tls.Config{GetCertificate: read, MinVersion: tls.VersionTLS12}, nil
}

// checkState refuses a secret that can be guessed or that Graph doesn't take.
func checkState(state string) error {
	printable := strings.IndexFunc(state, func(r rune) bool { return r <= ' ' || r >= 0x7f }) < 0
	if len(state) < 16 || len(state) > 128 || !printable {
		return fmt.Errorf("%w: %s must hold a secret of 16 to 128 letters, digits and signs, by which notifications of Graph are known", jobs.ErrUsage, stateVariable)
	}
	return nil
}

// checkNotificationURL refuses what Graph doesn't take. http is allowed on the
// loopback interface, where only a simulated Graph is.
func checkNotificationURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || strings.Contains(text, "#") {
		return fmt.Errorf("%w: --notification-url is no URL as https://host/path", jobs.ErrUsage)
	}
	ip, err := netip.ParseAddr(u.Hostname())
	loopback := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	if u.Scheme != "https" && !(u.Scheme == "http" && loopback) {
		return fmt.Errorf("%w: --notification-url must begin with https://", jobs.ErrUsage)
	}
	return nil
}
