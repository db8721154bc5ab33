package extract

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
)

// credential gets tokens by one way of proving who we are.
type credential interface {
	// String names tenant, app and the kind of credential, for errors.
	fmt.Stringer
	// token asks for a new token, past any cache.
	token(ctx context.Context) (value string, expires time.Time, err error)
	// redact takes what is secret out of a text.
	redact(text string) string
	// advise makes a sentence of Entra's refusal: what it says, what to do.
	advise(code, reason string) string
	// outOfReach says what to do when no token comes and nobody says why.
	outOfReach() string
}

// application signs in as an app of the tenant by MSAL.
type application struct {
	tenant, clientID string
	authority        Origin
	scope            string
	discovery        bool
	http             *http.Client
	proof            proof
}

// proof is what an app proves itself by.
type proof interface {
	fmt.Stringer // "the client secret"
	// read reads the proof anew from where it is kept.
	read() (material, error)
	// advice says what to do when Entra refuses it.
	advice() string
}

// material is a proof that was read.
type material struct {
	credential confidential.Credential
	secret     string // what must not be in any text; also tells whether the proof has changed
}

func (a *application) String() string {
	return fmt.Sprintf("tenant %s as app %s by %s", a.tenant, plain(a.clientID, 64), a.proof)
}

// token asks Entra, and once more if it refuses a proof that was replaced
// meanwhile.
func (a *application) token(ctx context.Context) (string, time.Time, error) {
	used, err := a.proof.read()
	if err != nil {
		return "", time.Time{}, &refusal{err.Error()}
	}
	value, expires, err := a.ask(ctx, used)
	var answer *entraAnswer
	if !errors.As(err, &answer) || answer.code != "invalid_client" {
		return value, expires, err
	}
	if now, readErr := a.proof.read(); readErr == nil && now.secret != used.secret {
		return a.ask(ctx, now)
	}
	return "", time.Time{}, err
}

// ask sends one token request. A new client of MSAL has an empty cache, so it
// asks in any case; which tokens to keep is decided by SignIn, as MSAL has no
// way of dropping one that Graph has refused.
func (a *application) ask(ctx context.Context, m material) (string, time.Time, error) {
	client, err := confidential.New(secured(a.authority).String()+"/"+a.tenant, a.clientID, m.credential,
		confidential.WithHTTPClient(a.http),
		confidential.WithInstanceDiscovery(a.discovery),
		confidential.WithAzureRegion("DisableMsalForceRegion"))
	if err != nil {
		return "", time.Time{}, &refusal{"the client of Microsoft Entra can't be set up: " + a.redact(err.Error())}
	}
	result, err := client.AcquireTokenByCredential(ctx, []string{a.scope})
	if err != nil {
		return "", time.Time{}, entraError(err)
	}
	return result.AccessToken, result.ExpiresOn, nil
}

func (a *application) redact(text string) string {
	if m, err := a.proof.read(); err == nil && m.secret != "" {
		text = strings.ReplaceAll(text, m.secret, "…")
	}
	return text
}

func (a *application) advise(code, reason string) string {
	text := fmt.Sprintf("Microsoft Entra answered %s: %s", code, reason)
	if reason == "" {
		text = "Microsoft Entra answered " + code
	}
	for aadsts, advice := range map[string]string{
		"AADSTS90002:":   "check AZURE_TENANT_ID and --cloud",
		"AADSTS900023:":  "check AZURE_TENANT_ID",
		"AADSTS700016:":  "check AZURE_CLIENT_ID and AZURE_TENANT_ID",
		"AADSTS7000215:": "set AZURE_CLIENT_SECRET to the value of a secret of the app, not to its id",
		"AADSTS7000222:": "the secret has expired; add a new one to the app and set AZURE_CLIENT_SECRET to its value",
		"AADSTS700024:":  "check the clock of this machine",
		"AADSTS700027:":  "add the certificate to the app, or set AZURE_CLIENT_CERTIFICATE_PATH to one that is there",
	} {
		if strings.HasPrefix(reason, aadsts) {
			return text + "; " + advice
		}
	}
	return text + "; " + a.proof.advice()
}

func (a *application) outOfReach() string {
	return "check the network, the proxy and --cloud"
}

// secret is a client secret.
type secret string

func (secret) String() string { return "the client secret" }

func (s secret) read() (material, error) {
	credential, err := confidential.NewCredFromSecret(string(s))
	return material{credential, string(s)}, err
}

func (secret) advice() string {
	return "check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
}

// federation is a token of another issuer that the app trusts.
type federation struct{ path string }

func (f federation) String() string { return "the federated token in " + f.path }

func (f federation) read() (material, error) {
	text, err := os.ReadFile(f.path)
	if err != nil {
		return material{}, fmt.Errorf("the federated token can't be read: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" {
		return material{}, fmt.Errorf("the file of the federated token, %s, is empty", f.path)
	}
	return material{
		credential: confidential.NewCredFromAssertionCallback(
			func(context.Context, confidential.AssertionRequestOptions) (string, error) { return token, nil }),
		secret: token,
	}, nil
}

func (f federation) advice() string {
	return "check AZURE_FEDERATED_TOKEN_FILE and the federated credentials of the app"
}
