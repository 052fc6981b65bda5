package server

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
)

func TestHubForgetsWhoLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h hub
		ctx, leave := context.WithCancel(t.Context())
		h.watch(ctx, "k/ann")
		stays := h.watch(t.Context(), "k/ann", "u/2")
		h.also("k/ann", "u/1")
		h.also("k/ann", "u/1") // twice is once
		leave()
		synctest.Wait() // the clean-up runs in a goroutine of its own
		is(t, "watchers of the added topic", len(h.topics["u/1"]), 1)
		is(t, "watchers of the first topic", len(h.topics["k/ann"]), 1)
		is(t, "watchers with added topics", len(h.later), 1)
		h.wake("u/1")
		select {
		case <-stays:
		default:
			t.Error("the added topic wakes nobody")
		}
	})
}

func TestHubNeverBlocks(t *testing.T) {
	var h hub
	c := h.watch(t.Context(), "u/1")
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() { h.wake("u/1") })
	}
	wg.Wait()
	<-c
	select {
	case <-c:
		t.Error("more than one wake-up was kept")
	default:
	}
}
