package server

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
)

func TestNotifierForgetsWhoLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n notifier
		ctx, leave := context.WithCancel(t.Context())
		n.watch(ctx, "k/ann")
		stays := n.watch(t.Context(), "k/ann", "u/2")
		n.also("k/ann", "u/1")
		n.also("k/ann", "u/1") // twice is once
		leave()
		synctest.Wait() // the clean-up runs in a goroutine of its own
		is(t, "watchers of the added topic", len(n.topics["u/1"]), 1)
		is(t, "watchers of the first topic", len(n.topics["k/ann"]), 1)
		is(t, "watchers with added topics", len(n.later), 1)
		n.wake("u/1")
		select {
		case <-stays:
		default:
			t.Error("the added topic wakes no watcher")
		}
	})
}

func TestNotifierNeverBlocks(t *testing.T) {
	var n notifier
	c := n.watch(t.Context(), "u/1")
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() { n.wake("u/1") })
	}
	wg.Wait()
	<-c
	select {
	case <-c:
		t.Error("more than one wake-up was kept")
	default:
	}
}
