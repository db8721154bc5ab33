package graphsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// entraRoute cuts the tenant from a path of Entra's.
func entraRoute(r *http.Request) (tenant string, kind Kind) {
	tenant, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch rest {
	case "v2.0/.well-known/openid-configuration":
		return tenant, KindDiscovery
	case "oauth2/v2.0/token":
		return tenant, KindToken
	}
	return tenant, KindOther
}

func classifyEntra(entry *Request, r *http.Request) {
	_, entry.Kind = entraRoute(r)
}

// issuer is the tenant's issuer: it names the GUID also when the tenant was
// asked for by its domain, and that is how clients learn the GUID.
func (s *Server) issuer() string { return s.AuthorityURL + "/" + s.TenantID + "/v2.0" }

// serveEntra is Entra as it works without faults.
func (s *Server) serveEntra(w http.ResponseWriter, r *http.Request) {
	tenant, kind := entraRoute(r)
	switch {
	case kind == KindOther:
		http.NotFound(w, r)
	case !strings.EqualFold(tenant, s.TenantID) && !strings.EqualFold(tenant, s.TenantDomain):
		code := "invalid_request"
		if kind == KindDiscovery {
			code = "invalid_tenant"
		}
		s.refuse(w, refusal{400, code, 90002, "Tenant '" + tenant + "' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."})
	case kind == KindDiscovery && r.Method == http.MethodGet:
		base := s.AuthorityURL + "/" + s.TenantID
		s.writeJSON(w, 200, map[string]any{
			"token_endpoint":                        base + "/oauth2/v2.0/token",
			"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
			"authorization_endpoint":                base + "/oauth2/v2.0/authorize",
			"jwks_uri":                              base + "/discovery/v2.0/keys",
			"issuer":                                s.issuer(),
			"response_types_supported":              []string{"code", "id_token", "token"},
			"subject_types_supported":               []string{"pairwise"},
			"id_token_signing_alg_values_supported": []string{"RS256"},
		})
	case kind == KindToken && r.Method == http.MethodPost:
		s.serveToken(w, r, tenant)
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

func (s *Server) serveToken(w http.ResponseWriter, r *http.Request, tenant string) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		s.refuse(w, refusal{400, "invalid_request", 900144, "The request body can't be read."})
		return
	}
	// Parameters in the query would put secrets into logs: only the body counts.
	form := r.PostForm
	s.noteCredential(r, form)
	if refused := s.checkTokenRequest(form, tenant); refused != nil {
		s.refuse(w, *refused)
		return
	}
	lifetime := s.options.TokenLifetime
	token := s.tokens.issue(s.TenantID, s.ClientID, s.GraphURL, s.issuer(), s.tenant.Now(), lifetime)
	s.writeJSON(w, 200, map[string]any{
		"token_type": "Bearer", "expires_in": int(lifetime / time.Second), "ext_expires_in": int(lifetime / time.Second), "access_token": token,
	})
}

func (s *Server) checkTokenRequest(form url.Values, tenant string) *refusal {
	clientID := form.Get("client_id")
	switch {
	case form.Get("grant_type") != "client_credentials":
		return &refusal{400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type."}
	case !strings.EqualFold(clientID, s.ClientID):
		return &refusal{400, "unauthorized_client", 700016, "Application with identifier '" + clientID + "' was not found in the directory '" + tenant + "'."}
	}
	scoped := false
	for scope := range strings.FieldsSeq(form.Get("scope")) {
		// MSAL adds these to each request.
		if scope == "openid" || scope == "offline_access" || scope == "profile" {
			continue
		}
		if scope != s.GraphURL+"/.default" {
			return &refusal{400, "invalid_resource", 500011, "The resource principal named " + scope + " was not found in the tenant."}
		}
		scoped = true
	}
	if !scoped {
		return &refusal{400, "invalid_scope", 70011, "The provided value for the input parameter 'scope' is not valid."}
	}
	switch {
	case form.Get("client_assertion") != "":
		if form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
			return &refusal{400, "invalid_request", 900144, "The request has no valid client_assertion_type."}
		}
		audiences := []string{s.issuer()}
		for _, name := range []string{s.TenantID, s.TenantDomain} {
			audiences = append(audiences, s.AuthorityURL+"/"+name+"/oauth2/v2.0/token")
		}
		return s.credentials.checkAssertion(form.Get("client_assertion"), clientID, audiences)
	case form.Get("client_secret") != "":
		return s.credentials.checkSecret(form.Get("client_secret"), clientID)
	}
	return &refusal{401, "invalid_client", 7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."}
}

// noteCredential adds to the log what kind of credential came, never the credential.
func (s *Server) noteCredential(r *http.Request, form url.Values) {
	entry, ok := r.Context().Value(entryKey{}).(*Request)
	if !ok {
		return
	}
	s.journal.update(entry, func(e *Request) {
		e.Claims = form.Get("claims")
		switch {
		case form.Get("client_assertion") != "":
			e.Credential = "assertion"
		case form.Get("client_secret") != "":
			e.Credential = "secret"
		}
	})
}

// refuse answers with an error of Entra's.
func (s *Server) refuse(w http.ResponseWriter, e refusal) {
	requestID := w.Header().Get("request-id")
	at := s.tenant.Now().Format("2006-01-02 15:04:05Z")
	s.writeJSON(w, e.status, map[string]any{
		"error":             e.code,
		"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s", e.number, e.message, requestID, requestID, at),
		"error_codes":       []int{e.number},
		"timestamp":         at,
		"trace_id":          requestID,
		"correlation_id":    requestID,
		"error_uri":         fmt.Sprintf("%s/error?code=%d", s.AuthorityURL, e.number),
	})
}

func (s *Server) writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store, no-cache")
	w.WriteHeader(status)
	// A client that has gone gets no answer.
	_, _ = w.Write(body)
}
