package checkout

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// However many come, so many read at a time, and each comes to its turn.
func TestReadsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room, release := newTurns(nil).room, make(chan struct{})
		var reading, read atomic.Int64
		var crowd sync.WaitGroup
		for range 500 {
			crowd.Go(func() {
				_, _ = inTurn(t.Context(), room, func() (int, error) {
					reading.Add(1)
					<-release
					read.Add(1)
					return 0, nil
				})
			})
		}
		synctest.Wait()
		if n := reading.Load(); n != maxReading {
			t.Errorf("%d of 500 read at a time, want %d", n, maxReading)
		}
		close(release)
		crowd.Wait()
		if n := read.Load(); n != 500 || len(room) != 0 {
			t.Errorf("%d came to their turn, want 500; %d turns were not given back", n, len(room))
		}
	})
}

// Every page waits while there is no room, and a browser that goes away takes no turn and is no fault of ours.
func TestEveryPageTakesItsTurn(t *testing.T) {
	w := newWorld(t)
	var log bytes.Buffer
	turns := newTurns(w.svc)
	h := newHandler(turns, Options{Log: slog.New(slog.NewTextHandler(&log, nil)), Now: time.Now})
	for range maxReading {
		turns.room <- struct{}{}
	}
	gone, leave := context.WithCancelCause(t.Context())
	leave(errors.New("the browser went away"))
	for _, path := range []string{"/", "/c/txn_1", "/c/txn_1/events", "/c/txn_1/return", "/nothing"} {
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, httptest.NewRequestWithContext(gone, "GET", path, nil))
		if answer.Code < 500 && answer.Code != 499 {
			t.Errorf("%s: %d without a turn", path, answer.Code)
		}
	}
	if log.Len() > 0 {
		t.Errorf("logged: %s", &log)
	}
}
