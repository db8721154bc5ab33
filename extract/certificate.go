package extract

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	"software.sslmate.com/src/go-pkcs12"
)

// certificate is a certificate with its key in one file: PEM, or PKCS#12
// (PFX), whose password may be empty.
type certificate struct{ path, password string }

func (c certificate) String() string { return "the certificate in " + c.path }

func (c certificate) read() (material, error) {
	file, err := os.ReadFile(c.path)
	if err != nil {
		return material{}, fmt.Errorf("the certificate can't be read: %w", err)
	}
	certs, key, err := c.parse(file)
	if err != nil {
		return material{}, fmt.Errorf("the certificate in %s can't be used: %w", c.path, err)
	}
	if _, ok := key.(*rsa.PrivateKey); !ok {
		return material{}, fmt.Errorf("the certificate in %s can't be used: its key is not an RSA key, which Microsoft Entra needs", c.path)
	}
	credential, err := confidential.NewCredFromCert(certs, key)
	if err != nil {
		return material{}, fmt.Errorf("the certificate in %s can't be used: %w", c.path, err)
	}
	return material{credential, string(file)}, nil
}

func (c certificate) parse(file []byte) ([]*x509.Certificate, crypto.PrivateKey, error) {
	if bytes.Contains(file, []byte("-----BEGIN ")) {
		if bytes.Contains(file, []byte("ENCRYPTED PRIVATE KEY")) {
			return nil, nil, errors.New("its key is encrypted; use a PKCS#12 file with a password instead")
		}
		return confidential.CertFromPEM(file, "")
	}
	key, cert, chain, err := pkcs12.DecodeChain(file, c.password)
	if errors.Is(err, pkcs12.ErrIncorrectPassword) {
		return nil, nil, errors.New("its password is wrong; set AZURE_CLIENT_CERTIFICATE_PASSWORD")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("it is neither PEM nor PKCS#12: %w", err)
	}
	return append([]*x509.Certificate{cert}, chain...), key, nil
}

func (c certificate) advice() string {
	return "check AZURE_TENANT_ID, AZURE_CLIENT_ID and that the certificate is one of the app's"
}

// warnIfReadable warns of a key that every user of the machine can read. It is
// no error: secrets that Kubernetes mounts look like this.
func warnIfReadable(path string, log *slog.Logger) {
	if info, err := os.Stat(path); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o004 != 0 {
		log.Warn("the certificate's key can be read by every user of this machine", "path", path)
	}
}
