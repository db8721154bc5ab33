package extract

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"etl/internal/graphsim"
)

// receiver is a URL that Graph can validate.
func receiver(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write([]byte(r.FormValue("validationToken")))
	}))
	t.Cleanup(server.Close)
	return server.URL + "/notifications"
}

const clientState = "state-canary-0123456789"

func TestSubscription(t *testing.T) {
	r, ctx, to := newRig(t), t.Context(), receiver(t)
	r.sim.Inject(graphsim.Fault{Match: graphsim.OnKind(graphsim.KindSubscriptions), Do: graphsim.Error(503, "x", "x"), Times: 1})
	end := noon.Add(4000 * time.Minute)
	sub, err := r.client.Subscribe(ctx, to, clientState, end)
	if err != nil || sub.ID == "" || sub.NotificationURL != to || !sub.Expires.Equal(end) {
		t.Fatalf("subscription %+v, error %v", sub, err)
	}
	if all := r.sim.Subscriptions(); len(all) != 1 || all[0].ID != sub.ID || all[0].ChangeType != "updated" || all[0].ClientState != clientState ||
		all[0].LifecycleNotificationURL != to || !all[0].ExpirationDateTime.Equal(end) {
		t.Errorf("Graph has %+v", all)
	}
	end = noon.Add(4200 * time.Minute)
	if again, err := r.client.Renew(ctx, sub.ID, end); err != nil || again.ID != sub.ID || !again.Expires.Equal(end) {
		t.Errorf("renewed %+v, error %v", again, err)
	}
	if all, err := r.client.Subscriptions(ctx); err != nil || len(all) != 1 || all[0].ID != sub.ID || all[0].NotificationURL != to || !all[0].Expires.Equal(end) {
		t.Errorf("list %+v, error %v", all, err)
	}
	if err := r.client.Unsubscribe(ctx, sub.ID); err != nil || len(r.sim.Subscriptions()) != 0 {
		t.Errorf("error %v, Graph has %+v", err, r.sim.Subscriptions())
	}
	var fail *Failure
	if _, err := r.client.Renew(ctx, sub.ID, end); !errors.As(err, &fail) || fail.Reason != ReasonNotFound || !strings.HasPrefix(err.Error(), "renewing the subscription: ") {
		t.Errorf("renewing one that is gone: error %v", err)
	}
	if strings.Contains(r.log.String(), "canary") {
		t.Errorf("the log has the state: %s", r.log)
	}
}

func TestSubscriptionThatIsRefused(t *testing.T) {
	r, ctx := newRig(t), t.Context()
	var fail *Failure
	if _, err := r.client.Subscribe(ctx, receiver(t), clientState, noon.Add(4231*time.Minute)); !errors.As(err, &fail) || fail.Reason != httpReason(400) {
		t.Errorf("one that lives too long: error %v", err)
	}
	if _, err := r.client.Subscribe(ctx, "http://127.0.0.1:1/", clientState, noon.Add(time.Hour)); !errors.As(err, &fail) || strings.Contains(err.Error(), "canary") {
		t.Errorf("one that nobody listens to: error %v", err)
	}
	remove := r.sim.Inject(graphsim.Fault{Match: graphsim.OnKind(graphsim.KindSubscriptions), Do: graphsim.Error(400, "BadRequest", "no "+clientState)})
	if _, err := r.client.Subscribe(ctx, receiver(t), clientState, noon.Add(time.Hour)); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("a refusal that repeats the state: error %v", err)
	}
	remove()
	if err := r.client.Unsubscribe(ctx, "../users"); err == nil {
		t.Error("an id that leads elsewhere was sent")
	}
	for name, answer := range map[string]string{
		"no list": `{"value":3}`, "a link elsewhere": `{"value":[],"@odata.nextLink":"` + r.sim.GraphURL + `/v1.0/users"}`,
		"a link to another server": `{"value":[],"@odata.nextLink":"https://evil.example/v1.0/subscriptions"}`,
		"a link in a circle":       `{"value":[],"@odata.nextLink":"` + r.sim.GraphURL + `/v1.0/subscriptions"}`,
	} {
		remove := r.sim.Inject(graphsim.Fault{Match: graphsim.OnKind(graphsim.KindSubscriptions), Do: graphsim.Status(200, nil, answer)})
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		if all, err := r.client.Subscriptions(ctx); !errors.As(err, &fail) {
			t.Errorf("%s: list %+v, error %v", name, all, err)
		}
		cancel()
		remove()
		if astray := r.sim.Requests().OfKind(graphsim.KindOther); len(astray) > 0 {
			t.Errorf("%s: it was followed: %+v", name, astray)
		}
	}
}

func TestSubscriptionsThatNeedConsent(t *testing.T) {
	r := newRig(t)
	r.sim.SetConsent(false)
	if _, err := r.client.Subscribe(t.Context(), receiver(t), clientState, noon.Add(time.Hour)); !errors.Is(err, ErrSignIn) {
		t.Errorf("error %v", err)
	}
}

func TestSubscriptionIsSentNowhereElse(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	t.Cleanup(other.Close)
	r := newRig(t)
	r.sim.Inject(graphsim.Fault{Match: graphsim.OnKind(graphsim.KindSubscriptions), Do: graphsim.Redirect(307, other.URL)})
	var fail *Failure
	if _, err := r.client.Subscribe(t.Context(), receiver(t), clientState, noon.Add(time.Hour)); !errors.As(err, &fail) {
		t.Errorf("error %v", err)
	}
}
