package server

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"tuppence/server/ledger"
)

// hub wakes whoever watches a topic. A wake-up carries nothing: the watcher reads the books again. Channels have room
// for one, so a slow watcher costs nobody anything and misses nothing.
type hub struct {
	mu     sync.Mutex
	topics map[string]map[chan struct{}]struct{}
	later  map[chan struct{}][]string // topics that a watcher got after it began
}

// topicUser is woken by everything that changes what a person sees.
func topicUser(u ledger.UserID) string { return "u/" + strconv.FormatUint(uint64(u), 10) }

// topicKey is woken when a key joins or recovers a wallet.
func topicKey(fingerprint string) string { return "k/" + fingerprint }

// topicCheckout is woken when a checkout is answered.
func topicCheckout(c ledger.CheckoutID) string {
	return "c/" + strconv.FormatUint(uint64(c.Vendor), 10) + "/" + strconv.FormatUint(c.Number, 10)
}

// topicDesk is woken by everything that staff decide about.
const topicDesk = "desk"

// watch subscribes one channel to the topics until ctx ends.
func (h *hub) watch(ctx context.Context, topics ...string) <-chan struct{} {
	c := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.topics == nil {
		h.topics = map[string]map[chan struct{}]struct{}{}
	}
	for _, t := range topics {
		if h.topics[t] == nil {
			h.topics[t] = map[chan struct{}]struct{}{}
		}
		h.topics[t][c] = struct{}{}
	}
	context.AfterFunc(ctx, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, t := range slices.Concat(topics, h.later[c]) {
			if delete(h.topics[t], c); len(h.topics[t]) == 0 {
				delete(h.topics, t)
			}
		}
		delete(h.later, c)
	})
	return c
}

// also lets everybody who watches the first topic watch the second one too: a key that has just joined a wallet.
func (h *hub) also(topic, too string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.topics[topic] {
		if _, had := h.topics[too][c]; had {
			continue
		}
		if h.topics[too] == nil {
			h.topics[too] = map[chan struct{}]struct{}{}
		}
		if h.later == nil {
			h.later = map[chan struct{}][]string{}
		}
		h.topics[too][c] = struct{}{}
		h.later[c] = append(h.later[c], too)
	}
}

// wake never blocks.
func (h *hub) wake(topics ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range topics {
		for c := range h.topics[t] {
			select {
			case c <- struct{}{}:
			default:
			}
		}
	}
}
