package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"os"

	"etl/extract"
	"etl/jobs"
)

// connector returns what signs in.
func (f *graphFlags) connector(a *app) func(context.Context) (jobs.Graph, string, error) {
	return func(ctx context.Context) (jobs.Graph, string, error) {
		signIn, graphURL, network, err := f.signIn(a)
		if err != nil {
			return nil, "", err
		}
		tenantID, err := signIn.TenantID(ctx)
		if err != nil {
			return nil, "", err
		}
		client, err := extract.NewClient(extract.Config{
			GraphURL: graphURL, Tokens: signIn, Network: network,
			Budgets: extract.Budgets{Requests: f.GraphRequests, ListRequests: f.GraphListRequests, CallRequests: f.GraphCallRequests, LogRequests: f.GraphLogRequests},
			Version: version(), Logger: a.log,
		})
		if err != nil {
			return nil, "", asUsage(err)
		}
		return client, tenantID, nil
	}
}

// check refuses numbers that mean nothing.
func (f *graphFlags) check() error {
	for name, value := range map[string]int64{
		"--concurrency": int64(f.Concurrency), "--graph-requests": int64(f.GraphRequests), "--graph-list-requests": int64(f.GraphListRequests),
		"--graph-call-requests": int64(f.GraphCallRequests), "--graph-log-requests": int64(f.GraphLogRequests),
		"--deadline": int64(f.Deadline), "--call-deadline": int64(f.CallDeadline),
	} {
		if value <= 0 {
			return fmt.Errorf("%w: %s must be more than zero", jobs.ErrUsage, name)
		}
	}
	return nil
}

// signIn returns what gets tokens, the origin of Graph and how it is reached.
func (f *cloudFlags) signIn(a *app) (*extract.SignIn, string, extract.Network, error) {
	network, err := f.network()
	if err != nil {
		return nil, "", network, err
	}
	cloud, err := extract.ParseCloud(f.Cloud)
	if err != nil {
		return nil, "", network, fmt.Errorf("%w: %w", jobs.ErrUsage, err)
	}
	if f.GraphURL != "" {
		cloud.GraphURL = f.GraphURL
	}
	if f.AuthorityURL != "" {
		cloud.AuthorityURL = f.AuthorityURL
	}
	signIn, err := extract.NewSignIn(extract.SignInConfig{
		AuthorityURL: cloud.AuthorityURL, GraphURL: cloud.GraphURL,
		TenantID:            a.getenv("AZURE_TENANT_ID"),
		ClientID:            a.getenv("AZURE_CLIENT_ID"),
		ClientSecret:        a.getenv("AZURE_CLIENT_SECRET"),
		CertificatePath:     a.getenv("AZURE_CLIENT_CERTIFICATE_PATH"),
		CertificatePassword: a.getenv("AZURE_CLIENT_CERTIFICATE_PASSWORD"),
		FederatedTokenFile:  a.getenv("AZURE_FEDERATED_TOKEN_FILE"),
		InstanceDiscovery:   f.AuthorityURL == "",
		Network:             network, Logger: a.log,
	})
	if err != nil {
		return nil, "", network, asUsage(err)
	}
	return signIn, cloud.GraphURL, network, nil
}

// network returns how servers are reached, with the authorities of --ca-file.
func (f *cloudFlags) network() (extract.Network, error) {
	if f.CAFile == "" {
		return extract.Network{}, nil
	}
	pem, err := os.ReadFile(f.CAFile)
	if err != nil {
		return extract.Network{}, fmt.Errorf("%w: reading --ca-file: %w", jobs.ErrUsage, err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return extract.Network{}, fmt.Errorf("reading the system's certificate authorities: %w", err)
	}
	if !roots.AppendCertsFromPEM(pem) {
		return extract.Network{}, fmt.Errorf("%w: reading --ca-file: %s holds no certificate in PEM form", jobs.ErrUsage, f.CAFile)
	}
	return extract.Network{RootCAs: roots}, nil
}

// asUsage makes an error that has no exit code of its own one of usage.
func asUsage(err error) error {
	if jobs.ExitCode(err) == jobs.ExitUnexpected {
		return fmt.Errorf("%w: %w", jobs.ErrUsage, err)
	}
	return err
}
