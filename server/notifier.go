package server

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"tuppence/server/ledger"
)

// notifier wakes the channels that watch a topic. A wake-up carries nothing: the watcher reads the books again.
// Channels have room for one, so a slow watcher delays no sale and misses nothing.
type notifier struct {
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

// watch subscribes one channel to the topics until ctx ends. The channel is never closed: a watcher ends with its
// context.
func (n *notifier) watch(ctx context.Context, topics ...string) <-chan struct{} {
	c := make(chan struct{}, 1)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.topics == nil {
		n.topics = map[string]map[chan struct{}]struct{}{}
	}
	for _, t := range topics {
		if n.topics[t] == nil {
			n.topics[t] = map[chan struct{}]struct{}{}
		}
		n.topics[t][c] = struct{}{}
	}
	context.AfterFunc(ctx, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		for _, t := range slices.Concat(topics, n.later[c]) {
			if delete(n.topics[t], c); len(n.topics[t]) == 0 {
				delete(n.topics, t)
			}
		}
		delete(n.later, c)
	})
	return c
}

// also lets all who watch the first topic watch the second one too: a key that has just joined a wallet.
func (n *notifier) also(topic, too string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.topics[topic] {
		if _, had := n.topics[too][c]; had {
			continue
		}
		if n.topics[too] == nil {
			n.topics[too] = map[chan struct{}]struct{}{}
		}
		if n.later == nil {
			n.later = map[chan struct{}][]string{}
		}
		n.topics[too][c] = struct{}{}
		n.later[c] = append(n.later[c], too)
	}
}

// wake never blocks. A channel that is full is woken already.
func (n *notifier) wake(topics ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, t := range topics {
		for c := range n.topics[t] {
			select {
			case c <- struct{}{}:
			default:
			}
		}
	}
}
