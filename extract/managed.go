package extract

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/managedidentity"
)

const (
	// managedPatience is how long the service of managed identities is tried.
	// It is on the machine or beside it: if it doesn't answer, there is none.
	managedPatience = 20 * time.Second
	managedTime     = 8 * time.Second // for one try
)

// managedIdentity signs in as the identity that Azure has given the machine.
type managedIdentity struct {
	client   managedidentity.Client
	clientID string // "" for the system-assigned one
	scope    string
}

func newManagedIdentity(cfg SignInConfig, scope string, client *http.Client) (*managedIdentity, error) {
	var id managedidentity.ID = managedidentity.SystemAssigned()
	if cfg.ClientID != "" {
		id = managedidentity.UserAssignedClientID(cfg.ClientID)
	}
	own := *client
	if source, err := managedidentity.GetSource(); err == nil && source == managedidentity.ServiceFabric {
		// It pins a certificate, for which MSAL needs a plain transport.
		own.Transport = cfg.Network.transport()
	} else if t, ok := client.Transport.(*entraTransport); ok {
		own.Transport = &entraTransport{base: t.base, machine: true}
	}
	mi, err := managedidentity.New(id, managedidentity.WithHTTPClient(&own), managedidentity.WithRetryPolicyDisabled())
	if err != nil {
		return nil, fatal(ErrSignIn, "setting up the managed identity: %v", err)
	}
	return &managedIdentity{client: mi, clientID: cfg.ClientID, scope: scope}, nil
}

func (m *managedIdentity) String() string {
	if m.clientID == "" {
		return "Microsoft Entra by this machine's managed identity"
	}
	return "Microsoft Entra by the managed identity " + plain(m.clientID, 64)
}

// token asks the machine's service. MSAL keeps tokens of managed identities for
// the whole process; claims make it pass them by, and are not sent.
func (m *managedIdentity) token(ctx context.Context) (string, time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, managedTime)
	defer cancel()
	result, err := m.client.AcquireToken(ctx, m.scope, managedidentity.WithClaims("{}"))
	if err != nil {
		return "", time.Time{}, entraError(err)
	}
	return result.AccessToken, result.ExpiresOn, nil
}

func (m *managedIdentity) redact(text string) string { return text }

func (m *managedIdentity) advise(code, reason string) string {
	return fmt.Sprintf("the service of managed identities answered %s: %s; check AZURE_CLIENT_ID and the identities of this machine", code, reason)
}

func (m *managedIdentity) outOfReach() string {
	return "give this machine a managed identity, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE"
}
