package extract

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	subscriptions = "/v1.0/subscriptions"
	// subscribed is the resource whose notifications name call records.
	subscribed = "communications/callRecords"
	// stateMember is the member of a subscription that is secret.
	stateMember = "clientState"
	// maxSubscriptionPages bounds the pages of a list of subscriptions. Graph
	// allows 100 for call records.
	maxSubscriptionPages = 20
)

// Subscription is a subscription to notifications of call records. See
// https://learn.microsoft.com/graph/changenotifications-for-callrecords.
type Subscription struct {
	ID              string
	NotificationURL string
	Expires         time.Time
}

// Subscribe creates a subscription to new and changed call records. Before it
// answers, Graph validates that something listens at the URL, to which the
// notifications and those of the subscription's life then go. Each has the
// state, a secret by which they are told from forged ones. Errors are a
// *Failure, ErrSignIn, ErrClock or the cause of ctx.
func (c *Client) Subscribe(ctx context.Context, notificationURL, state string, expires time.Time) (Subscription, error) {
	return c.subscription(ctx, "subscribing to call records", subscriptions, &change{http.MethodPost, map[string]string{
		// updated brings the first version, too.
		"changeType":               "updated",
		"resource":                 "/" + subscribed,
		"notificationUrl":          notificationURL,
		"lifecycleNotificationUrl": notificationURL,
		stateMember:                state,
		"expirationDateTime":       graphTime(expires),
	}})
}

// Renew lets a subscription live until the given time. One that Graph doesn't
// have is a *Failure with ReasonNotFound. Other errors are those of Subscribe.
func (c *Client) Renew(ctx context.Context, id string, expires time.Time) (Subscription, error) {
	return c.subscription(ctx, "renewing the subscription", subscriptions+"/"+id, &change{http.MethodPatch, map[string]string{
		"expirationDateTime": graphTime(expires),
	}})
}

// Unsubscribe ends a subscription. Its errors are those of Renew.
func (c *Client) Unsubscribe(ctx context.Context, id string) error {
	const doing = "ending a subscription"
	if err := ValidID(id); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	_, err := c.command(ctx, doing, subscriptions+"/"+id, &change{method: http.MethodDelete})
	return err
}

// Subscriptions returns the app's subscriptions to call records. Its errors
// are those of Subscribe.
func (c *Client) Subscriptions(ctx context.Context) ([]Subscription, error) {
	const doing = "listing subscriptions"
	var all []Subscription
	target := subscriptions
	for range maxSubscriptionPages {
		text, err := c.command(ctx, doing, target, nil)
		if err != nil {
			return nil, err
		}
		var page struct {
			Value []wireSubscription
			Next  string `json:"@odata.nextLink"`
		}
		if err := json.Unmarshal([]byte(text), &page); err != nil {
			return nil, &Failure{doing: doing, Reason: ReasonBadPage, Err: errors.New("the answer is no list of subscriptions")}
		}
		for _, s := range page.Value {
			if strings.EqualFold(strings.Trim(s.Resource, "/"), subscribed) && ValidID(s.ID) == nil {
				all = append(all, s.subscription())
			}
		}
		if page.Next == "" {
			return all, nil
		}
		if target, err = resolve(page.Next, c.graph, func(path string) bool { return path == subscriptions }); err != nil {
			return nil, &Failure{doing: doing, Reason: ReasonBadLink, Err: fmt.Errorf("the next link was refused: %w", err)}
		}
	}
	return nil, &Failure{doing: doing, Reason: ReasonTooManyPages, Err: fmt.Errorf("the list has more than %d pages", maxSubscriptionPages)}
}

// wireSubscription is a subscription as Graph writes it.
type wireSubscription struct {
	ID, Resource, NotificationURL string
	ExpirationDateTime            string
}

func (w wireSubscription) subscription() Subscription {
	return Subscription{ID: w.ID, NotificationURL: w.NotificationURL, Expires: parseTime(w.ExpirationDateTime)}
}

// subscription sends a change that Graph answers with the subscription.
func (c *Client) subscription(ctx context.Context, doing, target string, ch *change) (Subscription, error) {
	text, err := c.command(ctx, doing, target, ch)
	if err != nil {
		return Subscription{}, err
	}
	var w wireSubscription
	err = json.Unmarshal([]byte(text), &w)
	if err != nil || ValidID(w.ID) != nil || w.subscription().Expires.IsZero() {
		return Subscription{}, &Failure{doing: doing, Reason: ReasonBadPage, Err: errors.New("the answer lacks the subscription's id or end")}
	}
	return w.subscription(), nil
}

// change is what a request does to a subscription.
type change struct {
	method string
	body   map[string]string
}

// put makes a request do the change.
func (c *change) put(r *http.Request) {
	r.Method = c.method
	if c.body == nil {
		return
	}
	text, err := json.Marshal(c.body)
	if err != nil {
		panic("writing a map of texts: " + err.Error()) // it can't fail
	}
	r.Header.Set("Content-Type", "application/json")
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(string(text))), int64(len(text))
}

// command sends a request until Graph answers it or the patience ends.
func (c *Client) command(ctx context.Context, doing, target string, ch *change) (string, error) {
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	leave, err := c.breaker.enter(cancel)
	if err != nil {
		return "", err
	}
	defer leave()
	f := &fetch{client: c, doing: doing, window: c.subs, change: ch}
	if f.share, err = c.memory.share(inner); err != nil {
		return "", c.explain(ctx, f, err)
	}
	defer f.share.release()
	var t trouble
	for {
		text, err := f.send(inner, target, "")
		if err == nil {
			return text, nil
		}
		if fail := (*Failure)(nil); errors.As(err, &fail) {
			if err = f.again(inner, &t, fail); err == nil {
				continue
			}
		}
		err = c.explain(ctx, f, err)
		if fail := (*Failure)(nil); errors.As(err, &fail) {
			fail.doing = doing
		}
		return "", err
	}
}

// graphTime writes a time as Graph's documentation does.
func graphTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }
