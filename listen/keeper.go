package listen

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"etl/extract"
)

const (
	// life is what is asked for a subscription. Graph allows 4,230 minutes; the
	// rest is for clocks that differ.
	life = 4200 * time.Minute
	// retryLeast and retryMost bound the waits between tries at a subscription
	// that can't be had, beyond those of the client itself.
	retryLeast, retryMost = time.Minute, 15 * time.Minute
)

// The events in the life of a subscription. See
// https://learn.microsoft.com/graph/change-notifications-lifecycle-events.
const (
	reauthorizationRequired = "reauthorizationRequired"
	subscriptionRemoved     = "subscriptionRemoved"
	missed                  = "missed"
)

// graph is where subscriptions are; *extract.Client is it.
type graph interface {
	Subscribe(ctx context.Context, notificationURL, state string, expires time.Time) (extract.Subscription, error)
	Renew(ctx context.Context, id string, expires time.Time) (extract.Subscription, error)
	Unsubscribe(ctx context.Context, id string) error
	Subscriptions(ctx context.Context) ([]extract.Subscription, error)
	Now() time.Time
}

// Keeper keeps a subscription to call records: creates it, renews it long
// before it ends, and creates it anew where Graph has removed it.
type Keeper struct {
	graph      graph
	url, state string
	log        *slog.Logger
	events     chan event
}

// NewKeeper returns a Keeper of a subscription whose notifications go to the URL
// and have the client state.
func NewKeeper(graph graph, notificationURL, state string, log *slog.Logger) *Keeper {
	return &Keeper{graph: graph, url: notificationURL, state: state, log: log, events: make(chan event, 16)}
}

// Tell takes an event of a subscription. It doesn't block: of a flood of events
// some are dropped, as one is enough.
func (k *Keeper) Tell(name, subscriptionID string) {
	switch name {
	case reauthorizationRequired, subscriptionRemoved:
		select {
		case k.events <- event{name, subscriptionID}:
		default:
		}
	case missed:
		k.log.Warn("Graph could not deliver notifications; the next etl sync finds their calls by listing")
	default:
		k.log.Warn("event of the subscription that is not known")
	}
}

// Run keeps the subscription until ctx is done, and then returns nil. The
// subscription stays, so that Graph goes on trying to deliver while the
// receiver is restarted. The receiver must be there before: Graph asks it
// whether it wants the notifications. Where Graph can't be reached Run goes on
// trying. Its errors are ErrSignIn and ErrClock of extract, and a
// *extract.Failure if Graph refuses the first subscription.
func (k *Keeper) Run(ctx context.Context) error {
	var sub extract.Subscription
	subscribed, wait := false, retryLeast
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case e := <-k.events:
			if sub.ID == "" || e.subscriptionID != sub.ID {
				continue // it is about one that this receiver has replaced
			}
			if e.name == subscriptionRemoved {
				k.log.Warn("Graph has removed the subscription")
				sub = extract.Subscription{}
			}
		}
		next, err := k.keep(ctx, sub)
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			sub, subscribed, wait = next, true, retryLeast
			k.log.Info("subscribed to call records", "subscription", sub.ID, "expires", sub.Expires.UTC().Format(time.RFC3339))
			timer.Reset(max(sub.Expires.Sub(k.graph.Now())/2, retryLeast))
			continue
		}
		var fail *extract.Failure
		if !errors.As(err, &fail) || !subscribed && !fail.Retryable() {
			return err
		}
		k.log.Warn("subscription not kept, to be tried again: "+err.Error(), "in", wait.String())
		timer.Reset(wait)
		wait = min(2*wait, retryMost)
	}
}

// keep renews a subscription, or creates one if that is not there or has ended.
func (k *Keeper) keep(ctx context.Context, sub extract.Subscription) (extract.Subscription, error) {
	now := k.graph.Now()
	if sub.ID != "" && sub.Expires.After(now) {
		renewed, err := k.graph.Renew(ctx, sub.ID, now.Add(life))
		if fail := (*extract.Failure)(nil); !errors.As(err, &fail) || fail.Reason != extract.ReasonNotFound {
			return renewed, err
		}
		k.log.Warn("Graph doesn't have the subscription any more")
	}
	created, err := k.graph.Subscribe(ctx, k.url, k.state, now.Add(life))
	if err != nil {
		return created, err
	}
	if err := k.clear(ctx, created.ID); err != nil {
		if fail := (*extract.Failure)(nil); !errors.As(err, &fail) {
			return created, err
		}
		k.log.Warn("earlier subscriptions left to end by themselves: " + err.Error())
	}
	return created, nil
}

// clear ends the other subscriptions that notify this receiver, which dead ones
// have left: Graph allows 100 in a tenant.
func (k *Keeper) clear(ctx context.Context, current string) error {
	all, err := k.graph.Subscriptions(ctx)
	for _, sub := range all {
		if sub.ID != current && sub.NotificationURL == k.url {
			err = errors.Join(err, k.graph.Unsubscribe(ctx, sub.ID))
		}
	}
	return err
}
