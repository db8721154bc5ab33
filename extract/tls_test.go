package extract

import (
	"crypto/x509"
	"net/http/httptest"
)

func pool(s *httptest.Server) *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(s.Certificate())
	return p
}
