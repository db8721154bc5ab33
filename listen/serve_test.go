package listen

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"testing"
)

func TestServeAnswersWhatIsUnderWay(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cancel()
		// Nobody else is served once the listener is closed.
		for {
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				break
			}
			c.Close()
		}
		w.WriteHeader(http.StatusAccepted)
	})
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, l, nil, slow, slog.New(slog.DiscardHandler)) }()
	resp, err := http.Post("http://"+l.Addr().String(), "application/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		t.Errorf("status %d", resp.StatusCode)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestServeThatCannot(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Serve(t.Context(), l, nil, nil, slog.New(slog.DiscardHandler)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("error %v", err)
	}
}
