package graphsim

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"sync"
	"time"
)

// tokens are the access tokens that Entra has given out and Graph accepts.
type tokens struct {
	mu     sync.Mutex
	expiry map[string]time.Time
}

// issue makes a token. It looks like a JWT, but only its being known counts.
func (t *tokens) issue(tenantID, clientID, audience, issuer string, now time.Time, lifetime time.Duration) string {
	expiry := now.Add(lifetime)
	header, _ := json.Marshal(map[string]string{"typ": "JWT", "alg": "RS256", "kid": "graphsim"})
	claims, _ := json.Marshal(map[string]any{
		"aud": audience, "iss": issuer, "tid": tenantID, "appid": clientID, "roles": []string{"CallRecords.Read.All"},
		"iat": now.Unix(), "nbf": now.Unix(), "exp": expiry.Unix(), "ver": "1.0",
	})
	signature := make([]byte, 64)
	_, _ = rand.Read(signature) // it never fails
	encode := base64.RawURLEncoding.EncodeToString
	token := encode(header) + "." + encode(claims) + "." + encode(signature)
	t.mu.Lock()
	defer t.mu.Unlock()
	for known, end := range t.expiry {
		if !now.Before(end) {
			delete(t.expiry, known)
		}
	}
	t.expiry[token] = expiry
	return token
}

func (t *tokens) valid(token string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	end, ok := t.expiry[token]
	return ok && now.Before(end)
}

func (t *tokens) revoke() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.expiry)
}
