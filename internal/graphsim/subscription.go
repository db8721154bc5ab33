package graphsim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	subscriptionsPath = "/v1.0/subscriptions"
	// maxSubscription is how long Graph lets a subscription to call records live.
	maxSubscription = 4230 * time.Minute
)

// Subscription is a subscription to change notifications, as the client asked
// for it.
type Subscription struct {
	ID                       string    `json:"id"`
	Resource                 string    `json:"resource"`
	ChangeType               string    `json:"changeType"`
	ClientState              string    `json:"clientState,omitempty"`
	NotificationURL          string    `json:"notificationUrl"`
	LifecycleNotificationURL string    `json:"lifecycleNotificationUrl"`
	ExpirationDateTime       time.Time `json:"expirationDateTime"`
}

// subscriptions are those of the app, in the order of their creation.
type subscriptions struct {
	mu  sync.Mutex
	all []Subscription
}

// Subscriptions returns the subscriptions that there are, with their secrets.
func (s *Server) Subscriptions() []Subscription {
	s.subscriptions.mu.Lock()
	defer s.subscriptions.mu.Unlock()
	return append([]Subscription(nil), s.subscriptions.all...)
}

// serveSubscriptions is the collection of subscriptions and what lies below it.
func (s *Server) serveSubscriptions(w http.ResponseWriter, r *http.Request) {
	id := strings.Trim(strings.TrimPrefix(r.URL.Path, subscriptionsPath), "/")
	switch {
	case r.Method == http.MethodPost && id == "":
		s.subscribe(w, r)
	case r.Method == http.MethodGet && id == "":
		all := s.Subscriptions()
		for i := range all {
			all[i].ClientState = "" // Graph doesn't tell it
		}
		s.answer(w, http.StatusOK, map[string]any{"value": all})
	case r.Method == http.MethodPatch && id != "":
		s.renew(w, r, id)
	case r.Method == http.MethodDelete && id != "":
		if s.unsubscribe(func(sub Subscription) bool { return sub.ID == id }) == 0 {
			s.fail(w, http.StatusNotFound, "ResourceNotFound", "The object was not found.")
			return
		}
		w.WriteHeader(http.StatusNoContent)
	default:
		s.fail(w, http.StatusMethodNotAllowed, "Request_BadRequest", "the method is not supported here")
	}
}

func (s *Server) answer(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("graphsim: writing an answer: %v", err))
	}
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	_, _ = w.Write(text) // the client may have gone
}

// subscribe creates a subscription, if its URL answers the validation.
func (s *Server) subscribe(w http.ResponseWriter, r *http.Request) {
	var sub Subscription
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&sub); err != nil || strings.Trim(sub.Resource, "/") != "communications/callRecords" || len(sub.ClientState) > 128 {
		s.badRequest(w, "the subscription is not one that is supported")
		return
	}
	if !s.checkExpiration(w, sub.ExpirationDateTime) {
		return
	}
	for _, to := range []string{sub.NotificationURL, sub.LifecycleNotificationURL} {
		if err := s.validate(r.Context(), to); err != nil {
			s.fail(w, http.StatusBadRequest, "ValidationError", "Subscription validation request failed. "+err.Error())
			return
		}
	}
	sub.ID = randomGUID()
	s.subscriptions.mu.Lock()
	s.subscriptions.all = append(s.subscriptions.all, sub)
	s.subscriptions.mu.Unlock()
	s.answer(w, http.StatusCreated, sub)
}

func (s *Server) renew(w http.ResponseWriter, r *http.Request, id string) {
	var change struct{ ExpirationDateTime time.Time }
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&change); err != nil {
		s.badRequest(w, "the change can't be read")
		return
	}
	if !s.checkExpiration(w, change.ExpirationDateTime) {
		return
	}
	s.subscriptions.mu.Lock()
	defer s.subscriptions.mu.Unlock()
	for i := range s.subscriptions.all {
		if sub := &s.subscriptions.all[i]; sub.ID == id {
			sub.ExpirationDateTime = change.ExpirationDateTime
			s.answer(w, http.StatusOK, *sub)
			return
		}
	}
	s.fail(w, http.StatusNotFound, "ResourceNotFound", "The object was not found.")
}

