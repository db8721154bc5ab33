package listen

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"etl/extract"
)

// office is a Graph in the time of a bubble. It says what it was asked.
type office struct {
	mu    sync.Mutex // the bubble's clock orders what the race detector can't see
	asked []string
	subs  []extract.Subscription
	fail  error
	made  int
}

func (o *office) Now() time.Time { return time.Now() }

// note notes a question. The lock is held.
func (o *office) note(what string) error {
	o.asked = append(o.asked, what)
	return o.fail
}

func (o *office) Subscribe(_ context.Context, url, _ string, expires time.Time) (extract.Subscription, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.note("subscribe"); err != nil {
		return extract.Subscription{}, err
	}
	o.made++
	sub := extract.Subscription{ID: "s" + string(rune('0'+o.made)), NotificationURL: url, Expires: expires}
	o.subs = append(o.subs, sub)
	return sub, nil
}

func (o *office) Renew(_ context.Context, id string, expires time.Time) (extract.Subscription, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.note("renew " + id); err != nil {
		return extract.Subscription{}, err
	}
	for i := range o.subs {
		if o.subs[i].ID == id {
			o.subs[i].Expires = expires
			return o.subs[i], nil
		}
	}
	return extract.Subscription{}, &extract.Failure{Reason: extract.ReasonNotFound, Err: errors.New("gone")}
}

func (o *office) Unsubscribe(_ context.Context, id string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.subs = slices.DeleteFunc(o.subs, func(s extract.Subscription) bool { return s.ID == id })
	return o.note("unsubscribe " + id)
}

func (o *office) Subscriptions(context.Context) ([]extract.Subscription, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.subs), o.fail
}

// keep lets a Keeper run in a bubble, while the test does its steps.
func keep(t *testing.T, o *office, steps func(k *Keeper, log *bytes.Buffer)) (err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var log bytes.Buffer
		k := NewKeeper(o, "https://here.example/n", state, slog.New(slog.NewJSONHandler(&log, nil)))
		done := make(chan error, 1)
		go func() { done <- k.Run(ctx) }()
		synctest.Wait()
		steps(k, &log)
		cancel()
		err = <-done
		if strings.Contains(log.String(), "canary") {
			t.Errorf("the log has the state: %s", log.String())
		}
	})
	return err
}

// answer makes Graph answer with an error, or well, from now on.
func (o *office) answer(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.fail = err
}

// left is how long the first subscription lives.
func (o *office) left() time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	return time.Until(o.subs[0].Expires)
}

// forget makes Graph have no subscription.
func (o *office) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.subs = nil
}

// expect compares what Graph was asked since the last time.
func (o *office) expect(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	if !slices.Equal(o.asked, want) {
		t.Errorf("Graph was asked %q, want %q", o.asked, want)
	}
	o.asked = nil
}

func TestKeeperRenewsInTime(t *testing.T) {
	o := &office{}
	err := keep(t, o, func(*Keeper, *bytes.Buffer) {
		o.expect(t, "subscribe")
		for range 5 {
			if left := o.left(); left > 4230*time.Minute || left < 4000*time.Minute {
				t.Errorf("the subscription lives %s", left)
			}
			time.Sleep(life/2 - time.Second)
			o.expect(t)
			time.Sleep(time.Second)
			o.expect(t, "renew s1")
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestKeeperEndsWhatDeadReceiversLeft(t *testing.T) {
	o := &office{subs: []extract.Subscription{{ID: "old", NotificationURL: "https://here.example/n"}, {ID: "other", NotificationURL: "https://there.example/n"}}}
	if err := keep(t, o, func(*Keeper, *bytes.Buffer) { o.expect(t, "subscribe", "unsubscribe old") }); err != nil {
		t.Error(err)
	}
}

func TestKeeperHeedsEvents(t *testing.T) {
	o := &office{}
	err := keep(t, o, func(k *Keeper, log *bytes.Buffer) {
		o.expect(t, "subscribe")
		k.Tell(reauthorizationRequired, "s1")
		o.expect(t, "renew s1")
		k.Tell(reauthorizationRequired, "another")
		k.Tell(missed, "s1")
		k.Tell("unheardOf", "s1")
		o.expect(t)
		if !strings.Contains(log.String(), "could not deliver") || !strings.Contains(log.String(), "not known") {
			t.Errorf("the log is %s", log)
		}
		o.forget()
		k.Tell(subscriptionRemoved, "s1")
		o.expect(t, "subscribe")
		k.Tell(reauthorizationRequired, "s1") // it is late
		o.expect(t)
		o.forget() // removed without a word
		time.Sleep(life)
		o.expect(t, "renew s2", "subscribe", "renew s3")
		for range 100 {
			k.Tell(reauthorizationRequired, "another") // doesn't block
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestKeeperGoesOnTrying(t *testing.T) {
	down := &extract.Failure{Reason: extract.ReasonNetwork, Err: errors.New("no way there")}
	o := &office{fail: down}
	err := keep(t, o, func(*Keeper, *bytes.Buffer) {
		o.expect(t, "subscribe")
		time.Sleep(time.Minute)
		o.expect(t, "subscribe")
		o.answer(nil)
		time.Sleep(2 * time.Minute)
		o.expect(t, "subscribe")
		// A refusal, too, once there was a subscription; until that has ended
		// it is renewed, then a new one is wanted.
		o.answer(&extract.Failure{Reason: "http_400", Err: errors.New("no")})
		time.Sleep(life + retryMost)
		synctest.Wait()
		if last := o.asked[len(o.asked)-1]; !slices.Contains(o.asked, "renew s1") || last != "subscribe" || len(o.asked) > int(life/retryMost) {
			t.Errorf("Graph was asked %d times, last to %s", len(o.asked), last)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestKeeperGivesUp(t *testing.T) {
	for _, refusal := range []error{extract.ErrSignIn, extract.ErrClock, &extract.Failure{Reason: "http_400", Err: errors.New("validation failed")}} {
		o := &office{fail: refusal}
		if err := keep(t, o, func(*Keeper, *bytes.Buffer) {}); !errors.Is(err, refusal) {
			t.Errorf("error %v, want %v", err, refusal)
		}
	}
}