func (s *Server) checkExpiration(w http.ResponseWriter, at time.Time) bool {
	if left := at.Sub(s.tenant.Now()); left <= 0 || left > maxSubscription {
		s.badRequest(w, "Subscription expiration can only be 4230 minutes in the future.")
		return false
	}
	return true
}

// unsubscribe takes away subscriptions, and returns how many.
func (s *Server) unsubscribe(which func(Subscription) bool) int {
	s.subscriptions.mu.Lock()
	defer s.subscriptions.mu.Unlock()
	var kept []Subscription
	for _, sub := range s.subscriptions.all {
		if !which(sub) {
			kept = append(kept, sub)
		}
	}
	gone := len(s.subscriptions.all) - len(kept)
	s.subscriptions.all = kept
	return gone
}

// validate asks a URL to repeat a token, as Graph does before it subscribes.
func (s *Server) validate(ctx context.Context, to string) error {
	token := "Validation: Testing client application reachability for subscription Request-Id: " + randomGUID() + " & <more>"
	u, err := url.Parse(to)
	if err != nil {
		return errors.New("the URL can't be read")
	}
	query := u.Query()
	query.Set("validationToken", token)
	u.RawQuery = query.Encode()
	status, kind, body, err := s.post(ctx, u.String(), "text/plain; charset=utf-8", nil)
	if err != nil {
		return err
	}
	if status != http.StatusOK || !strings.HasPrefix(kind, "text/plain") || body != token {
		return fmt.Errorf("the answer to the validation was %d %s", status, kind)
	}
	return nil
}

// post sends what Graph sends to a receiver of notifications. Where the real
// one insists on https, a receiver on this machine may do without.
func (s *Server) post(ctx context.Context, to, kind string, body []byte) (status int, contentType, text string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return 0, "", "", err
	}
	r.Header.Set("Content-Type", kind)
	client := s.Client()
	defer client.CloseIdleConnections()
	resp, err := client.Do(r)
	if err != nil {
		return 0, "", "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(answer), err
}

// Notify tells all subscriptions of calls, in one notification each. Its error
// names the first receiver that didn't answer with 202.
func (s *Server) Notify(ctx context.Context, ids ...string) error {
	return s.tell(ctx, s.Subscriptions(), func(sub Subscription) (string, []any) {
		var items []any
		for _, id := range ids {
			items = append(items, map[string]any{
				"subscriptionId": sub.ID, "clientState": sub.ClientState, "changeType": sub.ChangeType, "tenantId": s.TenantID,
				"resource": "communications/callRecords/" + id, "subscriptionExpirationDateTime": sub.ExpirationDateTime,
				"resourceData": map[string]string{"@odata.type": "#microsoft.graph.callrecord", "@odata.id": "communications/callRecords/" + id, "id": id},
			})
		}
		return sub.NotificationURL, items
	})
}

// NotifyLifecycle tells all subscriptions of an event of their own, such as
// reauthorizationRequired. Those that are subscriptionRemoved are gone before.
func (s *Server) NotifyLifecycle(ctx context.Context, event string) error {
	tell := func(sub Subscription) (string, []any) {
		return sub.LifecycleNotificationURL, []any{map[string]any{
			"subscriptionId": sub.ID, "clientState": sub.ClientState, "tenantId": s.TenantID, "lifecycleEvent": event,
			"subscriptionExpirationDateTime": sub.ExpirationDateTime, "resource": sub.Resource,
		}}
	}
	subs := s.Subscriptions()
	if event == "subscriptionRemoved" {
		s.unsubscribe(func(Subscription) bool { return true })
	}
	return s.tell(ctx, subs, tell)
}

// tell sends each subscription a message, which is a URL and the items.
func (s *Server) tell(ctx context.Context, subs []Subscription, message func(Subscription) (string, []any)) error {
	for _, sub := range subs {
		to, items := message(sub)
		body, err := json.Marshal(map[string]any{"value": items})
		if err != nil {
			return err
		}
		status, _, _, err := s.post(ctx, to, "application/json; charset=utf-8", body)
		if err != nil {
			return fmt.Errorf("telling %s: %w", to, err)
		}
		if status != http.StatusAccepted {
			return fmt.Errorf("telling %s: the answer was %d", to, status)
		}
	}
	return nil
}
